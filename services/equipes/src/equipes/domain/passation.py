"""Passation : un coordinateur part à une date, quelqu'un lui succède ou pas (D7 à D9). L'équipe est l'objet.

Règles : docs/domaine/equipes.md §4 et docs/domaine/scenarios-identite.md D7 à D9.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import assert_never

from events.decider import Refusal, refuse
from referentiels.calendrier import decaler

from equipes.domain.equipe_etat import Depart, Existante, Successeur, proposees_du_jour
from equipes.domain.equipe_faits import (
    CoordinateurEfface,
    DepartAnnonce,
    DepartAnnule,
    Event,
    MandatFini,
    MandatOuvert,
    NomEfface,
    PassationAcceptee,
    PassationDeclinee,
    ReclamationEcartee,
    SuccesseurDesigne,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId

PREAVIS_MOIS = 12
"""Un départ s'annonce au plus un an avant."""
PROPOSITIONS_PAR_JOUR = 10
"""D'une équipe : chacune fait écrire à quelqu'un."""


# --- Commands and refusals ---
@dataclass(frozen=True, slots=True)
class Designe:
    """Qui est désigné, et ce que le service en sait.

    coordinateur_id : le sien, s'il a ce rôle.   mediateur_seul : il est inscrit, et n'a pas ce rôle.
    connu : un compte, même à inscrire.   dans_le_dispositif : coordinateur selon la source.
    """

    compte_id: CompteId
    connu: bool
    coordinateur_id: CoordinateurId | None = None
    mediateur_seul: bool = False
    dans_le_dispositif: bool = False


@dataclass(frozen=True, slots=True)
class AnnoncerDepart:
    """Un coordinateur quittera l'équipe, ou le support le dit pour lui : raison est alors la sienne.

    coordinateur_id : qui part.   successeur : personne, et l'équipe n'aura plus de coordinateur (D8).
    effet : jour civil de qui l'annonce ; aujourd_hui : le sien.   effet_le : son premier instant, maintenant
    si c'est aujourd'hui.
    """

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    par: CompteId
    successeur: Designe | None
    effet: dt.date
    effet_le: dt.datetime
    aujourd_hui: dt.date
    maintenant: dt.datetime
    raison: str = ""


@dataclass(frozen=True, slots=True)
class DesignerSuccesseur:
    """Le support donne un coordinateur à une équipe qui n'en a plus, et dit pourquoi."""

    equipe_id: EquipeId
    par: CompteId
    successeur: Designe | None
    maintenant: dt.datetime
    raison: str


@dataclass(frozen=True, slots=True)
class AnnulerDepart:
    """Le coordinateur reste."""

    equipe_id: EquipeId
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RepondrePassation:
    """La personne désignée dit oui ou non. coordinateur_id : le sien, absent sans le rôle."""

    equipe_id: EquipeId
    par: CompteId
    coordinateur_id: CoordinateurId | None
    accepte: bool
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ConstaterDepart:
    """Le temps a passé : le départ annoncé arrive, si sa date est venue."""

    equipe_id: EquipeId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class QuitterMandat:
    """Suite de la fermeture d'un compte : son mandat prend fin, et ce qui lui était proposé tombe."""

    equipe_id: EquipeId
    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerCoordinateur:
    """Suite de l'effacement d'un compte : de même, et le nom qu'il portait à l'équipe disparaît."""

    equipe_id: EquipeId
    compte_id: CompteId
    maintenant: dt.datetime


type Command = (
    AnnoncerDepart
    | DesignerSuccesseur
    | AnnulerDepart
    | RepondrePassation
    | ConstaterDepart
    | QuitterMandat
    | EffacerCoordinateur
)


class MandatInconnu(Refusal):
    """Cette personne ne coordonne pas l'équipe."""


class DateDeDepartRefusee(Refusal):
    """Un départ est aujourd’hui ou plus tard, dans les douze mois."""


class SuccesseurAbsent(Refusal):
    """Dites qui coordonnera cette équipe, qui n'a plus personne."""


class RaisonDePassationAbsente(Refusal):
    """Dites pourquoi vous l'annoncez pour un autre : la raison est gardée."""


class SuccesseurInconnu(Refusal):
    """Cette personne n'est pas connue. Si elle vient d'être invitée, réessayez."""


class SuccesseurSansRole(Refusal):
    """Cette personne est inscrite sans être coordinatrice : un administrateur peut lui donner ce rôle."""


class DejaCoordinateur(Refusal):
    """Cette personne coordonne déjà l'équipe."""


class TropDePropositions(Refusal):
    """Cette équipe a été proposée ou réclamée dix fois depuis hier : revenez demain."""


class AutreDepartAnnonce(Refusal):
    """Le départ d'un autre coordinateur de l'équipe est déjà annoncé."""


class EncoreCoordonnee(Refusal):
    """Cette équipe a un coordinateur."""


class PassationInconnue(Refusal):
    """Cette équipe ne vous est pas proposée."""


class SansRoleDeCoordinateur(Refusal):
    """Pour accepter une équipe, terminez votre inscription comme coordinateur."""


def passer(command: Command, state: Existante) -> list[Event]:
    """Les faits qui suivent, l'équipe existant, les départs échus étant déjà arrivés."""
    match command:
        case ConstaterDepart():
            return []
        case AnnoncerDepart():
            return _annoncer(command, state)
        case DesignerSuccesseur():
            return _designer(command, state)
        case AnnulerDepart():
            if state.depart is None:
                return []
            qui = state.depart.coordinateur_id
            return [DepartAnnule(command.equipe_id, qui, command.par, command.maintenant)]
        case RepondrePassation():
            return _repondre(command, state)
        case QuitterMandat() | EffacerCoordinateur():
            return _quitter(command, state)
        case _:
            assert_never(command)


def echus(equipe_id: EquipeId, state: Existante, maintenant: dt.datetime) -> list[Event]:
    """Le départ dont la date est venue : le mandat finit à cette date, l'autre s'ouvre avec lui."""
    if state.depart is None or maintenant < state.depart.effet_le:
        return []
    return _partir(equipe_id, state, state.depart, state.successeur)


def moderer(state: Existante, maintenant: dt.datetime) -> None:
    """Lève TropDePropositions."""
    if len(proposees_du_jour(state, maintenant)) >= PROPOSITIONS_PAR_JOUR:
        raise TropDePropositions


def _partir(
    equipe_id: EquipeId, state: Existante, depart: Depart, successeur: Successeur | None
) -> list[Event]:
    finis: list[Event] = [
        MandatFini(equipe_id, mandat.coordinateur_id, mandat.compte_id, mandat.depuis, depart.effet_le)
        for mandat in state.mandats
        if mandat.coordinateur_id == depart.coordinateur_id
    ]
    if successeur is None or successeur.coordinateur_id is None:
        return finis
    return [
        *finis,
        ouvrir(equipe_id, state, successeur.coordinateur_id, successeur.compte_id, depart.effet_le),
    ]


def ouvrir(
    equipe_id: EquipeId,
    state: Existante,
    coordinateur_id: CoordinateurId,
    compte_id: CompteId,
    depuis: dt.datetime,
) -> MandatOuvert:
    """Son mandat ; le nom de l'équipe est désormais sous sa clé, et n'est plus à qui est parti."""
    return MandatOuvert(equipe_id, state.nom, coordinateur_id, compte_id, depuis)


def _annoncer(command: AnnoncerDepart, state: Existante) -> list[Event]:
    siens = [mandat for mandat in state.mandats if mandat.coordinateur_id == command.coordinateur_id]
    if not siens:
        raise MandatInconnu
    if state.depart is not None and state.depart.coordinateur_id != command.coordinateur_id:
        raise AutreDepartAnnonce
    fautes = [] if command.successeur is None else _fautes_de(command.successeur, state)
    if not command.aujourd_hui <= command.effet <= decaler(command.aujourd_hui, PREAVIS_MOIS):
        fautes.insert(0, DateDeDepartRefusee(field="/effet"))
    if command.par != siens[0].compte_id and not command.raison:
        fautes.append(RaisonDePassationAbsente(field="/raison"))
    refuse(fautes)
    successeur = None if command.successeur is None else _designe(command.successeur, state)
    depart = Depart(command.coordinateur_id, command.effet_le)
    if (state.depart, state.successeur) == (depart, successeur):
        return []
    if successeur is not None:
        moderer(state, command.maintenant)
    faits: list[Event] = [
        DepartAnnonce(
            command.equipe_id,
            command.coordinateur_id,
            siens[0].compte_id,
            command.par,
            command.raison or None,
            command.effet_le,
            command.maintenant,
        )
    ]
    if successeur is not None:
        faits.append(_designation(command, successeur, command.effet_le))
    if command.effet_le <= command.maintenant:
        faits += _partir(command.equipe_id, state, depart, successeur)
    return faits


def _designer(command: DesignerSuccesseur, state: Existante) -> list[Event]:
    if state.mandats:
        raise EncoreCoordonnee
    if command.successeur is None:
        raise SuccesseurAbsent(field="/successeur")
    fautes = _fautes_de(command.successeur, state)
    refuse(fautes if command.raison else [*fautes, RaisonDePassationAbsente(field="/raison")])
    successeur = _designe(command.successeur, state)
    if state.successeur == successeur:
        return []
    moderer(state, command.maintenant)
    designation = replace(_designation(command, successeur, command.maintenant), raison=command.raison)
    if successeur.coordinateur_id is None:
        return [designation]
    qui, compte_id = successeur.coordinateur_id, successeur.compte_id
    return [designation, ouvrir(command.equipe_id, state, qui, compte_id, command.maintenant)]


def _fautes_de(designe: Designe, state: Existante) -> list[Refusal]:
    if any(mandat.compte_id == designe.compte_id for mandat in state.mandats):
        return [DejaCoordinateur(field="/successeur")]
    if not designe.connu:
        return [SuccesseurInconnu(field="/successeur")]
    return [SuccesseurSansRole(field="/successeur")] if designe.mediateur_seul else []


def _designe(designe: Designe, state: Existante) -> Successeur:
    """D9 : hors dispositif ou pas encore inscrit, rien ne passe sans son accord ; donné, il vaut encore."""
    if state.successeur is not None and state.successeur.compte_id == designe.compte_id:
        return state.successeur
    sans_accord = designe.coordinateur_id if designe.dans_le_dispositif else None
    return Successeur(designe.compte_id, sans_accord)


def _designation(
    command: AnnoncerDepart | DesignerSuccesseur, successeur: Successeur, effet_le: dt.datetime
) -> SuccesseurDesigne:
    return SuccesseurDesigne(
        command.equipe_id,
        successeur.compte_id,
        successeur.coordinateur_id,
        command.par,
        effet_le,
        command.maintenant,
    )


def _repondre(command: RepondrePassation, state: Existante) -> list[Event]:
    successeur = state.successeur
    coordonne = any(mandat.compte_id == command.par for mandat in state.mandats)
    if successeur is None and coordonne and command.accepte:
        # Said again, once the team is theirs.
        return []
    if successeur is None or successeur.compte_id != command.par:
        raise PassationInconnue
    if not command.accepte:
        return [PassationDeclinee(command.equipe_id, command.par, command.maintenant)]
    if command.coordinateur_id is None:
        raise SansRoleDeCoordinateur
    faits: list[Event] = []
    if successeur.coordinateur_id is None:
        qui = command.coordinateur_id
        faits.append(PassationAcceptee(command.equipe_id, command.par, qui, command.maintenant))
    if state.depart is None:
        # Who left is gone already: the team was waiting for this answer.
        qui = command.coordinateur_id
        faits.append(ouvrir(command.equipe_id, state, qui, command.par, command.maintenant))
    return faits


def _quitter(command: QuitterMandat | EffacerCoordinateur, state: Existante) -> list[Event]:
    """Son mandat finit ; qui devait lui succéder, et l'a accepté, prend l'équipe aussitôt."""
    faits: list[Event] = []
    for mandat in state.mandats:
        if mandat.compte_id != command.compte_id:
            continue
        fin = max(command.maintenant, mandat.depuis)
        partant = state.depart is not None and state.depart.coordinateur_id == mandat.coordinateur_id
        depart, successeur = Depart(mandat.coordinateur_id, fin), state.successeur if partant else None
        fini, *suite = _partir(command.equipe_id, state, depart, successeur)
        if isinstance(command, EffacerCoordinateur):
            qui = mandat.coordinateur_id
            fini = CoordinateurEfface(command.equipe_id, qui, mandat.compte_id, mandat.depuis, fin)
        faits += [fini, *suite]
    if isinstance(command, EffacerCoordinateur) and not faits and state.nom_de == command.compte_id:
        faits.append(NomEfface(command.equipe_id, command.compte_id, command.maintenant))
    if state.successeur is not None and state.successeur.compte_id == command.compte_id:
        faits.append(PassationDeclinee(command.equipe_id, command.compte_id, command.maintenant))
    if state.reclamation is not None and state.reclamation.compte_id == command.compte_id:
        qui = state.reclamation.coordinateur_id
        faits.append(ReclamationEcartee(command.equipe_id, qui, command.maintenant))
    return faits
