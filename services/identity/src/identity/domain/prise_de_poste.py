"""Prise de poste : du recrutement à la formation d'un conseiller (docs/domaine/identite.md §12)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from referentiels.nomenclature import Nomenclature

from identity.domain.vocabulaire import CompteId, EtapeDePriseDePoste, SourceDuFait

# --- Événements ---


@dataclass(frozen=True, slots=True)
class EtapeFranchie:
    """Une étape est faite. le : quel jour.   Une même étape dite autrement remplace ce qui en était dit ;
    la formation continue, une par année civile."""

    compte_id: CompteId
    etape: EtapeDePriseDePoste
    le: dt.date
    source: SourceDuFait
    notee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EtapeRetiree:
    """La personne retire ce qu'elle avait déclaré par erreur. le : le jour qui était dit."""

    compte_id: CompteId
    etape: EtapeDePriseDePoste
    le: dt.date
    retiree_le: dt.datetime


@dataclass(frozen=True, slots=True)
class PriseDePosteEffacee:
    """La personne est effacée."""

    compte_id: CompteId
    efface_le: dt.datetime


type Event = EtapeFranchie | EtapeRetiree | PriseDePosteEffacee


# --- État ---

type Cle = tuple[EtapeDePriseDePoste, int | None]
"""Une étape, et son année quand elle se refait chaque année."""


@dataclass(frozen=True, slots=True)
class Faite:
    """Quel jour, et qui le dit."""

    le: dt.date
    source: SourceDuFait


@dataclass(frozen=True, slots=True)
class Suivie:
    """Ce qui est fait."""

    faites: Mapping[Cle, Faite] = field(default_factory=dict[Cle, Faite])


@dataclass(frozen=True, slots=True)
class Effacee:
    """Sa personne est effacée."""


type State = Suivie | Effacee
initial: State = Suivie()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case (PriseDePosteEffacee(), _) | (_, Effacee()):
            return Effacee()
        case EtapeFranchie(), Suivie(faites):
            return Suivie({**faites, cle(event.etape, event.le): Faite(event.le, event.source)})
        case EtapeRetiree(), Suivie(faites):
            retiree = cle(event.etape, event.le)
            return Suivie({c: f for c, f in faites.items() if c != retiree})
        case _:
            assert_never((event, state))


def cle(etape: EtapeDePriseDePoste, le: dt.date) -> Cle:
    """Ce qu'une date d'étape remplace."""
    return etape, le.year if etape is EtapeDePriseDePoste.FORMATION_CONTINUE else None


# --- Commandes et refus ---

PREMIER_JOUR = dt.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class DeclarerEtape:
    """La personne dit qu'une étape est faite. aujourd_hui : son jour civil."""

    compte_id: CompteId
    etape: EtapeDePriseDePoste
    le: dt.date
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerEtape:
    """La personne retire ce qu'elle a déclaré. annee : de la formation continue, sans effet ailleurs."""

    compte_id: CompteId
    etape: EtapeDePriseDePoste
    annee: int
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendreEtapes:
    """Ce que la source du dispositif dit : elle l'emporte sur ce qui a été déclaré."""

    compte_id: CompteId
    etapes: tuple[tuple[EtapeDePriseDePoste, dt.date], ...]
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerPriseDePoste:
    """Suite de l'effacement de la personne."""

    compte_id: CompteId
    maintenant: dt.datetime


type Command = DeclarerEtape | RetirerEtape | ReprendreEtapes | EffacerPriseDePoste


class EtapeDansLeFutur(Refusal):
    """Ce jour n'est pas encore arrivé."""


class EtapeTropAncienne(Refusal):
    """Cette date est trop ancienne pour une prise de poste."""


class EtapeDuDispositif(Refusal):
    """Cette étape vient de la source du dispositif : c'est là-bas qu'elle se corrige."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case _, Effacee():
            return []
        case EffacerPriseDePoste(), Suivie(faites):
            return [PriseDePosteEffacee(command.compte_id, command.maintenant)] if faites else []
        case DeclarerEtape(), Suivie(faites):
            return _declarer(command, faites)
        case RetirerEtape(compte_id, etape), Suivie(faites):
            faite = faites.get(cle(etape, dt.date(command.annee, 1, 1)))
            if faite is None:
                return []
            _corrigible(faite)
            return [EtapeRetiree(compte_id, etape, faite.le, command.maintenant)]
        case ReprendreEtapes(), Suivie(faites):
            return list(_reprendre(command, faites))
        case _:
            assert_never((command, state))


def _declarer(command: DeclarerEtape, faites: Mapping[Cle, Faite]) -> list[Event]:
    refuse(
        [
            *([EtapeDansLeFutur(field="/le")] if command.le > command.aujourd_hui else []),
            *([EtapeTropAncienne(field="/le")] if command.le < PREMIER_JOUR else []),
        ]
    )
    faite = faites.get(cle(command.etape, command.le))
    if faite is not None and faite.le == command.le:
        return []
    if faite is not None:
        _corrigible(faite)
    return [
        EtapeFranchie(
            command.compte_id, command.etape, command.le, SourceDuFait.DECLARATION, command.maintenant
        )
    ]


def _corrigible(faite: Faite) -> None:
    if faite.source is SourceDuFait.DISPOSITIF:
        raise EtapeDuDispositif


def _reprendre(command: ReprendreEtapes, faites: Mapping[Cle, Faite]) -> Iterator[Event]:
    dites = {cle(etape, le): (etape, le) for etape, le in command.etapes}
    for quoi, (etape, le) in dites.items():
        if faites.get(quoi) != Faite(le, SourceDuFait.DISPOSITIF):
            yield EtapeFranchie(command.compte_id, etape, le, SourceDuFait.DISPOSITIF, command.maintenant)


PRISE_DE_POSTE = Stream("prise_de_poste", initial, decide, evolve)


# --- Ce qui est fait, ce qui manque ---


class Phase(Nomenclature):
    """Où l'étape se place."""

    RECRUTEMENT = "recrutement", "Recrutement"
    FORMATION = "formation", "Formation"


class Avancement(Nomenclature):
    """Où en est une étape."""

    FAITE = "faite", "Faite"
    A_FAIRE = "a_faire", "À faire"
    SANS_OBJET = "sans_objet", "Sans objet"


@dataclass(frozen=True, slots=True)
class Conduite:
    """Qui peut faire l'étape, et dans quel outil."""

    phase: Phase
    qui: str
    outil: str


_STRUCTURE, _SON_ESPACE = "La structure employeuse", "l’espace structure du dispositif"
_ORGANISME = "l’organisme de formation"
CONDUITES: Mapping[EtapeDePriseDePoste, Conduite] = {
    EtapeDePriseDePoste.CONVENTION: Conduite(Phase.RECRUTEMENT, _STRUCTURE, _SON_ESPACE),
    EtapeDePriseDePoste.CANDIDATURE: Conduite(
        Phase.RECRUTEMENT, "La personne recrutée", "l’espace candidat du dispositif"
    ),
    EtapeDePriseDePoste.CONTRAT_PRECEDENT: Conduite(Phase.RECRUTEMENT, "La structure d’avant", _SON_ESPACE),
    EtapeDePriseDePoste.CONTRAT_DEPOSE: Conduite(Phase.RECRUTEMENT, _STRUCTURE, _SON_ESPACE),
    EtapeDePriseDePoste.ENTRETIEN: Conduite(Phase.FORMATION, "La personne recrutée", _ORGANISME),
    EtapeDePriseDePoste.CCP1: Conduite(Phase.FORMATION, "La personne recrutée", _ORGANISME),
    EtapeDePriseDePoste.FORMATION_CONTINUE: Conduite(Phase.FORMATION, "La personne recrutée", _ORGANISME),
    EtapeDePriseDePoste.PIX: Conduite(Phase.FORMATION, "La personne recrutée", "Pix"),
}


@dataclass(frozen=True, slots=True)
class Etape:
    """Une étape telle qu'elle est. faite : la dernière fois, pour une étape qui se refait chaque année."""

    etape: EtapeDePriseDePoste
    avancement: Avancement
    faite: Faite | None
    conduite: Conduite


def etapes(state: State, annee: int, *, premier_contrat: bool) -> list[Etape]:
    """Toutes, dans l'ordre. annee : celle de la formation continue.   premier_contrat : aucun avant lui."""
    faites = state.faites if isinstance(state, Suivie) else {}
    return [_etape(etape, faites, annee, premier_contrat) for etape in EtapeDePriseDePoste]


def _etape(
    etape: EtapeDePriseDePoste, faites: Mapping[Cle, Faite], annee: int, premier_contrat: bool
) -> Etape:
    derniere = max((f for (e, _), f in faites.items() if e is etape), key=lambda f: f.le, default=None)
    if cle(etape, dt.date(annee, 1, 1)) in faites:
        avancement = Avancement.FAITE
    elif etape is EtapeDePriseDePoste.CONTRAT_PRECEDENT and premier_contrat:
        avancement = Avancement.SANS_OBJET
    else:
        avancement = Avancement.A_FAIRE
    return Etape(etape, avancement, derniere, CONDUITES[etape])
