"""Entrer, sortir."""

import re
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.formulaires import recue
from portail.visiteur import PeutEtre, PourTous

router = APIRouter()

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]{0,500}", re.ASCII)


def retour_sur(retour: str | None) -> str:
    """The page of ours where to come back; the space of who is signed in otherwise."""
    return retour if retour and _LOCAL.fullmatch(retour) and "\\" not in retour else "/espace"


@router.get("/connexion")
async def connexion(
    qui: PeutEtre,
    retour: Annotated[str | None, Query()] = None,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Un bouton, et ce qu'il faut savoir avant de le presser."""
    cible = retour_sur(retour)
    if qui.moi:
        return qui.aller(cible)
    settings = qui.request.app.state.settings
    supports = {"La Coop": settings.support_coop, "ProConnect": settings.support_proconnect}
    message = "Votre compte est fermé. Reconnectez-vous dans les trente jours pour le rouvrir."
    return qui.page(
        "connexion.html",
        retour=cible,
        supports={nom: a for nom, a in supports.items() if a},
        message=message if fait == "ferme" else None,
    )


@router.post("/deconnexion")
async def deconnexion(qui: PourTous) -> Response:
    """Sortir d'ici, puis de ProConnect."""
    saisie = await recue(qui.request)
    reponse = await qui.api.ecrire("POST", "/auth/deconnexion", csrf=saisie.un("csrf"))
    return qui.aller(reponse.corps["url"])
