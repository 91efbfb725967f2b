"""Les outils des professionnels : à quoi chacun sert, pour qui, avec quel compte, qui voit quoi, qui aide."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portail import textes
from portail.visiteur import Connecte

router = APIRouter()

OUTILS = textes.outils()
ROLES = {"mediateur": "Médiateur", "coordinateur": "Coordinateur", "structure": "Structure"}


@router.get("/espace/outils")
async def liste(qui: Connecte) -> Response:
    """Tous les outils, et le tableau de qui y fait quoi."""
    return qui.page("outils/liste.html", outils=OUTILS, roles=ROLES)


@router.get("/espace/outils/{outil}")
async def un_outil(outil: str, qui: Connecte) -> Response:
    """Un outil."""
    if outil not in OUTILS:
        raise HTTPException(404)
    return qui.page("outils/fiche.html", outil=OUTILS[outil], roles=ROLES)
