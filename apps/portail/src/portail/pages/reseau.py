"""Le réseau : l'annuaire des professionnels ; pour un coordinateur, ceux de son département."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query
from referentiels.territoires import departement_de
from starlette.responses import Response

from portail.annuaire import DEPARTEMENTS, Filtres, montrees
from portail.equipes import LISTE_MAX, membres_de_mes_equipes, nom_d_equipe
from portail.filtres import communes_lues
from portail.nomenclatures import libelles
from portail.passerelle import Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_RESEAU, _TERRITOIRE = "/espace/reseau", "/espace/territoire"
_PAR_PAGE = 50

Curseur = Annotated[str | None, Query(max_length=2000)]


@router.get(_RESEAU)
async def annuaire(
    qui: Connecte,
    q: Annotated[str, Query(max_length=100)] = "",
    departement: Annotated[str, Query(max_length=3)] = "",
    commune: Annotated[str, Query(max_length=100)] = "",
    profil: Annotated[str, Query(max_length=40)] = "",
    competences: Annotated[list[str] | None, Query(max_length=30)] = None,
    apres: Curseur = None,
) -> Response:
    """Qui est qui, parmi ceux qui acceptent de se montrer. Les filtres sont dans l'adresse."""
    filtres = Filtres(q.strip(), departement, commune.strip(), profil, tuple(filter(None, competences or ())))
    ou = await communes_lues(qui.api, filtres.commune)
    choisis = filtres.pour_l_api(ou.codes)
    lue, nomenclatures = await asyncio.gather(
        _rien() if ou.faute else _lire(qui, choisis, apres),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    noms = {champ: libelles(termes) for champ, termes in nomenclatures.items()}
    reponse = qui.page(
        "reseau/resultats.html" if qui.veut_la_partie("resultats") else "reseau/page.html",
        personnes=montrees(lue.elements, nomenclatures),
        total=lue.total,
        suivante=lue.suivant and filtres.adresse(_RESEAU, apres=lue.suivant),
        precedente=lue.precedent and filtres.adresse(_RESEAU, apres=lue.precedent),
        en_retard=lue.en_retard,
        faute=ou.faute or lue.faute,
        filtres=filtres,
        actifs=filtres.actifs(_RESEAU, noms),
        export=filtres.export(ou.codes),
        n=nomenclatures,
        departements=DEPARTEMENTS,
    )
    reponse.headers["HX-Push-Url"] = filtres.adresse(_RESEAU, apres=apres)
    return reponse


@router.get(_TERRITOIRE)
async def territoire(
    qui: Connecte,
    departement: Annotated[str, Query(max_length=3)] = "",
    profil: Annotated[str, Query(max_length=40)] = "",
    apres: Curseur = None,
) -> Response:
    """Les professionnels d'un département, dans mes équipes ou non. Le mien si je n'en choisis aucun."""
    assert qui.moi is not None
    if not (qui.a_le_role("coordinateur") or qui.moi["droit"] != "aucun"):
        raise Refus(404, {})
    if not departement and (mien := await _mon_departement(qui)):
        return qui.aller(Filtres(departement=mien, profil=profil).adresse(_TERRITOIRE))
    filtres = Filtres(departement=departement, profil=profil)
    lue, nomenclatures = await asyncio.gather(
        _lire(qui, filtres.pour_l_api(()), apres) if departement else _rien(),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    comptes = [str(p["compte_id"]) for p in lue.elements]
    equipes = await _mes_equipes(qui, comptes) if qui.a_le_role("coordinateur") else MesEquipes((), {})
    return qui.page(
        "reseau/territoire.html",
        personnes=montrees(lue.elements, nomenclatures),
        total=lue.total,
        suivante=lue.suivant and filtres.adresse(_TERRITOIRE, apres=lue.suivant),
        precedente=lue.precedent and filtres.adresse(_TERRITOIRE, apres=lue.precedent),
        faute=lue.faute,
        filtres=filtres,
        export=filtres.export(()),
        profils=libelles(nomenclatures["profil"]),
        departements=DEPARTEMENTS,
        equipes=equipes,
        invitation=uuid4,
    )


@dataclass(frozen=True, slots=True)
class _Lue:
    """Une page de l'annuaire. faute : ce que l'API refuse des filtres, à dire au-dessus d'une liste vide."""

    elements: Sequence[dict[str, Any]] = ()
    total: int = 0
    suivant: str | None = None
    precedent: str | None = None
    en_retard: bool = False
    faute: str = ""


async def _lire(qui: Visiteur, choisis: dict[str, Any], apres: str | None) -> _Lue:
    try:
        lue = await qui.api.lire("/annuaire", **choisis, apres=apres, limite=_PAR_PAGE)
    except Refus as refus:
        if refus.statut not in (422, 429):
            raise
        return _Lue(faute=refus.phrases)
    corps = lue.corps
    return _Lue(corps["elements"], corps["total"], corps["suivant"], corps.get("precedent"), lue.en_retard)


async def _rien() -> _Lue:
    return _Lue()


async def _mon_departement(qui: Visiteur) -> str:
    """Celui de mon emploi en cours le plus récent qui a dit sa commune ; vide sinon."""
    emplois = await qui.api.lire_si_possible("/comptes/moi/emplois") or []
    codes = [e["code_insee"] for e in emplois if e["code_insee"] and e["commence"] and not e["fin"]]
    return departement_de(codes[0]) if codes else ""


@dataclass(frozen=True, slots=True)
class MesEquipes:
    """coordonnees : celles où l'on peut inviter.   de : compte -> nom de l'équipe dont il est membre."""

    coordonnees: Sequence[dict[str, Any]]
    de: dict[str, str]


async def _mes_equipes(qui: Visiteur, comptes: Sequence[str]) -> MesEquipes | None:
    """Mes équipes, et qui de ceux-ci en est. None quand cette partie ne répond pas : la liste reste, sans
    dire qui est dans mes équipes."""
    lues, membres = await asyncio.gather(
        qui.api.lire_si_possible("/equipes/miennes", limite=LISTE_MAX),
        membres_de_mes_equipes(qui, statuts=("actif", "inactif"), comptes=comptes),
    )
    if lues is None or membres is None:
        return None
    return MesEquipes(lues["elements"], {m["compte_id"]: nom_d_equipe(m) for m in membres})
