"""Mes brouillons : ce qui est commencé, et ce que cet appareil garde."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response
from web.problems import ACCES_REFUSE, Problem

from portail import brouillons, repetition
from portail.formulaires import recue
from portail.pages.connexion import retour_sur
from portail.passerelle import Refus, SessionAbsente
from portail.visiteur import APPAREIL, PARTAGE, Connecte, PourTous

router = APIRouter()

_PAR_PAGE = 50
_PREVUS = 200
"""All that one may keep: a year of dates reads in one page."""
_ANS = 400 * 24 * 3600


@router.get("/espace/brouillons")
async def liste(
    qui: Connecte,
    apres: Annotated[str | None, Query(max_length=2000)] = None,
    garde: Annotated[str | None, Query(max_length=5)] = None,
    efface: Annotated[str | None, Query(max_length=5)] = None,
    repetes: Annotated[int | None, Query(ge=0, le=52)] = None,
    deja: Annotated[int, Query(ge=0, le=52)] = 0,
) -> Response:
    """Ceux qui sont prévus pour un jour, le premier d'abord ; puis les autres, le dernier touché d'abord."""
    lue, prevus = await asyncio.gather(
        qui.api.lire("/brouillons", prevus="false", apres=apres, limite=_PAR_PAGE),
        qui.api.lire("/brouillons", prevus="true", limite=_PREVUS),
    )
    message = "Brouillon gardé." if garde else "Brouillon effacé." if efface else None
    if repetes is not None:
        message = repetition.dire(repetes, deja)
    return qui.page(
        "brouillons.html",
        brouillons=brouillons.montres(lue.corps["elements"]),
        prevus=brouillons.montres(prevus.corps["elements"]),
        aujourd_hui=qui.aujourd_hui.isoformat(),
        sortes={sorte: (nom, brouillons.ADRESSES[sorte]) for sorte, nom in brouillons.NOMS.items()},
        suivante=lue.corps["suivant"],
        maintenant=qui.request.app.state.clock.now(),
        message=message,
    )


@router.post("/espace/brouillons/{brouillon_id}")
async def garder(brouillon_id: UUID, qui: PourTous) -> Response:
    """Garder une saisie commencée : par le script à mesure, par son bouton sinon."""
    saisie = await recue(qui.request)
    try:
        ecrit = await brouillons.garder(qui, brouillon_id, saisie)
    except Refus as refus:
        if qui.par_script:
            return qui.dire({"message": refus.phrases}, refus.statut)
        raise
    except SessionAbsente:
        if qui.par_script:
            raise
        action = brouillons.page_de(saisie, brouillon_id)
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=action)
    if qui.par_script:
        return qui.dire({"version": ecrit["version"], "modifie_le": ecrit["modifie_le"]})
    return qui.aller("/espace/brouillons?garde=1")


@router.post("/espace/brouillons/{brouillon_id}/effacer")
async def effacer(brouillon_id: UUID, qui: PourTous) -> Response:
    """Effacer un brouillon, déjà demandé deux fois : rien n'en reste."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/brouillons/{brouillon_id}", csrf=saisie.un("csrf"))
    retour = saisie.un("retour")
    return qui.aller(retour_sur(retour) if retour else "/espace/brouillons?efface=1")


@router.post("/espace/appareil")
async def appareil(qui: PourTous) -> Response:
    """« Cet ordinateur est partagé » : rien de ce que l'on tape n'y reste."""
    saisie = await recue(qui.request)
    # Nobody is asked who they are: what tells our page from another site's is where it comes from.
    if qui.request.headers.get("origin") != qui.request.app.state.settings.public_url:
        raise Problem(ACCES_REFUSE)
    reponse = qui.aller("/espace/brouillons")
    partage = saisie.un("partage") == "oui"
    reponse.set_cookie(
        APPAREIL,
        PARTAGE if partage else "",
        max_age=_ANS if partage else 0,
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
    return reponse
