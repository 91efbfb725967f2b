"""La boîte locale : chaque courriel que la plateforme aurait envoyé (réglage `boite`)."""

import asyncio
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from portail import boite
from portail.passerelle import Refus
from portail.visiteur import PourTous, Visiteur

router = APIRouter()


@router.get("/boite")
async def liste(qui: PourTous) -> Response:
    """Les derniers messages, le plus récent d'abord."""
    lus = await asyncio.to_thread(boite.messages, _dossier(qui))
    return qui.page("boite/liste.html", messages=lus)


@router.get("/boite/{nom}")
async def lire(nom: str, qui: PourTous) -> Response:
    """Un message, tel qu'il se lit en texte."""
    lu = await asyncio.to_thread(boite.message, _dossier(qui), nom)
    if lu is None:
        raise Refus(404, {})
    return qui.page("boite/message.html", message=lu)


def _dossier(qui: Visiteur) -> Path:
    dossier: Path = qui.request.app.state.settings.boite
    return dossier
