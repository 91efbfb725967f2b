"""Les faits d'un emploi, et l'état qu'ils font."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.named import fields_of, named
from events.types import Personal, Public

from identity.domain.vocabulaire import (
    CompteId,
    EmploiId,
    MotifFin,
    SeuilDeFin,
    SourceDuFait,
    StructureId,
    TypeContrat,
)

# --- Événements ---


@dataclass(frozen=True, slots=True)
class EmploiDeclare:
    """Une personne a déclaré un emploi.

    structure_id : dérivé du SIRET, le même partout.   debut, fin_prevue : jours civils, bornes comprises ;
    fin_prevue absente = sans terme connu.   code_insee : commune de la structure, absente si elle n'est pas
    donnée ; elle dit le fuseau de la personne.   temporaire : la source du dispositif connaît la
    structure, pas le contrat ; debut est alors le jour où elle l'a dit.
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
    type_contrat: TypeContrat | None = None
    source: SourceDuFait = SourceDuFait.DECLARATION
    temporaire: bool = False


@dataclass(frozen=True, slots=True)
class EmploiCorrige:
    """L'emploi était mal connu, ou reprend : tout ce qui en est dit est remplacé, et une fin d'avant oubliée.

    Les champs sont ceux d'après, au sens d'EmploiDeclare ; ce qui était dit reste dans les faits précédents.
    """

    emploi_id: EmploiId
    compte_id: CompteId
    structure_id: StructureId
    siret: Public
    nom_structure: Annotated[str, Personal("compte", "compte_id")]
    debut: dt.date
    fin_prevue: dt.date | None
    corrige_le: dt.datetime
    code_insee: Public | None
    type_contrat: TypeContrat | None
    source: SourceDuFait
    temporaire: bool


@dataclass(frozen=True, slots=True)
class FinDeContratApprochee:
    """Le terme prévu de l'emploi approche. fin : dernier jour prévu."""

    emploi_id: EmploiId
    compte_id: CompteId
    seuil: SeuilDeFin
    fin: dt.date
    constate_le: dt.datetime


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


type Event = (
    EmploiDeclare | EmploiCorrige | EmploiCommence | FinDeContratApprochee | ContratTermine | EmploiEfface
)


# --- État ---


@dataclass(frozen=True, slots=True)
class Inconnu:
    """Aucun emploi à cet identifiant."""


@dataclass(frozen=True, slots=True)
class AVenir:
    """Déclaré, pas encore commencé. alerte : la dernière donnée sur son terme."""

    declaration: EmploiDeclare
    alerte: SeuilDeFin | None = None


@dataclass(frozen=True, slots=True)
class EnCours:
    """Commencé, pas terminé. alerte : la dernière donnée sur son terme."""

    declaration: EmploiDeclare
    alerte: SeuilDeFin | None = None


@dataclass(frozen=True, slots=True)
class Termine:
    """Terminé ; une correction peut le rouvrir."""

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
        case EmploiCorrige(), _:
            return AVenir(corrigee(state.declaration, event))
        case EmploiCommence(), _:
            return EnCours(state.declaration, None if isinstance(state, Termine) else state.alerte)
        case FinDeContratApprochee(), AVenir() | EnCours():
            return replace(state, alerte=event.seuil)
        case FinDeContratApprochee(), Termine():
            return state
        case ContratTermine(), _:
            return Termine(state.declaration, event.fin, event.motif)
        case _:
            assert_never((event, state))


def corrigee(declaration: EmploiDeclare, correction: EmploiCorrige) -> EmploiDeclare:
    """Ce qui est dit de l'emploi après la correction."""
    return replace(declaration, **named(_CORRIGES, correction))


_CORRIGES = frozenset(fields_of(EmploiCorrige)) & frozenset(fields_of(EmploiDeclare))
