"""Deux fiches d'une même personne : celles qui se ressemblent, les comparer, les fusionner, les séparer."""

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response
from web.problems import REQUETE_ILLISIBLE, Problem

from portail.comparaison import QUESTIONS, choisis, comparees, question
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.suivis import est_un_id, nommes, trouves
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/beneficiaires/doublons")

_API = "/beneficiaires"
_ICI = "/espace/beneficiaires/doublons"
_PAR_PAGE = 20
_FAIT = {
    "fusion": "Les deux fiches sont fusionnées. Vous pouvez les séparer ci-dessous.",
    "distinction": "C’est retenu : ces deux fiches ne seront plus proposées.",
    "separation": "Les deux fiches sont séparées, chacune avec ses accompagnements.",
    "deja": "Ces deux fiches sont déjà fusionnées. Pour choisir autrement, séparez-les d’abord ci-dessous.",
    "partie": "Une de ces deux fiches est effacée, ou déjà fusionnée : il n’y a plus rien à comparer.",
}
_VERSIONS = ("version_reste", "version_double")
"""What the page keeps of each file that it shows."""
_COTES = {"vers": "fiche qui reste", "double": "fiche en double"}
_GESTES = {"distinction": "autre", "separation": ""}
"""What the API is asked of a file -> the field that names the other one."""
_PLUS_RIEN = {
    "FusionDejaFaite": "deja",
    **dict.fromkeys(("BeneficiaireInconnu", "DestinationInconnue", "FicheEnDouble"), "partie"),
}
"""Refusals after which there are no longer two files -> what is said."""


@router.get("")
async def doublons(
    qui: Connecte,
    fait: Annotated[str, Query(max_length=20)] = "",
    apres: Annotated[str | None, Query(max_length=4096)] = None,
) -> Response:
    """Les paires qui se ressemblent, et les fiches qui sont fusionnées."""
    lus, fusions = await asyncio.gather(
        qui.api.lire(f"{_API}/doublons"), qui.api.lire(f"{_API}/fusions", apres=apres, limite=_PAR_PAGE)
    )
    paires = lus.corps["elements"]
    return qui.page(
        "beneficiaires/doublons.html",
        paires=[(p, [*nommes((p["une"], p["autre"])).values()]) for p in paires],
        total=lus.corps["total"],
        fusions=fusions.corps["elements"],
        noms_fusionnees=nommes(fusions.corps["elements"]),
        suivante=fusions.corps["suivant"],
        en_retard=lus.en_retard,
        message=_FAIT.get(fait),
    )


@router.post("")
async def rapprocher(qui: Connecte) -> Response:
    """Distinguer deux fiches, ou défaire une fusion."""
    saisie = await recue(qui.request)
    geste, une, autre = saisie.un("geste"), saisie.un("une"), saisie.un("autre")
    champ = _GESTES.get(geste)
    if champ is None or not all(est_un_id(un) for un in (une, autre)):
        raise Problem(REQUETE_ILLISIBLE)
    corps = {champ: autre} if champ else None
    await qui.api.ecrire("POST", f"{_API}/{une}/{geste}", corps, csrf=saisie.un("csrf"))
    return qui.aller(f"{_ICI}?fait={geste}")


@router.get("/{reste}")
async def avec_laquelle(reste: UUID, qui: Connecte) -> Response:
    """Choisir soi-même la fiche à comparer à celle-ci."""
    return await _avec_laquelle(qui, reste)


@router.post("/{reste}")
async def chercher(reste: UUID, qui: Connecte) -> Response:
    """Celles qui répondent aux mots, dits dans le corps de la demande."""
    saisie = await recue(qui.request)
    return await _avec_laquelle(qui, reste, saisie.un("recherche"), saisie.un("csrf"))


@router.get("/{reste}/{double}")
async def comparer(reste: UUID, double: UUID, qui: Connecte) -> Response:
    """Les deux fiches côte à côte, et un choix par champ qui diffère. reste : celle où l'autre ira."""
    return await _comparer(qui, reste, double, Saisie([]))


@router.post("/{reste}/{double}")
async def fusionner(reste: UUID, double: UUID, qui: Connecte) -> Response:
    """Les fusionner, comme on l'a choisi."""
    saisie = await recue(qui.request)
    corps: dict[str, Any] = {"vers": str(reste), **choisis(saisie)}
    vues = {nom: saisie.un(nom) for nom in _VERSIONS}
    if lue := re.fullmatch('(?:W/)?"([0-9]{1,9})"', vues["version_reste"], re.ASCII):
        corps["version_de_vers"] = int(lue[1])
    try:
        await qui.api.ecrire(
            "POST",
            f"{_API}/{double}/fusion",
            corps,
            csrf=saisie.un("csrf"),
            si_version=vues["version_double"] or None,
        )
    except (Refus, Muette) as echec:
        return await _comparer(qui, reste, double, saisie, echec)
    return qui.aller(f"{_ICI}?fait=fusion")


async def _avec_laquelle(qui: Visiteur, reste: UUID, mots: str = "", csrf: str = "") -> Response:
    fiche = (await qui.api.lire(f"{_API}/{reste}")).corps
    trouvees = await trouves(qui.api, mots, csrf) if mots else []
    return qui.page(
        "beneficiaires/avec_laquelle.html",
        b=fiche,
        mots=mots,
        noms=nommes(autre for autre in trouvees if autre["id"] != fiche["id"]),
    )


async def _comparer(
    qui: Visiteur, reste: UUID, double: UUID, saisie: Saisie, echec: Echec | None = None
) -> Response:
    if reste == double:
        raise HTTPException(404)
    try:
        if isinstance(echec, Refus) and echec.nom in _PLUS_RIEN:
            raise echec
        *fiches, termes = await asyncio.gather(
            qui.api.lire(f"{_API}/{reste}"),
            qui.api.lire(f"{_API}/{double}"),
            qui.request.app.state.nomenclatures.de("activites"),
        )
    except Refus as refus:
        if refus.nom not in _PLUS_RIEN:
            raise
        return qui.aller(f"{_ICI}?fait={_PLUS_RIEN[refus.nom]}")
    deux = [lue.corps for lue in fiches]
    depassee = isinstance(echec, Refus) and echec.nom == "VersionAttendue"
    noms = {champ: libelles(termes[champ]) for champ in ("genre", "statut_social")}
    return qui.page(
        "beneficiaires/comparer.html",
        statut_de(echec),
        fiches=deux,
        noms=nommes(lue | {"commune": (lue["commune"] or {}).get("nom")} for lue in deux),
        lignes=comparees(deux[0], deux[1], noms),
        saisie=saisie,
        fautes={} if depassee else _fautes(echec, saisie),
        changees=_changees(echec.probleme) if isinstance(echec, Refus) and depassee else None,
        versions={nom: lue.etag or "" for nom, lue in zip(_VERSIONS, fiches, strict=True)},
        questions={f"/{nom}": texte for nom, texte in QUESTIONS.items()},
    )


def _changees(probleme: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Question, son nom, et la fiche : ce qui ne dit plus la même chose, chacun une fois."""
    dits = [
        (question(champ), fiche)
        for cote, fiche in _COTES.items()
        for champ in (probleme.get("changements") or {}).get(cote, ())
    ]
    return [(ou, QUESTIONS[ou], fiche) for ou, fiche in dict.fromkeys(dits) if ou in QUESTIONS]


def _fautes(echec: Echec | None, saisie: Saisie) -> dict[str, str]:
    """The API names a rank of what was taken: its control bears it."""
    rangs = {
        f"/{geste}/{rang}": f"/{question(champ)}"
        for geste, champs in choisis(saisie).items()
        for rang, champ in enumerate(champs)
    }
    return {rangs.get(pointeur, ""): dit for pointeur, dit in fautes_de(echec).items()}
