"""L'histoire de mon compte : ce que la plateforme en sait, fait par fait."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.visiteur import Connecte

router = APIRouter()

_PAR_PAGE = 30


@router.get("/espace/profil/histoire")
async def histoire(qui: Connecte, apres: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    """Les faits de mon compte, du plus récent au plus ancien."""
    lue = await qui.api.lire("/comptes/moi/histoire", limite=_PAR_PAGE, apres=apres)
    return qui.page(
        "profil/histoire.html",
        faits=lue.corps["elements"],
        anciens=lue.corps["suivant"],
        debut=apres is None,
    )
