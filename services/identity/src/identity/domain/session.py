"""Session : une personne connectée sur un navigateur. Aucune donnée personnelle ici."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import Public

from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId

# --- Événements ---


@dataclass(frozen=True, slots=True)
class SessionOuverte:
    """Une session commence. acr : niveau annoncé par ProConnect, s'il l'est.

    usurpateur : le compte qui voit la plateforme comme celui-ci, quand ce n'est pas lui.
    """

    session_id: SessionId
    compte_id: CompteId
    acr: Public | None
    ouverte_le: dt.datetime
    usurpateur: CompteId | None = None


@dataclass(frozen=True, slots=True)
class SessionRevoquee:
    """Une session est close : ses jetons ne valent plus, même non expirés."""

    session_id: SessionId
    compte_id: CompteId
    motif: MotifRevocation
    revoquee_le: dt.datetime


type Event = SessionOuverte | SessionRevoquee


# --- État ---


@dataclass(frozen=True, slots=True)
class Inconnue:
    """Aucune session à cet identifiant."""


@dataclass(frozen=True, slots=True)
class Ouverte:
    """En cours."""

    session_id: SessionId
    compte_id: CompteId


@dataclass(frozen=True, slots=True)
class Revoquee:
    """Close, définitivement."""

    compte_id: CompteId


type State = Inconnue | Ouverte | Revoquee
initial: State = Inconnue()


def evolve(state: State, event: Event) -> State:
    match event:
        case SessionOuverte():
            return Ouverte(event.session_id, event.compte_id)
        case SessionRevoquee():
            return Revoquee(event.compte_id)
        case _:
            assert_never(event)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class OuvrirSession:
    """Ouvrir une session à un compte qui vient de s'authentifier."""

    session_id: SessionId
    compte_id: CompteId
    acr: str | None
    maintenant: dt.datetime
    usurpateur: CompteId | None = None


@dataclass(frozen=True, slots=True)
class RevoquerSession:
    """Clore une session. par : le compte qui le demande ; seul son titulaire le peut."""

    par: CompteId
    motif: MotifRevocation
    maintenant: dt.datetime


type Command = OuvrirSession | RevoquerSession


class SessionInconnue(Refusal):
    """Cette session n'existe pas."""


class SessionDejaOuverte(Refusal):
    """Cette session est déjà ouverte."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case OuvrirSession(), Inconnue():
            return [
                SessionOuverte(
                    command.session_id,
                    command.compte_id,
                    command.acr,
                    command.maintenant,
                    command.usurpateur,
                )
            ]
        case OuvrirSession(), Ouverte() | Revoquee():
            raise SessionDejaOuverte
        case RevoquerSession(), Ouverte(session_id, compte_id):
            if command.par != compte_id:
                raise SessionInconnue
            return [SessionRevoquee(session_id, compte_id, command.motif, command.maintenant)]
        case RevoquerSession(), Revoquee(compte_id):
            if command.par != compte_id:
                raise SessionInconnue
            return []
        case RevoquerSession(), Inconnue():
            raise SessionInconnue
        case _:
            assert_never((command, state))


SESSION = Stream("session", initial, decide, evolve)
