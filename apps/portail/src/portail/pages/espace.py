"""L'espace de qui est connecté : saisir vite, ses dernières activités, ce qui reste à faire."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from portail.activites import dernieres, du_mois
from portail.visiteur import Connecte

router = APIRouter()


@router.get("/espace")
async def espace(qui: Connecte) -> Response:
    """Au plus trois lectures de l'API, toutes à la fois."""
    assert qui.moi is not None
    if qui.moi["inscription"] != "terminee":
        return qui.aller("/inscription")
    if not qui.a_le_role("mediateur"):
        return qui.page("espace.html", activites=None, mois=None, invitations=None)
    activites, mois, invitations = await asyncio.gather(
        dernieres(qui, 5), du_mois(qui), qui.api.lire_si_possible("/invitations", limite=10)
    )
    return qui.page("espace.html", activites=activites, mois=mois, invitations=invitations)
