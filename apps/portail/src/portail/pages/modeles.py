"""Mes modèles : en garder un depuis un formulaire, les revoir, les effacer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail import modeles
from portail.brouillons import ADRESSES
from portail.formulaires import recue
from portail.pages.coordinations import formulaire as de_coordination
from portail.pages.coordinations import type_de
from portail.pages.cra import formulaire
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.saisie_coordination import NOMS
from portail.saisie_cra import Type
from portail.visiteur import Connecte, PourTous, connecte

router = APIRouter()


@router.get("/espace/modeles")
async def liste(
    qui: Connecte,
    efface: Annotated[str | None, Query(max_length=5)] = None,
    partie: Annotated[str | None, Query(max_length=5)] = None,
) -> Response:
    """Trente au plus : une page les montre tous. partie : ce que l'espace en montre."""
    lue = await qui.api.lire("/modeles", limite=50)
    message = "Modèle effacé." if efface else None
    gabarit = "composants/modeles.html" if partie else "modeles.html"
    return qui.page(gabarit, modeles=modeles.montres(lue.corps["elements"]), message=message)


@router.post("/espace/modeles")
async def garder(qui: PourTous) -> Response:
    """Garder ce que le formulaire contient ; la saisie continue sur la même page."""
    saisie = await recue(qui.request)
    sorte = modeles.sorte_de(saisie)
    fautes: dict[str, str] = {}
    statut, message = 200, None
    try:
        await modeles.garder(qui, saisie)
        message = f"Modèle « {saisie.un('modele_nom')} » gardé. Vous le retrouverez dans votre espace."
    except SessionAbsente:
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=ADRESSES[sorte])
    except Refus as refus:
        statut = refus.statut
        # What the API calls `nom` is asked here beside a whole report.
        fautes = {"/modele_nom" if ou == "/nom" else "": m for ou, m in refus.fautes().items()}
    except Muette:
        fautes, statut = {"": "Le service ne répond pas : le modèle n’est pas gardé."}, 503
    await connecte(qui)
    propre = saisie if fautes else saisie.avec("modele_nom", "").avec("modele_id", "")
    chemin = ADRESSES[sorte]
    if sorte in NOMS:
        return await de_coordination(
            qui,
            type_de(propre),
            propre,
            statut=statut,
            fautes=fautes,
            message=message,
            chemin=chemin,
        )
    type_: Type = "collectif" if sorte == "collectif" else "individuel"
    return await formulaire(qui, type_, propre, statut=statut, fautes=fautes, message=message, chemin=chemin)


@router.post("/espace/modeles/{modele_id}/effacer")
async def effacer(modele_id: UUID, qui: PourTous) -> Response:
    """Effacer un modèle : les comptes rendus qu'il a servi à faire restent."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/modeles/{modele_id}", csrf=saisie.un("csrf"))
    return qui.aller("/espace/modeles?efface=1")
