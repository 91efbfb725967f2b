"""Emploi : le contrat d'une personne dans une structure employeuse."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from events.decider import Refusal, refuse
from events.named import fields_of, named
from events.stream import Stream
from referentiels import communes
from referentiels.calendrier import decaler
from referentiels.territoires import fuseau_de, jour_civil
from referentiels.textes import mene_ailleurs

from identity.domain import siret
from identity.domain.emploi_faits import (
    AVenir,
    ContratTermine,
    Efface,
    EmploiCommence,
    EmploiCorrige,
    EmploiDeclare,
    EmploiEfface,
    EnCours,
    Event,
    FinDeContratApprochee,
    Inconnu,
    State,
    Termine,
    corrigee,
    evolve,
    initial,
)
from identity.domain.vocabulaire import (
    CompteId,
    EmploiId,
    MotifFin,
    SeuilDeFin,
    SourceDuFait,
    TypeContrat,
)

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
    type_contrat: TypeContrat | None = None


@dataclass(frozen=True, slots=True)
class CorrigerEmploi:
    """Remplacer ce que la personne avait déclaré. Une rupture constatée reste, un terme suit le nouveau.

    source_fait_foi : la personne est en contrat dans le dispositif, qui seul dit ce qui vient de lui.
    """

    par: CompteId
    siret: str
    nom_structure: str
    debut: dt.date
    fin_prevue: dt.date | None
    maintenant: dt.datetime
    code_insee: str | None = None
    type_contrat: TypeContrat | None = None
    source_fait_foi: bool = True


@dataclass(frozen=True, slots=True)
class RetirerEmploi:
    """Dire qu'un emploi, même terminé, n'a jamais été (gestion)."""

    par: CompteId
    source_fait_foi: bool
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendreEmploi:
    """Ce que la source du dispositif dit d'un contrat : elle fait foi.

    siret : forme normale.   fin : fin constatée par la source, motif : pourquoi.   temporaire : elle connaît
    la structure, pas le contrat ; le début déjà connu est alors gardé.
    """

    emploi_id: EmploiId
    compte_id: CompteId
    siret: str
    nom_structure: str
    debut: dt.date
    fin_prevue: dt.date | None
    fin: dt.date | None
    motif: MotifFin
    code_insee: str | None
    type_contrat: TypeContrat | None
    temporaire: bool
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class CloreEmploi:
    """La source ne dit plus rien de cet emploi."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class CommencerEmploi:
    """Constater que le premier jour est arrivé (passage quotidien)."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AlerterFinDeContrat:
    """Constater que le terme approche. fin : le terme prévu quand l'alerte a été demandée."""

    seuil: SeuilDeFin
    fin: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class TerminerContrat:
    """Terminer l'emploi. par : qui le demande ; None = le passage quotidien, au terme prévu.

    source_fait_foi : comme pour une correction.
    """

    par: CompteId | None
    fin: dt.date
    motif: MotifFin
    maintenant: dt.datetime
    source_fait_foi: bool = True


@dataclass(frozen=True, slots=True)
class EffacerEmploi:
    """Suite de l'effacement de la personne."""

    maintenant: dt.datetime


type Command = (
    DeclarerEmploi
    | CorrigerEmploi
    | RetirerEmploi
    | ReprendreEmploi
    | CloreEmploi
    | CommencerEmploi
    | AlerterFinDeContrat
    | TerminerContrat
    | EffacerEmploi
)


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


class NomDEmployeurInvalide(Refusal):
    """Le nom de l'employeur ne contient pas d'adresse de site ni de courriel."""


class FinAvantDebut(Refusal):
    """La fin de l'emploi précède son début."""


class FinDEmploiImprobable(Refusal):
    """La date de fin de l'emploi est improbable."""


class FinDansLeFutur(Refusal):
    """La date de fin n'est pas encore arrivée."""


class EmploiDuDispositif(Refusal):
    """Cet emploi vient de la source du dispositif : c'est là-bas qu'il se corrige."""


class TropDEmplois(Refusal):
    """Cent emplois au plus par personne : corrigez plutôt l'un de ceux qui sont déjà là."""


EMPLOIS_AU_PLUS = 100
"""D'une personne, passés compris, ceux de la source du dispositif aussi."""


def admettre(connus: int) -> None:
    """Lève TropDEmplois : un de plus serait de trop."""
    if connus >= EMPLOIS_AU_PLUS:
        raise TropDEmplois


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case DeclarerEmploi(), Inconnu():
            return _declarer(command)
        case DeclarerEmploi(), AVenir() | EnCours() | Termine():
            if _meme_declaration(command, state.declaration):
                return []
            raise EmploiDejaDeclare
        case DeclarerEmploi(), Efface():
            raise EmploiDejaDeclare
        case ReprendreEmploi(), Inconnu() | AVenir() | EnCours() | Termine():
            return _reprendre(command, state)
        case EffacerEmploi(), AVenir(declaration) | EnCours(declaration) | Termine(declaration):
            return [EmploiEfface(declaration.emploi_id, declaration.compte_id, command.maintenant)]
        case (
            (
                CommencerEmploi()
                | AlerterFinDeContrat()
                | CloreEmploi()
                | ReprendreEmploi()
                | EffacerEmploi()
                | TerminerContrat(par=None)
            ),
            Efface(),
        ):
            # Un passage lit une table un peu en retard : rien à faire, ce n'est pas une faute.
            return []
        case CommencerEmploi(), AVenir(declaration):
            if declaration.debut > _jour(command.maintenant, declaration.code_insee):
                return []
            return [_commence(declaration, command.maintenant)]
        case (CommencerEmploi(), EnCours() | Termine()) | (AlerterFinDeContrat() | CloreEmploi(), Termine()):
            return []
        case AlerterFinDeContrat(), AVenir() | EnCours():
            return _alerter(command, state)
        case CloreEmploi(), AVenir(declaration) | EnCours(declaration):
            return [_clos(declaration, state, command.maintenant)]
        case CorrigerEmploi(), AVenir() | EnCours() | Termine():
            _titulaire(command.par, state.declaration)
            return _corriger(command, state)
        case RetirerEmploi(), AVenir() | EnCours() | Termine():
            _titulaire(command.par, state.declaration)
            return _retirer(command, state)
        case TerminerContrat(), AVenir() | EnCours() | Termine():
            _titulaire(command.par, state.declaration)
            return _terminer(command, state)
        case _, Inconnu() | Efface():
            raise EmploiInconnu
        case _:
            assert_never((command, state))


def titulaire(state: State) -> CompteId | None:
    """Le compte de cet emploi ; aucun s'il n'a jamais été dit, ou s'il est effacé."""
    match state:
        case Inconnu() | Efface():
            return None
        case AVenir(declaration) | EnCours(declaration) | Termine(declaration):
            return declaration.compte_id


def _titulaire(par: CompteId | None, declaration: EmploiDeclare) -> None:
    """L'emploi d'un autre n'existe pas pour celui qui demande : même réponse que pour un inconnu."""
    if par is not None and par != declaration.compte_id:
        raise EmploiInconnu


def _declarer(command: DeclarerEmploi) -> list[Event]:
    declare = _lue(command, command.emploi_id)
    return [declare, *_suites(declare, _terme(declare, command.maintenant), command.maintenant)]


def _corriger(command: CorrigerEmploi, state: AVenir | EnCours | Termine) -> list[Event]:
    avant = state.declaration
    _corrigeable(avant, source_fait_foi=command.source_fait_foi)
    correction = _correction(_lue(command, avant.emploi_id), command.maintenant)
    apres = corrigee(avant, correction)
    if apres == avant:
        return []
    fin = _terme(apres, command.maintenant)
    if isinstance(state, Termine) and state.motif is not MotifFin.TERME:
        if state.fin < apres.debut:
            raise FinAvantDebut(field="/debut")
        fin = (state.fin, state.motif)
    return [correction, *_suites(apres, fin, command.maintenant)]


def _retirer(command: RetirerEmploi, state: AVenir | EnCours | Termine) -> list[Event]:
    declaration = state.declaration
    _corrigeable(declaration, source_fait_foi=command.source_fait_foi)
    if isinstance(state, Termine) and state.motif is MotifFin.ERREUR:
        return []
    return [_termine(declaration, declaration.debut, MotifFin.ERREUR, command.maintenant)]


def _corrigeable(declaration: EmploiDeclare, *, source_fait_foi: bool) -> None:
    """Lève EmploiDuDispositif : la source dirait le contraire à son prochain passage."""
    if source_fait_foi and declaration.source is SourceDuFait.DISPOSITIF:
        raise EmploiDuDispositif


def _reprendre(command: ReprendreEmploi, state: Inconnu | AVenir | EnCours | Termine) -> list[Event]:
    avant = None if isinstance(state, Inconnu) else state.declaration
    debut = avant.debut if avant is not None and avant.temporaire and command.temporaire else command.debut
    code_insee = command.code_insee or (avant.code_insee if avant else None)
    refuse(_dates(debut, command.fin_prevue, _jour(command.maintenant, code_insee)))
    if command.fin is not None and command.fin < debut:
        raise FinAvantDebut
    dit = EmploiDeclare(
        command.emploi_id,
        command.compte_id,
        siret.structure_de(command.siret),
        command.siret,
        command.nom_structure,
        debut,
        command.fin_prevue,
        command.maintenant,
        code_insee,
        command.type_contrat or (avant.type_contrat if avant else None),
        SourceDuFait.DISPOSITIF,
        command.temporaire,
    )
    voulue = None if command.fin is None else (command.fin, command.motif)
    if avant is None:
        return [dit, *_suites(dit, voulue, command.maintenant)]
    correction = _correction(dit, command.maintenant)
    connue = (state.fin, state.motif) if isinstance(state, Termine) else None
    if corrigee(avant, correction) != avant or (connue is not None and connue != voulue):
        return [correction, *_suites(dit, voulue, command.maintenant)]
    if connue is not None or voulue is None:
        return []
    return [_termine(avant, *voulue, command.maintenant)]


def _correction(apres: EmploiDeclare, maintenant: dt.datetime) -> EmploiCorrige:
    return EmploiCorrige(**named(fields_of(EmploiCorrige), apres, corrige_le=maintenant))


def _suites(
    declaration: EmploiDeclare, fin: tuple[dt.date, MotifFin] | None, maintenant: dt.datetime
) -> Iterator[Event]:
    """Ce qui est déjà arrivé d'un emploi que l'on vient de dire."""
    if declaration.debut <= _jour(maintenant, declaration.code_insee):
        yield _commence(declaration, maintenant)
    if fin is not None:
        yield _termine(declaration, *fin, maintenant)


def _terme(declaration: EmploiDeclare, maintenant: dt.datetime) -> tuple[dt.date, MotifFin] | None:
    """Un emploi passé se déclare aussi : son terme est déjà derrière nous."""
    fin = declaration.fin_prevue
    passe = fin is not None and fin < _jour(maintenant, declaration.code_insee)
    return (fin, MotifFin.TERME) if fin is not None and passe else None


def _alerter(command: AlerterFinDeContrat, state: AVenir | EnCours) -> list[Event]:
    dit = state.declaration
    arrive = decaler(command.fin, -command.seuil.mois) <= _jour(command.maintenant, dit.code_insee)
    deja = state.alerte in (command.seuil, SeuilDeFin.UN_MOIS)
    if dit.fin_prevue != command.fin or deja or not arrive:
        return []
    return [
        FinDeContratApprochee(dit.emploi_id, dit.compte_id, command.seuil, command.fin, command.maintenant)
    ]


def _clos(declaration: EmploiDeclare, state: AVenir | EnCours, maintenant: dt.datetime) -> ContratTermine:
    """Ce qui n'a pas commencé, ou n'avait pas de contrat, n'a jamais été."""
    if isinstance(state, AVenir) or declaration.temporaire:
        return _termine(declaration, declaration.debut, MotifFin.ERREUR, maintenant)
    return _termine(declaration, _jour(maintenant, declaration.code_insee), MotifFin.TERME, maintenant)


def _lue(command: DeclarerEmploi | CorrigerEmploi, emploi_id: EmploiId) -> EmploiDeclare:
    """Ce que la personne dit, remis en forme. Lève toutes les fautes de la saisie."""
    code_insee = _commune(command.code_insee)
    inconnue = code_insee is not None and communes.par_code(code_insee) is None
    refuse(
        [
            *siret.fautes(command.siret),
            # It is shown to others, in the annuaire. « Exemple.fr » is the name of some.
            *([NomDEmployeurInvalide(field="/nom")] if mene_ailleurs(command.nom_structure) else []),
            *([CommuneDeStructureInconnue(field="/code_insee")] if inconnue else []),
            *_dates(command.debut, command.fin_prevue, _jour(command.maintenant, code_insee)),
        ]
    )
    normalise = siret.normaliser(command.siret)
    return EmploiDeclare(
        emploi_id,
        command.par,
        siret.structure_de(normalise),
        normalise,
        command.nom_structure,
        command.debut,
        command.fin_prevue,
        command.maintenant,
        code_insee,
        command.type_contrat,
    )


def _jour(instant: dt.datetime, code_insee: str | None) -> dt.date:
    """Le jour civil de la personne : celui du territoire de l'emploi."""
    return jour_civil(instant, fuseau_de(code_insee))


def _dates(debut: dt.date, fin: dt.date | None, aujourd_hui: dt.date) -> list[Refusal]:
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
    if command.par is None and declaration.source is SourceDuFait.DISPOSITIF:
        # Prolongé en retard là-bas, il finirait à tort ici : la source seule en constate la fin (C9).
        return []
    if isinstance(state, Termine):
        if command.par is None or (state.fin, state.motif) == (command.fin, command.motif):
            return []
        raise EmploiDejaTermine
    _corrigeable(declaration, source_fait_foi=command.source_fait_foi)
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
        command.type_contrat,
    ) == (
        declaration.compte_id,
        declaration.siret,
        declaration.nom_structure,
        declaration.debut,
        declaration.fin_prevue,
        declaration.code_insee,
        declaration.type_contrat,
    )


def _commune(code_insee: str | None) -> str | None:
    """Le code de la commune actuelle ; tel quel s'il est inconnu."""
    commune = communes.par_code(code_insee) if code_insee else None
    return commune.code if commune else code_insee


EMPLOI = Stream("emploi", initial, decide, evolve)
