"""Who may do what with équipes: one rule per kind of request, named by each route.

Places are asked to the journal itself, so that leaving cuts the access at once (D6). Somebody else's équipe
or invitation answers exactly as one that does not exist.
"""

import datetime as dt
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

from events.store.store import Store
from fastapi import Depends
from referentiels.nomenclature import Nomenclature
from web.auth import ADMIN, COORDINATEUR, MEDIATEUR, SUPPORT, Connecte, holds
from web.policies import Rule
from web.rapproches import Siens, siens_de
from web.wiring import ClockDep, DatabaseDep, StoreDep

from equipes.domain import appartenance, equipe, equipe_etat, invitation
from equipes.domain.appartenance import APPARTENANCE, AppartenanceDUnAutre, MembreInconnu
from equipes.domain.equipe import EQUIPE, EquipeInconnue
from equipes.domain.invitation import (
    INVITATION,
    EquipeDUnAutre,
    InvitationDUnAutre,
    InvitationEnvoyee,
    InvitationInconnue,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId, cle_appartenance
from equipes.projections import reclamations
from equipes.projections.comptes_rapproches import comptes_rapproches


class Place(Nomenclature):
    """La place de la personne connectée dans l'équipe."""

    COORDINATEUR = "coordinateur", "Coordinateur"
    MEMBRE = "membre", "Membre"


INVITE = "invite"
"""Place of the person to whom an invitation was sent."""


LIE = "lie"
"""Place of a coordinateur who is of the network of the équipe, and no more."""
SUCCESSEUR = "successeur"
"""Place of the person who was named to coordinate the équipe."""
VOISIN = "voisin"
"""Place of a coordinateur of the département, to an équipe that nobody coordinates."""
SOUTIEN = "soutien"
"""Place of the support and of administrators, to any équipe: who coordinates it, nothing of its members."""


async def _equipe(equipe_id: UUID, store: StoreDep, clock: ClockDep) -> equipe_etat.Existante:
    """L'équipe du chemin, telle que son journal la dit à l'instant. Raises EquipeInconnue."""
    etat = await equipe_a_l_instant(store, equipe_id, clock.now())
    if isinstance(etat, equipe_etat.Absente):
        raise EquipeInconnue
    return etat


EquipeDep = Annotated[equipe_etat.Existante, Depends(_equipe)]


SiensDep = Annotated[Siens, Depends(siens_de(comptes_rapproches))]
"""Under which identifiers the caller is a member, coordinates, or was invited."""


async def _place(equipe_id: UUID, siens: SiensDep, etat: EquipeDep, store: StoreDep) -> Place | None:
    if equipe_etat.coordinateurs(etat) & set(siens.coordinateurs):
        return Place.COORDINATEUR
    return Place.MEMBRE if await est_membre(store, equipe_id, siens.mediateurs) else None


PlaceDep = Annotated[Place | None, Depends(_place)]
"""Where the caller stands in the équipe of the path."""


async def _appartient(siens: SiensDep, equipe_id: UUID, store: StoreDep) -> Place | None:
    return Place.MEMBRE if await est_membre(store, equipe_id, siens.mediateurs) else None


async def _conduite(moi: Connecte, siens: SiensDep, etat: EquipeDep) -> str | None:
    if equipe_etat.coordinateurs(etat) & set(siens.coordinateurs):
        return Place.COORDINATEUR
    return SOUTIEN if holds(moi, SUPPORT) or holds(moi, ADMIN) else None


async def _voisinage(
    moi: Connecte, siens: SiensDep, equipe_id: UUID, etat: EquipeDep, database: DatabaseDep
) -> str | None:
    if equipe_etat.coordinateurs(etat) & set(siens.coordinateurs):
        return Place.COORDINATEUR
    if etat.mandats:
        return None
    async with database.engine.connect() as connection:
        voisine = reclamations.voisine(EquipeId(equipe_id), CompteId(moi.compte_id))
        return VOISIN if await connection.scalar(voisine) else None


CREER_EQUIPE = Rule("creer_equipe", "Un coordinateur.", roles=frozenset({COORDINATEUR}))
LIRE_SES_MANDATS = Rule(
    "lire_ses_mandats", "Un coordinateur : les équipes qu’il coordonne.", roles=frozenset({COORDINATEUR})
)
LIRE_SES_EQUIPES = Rule(
    "lire_ses_equipes", "Un médiateur : les équipes dont il est membre.", roles=frozenset({MEDIATEUR})
)
LIRE_TOUTES_SES_EQUIPES = Rule(
    "lire_toutes_ses_equipes",
    "Toute personne connectée : les équipes qu’elle coordonne, dont elle est membre, ou du réseau desquelles "
    "elle est.",
)
VOIR_EQUIPE = Rule(
    "voir_equipe",
    "Ses coordinateurs ; ses membres, sans les contrats, les anciens ni les effectifs.",
    places=frozenset({Place.COORDINATEUR, Place.MEMBRE}),
    place=_place,
    unknown=EquipeInconnue,
)
QUITTER_EQUIPE = Rule(
    "quitter_equipe",
    "Le membre qui part, ou un coordinateur de l’équipe.",
    places=frozenset({Place.COORDINATEUR, Place.MEMBRE}),
)
INVITER = Rule(
    "inviter",
    "Les coordinateurs de l’équipe.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({Place.COORDINATEUR}),
    place=_place,
    unknown=EquipeInconnue,
)
ANNULER_INVITATION = Rule(
    "annuler_invitation",
    "Les coordinateurs de l’équipe qui a invité.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({Place.COORDINATEUR}),
)
ROMPRE_UNE_RELATION = Rule(
    "rompre_une_relation",
    "Le coordinateur lié à l’équipe, ou un coordinateur de cette équipe.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({Place.COORDINATEUR, LIE}),
)
CONDUIRE_UNE_PASSATION = Rule(
    "conduire_une_passation",
    "Les coordinateurs de l’équipe ; le support et les administrateurs, avec une raison.",
    roles=frozenset({COORDINATEUR, SUPPORT, ADMIN}),
    places=frozenset({Place.COORDINATEUR, SOUTIEN}),
    place=_conduite,
    unknown=EquipeInconnue,
)
REPONDRE_A_UNE_PASSATION = Rule(
    "repondre_a_une_passation",
    "La personne désignée pour coordonner l’équipe, elle seule.",
    places=frozenset({SUCCESSEUR}),
)
LIRE_LES_EQUIPES_SEULES = Rule(
    "lire_les_equipes_seules",
    "Un coordinateur : celles de son département. Le support, un administrateur : toutes.",
    roles=frozenset({COORDINATEUR, SUPPORT, ADMIN}),
)
RECLAMER_UNE_EQUIPE = Rule(
    "reclamer_une_equipe",
    "Un coordinateur du département, quand l’équipe n’a plus de coordinateur.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({Place.COORDINATEUR, VOISIN}),
    place=_voisinage,
    unknown=EquipeInconnue,
)
DONNER_SA_VOIX = Rule(
    "donner_sa_voix",
    "Les membres de l’équipe que quelqu’un réclame.",
    places=frozenset({Place.MEMBRE}),
    place=_appartient,
    unknown=EquipeInconnue,
)
LIRE_SES_INVITATIONS = Rule(
    "lire_ses_invitations", "Toute personne connectée : les invitations qu’elle a reçues."
)
REPONDRE = Rule("repondre", "La personne invitée, elle seule.", places=frozenset({INVITE}))


@contextmanager
def sans_reveler() -> Generator[None]:
    """Where the domain decides. Turns « not yours » into « unknown »: a leaked link tells nothing."""
    try:
        yield
    except InvitationDUnAutre:
        raise InvitationInconnue from None
    except EquipeDUnAutre:
        raise EquipeInconnue from None
    except AppartenanceDUnAutre:
        raise MembreInconnu from None


async def equipe_a_l_instant(
    store: Store[Any], equipe_id: UUID, maintenant: dt.datetime
) -> equipe_etat.State:
    """L'équipe ; qui devait partir à une date passée n'y est plus, même si rien ne l'a encore écrit."""
    etat, _ = await store.state(EQUIPE(equipe_id))
    return equipe.a_l_instant(EquipeId(equipe_id), etat, maintenant)


async def coordinateurs_de(
    store: Store[Any], equipe_id: UUID, maintenant: dt.datetime
) -> frozenset[CoordinateurId]:
    """Ceux dont le mandat est en cours ; personne si l'équipe n'existe pas."""
    return equipe_etat.coordinateurs(await equipe_a_l_instant(store, equipe_id, maintenant))


async def est_membre(store: Store[Any], equipe_id: UUID, siens: Collection[UUID]) -> bool:
    """Vrai si ce médiateur est membre de l'équipe à l'instant, sous l'un de ses identifiants."""
    etats = await store.states([APPARTENANCE(cle_appartenance(equipe_id, un)) for un in siens])
    return any(isinstance(etat, appartenance.Membre) for etat in etats)


def le_compte(siens: Siens, comptes: Collection[UUID]) -> CompteId:
    """Sous lequel de ses comptes la personne est de ceux-là ; celui d'aujourd'hui si elle n'en est pas."""
    return CompteId(next((un for un in siens.comptes if un in comptes), siens.comptes[0]))


def le_sien(siens: Siens, coordinateurs: Collection[CoordinateurId]) -> CoordinateurId:
    """Sous quel identifiant la personne coordonne cette équipe ; celui d'aujourd'hui si ce n'est pas elle."""
    miens = [CoordinateurId(un) for un in siens.coordinateurs]
    return next((un for un in miens if un in coordinateurs), miens[0])


async def invitation_envoyee(store: Store[Any], invitation_id: UUID) -> InvitationEnvoyee:
    """Ce qui a été envoyé sous cet identifiant. Raises InvitationInconnue."""
    etat, _ = await store.state(INVITATION(invitation_id))
    if isinstance(etat, invitation.Absente):
        raise InvitationInconnue
    return etat.envoyee
