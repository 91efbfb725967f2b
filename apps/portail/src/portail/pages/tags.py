"""Les étiquettes : les miennes, celles de mes équipes et de mon département ; les nationales, en gestion."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from web.problems import INTROUVABLE, Problem

from portail.ecarts import Ailleurs, ecarts_d_une_fiche
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_champs, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/{section}/tags")

FAIT = {
    "creee": "Étiquette créée.",
    "modifiee": "Étiquette modifiée.",
    "fusionnee": "Étiquettes fusionnées.",
    "supprimee": "Étiquette supprimée.",
}
TRIS = {"alphabetique": "Par nom", "visibilite": "Des miennes aux nationales", "usage": "Les plus utilisées"}
_TAG = {"portee": Sorte.TEXTE, "equipe_id": Sorte.TEXTE, "nom": Sorte.TEXTE, "description": Sorte.TEXTE}
_QUESTIONS = {"nom": "Nom", "description": "Description", "portee": "À qui", "equipe_id": "Équipe"}
_PAR_PAGE = 50
_AU_PLUS = 200
"""Le plus que l'API donne en une page."""


@dataclass(frozen=True, slots=True)
class Lieu:
    """Où l'on est : son espace, ou la gestion, qui ne tient que les nationales.

    portees : celles que l'on peut y donner, la première d'abord.
    """

    qui: Visiteur
    racine: str
    titre: str
    portees: tuple[str, ...]
    gestion: bool = False


def _lieu(section: Literal["espace", "gestion"], qui: Connecte) -> Lieu:
    """For anybody but an administrateur, the gestion has no such page."""
    if section == "gestion":
        if qui.moi is None or qui.moi["droit"] != "admin":
            raise Problem(INTROUVABLE)
        return Lieu(qui, "/gestion/tags", "Étiquettes nationales", ("national",), gestion=True)
    departemental = ("departemental",) if qui.a_le_role("coordinateur") else ()
    return Lieu(qui, "/espace/tags", "Mes étiquettes", ("personnel", "equipe", *departemental))


LieuDep = Annotated[Lieu, Depends(_lieu)]


@dataclass(frozen=True, slots=True)
class Voulues:
    """Ce que la liste montre, d'après l'adresse."""

    q: str = ""
    tri: str = "alphabetique"
    apres: str | None = None
    fait: str = ""


def _voulues(
    q: Annotated[str, Query(max_length=100)] = "",
    tri: Annotated[str, Query(max_length=20)] = "",
    apres: Annotated[str | None, Query(max_length=2000)] = None,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Voulues:
    return Voulues(q.strip(), tri if tri in TRIS else "alphabetique", apres, fait)


@router.get("")
async def liste(lieu: LieuDep, voulues: Annotated[Voulues, Depends(_voulues)]) -> Response:
    """Celles que l'on voit, et une nouvelle."""
    return await _liste(lieu, Saisie([("id", str(uuid4())), ("portee", lieu.portees[0])]), voulues)


@router.post("")
async def creer(lieu: LieuDep) -> Response:
    """Créer une étiquette."""
    saisie = await recue(lieu.qui.request)
    corps = _corps(saisie) | {"id": saisie.un("id")}
    try:
        await lieu.qui.api.ecrire("POST", "/tags", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _liste(lieu, saisie, Voulues(), echec)
    return lieu.qui.aller(f"{lieu.racine}?fait=creee")


@router.get("/{tag_id}")
async def une(tag_id: UUID, lieu: LieuDep) -> Response:
    """La modifier, la fusionner, la supprimer."""
    return await _une(lieu, tag_id)


@router.post("/{tag_id}")
async def modifier(tag_id: UUID, lieu: LieuDep) -> Response:
    """La redire."""
    saisie = await recue(lieu.qui.request)
    version = saisie.un("si_version") or None
    try:
        await lieu.qui.api.ecrire(
            "PUT", f"/tags/{tag_id}", _corps(saisie), csrf=saisie.un("csrf"), si_version=version
        )
    except (Refus, Muette) as echec:
        return await _une(lieu, tag_id, saisie, echec)
    return lieu.qui.aller(f"{lieu.racine}?fait=modifiee")


@router.post("/{tag_id}/fusionner")
async def fusionner(tag_id: UUID, lieu: LieuDep) -> Response:
    """En faire une autre."""
    saisie = await recue(lieu.qui.request)
    corps = en_json(saisie, {"vers": Sorte.TEXTE})
    try:
        await lieu.qui.api.ecrire("POST", f"/tags/{tag_id}/fusion", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _une(lieu, tag_id, saisie, echec)
    return lieu.qui.aller(f"{lieu.racine}?fait=fusionnee")


@router.post("/{tag_id}/supprimer")
async def supprimer(tag_id: UUID, lieu: LieuDep) -> Response:
    """La supprimer."""
    saisie = await recue(lieu.qui.request)
    await lieu.qui.api.ecrire("DELETE", f"/tags/{tag_id}", csrf=saisie.un("csrf"))
    return lieu.qui.aller(f"{lieu.racine}?fait=supprimee")


async def _liste(lieu: Lieu, saisie: Saisie, voulues: Voulues, echec: Echec | None = None) -> Response:
    lues, usage, equipes, noms = await asyncio.gather(
        lieu.qui.api.lire(
            "/tags",
            q=voulues.q,
            tri=voulues.tri,
            portees="national" if lieu.gestion else None,
            apres=voulues.apres,
            limite=_PAR_PAGE,
        ),
        _usage(lieu, voulues),
        _equipes(lieu),
        lieu.qui.request.app.state.nomenclatures.de("activites"),
    )
    suite = {"q": voulues.q, "tri": voulues.tri, "apres": lues.corps["suivant"]}
    return lieu.qui.page(
        "tags/liste.html",
        statut_de(echec),
        **_communs(lieu, noms["portee"], equipes, saisie, echec),
        tags=lues.corps["elements"],
        total=lues.corps["total"],
        suivante=suite["apres"] and f"{lieu.racine}?{urlencode({n: v for n, v in suite.items() if v})}",
        debut=voulues.apres is None,
        q=voulues.q,
        tri=voulues.tri,
        tris=TRIS,
        usage=usage,
        en_retard=lues.en_retard,
        message=FAIT.get(voulues.fait),
    )


async def _une(
    lieu: Lieu, tag_id: UUID, saisie: Saisie | None = None, echec: Echec | None = None
) -> Response:
    lue, vues, equipes, nomenclatures = await asyncio.gather(
        lieu.qui.api.lire(f"/tags/{tag_id}"),
        lieu.qui.api.lire("/tags", limite=_AU_PLUS),
        _equipes(lieu),
        lieu.qui.request.app.state.nomenclatures.de("activites"),
    )
    if not lue.corps["modifiable"]:
        raise Problem(INTROUVABLE)
    t, rangs = lue.corps, [p["code"] for p in nomenclatures["portee"]]
    autres = [
        autre
        for autre in vues.corps["elements"]
        if autre["id"] != t["id"] and rangs.index(autre["portee"]) >= rangs.index(t["portee"])
    ]
    montree = Saisie(en_champs({nom: t[nom] for nom in _TAG})).avec("si_version", lue.etag or "")
    ailleurs = None
    if saisie:
        montree = montree.rempli_par(saisie.champs)
        if isinstance(echec, Refus) and echec.statut == 412:
            # Changed elsewhere since: both are shown, and saving again replaces the other.
            noms = {
                "portee": libelles(nomenclatures["portee"]),
                "equipe_id": {e["id"]: e["nom"] or "Équipe sans nom" for e in equipes},
            }
            ailleurs = Ailleurs(ecarts_d_une_fiche(_corps(saisie), t, _QUESTIONS, noms))
            montree = montree.avec("si_version", lue.etag or "")
    communs = _communs(
        lieu, nomenclatures["portee"], equipes, montree, None if ailleurs else echec, t["portee"]
    )
    return lieu.qui.page(
        "tags/fiche.html", statut_de(echec), **communs, t=t, autres=autres, ailleurs=ailleurs
    )


def _communs(
    lieu: Lieu,
    termes: list[dict[str, Any]],
    equipes: list[Mapping[str, Any]],
    saisie: Saisie,
    echec: Echec | None,
    *actuelle: str,
) -> dict[str, Any]:
    """Ce que les deux pages montrent. actuelle : une portée qu'elle a déjà."""
    # Without a team to choose, that scope would have no answer.
    donnees = {*lieu.portees, *actuelle} - (set() if equipes else {"equipe"} - {*actuelle})
    return {
        "racine": lieu.racine,
        "titre": lieu.titre,
        "gestion": lieu.gestion,
        "portees": [t for t in termes if t["code"] in donnees],
        "noms": libelles(termes),
        "equipes": equipes,
        "equipes_par_id": {e["id"]: e["nom"] or "Équipe sans nom" for e in equipes},
        "saisie": saisie,
        "fautes": fautes_de(echec, "/nom"),
    }


async def _usage(lieu: Lieu, voulues: Voulues) -> Any:
    """En gestion, et sur la première page seulement : ce que tous font des étiquettes, si l'API répond."""
    if not lieu.gestion or voulues != Voulues(fait=voulues.fait):
        return None
    return await lieu.qui.api.lire_si_possible("/tags/usage")


async def _equipes(lieu: Lieu) -> list[Mapping[str, Any]]:
    """Celles que l'on coordonne, celles dont on est membre ; aucune si equipes ne répond pas."""
    if lieu.gestion:
        return []
    lues = await lieu.qui.api.lire_si_possible("/equipes/toutes", limite=_AU_PLUS)
    return [equipe for equipe in (lues["elements"] if lues else ()) if equipe["place"] != "lie"]


def _corps(saisie: Saisie) -> dict[str, Any]:
    """What the API refuses, it says: an empty name too."""
    return {"nom": ""} | en_json(saisie, _TAG)
