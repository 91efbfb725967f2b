"""L'espace de qui est connecté : saisir vite, ses dernières activités, ce qui reste à faire."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from portail.activites import montrees, sujets_frequents
from portail.rendez_vous import du_jour
from portail.visiteur import Connecte

router = APIRouter()

_MONTREES, _SUJETS = 5, 6


@router.get("/espace")
async def espace(qui: Connecte) -> Response:
    """Au plus trois lectures de l'API, toutes à la fois."""
    assert qui.moi is not None
    if qui.moi["droit"] != "aucun" and not qui.moi["roles"]:
        return qui.aller("/gestion/utilisateurs")
    if qui.moi["inscription"] != "terminee":
        return qui.aller("/inscription")
    if not qui.a_le_role("mediateur"):
        invitations, proposees = await asyncio.gather(
            qui.api.lire_si_possible("/invitations", limite=10),
            qui.api.lire_si_possible("/equipes/passations", limite=10),
        )
        return qui.page(
            "espace.html",
            activites=None,
            mois=None,
            a_faire=None,
            rdvs=[],
            invitations=invitations,
            proposees=proposees,
            sujets=[],
            aujourd_hui=qui.aujourd_hui,
        )
    accueil, rdvs, invitations, nomenclatures = await asyncio.gather(
        qui.api.lire_si_possible("/activites/accueil", limite=_MONTREES),
        du_jour(qui, qui.aujourd_hui),
        qui.api.lire_si_possible("/invitations", limite=10),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    return qui.page(
        "espace.html",
        activites=montrees(accueil["dernieres"], nomenclatures) if accueil else None,
        mois=accueil and accueil["mois"],
        a_faire=accueil and accueil["a_faire"],
        rdvs=rdvs,
        invitations=invitations,
        proposees=None,
        sujets=sujets_frequents(accueil["thematiques"] if accueil else (), nomenclatures, _SUJETS),
        aujourd_hui=qui.aujourd_hui,
    )
