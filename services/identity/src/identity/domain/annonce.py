"""Annonce : une phrase en tête de chaque page, pendant un temps."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import Public

from identity.domain.vocabulaire import AnnonceId, CompteId

# --- Événements ---


@dataclass(frozen=True, slots=True)
class AnnoncePubliee:
    """Chacun la lit à partir de du, et jusqu'à au s'il est donné."""

    annonce_id: AnnonceId
    texte: Public
    du: dt.datetime
    au: dt.datetime | None
    par: CompteId
    publiee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class AnnonceRetiree:
    """Personne ne la lit plus."""

    annonce_id: AnnonceId
    par: CompteId
    retiree_le: dt.datetime


type Event = AnnoncePubliee | AnnonceRetiree

# --- État ---


@dataclass(frozen=True, slots=True)
class Inconnue:
    """Aucune annonce à cet identifiant."""


@dataclass(frozen=True, slots=True)
class Publiee:
    """Écrite ; montrée entre ses deux instants."""

    annonce: AnnoncePubliee


@dataclass(frozen=True, slots=True)
class Retiree:
    """Retirée, définitivement."""


type State = Inconnue | Publiee | Retiree
initial: State = Inconnue()


def evolve(state: State, event: Event) -> State:
    match event:
        case AnnoncePubliee():
            return Publiee(event)
        case AnnonceRetiree():
            return Retiree()
        case _:
            assert_never(event)


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class PublierAnnonce:
    """Dire quelque chose à tous. annonce_id : tiré par le client."""

    annonce_id: AnnonceId
    texte: str
    du: dt.datetime
    au: dt.datetime | None
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerAnnonce:
    """Ne plus le dire."""

    par: CompteId
    maintenant: dt.datetime


type Command = PublierAnnonce | RetirerAnnonce


class AnnonceInconnue(Refusal):
    """Cette annonce n'existe pas."""


class AnnonceDejaPubliee(Refusal):
    """Une autre annonce porte déjà cet identifiant."""


class FinAvantLeDebut(Refusal):
    """La fin de l'annonce vient avant son début."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case PublierAnnonce(annonce_id, texte, du, au, par, maintenant), Inconnue():
            if au is not None and au <= du:
                raise FinAvantLeDebut(field="/au")
            return [AnnoncePubliee(annonce_id, texte, du, au, par, maintenant)]
        case PublierAnnonce(), Publiee(annonce):
            # Sent again, it begins when the first one did.
            if (annonce.texte, annonce.au) == (command.texte, command.au):
                return []
            raise AnnonceDejaPubliee
        case PublierAnnonce(), Retiree():
            raise AnnonceDejaPubliee
        case RetirerAnnonce(par, maintenant), Publiee(annonce):
            return [AnnonceRetiree(annonce.annonce_id, par, maintenant)]
        case RetirerAnnonce(), Retiree():
            return []
        case RetirerAnnonce(), Inconnue():
            raise AnnonceInconnue
        case _:
            assert_never((command, state))


ANNONCE = Stream("annonce", initial, decide, evolve)
