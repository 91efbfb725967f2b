"""Les identités ProConnect d'un compte, liées ou retirées par un administrateur, avec une raison."""

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion/utilisateurs/{compte_id}/identites")

_API = "/comptes/gestion/utilisateurs"
_RAISON = {"raison": Sorte.TEXTE}


@router.get("/nouvelle")
async def demander_une_identite(compte_id: UUID, qui: Connecte) -> Response:
    """L'identité à lier, et pourquoi."""
    return await _page(qui, compte_id, None, Saisie([]))


@router.post("/nouvelle")
async def lier(compte_id: UUID, qui: Connecte) -> Response:
    """Ouvrir ce compte à une identité de plus."""
    saisie = await recue(qui.request)
    corps = {"raison": ""} | en_json(saisie, {"sub": Sorte.TEXTE, **_RAISON})
    try:
        await qui.api.ecrire("POST", f"{_API}/{compte_id}/identites", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, compte_id, None, saisie, echec)
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait=identite-liee")


@router.get("/{identite_id}/retirer")
async def demander_le_retrait(compte_id: UUID, identite_id: UUID, qui: Connecte) -> Response:
    """Ce qui va se passer, et pourquoi : avant de décider."""
    return await _page(qui, compte_id, identite_id, Saisie([]))


@router.post("/{identite_id}/retirer")
async def retirer(compte_id: UUID, identite_id: UUID, qui: Connecte) -> Response:
    """Retirer cette identité."""
    saisie = await recue(qui.request)
    corps = {"raison": ""} | en_json(saisie, _RAISON)
    adresse = f"{_API}/{compte_id}/identites/{identite_id}/retrait"
    try:
        await qui.api.ecrire("POST", adresse, corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        if isinstance(echec, Refus) and echec.statut == 404:
            raise
        return await _page(qui, compte_id, identite_id, saisie, echec)
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait=identite-retiree")


async def _page(
    qui: Visiteur, compte_id: UUID, identite_id: UUID | None, saisie: Saisie, echec: Echec | None = None
) -> Response:
    """identite_id : celle que l'on retire ; None, on en lie une."""
    compte, identites = await asyncio.gather(
        qui.api.lire(f"{_API}/{compte_id}"), qui.api.lire(f"{_API}/{compte_id}/identites")
    )
    identite = next((i for i in identites.corps if i["id"] == str(identite_id)), None)
    if identite_id is not None and identite is None:
        raise Refus(404, {})
    return qui.page(
        "gestion/identite.html",
        statut_de(echec),
        u=compte.corps,
        identite=identite,
        saisie=saisie,
        fautes=fautes_de(echec, "/raison"),
    )
