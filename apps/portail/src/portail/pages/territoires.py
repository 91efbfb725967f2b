"""Les chiffres publiés : de toute la plateforme, d'un département, d'une structure employeuse, d'un lieu.

Une même page, par mois entiers ; l'API décide de qui la lit, et de ce qui s'y cache.
"""

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from referentiels.territoires import Departement, departement_de, departements, regions
from starlette.responses import Response
from tableurs import Format
from tableurs.exportation import ecrire, en_tetes
from web.downloads import download

from portail import chiffres_publies, mois_entiers, plateforme
from portail.affichage import mois_long, sans_accents
from portail.chiffres_publies import Cellule
from portail.formulaires import Saisie
from portail.mois_entiers import Bornes, MoisChoisis
from portail.nomenclatures import Lues
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.rendu import fuseau_de
from portail.visiteur import Connecte, PeutEtre, PourTous, Visiteur

router = APIRouter()

NATIONAUX = "/chiffres"
DEPARTEMENTS = f"{NATIONAUX}/departements"
_EMPLOIS = "/comptes/moi/emplois"
_OUTRE_MER = "Outre-mer"
_MUETS = "Les chiffres ne répondent pas en ce moment."
_RIEN_A_EMPORTER = "Rien ne se télécharge d’ici"
_COMME_UN_AUTRE = (
    "Vous voyez La Coop comme une autre personne : revenez à votre compte pour emporter un fichier."
)


@dataclass(frozen=True, slots=True)
class Territoire:
    """De quoi sont les chiffres, et qui les demande.

    page : son adresse.   api : celle de ses chiffres.   fil : (adresse, mots) des pages d'où l'on vient.
    compte : ce qui y compte.   lecteurs : qui les lit.   fichier : le nom de ce qui s'emporte.
    """

    qui: Visiteur
    page: str
    api: str
    titre: str
    sous_titre: str
    compte: str
    fichier: str
    lecteurs: str = ""
    fil: Sequence[tuple[str, str]] = ()
    departement: Departement | None = None

    @property
    def de_tous(self) -> bool:
        """La page montre aussi toute la plateforme, mois par mois."""
        return self.page == NATIONAUX


@dataclass(frozen=True, slots=True)
class Lus:
    """Ce que l'API en dit. avant : de l'autre période.   reserves : ils s'ouvrent à d'autres."""

    s: Any = None
    avant: Any = None
    erreur: str | None = None
    statut: int = 200
    en_retard: bool = False
    reserves: bool = False


type Trouver = Callable[..., Awaitable[Territoire | None]]


async def choisis(
    periode: Annotated[str, Query(max_length=10)] = "",
    du: Annotated[str, Query(max_length=100)] = "",
    au: Annotated[str, Query(max_length=100)] = "",
    comparer: Annotated[str, Query(max_length=20)] = "",
) -> MoisChoisis:
    """Les mois sont dans l'adresse, et rien d'autre."""
    return MoisChoisis(periode, du, au, comparer).propre()


Choisis = Annotated[MoisChoisis, Depends(choisis)]


# --- Ce dont on lit les chiffres ---
async def _plateforme(qui: PeutEtre) -> Territoire:
    return Territoire(
        qui,
        NATIONAUX,
        "/statistiques/publiques",
        "La médiation numérique en chiffres",
        "Toute la France",
        "Ce que les médiateurs et conseillers numériques ont fait partout en France, saisi dans La Coop "
        "depuis novembre 2024.",
        "plateforme",
    )


async def _departement(code: str, qui: PeutEtre) -> Territoire | None:
    """None s'il n'y en a pas de ce code."""
    trouve = departements().get(code.upper())
    if trouve is None:
        return None
    region = regions()[trouve.region].nom
    return Territoire(
        qui,
        f"{DEPARTEMENTS}/{trouve.code}",
        f"/statistiques/departements/{trouve.code}",
        _typographie(trouve.nom),
        f"Département {trouve.code}" + (f" · {_typographie(region)}" if region != trouve.nom else ""),
        "Ce qui a été fait dans ce département, par qui que ce soit : le lieu ou la commune de l’activité y "
        "est ; à distance, l’employeur.",
        f"departement-{trouve.code}",
        "aux coordinateurs qui y sont employés et aux administrateurs",
        ((DEPARTEMENTS, "Tous les départements"),),
        trouve,
    )


async def _structure(structure_id: UUID, qui: Connecte) -> Territoire:
    emplois = await qui.api.lire_si_possible(_EMPLOIS)
    return _employeuse(
        qui,
        f"/espace/structures/{structure_id}/statistiques",
        next((e for e in emplois or () if e["structure_id"] == str(structure_id)), None),
        str(structure_id),
        ("/espace/profil#t-emplois", "Mes emplois"),
    )


async def _structure_geree(compte_id: UUID, emploi_id: UUID, qui: Connecte) -> Territoire:
    """Celle d'un emploi, pour qui gère. Raises Refus."""
    compte = f"/gestion/utilisateurs/{compte_id}"
    gere = (await qui.api.lire(f"/comptes{compte}")).corps
    emploi = next((e for e in gere["emplois"] if e["emploi_id"] == str(emploi_id)), None)
    if emploi is None:
        raise Refus(404, {})
    page = f"{compte}/emplois/{emploi_id}/statistiques"
    return _employeuse(qui, page, emploi, emploi["structure_id"], (f"{compte}#t-emplois", "Ses emplois"))


def _employeuse(qui: Visiteur, page: str, emploi: Any, structure_id: str, fil: tuple[str, str]) -> Territoire:
    return Territoire(
        qui,
        page,
        f"/statistiques/structures/{structure_id}",
        emploi["nom_structure"] if emploi else "Une structure employeuse",
        f"Structure employeuse · SIRET {emploi['siret']}" if emploi else "Structure employeuse",
        "Ce qu’ont fait, où que ce soit, les médiateurs que cette structure employait le jour de l’activité.",
        f"structure-{emploi['siret'] if emploi else structure_id}",
        "aux coordinateurs que la structure emploie et aux administrateurs",
        (fil,),
    )


async def _lieu(lieu_id: UUID, qui: Connecte) -> Territoire:
    lu = await qui.api.lire_si_possible(f"/lieux/{lieu_id}")
    ou = [lu["adresse"], f"{lu['code_postal']} {lu['commune']}"] if lu else []
    return Territoire(
        qui,
        f"/espace/lieux/{lieu_id}/statistiques",
        f"/statistiques/lieux/{lieu_id}",
        lu["nom"] if lu else "Un lieu d’activité",
        " · ".join(["Lieu d’activité", ", ".join(filter(None, ou))] if lu else ["Lieu d’activité"]),
        "Ce qui a été fait dans ce lieu, par qui que ce soit.",
        f"lieu-{(lu and _pour_un_nom(lu['nom'])) or lieu_id}",
        "aux coordinateurs employés dans le département du lieu et aux administrateurs",
        ((f"/trouver/{lieu_id}", "La fiche du lieu"),) if lu else (),
    )


def _pour_un_nom(nom: str) -> str:
    """Ce qu'un nom de fichier en garde."""
    return re.sub(r"[^a-z0-9]+", "-", sans_accents(nom))[:40].strip("-")


def _typographie(nom: str) -> str:
    return nom.replace("'", "’")


# --- La page, et ce qui s'en emporte ---
def _page(trouver: Trouver) -> Callable[..., Awaitable[Response]]:
    async def page(t: Annotated[Territoire | None, Depends(trouver)], qui: PourTous, q: Choisis) -> Response:
        if t is None:
            return await _departements(qui, inconnu=True)
        fautes = q.fautes(t.qui.aujourd_hui)
        bornes = q.bornes(t.qui.aujourd_hui)
        # Whatever the period: a part of the page does not have it.
        entiere = t.de_tous and not t.qui.veut_la_partie("resultats")
        lus, lieux, nomenclatures, tous = await asyncio.gather(
            _lus(t, bornes, q.avant(bornes)) if not fautes else _rien(Lus(statut=422)),
            _lieux(t),
            _termes(qui),
            _de_tous(t) if entiere else _rien(None),
        )
        return _montrer(t, q, lus, fautes, lieux=lieux, n=nomenclatures, **plateforme.montree(tous))

    return page


def _fichier(trouver: Trouver) -> Callable[..., Awaitable[Response]]:
    async def fichier(
        t: Annotated[Territoire | None, Depends(trouver)],
        qui: PourTous,
        q: Choisis,
        sorte: Annotated[Format, Query(alias="format")] = Format.XLSX,
    ) -> Response:
        if t is None:
            return await _departements(qui, inconnu=True)
        if q.fautes(t.qui.aujourd_hui):
            return qui.aller(q.adresse(t.page))
        if qui.moi and qui.moi.get("usurpation"):
            numero = qui.request.state.request_id
            return qui.page("erreur.html", 403, titre=_RIEN_A_EMPORTER, faire=_COMME_UN_AUTRE, numero=numero)
        bornes = q.bornes(t.qui.aujourd_hui)
        avant = q.avant(bornes)
        # A file that silently lacks the comparison would be believed: both answer, or none leaves.
        try:
            s, autre, tous = await asyncio.gather(
                qui.api.lire(t.api, **bornes.pour_l_api()),
                qui.api.lire(t.api, **avant.pour_l_api()) if avant else _rien(None),
                qui.api.lire(plateforme.API) if t.de_tous else _rien(None),
            )
        except SessionAbsente:
            if t.departement is None:
                raise
            return qui.aller(q.adresse(t.page))  # which says to whom they are open
        except Refus as refus:
            if not t.lecteurs and refus.statut in (403, 404):
                raise Muette(t.api) from None  # the figures of all are closed to nobody
            raise
        titres = chiffres_publies.titres(avant)
        lignes = list(chiffres_publies.lignes(bornes, s.corps, autre and autre.corps, bornes.recul(avant)))
        # What is said of the whole has no other period.
        vides = [None] * (len(titres) - len(chiffres_publies.titres(None)))
        titre = f"{t.titre} ({t.sous_titre})"
        dessus = chiffres_publies.preambule(
            titre,
            bornes,
            s.corps,
            t.qui.aujourd_hui,
            compare=avant is not None,
            fuseau=fuseau_de(t.qui.moi),
        )
        de_tous = [[*une, *vides] for une in plateforme.lignes(tous.corps)] if tous else []
        if sorte in (Format.CSV, Format.JSON):
            _, de_tous = chiffres_publies.avec_leur_source(titre, Bornes(), titres, de_tous)
            titres, lignes = chiffres_publies.avec_leur_source(titre, bornes, titres, lignes)
        nom = f"coop-numerique_{t.fichier}_{bornes.pour_un_nom()}_lu-{t.qui.aujourd_hui}"
        return await emporter(qui, nom, sorte, dessus, titres, [*lignes, *de_tous])

    return fichier


async def emporter(
    qui: Visiteur,
    nom: str,
    sorte: Format,
    dessus: Sequence[Sequence[Cellule]],
    titres: Sequence[str],
    lignes: Sequence[Sequence[Cellule]],
) -> Response:
    """Le fichier de ces lignes. nom : le sien.   dessus : ce qu'un classeur dit au-dessus."""

    async def remplir(sortie: BinaryIO) -> None:
        feuille = chiffres_publies.FEUILLE
        await asyncio.to_thread(ecrire, sorte, feuille, titres, lignes, sortie, preambule=dessus)

    return qui.api.rendre(await download(remplir, en_tetes(nom, sorte)))


async def _lus(t: Territoire, bornes: Bornes, avant: Bornes | None) -> Lus:
    """L'autre période peut manquer : la page le dit."""
    try:
        s, autre = await asyncio.gather(
            t.qui.api.lire(t.api, **bornes.pour_l_api()),
            t.qui.api.lire_si_possible(t.api, **avant.pour_l_api()) if avant else _rien(None),
        )
    except SessionAbsente:
        return Lus(reserves=True) if t.lecteurs else Lus(erreur=_MUETS, statut=503)
    except Refus as refus:
        if refus.statut not in (403, 404):
            return Lus(erreur=refus.phrases, statut=refus.statut)
        if not t.lecteurs:
            return Lus(erreur=_MUETS, statut=503)
        # That a département exists is no secret: its page stands. Of the rest, nothing is said.
        return Lus(reserves=True, statut=200 if t.departement else refus.statut)
    except Muette:
        return Lus(erreur=_MUETS, statut=503)
    return Lus(s.corps, autre, en_retard=s.en_retard)


async def _de_tous(t: Territoire) -> Any:
    """Ce que l'API dit de toute la plateforme ; None quand elle se tait, ou répond autre chose."""
    try:
        return await t.qui.api.lire_si_possible(plateforme.API)
    except SessionAbsente:
        return None


def _montrer(t: Territoire, q: MoisChoisis, lus: Lus, fautes: dict[str, str], **autres: Any) -> Response:
    bornes = q.bornes(t.qui.aujourd_hui)
    avant = q.avant(bornes)
    reponse = t.qui.page(
        "statistiques/chiffres_publies.html"
        if t.qui.veut_la_partie("resultats")
        else "statistiques/territoire.html",
        lus.statut,
        t=t,
        q=q,
        lus=lus,
        fautes={f"/{nom}": phrase for nom, phrase in fautes.items()},
        periode=bornes.en_mots(),
        avant=avant and avant.en_mots(),
        inacheve=bornes.inachevee(t.qui.aujourd_hui),
        ecrits=Saisie([(nom, getattr(q, nom) or _mois(getattr(bornes, nom))) for nom in ("du", "au")]),
        choix=mois_entiers,
        export=urlencode(q.choisis()),
        **chiffres_publies.montres(lus.s, lus.avant, bornes.recul(avant)),
        **autres,
    )
    reponse.headers["HX-Push-Url"] = q.adresse(t.page)
    return reponse


async def _termes(qui: Visiteur) -> Lues:
    """De quoi choisir une comparaison et un format ; rien quand l'API se tait : la page reste."""
    try:
        return await qui.request.app.state.nomenclatures.de("activites")
    except Muette:
        return {"comparer": [], "format": []}


async def _lieux(t: Territoire) -> int | None:
    """Combien y sont sur la carte ; None quand on ne le sait pas."""
    if t.departement is None:
        return None
    lus = await t.qui.api.lire_si_possible("/carte/departements")
    code = t.departement.code
    return next((d["lieux"] for d in lus["elements"] if d["code"] == code), 0) if lus else None


def _mois(jour: dt.date | None) -> str:
    return mois_long(jour.isoformat()) if jour else ""


async def _rien[T](valeur: T) -> T:
    return valeur


# --- L'entrée : les départements, région par région ---
@router.get(DEPARTEMENTS)
async def liste(qui: PeutEtre) -> Response:
    """Tous les départements ; pour un coordinateur, d'abord les siens et ses structures."""
    return await _departements(qui)


async def _departements(qui: Visiteur, *, inconnu: bool = False) -> Response:
    """inconnu : on en a demandé un qui n'existe pas."""
    emplois = await qui.api.lire_si_possible(_EMPLOIS) if qui.a_le_role("coordinateur") else []
    aujourd_hui = qui.aujourd_hui.isoformat()
    en_cours = [e for e in emplois or () if e["debut"] <= aujourd_hui and (e["fin"] or "9") >= aujourd_hui]
    codes = dict.fromkeys(departement_de(e["code_insee"]) for e in en_cours if e["code_insee"])
    connus = departements()
    return qui.page(
        "statistiques/departements.html",
        404 if inconnu else 200,
        inconnu=inconnu,
        par_region=_par_region(),
        siens=[(c, _typographie(connus[c].nom)) for c in codes if c in connus],
        structures={e["structure_id"]: e["nom_structure"] for e in en_cours},
        muets=emplois is None,
    )


def _par_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """(région, ses (code, nom)), par nom ; l'outre-mer ensemble, à la fin."""
    groupes: dict[str, list[tuple[str, str]]] = {}
    for d in departements().values():
        nom = _typographie(regions()[d.region].nom)
        groupes.setdefault(_OUTRE_MER if d.code.startswith(("97", "98")) else nom, []).append(
            (d.code, _typographie(d.nom))
        )
    return sorted(groupes.items(), key=lambda groupe: (groupe[0] == _OUTRE_MER, sans_accents(groupe[0])))


for _chemin, _trouver in (
    (NATIONAUX, _plateforme),
    (DEPARTEMENTS + "/{code}", _departement),
    ("/espace/structures/{structure_id}/statistiques", _structure),
    ("/gestion/utilisateurs/{compte_id}/emplois/{emploi_id}/statistiques", _structure_geree),
    ("/espace/lieux/{lieu_id}/statistiques", _lieu),
):
    router.add_api_route(_chemin, _page(_trouver), methods=["GET"])
    router.add_api_route(f"{_chemin}/export", _fichier(_trouver), methods=["GET"])
