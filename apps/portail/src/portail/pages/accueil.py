"""L'accueil de tous."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from portail.passerelle import Muette, Passerelle, Refus
from portail.visiteur import PeutEtre

router = APIRouter()


@router.get("/")
async def accueil(qui: PeutEtre) -> Response:
    """Ce que c'est, les deux actions, trois chiffres vrais."""
    chiffres, lieux = await asyncio.gather(
        _lus(qui.api, "/statistiques/publiques"), _lus(qui.api, "/lieux/comptage")
    )
    return qui.page("accueil.html", totaux=chiffres and chiffres["totaux"], lieux=lieux)


async def _lus(api: Passerelle, chemin: str) -> Any:
    """None when this part does not answer: the rest of the page stands."""
    try:
        return (await api.lire(chemin)).corps
    except (Muette, Refus):
        return None
