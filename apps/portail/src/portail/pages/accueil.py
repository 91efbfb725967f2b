"""L'accueil de tous."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from portail.visiteur import PeutEtre

router = APIRouter()


@router.get("/")
async def accueil(qui: PeutEtre) -> Response:
    """Ce que c'est, les deux actions, trois chiffres vrais."""
    chiffres, lieux = await asyncio.gather(
        qui.api.lire_si_possible("/statistiques/publiques"), qui.api.lire_si_possible("/lieux/comptage")
    )
    return qui.page("accueil.html", totaux=chiffres and chiffres["totaux"], lieux=lieux)
