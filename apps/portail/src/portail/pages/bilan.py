"""Les activités de coordination, comptées : des types, des trimestres, des thèmes."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.passerelle import Refus
from portail.visiteur import Connecte

router = APIRouter()


@router.get("/espace/statistiques/coordination")
async def bilan(
    qui: Connecte,
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Sans période, toutes."""
    lu, erreur, statut = None, None, 200
    try:
        lu = (await qui.api.lire("/statistiques/coordination", du=du, au=au)).corps
    except Refus as refus:
        if refus.statut == 404:
            raise
        erreur, statut = refus.phrases, refus.statut
    return qui.page("statistiques/coordination.html", statut, b=lu, erreur=erreur, du=du, au=au)
