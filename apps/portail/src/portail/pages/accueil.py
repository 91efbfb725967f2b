"""L'accueil de tous."""

import asyncio
from typing import Any

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
    return qui.page("accueil.html", totaux=chiffres and _visibles(chiffres["totaux"]), lieux=lieux)


def _visibles(totaux: dict[str, Any]) -> dict[str, Any] | None:
    """Sans les chiffres d'une plateforme qui commence : de moins de cinq personnes, rien n'est publié."""
    montres = (totaux["activites"]["total"], totaux["accompagnements"]["total"])
    return totaux if None not in montres else None
