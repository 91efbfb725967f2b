"""Réclamation : un coordinateur veut une équipe qui n'en a plus ; ses membres en décident (D8)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from events.decider import Refusal

from equipes.domain.equipe_etat import Existante, coordinateurs
from equipes.domain.equipe_faits import EquipeReclamee, Event, ReclamationEcartee, VoixDonnee
from equipes.domain.passation import EncoreCoordonnee, moderer, ouvrir
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId


@dataclass(frozen=True, slots=True)
class ReclamerEquipe:
    """Un coordinateur du département veut coordonner une équipe qui n'a plus de coordinateur.

    Qu'un de ses membres y travaille se voit à l'entrée : de cette équipe, un autre ne sait rien.
    """

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class DonnerVoix:
    """Un membre dit s'il veut de la personne qui réclame l'équipe.

    membres : les actuels, un compte par personne.   sert : d'un compte rapproché d'un autre, celui de sa
    personne.
    """

    equipe_id: EquipeId
    par: CompteId
    pour: bool
    membres: frozenset[CompteId]
    maintenant: dt.datetime
    sert: Mapping[CompteId, CompteId] = field(default_factory=dict[CompteId, CompteId])


type Command = ReclamerEquipe | DonnerVoix


class DejaReclamee(Refusal):
    """Un autre coordinateur propose déjà de coordonner cette équipe : ses membres lui répondent d'abord."""


class AucuneReclamation(Refusal):
    """Personne ne propose de coordonner cette équipe."""


def reclamer(command: Command, state: Existante) -> list[Event]:
    match command:
        case ReclamerEquipe():
            return _reclamer(command, state)
        case DonnerVoix():
            return _donner_voix(command, state)
        case _:
            assert_never(command)


def _reclamer(command: ReclamerEquipe, state: Existante) -> list[Event]:
    if command.coordinateur_id in coordinateurs(state):
        return []
    if state.mandats:
        raise EncoreCoordonnee
    if state.reclamation is not None:
        if state.reclamation.coordinateur_id != command.coordinateur_id:
            raise DejaReclamee
        return []
    moderer(state, command.maintenant)
    return [EquipeReclamee(command.equipe_id, command.coordinateur_id, command.par, command.maintenant)]


def _donner_voix(command: DonnerVoix, state: Existante) -> list[Event]:
    """Plus de la moitié des membres actuels la veut : elle coordonne. La moitié n'en veut pas : écartée."""
    reclamation = state.reclamation
    if reclamation is None:
        raise AucuneReclamation
    deja = reclamation.pour if command.pour else reclamation.contre
    faits: list[Event] = []
    if command.par not in deja:
        faits.append(VoixDonnee(command.equipe_id, command.par, command.pour, command.maintenant))
    # Said again, it decides all the same: somebody may have left since.
    ensemble = {command.sert.get(un, un) for un in deja | {command.par}} & command.membres
    qui = reclamation.coordinateur_id
    if command.pour and 2 * len(ensemble) > len(command.membres):
        faits.append(ouvrir(command.equipe_id, state, qui, reclamation.compte_id, command.maintenant))
    elif not command.pour and 2 * len(ensemble) >= len(command.membres):
        faits.append(ReclamationEcartee(command.equipe_id, qui, command.maintenant))
    return faits
