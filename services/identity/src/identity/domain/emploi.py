"""Emploi : le contrat d'une personne dans une structure employeuse."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from events.types import Personal, Public
from referentiels import communes
from referentiels.territoires import fuseau_de, jour_civil

from identity.domain import siret
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin, StructureId

# --- Événements ---


@dataclass(frozen=True, slots=True)
class EmploiDeclare:
    """Une personne a déclaré un emploi.

    structure_id : dérivé du SIRET, le même partout.   debut, fin_prevue : jours civils, bornes comprises ;
    fin_prevue absente = sans terme connu.   code_insee : commune de la structure, absente si elle n'est pas
    donnée ; elle dit le fuseau de la personne.
    """

    emploi_id: EmploiId
    compte_id: CompteId
    structure_id: StructureId
    siret: Public
    nom_structure: Annotated[str, Personal("compte", "compte_id")]
    debut: dt.date
    fin_prevue: dt.date | None
    declare_le: dt.datetime
    code_insee: Public | None = None


@dataclass(frozen=True, slots=True)
class EmploiCommence:
    """Le premier jour de l'emploi est arrivé."""

    emploi_id: EmploiId
    compte_id: CompteId
    debut: dt.date
    constate_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ContratTermine:
    """L'emploi est terminé. fin : dernier jour travaillé."""

    emploi_id: EmploiId
    compte_id: CompteId
    fin: dt.date
    motif: MotifFin
    constate_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EmploiEfface:
    """L'emploi d'une personne effacée ne dit plus rien d'elle : il n'est plus montré nulle part."""

    emploi_id: EmploiId
    compte_id: CompteId
    efface_le: dt.datetime


type Event = EmploiDeclare | EmploiCommence | ContratTermine | EmploiEfface


# --- État ---


@dataclass(frozen=True, slots=True)
class Inconnu:
    """Aucun emploi à cet identifiant."""


@dataclass(frozen=True, slots=True)
class AVenir:
    """Déclaré, pas encore commencé."""

    declaration: EmploiDeclare


@dataclass(frozen=True, slots=True)
class EnCours:
    """Commencé, pas terminé."""

    declaration: EmploiDeclare


@dataclass(frozen=True, slots=True)
class Termine:
    """Terminé, définitivement."""

    declaration: EmploiDeclare
    fin: dt.date
    motif: MotifFin


@dataclass(frozen=True, slots=True)
class Efface:
    """Sa personne est effacée."""


type State = Inconnu | AVenir | EnCours | Termine | Efface
initial: State = Inconnu()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case EmploiDeclare(), _:
            return AVenir(event)
        case _, Inconnu():
            raise AssertionError("un emploi commence par EmploiDeclare")
        case EmploiEfface(), _:
            return Efface()
        case _, Efface():
            return state
        case EmploiCommence(), _:
            return EnCours(state.declaration)
        case ContratTermine(), _:
            return Termine(state.declaration, event.fin, event.motif)
        case _:
            assert_never((event, state))


# --- Commandes et refus ---

DUREE_MAXIMALE = dt.timedelta(days=366 * 60)
AVANCE_MAXIMALE = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class DeclarerEmploi:
    """Déclarer un emploi. siret, code_insee : tels que saisis.   maintenant : instant UTC."""

    emploi_id: EmploiId
    par: CompteId
    siret: str
    nom_structure: str
    debut: dt.date
    fin_prevue: dt.date | None
    maintenant: dt.datetime
    code_insee: str | None = None


@dataclass(frozen=True, slots=True)
class CommencerEmploi:
    """Constater que le premier jour est arrivé (passage quotidien)."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class TerminerContrat:
    """Terminer l'emploi. par : qui le demande ; None = le passage quotidien, au terme prévu."""

    par: CompteId | None
    fin: dt.date
    motif: MotifFin
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerEmploi:
    """Suite de l'effacement de la personne."""

    maintenant: dt.datetime


type Command = DeclarerEmploi | CommencerEmploi | TerminerContrat | EffacerEmploi


class EmploiInconnu(Refusal):
    """Cet emploi n'existe pas."""


class EmploiDejaDeclare(Refusal):
    """Un emploi différent est déjà déclaré à cet identifiant."""


class EmploiDejaTermine(Refusal):
    """Cet emploi est déjà terminé, à une autre date ou pour un autre motif."""


class DebutDEmploiImprobable(Refusal):
    """La date de début de l'emploi est improbable."""


class CommuneDeStructureInconnue(Refusal):
    """Ce code INSEE n'est pas celui d'une commune."""


class FinAvantDebut(Refusal):
    """La fin de l'emploi précède son début."""


class FinDEmploiImprobable(Refusal):
    """La date de fin de l'emploi est improbable."""


class FinDansLeFutur(Refusal):
    """La date de fin n'est pas encore arrivée."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case DeclarerEmploi(), Inconnu():
            return _declarer(command)
        case DeclarerEmploi(), AVenir() | EnCours() | Termine():
            if _meme_declaration(command, state.declaration):
                return []
            raise EmploiDejaDeclare
        case EffacerEmploi(), AVenir(declaration) | EnCours(declaration) | Termine(declaration):
            return [EmploiEfface(declaration.emploi_id, declaration.compte_id, command.maintenant)]
        case DeclarerEmploi(), Efface():
            raise EmploiDejaDeclare
        case ((CommencerEmploi() | EffacerEmploi() | TerminerContrat(par=None)), Efface()):
            # Le passage quotidien lit une table un peu en retard : rien à faire, ce n'est pas une faute.
            return []
        case CommencerEmploi(), AVenir(declaration):
            if declaration.debut > _jour(command.maintenant, declaration.code_insee):
                return []
            return [_commence(declaration, command.maintenant)]
        case CommencerEmploi(), EnCours() | Termine():
            return []
        case TerminerContrat(), AVenir(declaration) | EnCours(declaration) | Termine(declaration):
            # L'emploi d'un autre n'existe pas pour celui qui demande : même réponse que pour un inconnu.
            if command.par is not None and command.par != declaration.compte_id:
                raise EmploiInconnu
            return _terminer(command, state)
        case CommencerEmploi() | TerminerContrat() | EffacerEmploi(), Inconnu():
            raise EmploiInconnu
        case TerminerContrat(), Efface():
            raise EmploiInconnu
        case _:
            assert_never((command, state))


def _declarer(command: DeclarerEmploi) -> list[Event]:
    code_insee = _commune(command.code_insee)
    aujourd_hui = _jour(command.maintenant, code_insee)
    inconnue = code_insee is not None and communes.par_code(code_insee) is None
    refuse(
        [
            *siret.fautes(command.siret),
            *([CommuneDeStructureInconnue(field="/code_insee")] if inconnue else []),
            *_dates(command, aujourd_hui),
        ]
    )
    normalise = siret.normaliser(command.siret)
    declare = EmploiDeclare(
        command.emploi_id,
        command.par,
        siret.structure_de(normalise),
        normalise,
        command.nom_structure,
        command.debut,
        command.fin_prevue,
        command.maintenant,
        code_insee,
    )
    events: list[Event] = [declare]
    if command.debut <= aujourd_hui:
        events.append(_commence(declare, command.maintenant))
    # Un emploi passé se déclare aussi : son terme est déjà derrière nous.
    if command.fin_prevue is not None and command.fin_prevue < aujourd_hui:
        events.append(_termine(declare, command.fin_prevue, MotifFin.TERME, command.maintenant))
    return events


def _jour(instant: dt.datetime, code_insee: str | None) -> dt.date:
    """Le jour civil de la personne : celui du territoire de l'emploi."""
    return jour_civil(instant, fuseau_de(code_insee))


def _dates(command: DeclarerEmploi, aujourd_hui: dt.date) -> list[Refusal]:
    debut, fin = command.debut, command.fin_prevue
    if not aujourd_hui - DUREE_MAXIMALE <= debut <= aujourd_hui + AVANCE_MAXIMALE:
        # Un début à corriger ne dit encore rien de la fin.
        return [DebutDEmploiImprobable(field="/debut")]
    if fin is not None and fin < debut:
        return [FinAvantDebut(field="/fin_prevue")]
    if fin is not None and fin > debut + DUREE_MAXIMALE:
        return [FinDEmploiImprobable(field="/fin_prevue")]
    return []


def _terminer(command: TerminerContrat, state: AVenir | EnCours | Termine) -> list[Event]:
    declaration = state.declaration
    if isinstance(state, Termine):
        if command.par is None or (state.fin, state.motif) == (command.fin, command.motif):
            return []
        raise EmploiDejaTermine
    if command.fin < declaration.debut:
        raise FinAvantDebut(field="/fin")
    # Une déclaration faite par erreur s'annule même avant son premier jour.
    aujourd_hui = _jour(command.maintenant, declaration.code_insee)
    if command.fin > aujourd_hui and command.motif is not MotifFin.ERREUR:
        raise FinDansLeFutur(field="/fin")
    if command.fin > declaration.debut + DUREE_MAXIMALE:
        raise FinDEmploiImprobable(field="/fin")
    return [_termine(declaration, command.fin, command.motif, command.maintenant)]


def _commence(declaration: EmploiDeclare, maintenant: dt.datetime) -> EmploiCommence:
    return EmploiCommence(declaration.emploi_id, declaration.compte_id, declaration.debut, maintenant)


def _termine(
    declaration: EmploiDeclare, fin: dt.date, motif: MotifFin, maintenant: dt.datetime
) -> ContratTermine:
    return ContratTermine(declaration.emploi_id, declaration.compte_id, fin, motif, maintenant)


def _meme_declaration(command: DeclarerEmploi, declaration: EmploiDeclare) -> bool:
    return (
        command.par,
        siret.valide_ou_none(command.siret),
        command.nom_structure,
        command.debut,
        command.fin_prevue,
        _commune(command.code_insee),
    ) == (
        declaration.compte_id,
        declaration.siret,
        declaration.nom_structure,
        declaration.debut,
        declaration.fin_prevue,
        declaration.code_insee,
    )


def _commune(code_insee: str | None) -> str | None:
    """Le code de la commune actuelle ; tel quel s'il est inconnu."""
    commune = communes.par_code(code_insee) if code_insee else None
    return commune.code if commune else code_insee


EMPLOI = Stream("emploi", initial, decide, evolve)
