"""Reconnaissance : ce que le dispositif dit d'une personne, et depuis quand.

Règles : docs/domaine/identite.md §4 et §5, docs/domaine/scenarios-identite.md C1 à C11. On est conseiller
numérique à une date : chaque période est un fait. Ce que la source tait n'ôte jamais rien.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from events.stream import Stream
from referentiels.nomenclature import Nomenclature

from identity.domain.vocabulaire import CompteId, EmploiId

UN_JOUR = dt.timedelta(days=1)

# --- Événements ---


@dataclass(frozen=True, slots=True)
class ReconnaissanceDemandee:
    """La personne se dit conseillère numérique ; la source ne la connaît pas à ses adresses."""

    compte_id: CompteId
    demandee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class FicheDuDispositifReprise:
    """La source connaît la personne sous ces identifiants. a_des_lieux : avec un lieu d'activité au moins."""

    compte_id: CompteId
    dataspace_id: int
    pg_id: int | None
    a_des_lieux: bool
    reprise_le: dt.datetime


@dataclass(frozen=True, slots=True)
class DoublonSignale:
    """La fiche de la source est déjà celle d'un autre compte : peut-être la même personne, deux adresses."""

    compte_id: CompteId
    autre_compte_id: CompteId
    signale_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ConseillerNumeriqueReconnu:
    """La personne est conseillère numérique depuis effet, premier jour de son contrat.

    Sur une période en cours, une date plus ancienne corrige son premier jour.
    """

    compte_id: CompteId
    effet: dt.date
    reconnu_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ConseillerNumeriqueTermine:
    """La personne n'est plus conseillère numérique. fin : dernier jour où elle l'était."""

    compte_id: CompteId
    fin: dt.date
    constate_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CoordinateurDuDispositifReconnu:
    """La source dit la personne conseillère et coordinatrice."""

    compte_id: CompteId
    reconnu_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CoordinateurHorsDispositif:
    """La source ne la dit plus coordinatrice du dispositif ; le rôle, s'il est tenu, reste."""

    compte_id: CompteId
    constate_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EmploisRepris:
    """Les emplois de la personne qui viennent de la source, à cet instant."""

    compte_id: CompteId
    emplois: tuple[EmploiId, ...]
    repris_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ReconnaissanceEffacee:
    """La personne est effacée : le dispositif n'est plus rien pour ce compte."""

    compte_id: CompteId
    efface_le: dt.datetime


type Event = (
    ReconnaissanceDemandee
    | FicheDuDispositifReprise
    | DoublonSignale
    | ConseillerNumeriqueReconnu
    | ConseillerNumeriqueTermine
    | CoordinateurDuDispositifReconnu
    | CoordinateurHorsDispositif
    | EmploisRepris
    | ReconnaissanceEffacee
)


# --- État ---


@dataclass(frozen=True, slots=True)
class Periode:
    """Des jours civils, bornes comprises. fin : absente tant que la période est en cours."""

    debut: dt.date
    fin: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Vierge:
    """Le dispositif n'a jamais rien dit de ce compte, et personne n'a rien demandé."""


@dataclass(frozen=True, slots=True)
class Suivie:
    """periodes : dans l'ordre, disjointes.   coordinateur : du dispositif, à cet instant."""

    compte_id: CompteId
    demandee_le: dt.datetime | None = None
    dataspace_id: int | None = None
    pg_id: int | None = None
    a_des_lieux: bool = False
    doublon_de: CompteId | None = None
    periodes: tuple[Periode, ...] = ()
    coordinateur: bool = False
    emplois: tuple[EmploiId, ...] = ()

    @property
    def en_cours(self) -> Periode | None:
        """La période où la personne est conseillère aujourd'hui."""
        return self.periodes[-1] if self.periodes and self.periodes[-1].fin is None else None


@dataclass(frozen=True, slots=True)
class Effacee:
    """Sa personne est effacée."""


type State = Vierge | Suivie | Effacee
initial: State = Vierge()


def evolve(state: State, event: Event) -> State:
    if isinstance(event, ReconnaissanceEffacee) or isinstance(state, Effacee):
        return Effacee()
    connu = state if isinstance(state, Suivie) else Suivie(event.compte_id)
    match event:
        case ReconnaissanceDemandee():
            return replace(connu, demandee_le=event.demandee_le)
        case FicheDuDispositifReprise():
            return replace(
                connu,
                dataspace_id=event.dataspace_id,
                pg_id=event.pg_id,
                a_des_lieux=event.a_des_lieux,
                doublon_de=None,
            )
        case DoublonSignale():
            return replace(connu, doublon_de=event.autre_compte_id)
        case ConseillerNumeriqueReconnu():
            closes = connu.periodes[:-1] if connu.en_cours else connu.periodes
            return replace(connu, demandee_le=None, periodes=(*closes, Periode(event.effet)))
        case ConseillerNumeriqueTermine():
            if connu.en_cours is None:
                return connu
            # Finie avant de commencer, elle n'a jamais été.
            finie = (replace(connu.en_cours, fin=event.fin),) if event.fin >= connu.en_cours.debut else ()
            return replace(connu, periodes=(*connu.periodes[:-1], *finie))
        case CoordinateurDuDispositifReconnu():
            return replace(connu, coordinateur=True)
        case CoordinateurHorsDispositif():
            return replace(connu, coordinateur=False)
        case EmploisRepris():
            return replace(connu, emplois=event.emplois)
        case _:
            assert_never(event)


class EtatDeReconnaissance(Nomenclature):
    """Ce que la personne est pour le dispositif."""

    AUCUNE = "aucune", "Hors dispositif", "La source du dispositif ne vous connaît pas."
    DEMANDEE = "demandee", "Reconnaissance demandée", "Vous vous êtes dit conseiller numérique."
    RECONNUE = "reconnue", "Conseiller numérique", "La source du dispositif vous connaît."
    TERMINEE = "terminee", "Ancien conseiller numérique", "Votre contrat dans le dispositif est fini."
    DOUBLON = "doublon", "Fiche d’un autre compte", "La source vous connaît, sous un autre compte d’ici."


def situation_de(state: State) -> EtatDeReconnaissance:
    """Ce que la personne est, à cet instant."""
    if not isinstance(state, Suivie):
        return EtatDeReconnaissance.AUCUNE
    if state.en_cours is not None:
        return EtatDeReconnaissance.RECONNUE
    if state.doublon_de is not None:
        return EtatDeReconnaissance.DOUBLON
    if state.demandee_le is not None:
        return EtatDeReconnaissance.DEMANDEE
    return EtatDeReconnaissance.TERMINEE if state.periodes else EtatDeReconnaissance.AUCUNE


def source_fait_foi(state: State) -> bool:
    """Vrai tant que la personne est conseillère : la source seule dit alors ses contrats (E8)."""
    return isinstance(state, Suivie) and state.en_cours is not None


def est_conseiller_numerique(periodes: Iterable[Periode], jour: dt.date) -> bool:
    """Vrai si la personne l'est ce jour-là."""
    return any(p.debut <= jour and (p.fin is None or jour <= p.fin) for p in periodes)


# --- Commandes ---


@dataclass(frozen=True, slots=True)
class Contrat:
    """Un contrat, tel que la source le connaît."""

    debut: dt.date
    fin: dt.date | None = None
    rupture: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Fiche:
    """Ce que la source dit d'une personne. contrats : ceux dont les dates se lisent."""

    dataspace_id: int
    pg_id: int | None
    conseiller: bool
    coordinateur: bool
    a_des_lieux: bool
    contrats: tuple[Contrat, ...] = ()


@dataclass(frozen=True, slots=True)
class DemanderReconnaissance:
    """La personne se dit conseillère numérique."""

    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendreFiche:
    """Reprendre les identifiants ; une fiche n'est celle que d'un compte (une clé prise avec le fait)."""

    compte_id: CompteId
    fiche: Fiche
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class SignalerDoublon:
    """La fiche est déjà celle d'un autre compte."""

    compte_id: CompteId
    autre_compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendreSituation:
    """Reprendre ce que la source dit du conseiller et du coordinateur.

    emplois : ceux qu'elle connaît, None si elle n'en dit rien de lisible.   aujourd_hui : jour civil.
    """

    compte_id: CompteId
    fiche: Fiche
    emplois: tuple[EmploiId, ...] | None
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerReconnaissance:
    """Suite de l'effacement de la personne."""

    compte_id: CompteId
    maintenant: dt.datetime


type Command = (
    DemanderReconnaissance | ReprendreFiche | SignalerDoublon | ReprendreSituation | EffacerReconnaissance
)


def decide(command: Command, state: State) -> list[Event]:
    """Rien n'est refusé : la source n'a pas de faute à corriger ici, une demande répétée ne change rien."""
    match command, state:
        case EffacerReconnaissance(), Suivie():
            return [ReconnaissanceEffacee(command.compte_id, command.maintenant)]
        case (_, Effacee()) | (EffacerReconnaissance(), Vierge()):
            return []
        case _, Vierge():
            return decide(command, Suivie(command.compte_id))
        case DemanderReconnaissance(), Suivie():
            if state.en_cours is not None or state.demandee_le is not None:
                return []
            return [ReconnaissanceDemandee(command.compte_id, command.maintenant)]
        case ReprendreFiche(compte_id, fiche), Suivie():
            connue = (state.dataspace_id, state.pg_id, state.a_des_lieux)
            if connue == (fiche.dataspace_id, fiche.pg_id, fiche.a_des_lieux):
                return []
            return [
                FicheDuDispositifReprise(
                    compte_id, fiche.dataspace_id, fiche.pg_id, fiche.a_des_lieux, command.maintenant
                )
            ]
        case SignalerDoublon(), Suivie():
            if state.doublon_de == command.autre_compte_id:
                return []
            return [DoublonSignale(command.compte_id, command.autre_compte_id, command.maintenant)]
        case ReprendreSituation(), Suivie():
            return [*_periodes(command, state), *_coordination(command, state), *_emplois(command, state)]
        case _:
            assert_never((command, state))


def _periodes(command: ReprendreSituation, state: Suivie) -> Iterator[Event]:
    fiche, en_cours = command.fiche, state.en_cours
    if not fiche.conseiller and en_cours is None:
        return
    for periode in _a_reprendre(state, fiche, command.aujourd_hui):
        if en_cours is None or periode.debut < en_cours.debut:
            yield ConseillerNumeriqueReconnu(command.compte_id, periode.debut, command.maintenant)
        en_cours = periode
        if periode.fin is not None:
            yield ConseillerNumeriqueTermine(command.compte_id, periode.fin, command.maintenant)
            en_cours = None


def _a_reprendre(state: Suivie, fiche: Fiche, aujourd_hui: dt.date) -> list[Periode]:
    """Les périodes de la source, après celles qui sont déjà closes ici.

    Une période en cours ici que la source ne date plus, ou date plus tard, garde son premier jour : un
    contrat oublié là-bas n'invente pas de trou.
    """
    periodes = _periodes_de(fiche, aujourd_hui) or [Periode(aujourd_hui, _fin(None, fiche, aujourd_hui))]
    closes = state.periodes[:-1] if state.en_cours else state.periodes
    if closes and closes[-1].fin is not None:
        suivant = closes[-1].fin + UN_JOUR
        periodes = [
            replace(p, debut=max(p.debut, suivant)) for p in periodes if p.fin is None or p.fin >= suivant
        ]
    if state.en_cours is not None:
        debut = state.en_cours.debut
        if not periodes or (periodes[-1].fin is not None and periodes[-1].fin < debut):
            periodes.append(Periode(debut, _fin(None, fiche, aujourd_hui)))
        if periodes[0].debut > debut:
            periodes[0] = replace(periodes[0], debut=debut)
    return periodes


def _periodes_de(fiche: Fiche, aujourd_hui: dt.date) -> list[Periode]:
    """Les contrats commencés, réunis quand ils se touchent ; le drapeau dit si le dernier court encore."""
    reunies: list[Periode] = []
    commences = sorted((c for c in fiche.contrats if c.debut <= aujourd_hui), key=lambda c: c.debut)
    for contrat in commences:
        fin = contrat.rupture or contrat.fin
        derniere = reunies[-1] if reunies else None
        if derniere is None or (derniere.fin is not None and contrat.debut > derniere.fin + UN_JOUR):
            reunies.append(Periode(contrat.debut, fin))
        elif derniere.fin is not None:
            reunies[-1] = replace(derniere, fin=None if fin is None else max(fin, derniere.fin))
    if reunies:
        reunies[-1] = replace(reunies[-1], fin=_fin(reunies[-1].fin, fiche, aujourd_hui))
    return reunies


def _fin(fin: dt.date | None, fiche: Fiche, aujourd_hui: dt.date) -> dt.date | None:
    """De la dernière période. Une date de fin seule ne clôt rien tant que la source dit « conseiller »."""
    return None if fiche.conseiller else min(fin or aujourd_hui, aujourd_hui)


def _coordination(command: ReprendreSituation, state: Suivie) -> Iterator[Event]:
    du_dispositif = command.fiche.conseiller and command.fiche.coordinateur
    if du_dispositif and not state.coordinateur:
        yield CoordinateurDuDispositifReconnu(command.compte_id, command.maintenant)
    if state.coordinateur and not du_dispositif:
        yield CoordinateurHorsDispositif(command.compte_id, command.maintenant)


def _emplois(command: ReprendreSituation, state: Suivie) -> Iterator[Event]:
    if command.emplois is not None and command.emplois != state.emplois:
        yield EmploisRepris(command.compte_id, command.emplois, command.maintenant)


def emplois_a_clore(state: State, repris: Sequence[EmploiId]) -> list[EmploiId]:
    """Ceux qui venaient de la source et qu'elle ne dit plus."""
    return [e for e in state.emplois if e not in repris] if isinstance(state, Suivie) else []


RECONNAISSANCE = Stream("reconnaissance", initial, decide, evolve)
