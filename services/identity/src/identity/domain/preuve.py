"""Preuve : une boîte de courriel est bien à la personne connectée, qui rend le code envoyé là-bas."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.decider import Refusal
from events.stream import Stream
from events.types import Personal, Public

from identity.domain.vocabulaire import CompteId, PreuveId

VIE = dt.timedelta(minutes=10)
ESSAIS = 5

# --- Événements ---


@dataclass(frozen=True, slots=True)
class CodeDemande:
    """Un code part vers cette boîte. empreinte : celle du code, à clé ; le code n'est gardé nulle part."""

    preuve_id: PreuveId
    compte_id: CompteId
    courriel: Annotated[str, Personal("compte", "compte_id")]
    empreinte: Public
    demande_le: dt.datetime
    expire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CodeRefuse:
    """Un code faux a été rendu."""

    preuve_id: PreuveId
    compte_id: CompteId
    refuse_le: dt.datetime


@dataclass(frozen=True, slots=True)
class BoiteProuvee:
    """Le code rendu est le bon : la personne ouvre cette boîte."""

    preuve_id: PreuveId
    compte_id: CompteId
    prouvee_le: dt.datetime


type Event = CodeDemande | CodeRefuse | BoiteProuvee

# --- État ---


@dataclass(frozen=True, slots=True)
class Inconnue:
    """Aucun code demandé sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Attendue:
    """Le code est attendu. refuses : combien de codes faux."""

    demande: CodeDemande
    refuses: int = 0


@dataclass(frozen=True, slots=True)
class Prouvee:
    """La boîte est prouvée, pour ce compte et cette adresse seulement."""

    demande: CodeDemande


type State = Inconnue | Attendue | Prouvee
initial: State = Inconnue()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case CodeDemande(), _:
            return Attendue(event)
        case _, Inconnue():
            raise AssertionError("une preuve commence par CodeDemande")
        case CodeRefuse(), Attendue():
            return replace(state, refuses=state.refuses + 1)
        case BoiteProuvee(), Attendue():
            return Prouvee(state.demande)
        case CodeRefuse() | BoiteProuvee(), Prouvee():
            return state
        case _:
            assert_never((event, state))


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class DemanderCode:
    """Faire envoyer un code à cette adresse. courriel : forme normale."""

    preuve_id: PreuveId
    compte_id: CompteId
    courriel: str
    empreinte: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RendreCode:
    """Rendre le code reçu. par : le compte connecté ; seul celui qui l'a demandé le peut."""

    par: CompteId
    empreinte: str
    maintenant: dt.datetime


type Command = DemanderCode | RendreCode


class CodeInconnu(Refusal):
    """Aucun code n’a été demandé ici."""


class CodeDejaDemande(Refusal):
    """Un code est déjà parti sous cet identifiant."""


class CodeFaux(Refusal):
    """Ce code n’est pas le bon."""


class CodePerime(Refusal):
    """Ce code ne vaut plus : demandez-en un autre."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case DemanderCode(), Inconnue():
            return [
                CodeDemande(
                    command.preuve_id,
                    command.compte_id,
                    command.courriel,
                    command.empreinte,
                    command.maintenant,
                    command.maintenant + VIE,
                )
            ]
        case DemanderCode(), Attendue(demande) | Prouvee(demande):
            if (command.compte_id, command.courriel) != (demande.compte_id, demande.courriel):
                raise CodeDejaDemande
            return []
        case RendreCode(), Inconnue():
            raise CodeInconnu
        case RendreCode(), Attendue(demande) | Prouvee(demande):
            return _rendre(command, state, demande)
        case _:
            assert_never((command, state))


def _rendre(command: RendreCode, state: Attendue | Prouvee, demande: CodeDemande) -> list[Event]:
    """A wrong code is a fact too: tries are counted, whoever crashes."""
    if command.par != demande.compte_id:
        raise CodeInconnu
    if command.maintenant >= demande.expire_le or (isinstance(state, Attendue) and state.refuses >= ESSAIS):
        raise CodePerime(field="/code")
    juste = command.empreinte == demande.empreinte
    if isinstance(state, Prouvee):
        # The same code sent twice; another one proves nothing more, and takes nothing back.
        if not juste:
            raise CodeFaux(field="/code")
        return []
    if not juste:
        return [CodeRefuse(demande.preuve_id, demande.compte_id, command.maintenant)]
    return [BoiteProuvee(demande.preuve_id, demande.compte_id, command.maintenant)]


def reste(state: Attendue) -> int:
    """Essais qui restent."""
    return max(0, ESSAIS - state.refuses)


PREUVE = Stream("preuve", initial, decide, evolve)
