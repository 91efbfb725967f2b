"""Invitation : un coordinateur propose, seule la personne invitée répond.

Règles : docs/domaine/equipes.md §3 et docs/domaine/scenarios-identite.md D4.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream
from referentiels.calendrier import decaler

from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId, InvitationId, MediateurId

VALIDITE_MOIS = 6
EN_ATTENTE_MAX = 500
"""Invitations en attente d'une même équipe."""
RECUES_MAX = 10
"""Invitations sans réponse d'une même personne."""
DU_JOUR_MAX = 50
"""Invitations d'un même coordinateur en 24 heures."""


# --- Events ---
@dataclass(frozen=True, slots=True)
class InvitationEnvoyee:
    """Un coordinateur a invité une personne à rejoindre son équipe.

    compte_id : la personne invitée.   par : le coordinateur.   expire_le : six mois civils après l'envoi.
    """

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    par: CoordinateurId
    envoyee_le: dt.datetime
    expire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class InvitationAcceptee:
    """La personne invitée a accepté, elle-même. compte_id : le sien au moment de sa réponse.

    mediateur_id : le sien alors ; elle devient membre.   coordinateur_id : le sien, si elle n'est que cela ;
    c'est alors une relation de réseau, qui ne fait pas d'elle un membre (D3).
    """

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    mediateur_id: MediateurId | None
    acceptee_le: dt.datetime
    coordinateur_id: CoordinateurId | None = None


@dataclass(frozen=True, slots=True)
class InvitationRefusee:
    """La personne invitée a refusé, elle-même."""

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    refusee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class InvitationAnnulee:
    """Un coordinateur de l'équipe a retiré l'invitation avant toute réponse."""

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    par: CoordinateurId
    annulee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class InvitationExpiree:
    """Personne n'a répondu à temps, ou ne répondra plus : l'invitation ne vaut plus."""

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    expiree_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RelationRompue:
    """La relation de réseau née de l'invitation a pris fin. par : le compte qui l'a voulu."""

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    coordinateur_id: CoordinateurId
    par: CompteId
    rompue_le: dt.datetime


type Event = (
    InvitationEnvoyee
    | InvitationAcceptee
    | InvitationRefusee
    | InvitationAnnulee
    | InvitationExpiree
    | RelationRompue
)


# --- State ---
@dataclass(frozen=True, slots=True)
class Absente:
    """Rien n'a été envoyé sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class EnAttente:
    """Envoyée ; la personne n'a pas répondu."""

    envoyee: InvitationEnvoyee


@dataclass(frozen=True, slots=True)
class Acceptee:
    """La personne a accepté. relation : le coordinateur que la relation de réseau lie à l'équipe."""

    envoyee: InvitationEnvoyee
    acceptee_le: dt.datetime
    relation: CoordinateurId | None = None


@dataclass(frozen=True, slots=True)
class Rompue:
    """La relation de réseau a pris fin."""

    envoyee: InvitationEnvoyee


@dataclass(frozen=True, slots=True)
class Refusee:
    """La personne a refusé."""

    envoyee: InvitationEnvoyee


@dataclass(frozen=True, slots=True)
class Annulee:
    """Un coordinateur l'a retirée."""

    envoyee: InvitationEnvoyee


@dataclass(frozen=True, slots=True)
class Expiree:
    """Le délai est passé."""

    envoyee: InvitationEnvoyee


type Repondue = Acceptee | Rompue | Refusee | Annulee | Expiree
type State = Absente | EnAttente | Repondue
initial: State = Absente()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case InvitationEnvoyee(), _:
            return EnAttente(event)
        case _, Absente():
            return state
        case InvitationAcceptee(), _:
            return Acceptee(state.envoyee, event.acceptee_le, event.coordinateur_id)
        case RelationRompue(), _:
            return Rompue(state.envoyee)
        case InvitationRefusee(), _:
            return Refusee(state.envoyee)
        case InvitationAnnulee(), _:
            return Annulee(state.envoyee)
        case InvitationExpiree(), _:
            return Expiree(state.envoyee)
        case _:
            assert_never((event, state))


# --- Commands and refusals ---
class Profil(StrEnum):
    """Ce que le service sait de la personne invitée."""

    INCONNU = "inconnu"
    A_INSCRIRE = "a_inscrire"
    """Son compte attend sa première connexion, ou elle n'a pas fini son inscription (D5)."""
    COORDINATEUR = "coordinateur"
    """Et pas médiateur : la relation sera de réseau (D3)."""
    MEDIATEUR = "mediateur"


@dataclass(frozen=True, slots=True)
class InviterMediateur:
    """Un coordinateur veut inviter une personne.

    coordinateurs : ceux de l'équipe, en cours (aucun si elle n'existe pas).   deja_membre : de cette équipe ;
    deja_en_reseau : lié à elle.
    en_attente : nombre d'invitations de l'équipe sans réponse.   recues : de la personne invitée, de même.
    du_jour : nombre d'invitations envoyées par ce coordinateur depuis 24 heures.
    """

    invitation_id: InvitationId
    equipe_id: EquipeId
    compte_id: CompteId
    par: CoordinateurId
    coordinateurs: frozenset[CoordinateurId]
    profil: Profil
    deja_membre: bool
    en_attente: int
    maintenant: dt.datetime
    recues: int = 0
    du_jour: int = 0
    deja_en_reseau: bool = False


@dataclass(frozen=True, slots=True)
class AccepterInvitation:
    """La personne connectée dit oui.

    mediateur_id, coordinateur_id : les siens, s'il a le rôle.   parti_le : son dernier départ de l'équipe.
    siens : les comptes rapprochés du sien.
    """

    par: CompteId
    mediateur_id: MediateurId | None
    maintenant: dt.datetime
    parti_le: dt.datetime | None = None
    coordinateur_id: CoordinateurId | None = None
    siens: frozenset[CompteId] = frozenset()


@dataclass(frozen=True, slots=True)
class RefuserInvitation:
    """La personne connectée dit non. siens : les comptes rapprochés du sien."""

    par: CompteId
    maintenant: dt.datetime
    siens: frozenset[CompteId] = frozenset()


@dataclass(frozen=True, slots=True)
class AnnulerInvitation:
    """Un coordinateur revient sur son invitation ; coordinateurs : ceux de l'équipe, en cours."""

    par: CoordinateurId
    coordinateurs: frozenset[CoordinateurId]
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RompreRelation:
    """Le coordinateur lié, ou un coordinateur de l'équipe, met fin à la relation de réseau.

    par : le compte connecté ; coordinateur_id : le sien.   coordinateurs : ceux de l'équipe, en cours.
    """

    par: CompteId
    coordinateur_id: CoordinateurId
    coordinateurs: frozenset[CoordinateurId]
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ConstaterExpiration:
    """Le temps a passé : clore l'invitation si son délai est écoulé."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerInvite:
    """Suite de la fermeture ou de l'effacement d'un compte : la personne invitée ne répondra plus."""

    maintenant: dt.datetime


type Command = (
    InviterMediateur
    | AccepterInvitation
    | RefuserInvitation
    | AnnulerInvitation
    | RompreRelation
    | ConstaterExpiration
    | EffacerInvite
)


class InvitationInconnue(Refusal):
    """Cette invitation n'existe pas, ou elle ne vous est pas adressée."""


class InvitationDUnAutre(Refusal):
    """Seule la personne invitée répond à une invitation, et seule son équipe l'annule."""


class EquipeDUnAutre(Refusal):
    """Seul un coordinateur de l'équipe y invite."""


class InvitationDejaEnvoyee(Refusal):
    """Cet identifiant d'invitation est déjà utilisé."""


class InvitationDejaTraitee(Refusal):
    """Cette invitation a déjà reçu une réponse ou a été annulée."""


class InvitationPerimee(Refusal):
    """Cette invitation a expiré : demandez au coordinateur de vous inviter à nouveau."""


class InviteInconnu(Refusal):
    """Ce compte n'est pas connu ou n'a pas terminé son inscription. S'il vient de la terminer, réessayez."""


class NonMediateur(Refusal):
    """Seul un médiateur peut être membre d'une équipe."""


class DejaMembre(Refusal):
    """Cette personne est déjà membre de l'équipe."""


class DejaEnReseau(Refusal):
    """Ce coordinateur est déjà lié à l'équipe."""


class InvitationEnCours(Refusal):
    """Cette personne a déjà une invitation sans réponse pour cette équipe."""


class SansRelation(Refusal):
    """De cette invitation n'est née aucune relation de réseau."""


class TropDInvitations(Refusal):
    """L'équipe a trop d'invitations sans réponse : annulez-en avant d'en envoyer d'autres."""


class TropDInvitationsRecues(Refusal):
    """Cette personne a déjà trop d'invitations sans réponse."""


class TropDInvitationsDuJour(Refusal):
    """Vous avez envoyé trop d'invitations depuis hier : réessayez demain."""


class EquipeQuittee(Refusal):
    """Vous avez quitté cette équipe depuis : demandez une nouvelle invitation."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case InviterMediateur(), _:
            return _inviter(command, state)
        case (
            AccepterInvitation()
            | RefuserInvitation()
            | AnnulerInvitation()
            | RompreRelation()
            | ConstaterExpiration()
            | EffacerInvite(),
            Absente(),
        ):
            raise InvitationInconnue
        case EffacerInvite(), Acceptee(envoyee, relation=coordinateur_id) if coordinateur_id is not None:
            return [_rompue(envoyee, coordinateur_id, envoyee.compte_id, command.maintenant)]
        case EffacerInvite(), EnAttente(envoyee):
            return [InvitationExpiree(*_de(envoyee), command.maintenant)]
        case ConstaterExpiration(), EnAttente(envoyee):
            if command.maintenant < envoyee.expire_le:
                return []
            return [InvitationExpiree(*_de(envoyee), command.maintenant)]
        case (
            (ConstaterExpiration() | EffacerInvite()),
            Acceptee() | Rompue() | Refusee() | Annulee() | Expiree(),
        ):
            return []
        case RompreRelation(), _:
            return _rompre(command, state)
        case AnnulerInvitation(), _:
            return _annuler(command, state)
        case ((AccepterInvitation() | RefuserInvitation()), _):
            if state.envoyee.compte_id not in {command.par, *command.siens}:
                raise InvitationDUnAutre
            return _repondre(command, state)
        case _:
            assert_never((command, state))


def _inviter(command: InviterMediateur, state: State) -> list[Event]:
    if command.par not in command.coordinateurs:
        raise EquipeDUnAutre
    match state:
        case Absente():
            if command.profil is Profil.INCONNU:
                raise InviteInconnu(field="/compte_id")
            if command.deja_membre:
                raise DejaMembre(field="/compte_id")
            if command.deja_en_reseau and command.profil is Profil.COORDINATEUR:
                raise DejaEnReseau(field="/compte_id")
            if command.en_attente >= EN_ATTENTE_MAX:
                raise TropDInvitations
            if command.recues >= RECUES_MAX:
                raise TropDInvitationsRecues(field="/compte_id")
            if command.du_jour >= DU_JOUR_MAX:
                raise TropDInvitationsDuJour
            return [
                InvitationEnvoyee(
                    command.invitation_id,
                    command.equipe_id,
                    command.compte_id,
                    command.par,
                    command.maintenant,
                    decaler(command.maintenant, VALIDITE_MOIS),
                )
            ]
        case EnAttente() | Acceptee() | Rompue() | Refusee() | Annulee() | Expiree():
            deja = state.envoyee
            if (deja.equipe_id, deja.compte_id) != (command.equipe_id, command.compte_id):
                raise InvitationDejaEnvoyee
            return []
        case _:
            assert_never(state)


def _repondre(
    command: AccepterInvitation | RefuserInvitation,
    state: EnAttente | Repondue,
) -> list[Event]:
    match command, state:
        case AccepterInvitation(parti_le=parti_le), Acceptee(acceptee_le=acceptee_le):
            if parti_le is not None and parti_le >= acceptee_le:
                raise EquipeQuittee
            return []
        case RefuserInvitation(), Refusee():
            return []
        case _, Acceptee() | Rompue() | Refusee() | Annulee():
            raise InvitationDejaTraitee
        case _, Expiree():
            raise InvitationPerimee
        case _, EnAttente(envoyee) if command.maintenant >= envoyee.expire_le:
            raise InvitationPerimee
        case AccepterInvitation(), EnAttente(envoyee):
            # The account that answers: an invitation may have been sent to another of theirs.
            qui = (envoyee.invitation_id, envoyee.equipe_id, command.par)
            if command.mediateur_id is not None:
                return [InvitationAcceptee(*qui, command.mediateur_id, command.maintenant)]
            if command.coordinateur_id is None:
                raise NonMediateur
            return [InvitationAcceptee(*qui, None, command.maintenant, command.coordinateur_id)]
        case RefuserInvitation(), EnAttente(envoyee):
            return [InvitationRefusee(*_de(envoyee), command.maintenant)]
        case _:
            assert_never((command, state))


def _annuler(command: AnnulerInvitation, state: EnAttente | Repondue) -> list[Event]:
    if command.par not in command.coordinateurs:
        raise InvitationDUnAutre
    match state:
        case EnAttente(envoyee):
            return [InvitationAnnulee(*_de(envoyee), command.par, command.maintenant)]
        case Annulee() | Expiree():
            return []
        case Acceptee() | Rompue() | Refusee():
            raise InvitationDejaTraitee
        case _:
            assert_never(state)


def _rompre(command: RompreRelation, state: EnAttente | Repondue) -> list[Event]:
    # The team's own, or the one of the relation: to anybody else it does not exist.
    if command.par != state.envoyee.compte_id and command.coordinateur_id not in command.coordinateurs:
        raise InvitationDUnAutre
    match state:
        case Acceptee(envoyee, relation=coordinateur_id) if coordinateur_id is not None:
            return [_rompue(envoyee, coordinateur_id, command.par, command.maintenant)]
        case Rompue():
            return []
        case EnAttente() | Acceptee() | Refusee() | Annulee() | Expiree():
            raise SansRelation
        case _:
            assert_never(state)


def _rompue(
    envoyee: InvitationEnvoyee, coordinateur_id: CoordinateurId, par: CompteId, maintenant: dt.datetime
) -> RelationRompue:
    return RelationRompue(*_de(envoyee), coordinateur_id, par, maintenant)


def _de(envoyee: InvitationEnvoyee) -> tuple[InvitationId, EquipeId, CompteId]:
    return envoyee.invitation_id, envoyee.equipe_id, envoyee.compte_id


INVITATION = Stream("invitation", initial, decide, evolve)
