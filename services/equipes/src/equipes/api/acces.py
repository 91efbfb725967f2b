"""Who may see an équipe: asked to the journal itself, so that leaving cuts the access at once (D6).

Somebody else's équipe or invitation answers exactly as one that does not exist.
"""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.store.store import Store
from web.auth import Caller

from equipes.domain import appartenance, equipe, invitation
from equipes.domain.appartenance import APPARTENANCE, AppartenanceDUnAutre, MembreInconnu
from equipes.domain.equipe import EQUIPE, EquipeInconnue
from equipes.domain.invitation import (
    INVITATION,
    EquipeDUnAutre,
    InvitationDUnAutre,
    InvitationEnvoyee,
    InvitationInconnue,
)
from equipes.domain.vocabulaire import (
    CoordinateurId,
    cle_appartenance,
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
    return (await store.state(EQUIPE(equipe_id)))[0]


async def coordinateurs_de(store: Store[Any], equipe_id: UUID) -> frozenset[CoordinateurId]:
    """Ceux dont le mandat est en cours ; personne si l'équipe n'existe pas."""
    return equipe.coordinateurs(await equipe_actuelle(store, equipe_id))


async def est_membre(store: Store[Any], equipe_id: UUID, mediateur_id: UUID | None) -> bool:
    """Vrai si ce médiateur est membre de l'équipe à l'instant."""
    if mediateur_id is None:
        return False
    etat, _ = await store.state(APPARTENANCE(cle_appartenance(equipe_id, mediateur_id)))
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
    etat, _ = await store.state(INVITATION(invitation_id))
    if isinstance(etat, invitation.Absente):
        raise InvitationInconnue
    return etat.envoyee
