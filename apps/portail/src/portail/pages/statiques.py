"""Feuilles de style, scripts, et ce que les champs proposent pendant que l'on écrit."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.passerelle import Muette, Refus
from portail.visiteur import PourTous

router = APIRouter()


@router.get("/static/{nom:path}")
@router.head("/static/{nom:path}")
async def fichier(nom: str, qui: PourTous, v: Annotated[str | None, Query()] = None) -> Response:
    """Un fichier ; gardé pour toujours s'il est demandé par sa version."""
    return qui.rendu.servir(nom, v)


@router.get("/suggestions/communes")
async def communes(qui: PourTous, commune: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Les options de la liste qui accompagne le champ « Commune »."""
    trouvees: list[dict[str, str]] = []
    if commune.strip():
        try:
            trouvees = (await qui.api.lire("/carte/communes", q=commune.strip(), limite=8)).corps["elements"]
        except (Muette, Refus):
            trouvees = []
    return qui.page("composants/communes.html", communes=trouvees)
