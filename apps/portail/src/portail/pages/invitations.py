"""Les invitations reçues : qui invite, ce que cette personne verra, oui ou non."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_FAIT = {"refusee": "Invitation refusée. La personne qui vous invitait peut vous inviter à nouveau."}


@router.get("/espace/invitations")
async def recues(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Celles qui attendent ma réponse."""
    return await _page(qui, message=_FAIT.get(fait))


@router.post("/espace/invitations/{invitation_id}/accepter")
async def accepter(invitation_id: UUID, qui: Connecte) -> Response:
    """Accepter : je deviens membre de l'équipe, ou de son réseau si je ne fais que coordonner."""
    fait = "rejointe" if qui.a_le_role("mediateur") else "liee"
    return await _repondre(qui, invitation_id, "acceptation", f"/espace/equipes?fait={fait}")


@router.post("/espace/invitations/{invitation_id}/refuser")
async def refuser(invitation_id: UUID, qui: Connecte) -> Response:
    """Refuser."""
    return await _repondre(qui, invitation_id, "refus", "/espace/invitations?fait=refusee")


async def _repondre(qui: Visiteur, invitation_id: UUID, reponse: str, ensuite: str) -> Response:
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", f"/invitations/{invitation_id}/{reponse}", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, invitation_id, echec)
    return qui.aller(ensuite)


async def _page(
    qui: Visiteur, refusee: UUID | None = None, echec: Echec | None = None, **contexte: Any
) -> Response:
    """refusee : l'invitation à laquelle la réponse n'a pas été prise, dont la carte dit pourquoi."""
    lues = await qui.api.lire_si_possible("/invitations")
    fautes = fautes_de(echec)
    return qui.page(
        "equipes/invitations.html",
        statut_de(echec),
        invitations=lues,
        refusee=str(refusee),
        faute=" ".join(fautes.values()),
        **contexte,
    )
