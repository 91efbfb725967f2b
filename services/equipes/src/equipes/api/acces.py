"""Who may see an équipe: asked to the journal itself, so that leaving cuts the access at once (D6).

Somebody else's équipe or invitation answers exactly as one that does not exist.
"""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.decider import fold
from events.store.store import Store
from web.auth import Caller

from equipes.domain import appartenance, equipe, invitation
from equipes.domain.appartenance import AppartenanceDUnAutre, MembreInconnu
from equipes.domain.equipe import EquipeInconnue
from equipes.domain.invitation import (
    EquipeDUnAutre,
    InvitationDUnAutre,
    InvitationEnvoyee,
    InvitationInconnue,
)
from equipes.domain.vocabulaire import (
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    flux_appartenance,
    flux_equipe,
    flux_invitation,
)


class Place(StrEnum):
    """La place de la personne connectée dans l'équipe."""

    COORDINATEUR = "coordinateur"
    MEMBRE = "membre"


@contextmanager
def sans_reveler() -> Generator[None]:
    """Turns « not yours » into « unknown »: a leaked link or a guessed identifier tells nothing."""
    try:
        yield
    except InvitationDUnAutre:
        raise InvitationInconnue from None
    except EquipeDUnAutre:
        raise EquipeInconnue from None
    except AppartenanceDUnAutre:
        raise MembreInconnu from None


async def equipe_actuelle(store: Store[Any], equipe_id: UUID) -> equipe.State:
    """L'équipe, telle que son journal la dit à l'instant."""
    return fold(equipe, [r.event for r in await store.load(flux_equipe(equipe_id))])


async def coordinateurs_de(store: Store[Any], equipe_id: UUID) -> frozenset[CoordinateurId]:
    """Ceux dont le mandat est en cours ; personne si l'équipe n'existe pas."""
    return equipe.coordinateurs(await equipe_actuelle(store, equipe_id))


async def est_membre(store: Store[Any], equipe_id: UUID, mediateur_id: UUID | None) -> bool:
    """Vrai si ce médiateur est membre de l'équipe à l'instant."""
    if mediateur_id is None:
        return False
    flux = flux_appartenance(EquipeId(equipe_id), MediateurId(mediateur_id))
    etat = fold(appartenance, [r.event for r in await store.load(flux)])
    return isinstance(etat, appartenance.Membre)


async def equipe_visible(store: Store[Any], equipe_id: UUID, moi: Caller) -> tuple[equipe.Existante, Place]:
    """L'équipe et la place de `moi`. Raises EquipeInconnue for anybody else."""
    etat = await equipe_actuelle(store, equipe_id)
    if isinstance(etat, equipe.Existante):
        if moi.coordinateur_id in equipe.coordinateurs(etat):
            return etat, Place.COORDINATEUR
        if await est_membre(store, equipe_id, moi.mediateur_id):
            return etat, Place.MEMBRE
    raise EquipeInconnue


async def invitation_envoyee(store: Store[Any], invitation_id: UUID) -> InvitationEnvoyee:
    """Ce qui a été envoyé sous cet identifiant. Raises InvitationInconnue."""
    flux = flux_invitation(InvitationId(invitation_id))
    etat = fold(invitation, [r.event for r in await store.load(flux)])
    if isinstance(etat, invitation.Absente):
        raise InvitationInconnue
    return etat.envoyee
