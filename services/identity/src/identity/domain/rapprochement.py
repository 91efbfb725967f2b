"""Rapprochement : deux comptes sont peut-être à une même personne.

Rien ne se lie sur la foi d'un courriel : il faut ouvrir la boîte de l'autre compte et porter le même nom, ou
que le support, puis un second pour les comptes qui peuvent beaucoup, l'attestent.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from events.decider import Refusal
from events.stream import Stream
from events.types import Personal
from referentiels.nomenclature import Nomenclature

from identity.domain import compte_etat as compte
from identity.domain.acces import RaisonAbsente
from identity.domain.noms import compatibles
from identity.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    MediateurId,
    PreuveId,
    RapprochementId,
)

ANNULABLE = dt.timedelta(days=30)
_DOSSIERS = UUID("6f0c4a52-6a5f-4b3e-9f7e-0d1f6f1b5a10")

# --- Événements ---


class Origine(Nomenclature):
    """Ce qui a fait penser aux deux comptes."""

    CONNEXION = "connexion", "Connexion", "Une identité inconnue portait le courriel de l’autre compte."
    COURRIEL_CHANGE = (
        "courriel_change",
        "Courriel changé",
        "Le nouveau courriel de la personne est celui de l’autre compte.",
    )
    DISPOSITIF = (
        "dispositif",
        "Fiche du dispositif",
        "La source du dispositif connaît deux adresses d’une même personne, et deux comptes les portent.",
    )
    DECLARATION = (
        "declaration",
        "Déclaration",
        "La personne, ou le support, dit que l’autre compte est le sien.",
    )


class Obstacle(Nomenclature):
    """Pourquoi le code ne suffit pas."""

    NOMS = "noms", "Les noms diffèrent", "La boîte a peut-être été reprise par quelqu’un d’autre."
    BOITE_PARTAGEE = "boite_partagee", "Boîte partagée", "Plusieurs personnes ouvrent sans doute cette boîte."
    ACCES_RESERVE = "acces_reserve", "Un compte administre", "Il ne se lie que par deux administrateurs."
    DEUX_ROLES = (
        "deux_roles",
        "Deux comptes qui servent, dont un administre",
        "Chacun a un rôle ou un droit : le droit se retire d’abord.",
    )
    SUSPENDU = "suspendu", "Un compte est suspendu", "La suspension se lève d’abord."
    DEJA_DECIDE = "deja_decide", "Déjà décidé", "Le support l’avait écarté, ou défait."


@dataclass(frozen=True, slots=True)
class RapprochementOuvert:
    """Le dossier de deux comptes. demandeur : celui de la personne connectée.   titulaire : l'autre."""

    rapprochement_id: RapprochementId
    demandeur: CompteId
    titulaire: CompteId
    origine: Origine
    ouvert_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RapprochementConfie:
    """La boîte est prouvée, et cela ne suffit pas : le support décide."""

    rapprochement_id: RapprochementId
    obstacle: Obstacle
    preuve_id: PreuveId
    confie_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RapprochementAtteste:
    """Quelqu'un du support atteste que les deux comptes sont à la même personne."""

    rapprochement_id: RapprochementId
    demandeur: CompteId
    par: CompteId
    raison: Annotated[str, Personal("compte", "demandeur")]
    atteste_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RapprochementEcarte:
    """Le support dit que les deux comptes sont à deux personnes."""

    rapprochement_id: RapprochementId
    demandeur: CompteId
    par: CompteId
    raison: Annotated[str, Personal("compte", "demandeur")]
    ecarte_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ComptesRapproches:
    """Les deux comptes sont à la même personne. compte_id : celui qui reste.   renvoye : celui qui y renvoie.

    preuve_id : la boîte ouverte, quand c'est elle qui a suffi.   mediateur_id, coordinateur_id : sous
    lesquels la personne sert désormais.   mediateur_renvoye, coordinateur_renvoye : ceux du compte renvoyé,
    les mêmes quand celui qui reste n'avait pas ce rôle.
    """

    rapprochement_id: RapprochementId
    compte_id: CompteId
    renvoye: CompteId
    preuve_id: PreuveId | None
    rapproches_le: dt.datetime
    mediateur_id: MediateurId | None = None
    coordinateur_id: CoordinateurId | None = None
    mediateur_renvoye: MediateurId | None = None
    coordinateur_renvoye: CoordinateurId | None = None


@dataclass(frozen=True, slots=True)
class RapprochementAnnule:
    """Le rapprochement est défait : chaque compte reprend ses identités et ses adresses."""

    rapprochement_id: RapprochementId
    compte_id: CompteId
    renvoye: CompteId
    par: CompteId
    raison: Annotated[str, Personal("compte", "compte_id")]
    annule_le: dt.datetime


type Event = (
    RapprochementOuvert
    | RapprochementConfie
    | RapprochementAtteste
    | RapprochementEcarte
    | ComptesRapproches
    | RapprochementAnnule
)

# --- État ---


@dataclass(frozen=True, slots=True)
class Absent:
    """Aucun dossier pour ces deux comptes."""


@dataclass(frozen=True, slots=True)
class Ouvert:
    """Rien n'est décidé. confie : le support a le dossier.   attestations : qui, du support."""

    dossier: RapprochementOuvert
    confie: bool = False
    attestations: frozenset[CompteId] = frozenset()


@dataclass(frozen=True, slots=True)
class Rapproche:
    """C'est la même personne."""

    dossier: RapprochementOuvert
    fait: ComptesRapproches


@dataclass(frozen=True, slots=True)
class Clos:
    """Écarté, ou annulé. annule : le rapprochement défait."""

    dossier: RapprochementOuvert
    annule: RapprochementAnnule | None = None


type State = Absent | Ouvert | Rapproche | Clos
initial: State = Absent()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case RapprochementOuvert(), _:
            return Ouvert(event)
        case _, Absent():
            raise AssertionError("un rapprochement commence par RapprochementOuvert")
        case RapprochementConfie(), _:
            return Ouvert(state.dossier, confie=True)
        case RapprochementAtteste(), _:
            avant = state.attestations if isinstance(state, Ouvert) else frozenset[CompteId]()
            return Ouvert(state.dossier, confie=True, attestations=avant | {event.par})
        case RapprochementEcarte(), _:
            return Clos(state.dossier)
        case ComptesRapproches(), _:
            return Rapproche(state.dossier, event)
        case RapprochementAnnule(), _:
            return Clos(state.dossier, event)
        case _:
            assert_never((event, state))


# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class OuvrirRapprochement:
    """Garder la trace de deux comptes qui se ressemblent."""

    demandeur: CompteId
    titulaire: CompteId
    origine: Origine
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class Rapprocher:
    """La boîte de l'autre compte est ouverte. issue : ce que disent les deux comptes."""

    preuve_id: PreuveId
    issue: "Issue"
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AttesterRapprochement:
    """Attester, pour le support. deux : il faut deux personnes, le compte peut beaucoup.

    comptent : ceux des attestations d'avant qui valent encore ; toutes, si absent.
    """

    par: CompteId
    raison: str
    issue: "Issue"
    deux: bool
    maintenant: dt.datetime
    comptent: frozenset[CompteId] | None = None


@dataclass(frozen=True, slots=True)
class EcarterRapprochement:
    """Dire que ce sont deux personnes, pour le support."""

    par: CompteId
    raison: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AnnulerRapprochement:
    """Défaire un rapprochement, pour le support. recouvert : celui qui reste en a connu un autre depuis."""

    par: CompteId
    raison: str
    maintenant: dt.datetime
    recouvert: bool = False


type Command = (
    OuvrirRapprochement | Rapprocher | AttesterRapprochement | EcarterRapprochement | AnnulerRapprochement
)


class RapprochementInconnu(Refusal):
    """Ce dossier de rapprochement n’existe pas."""


class RapprochementDejaDecide(Refusal):
    """Ce dossier est déjà décidé."""


class RapprochementDefinitif(Refusal):
    """Ce rapprochement a plus de trente jours : il ne se défait plus."""


class RapprochementRecouvert(Refusal):
    """Le compte qui reste a été rapproché d’un autre depuis : ce rapprochement-là se défait d’abord."""


class RapprochementImpossible(Refusal):
    """Ces deux comptes ne se rapprochent pas ainsi."""


class RapprochementReserve(Refusal):
    """L’un de ces comptes administre : seul un administrateur peut l’attester."""


class AttestationDeSoi(Refusal):
    """Personne ne décide pour son propre compte."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Sous quels identifiants un compte sert."""

    mediateur_id: MediateurId | None = None
    coordinateur_id: CoordinateurId | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """garde : le compte qui reste.   renvoye : celui qui y renverra.   obstacle : plus fort que le code.

    siens, apportes : les rôles de l'un et de l'autre.
    """

    garde: CompteId
    renvoye: CompteId
    obstacle: Obstacle | None = None
    siens: Roles = Roles()
    apportes: Roles = Roles()


ATTESTABLES = frozenset(
    {Obstacle.NOMS, Obstacle.BOITE_PARTAGEE, Obstacle.ACCES_RESERVE, Obstacle.DEJA_DECIDE}
)
"""Ce qu'une attestation remplace. Un droit ou une suspension demandent d'abord autre chose."""


def identifiant(demandeur: CompteId, titulaire: CompteId) -> RapprochementId:
    """Un seul dossier pour deux comptes, quel que soit celui qui demande."""
    return RapprochementId(uuid5(_DOSSIERS, "/".join(sorted((str(demandeur), str(titulaire))))))


def confronter(
    demandeur: compte.State,
    titulaire: compte.State,
    *,
    partagee: bool,
    reserves: Collection[CompteId] = (),
    suspendu: bool = False,
) -> Issue | None:
    """Ce que disent deux comptes dont une personne ouvre les boîtes ; None quand l'un n'est plus là.

    partagee : la boîte n'est pas celle d'une personne.   reserves : ceux des deux qui administrent.
    suspendu : l'un des deux l'est, et ne reprend pas sous l'autre.
    Reste celui qui a un rôle ou un droit ; des deux qui en ont un, le médiateur, puis celui d'où l'on
    demande ; sinon celui que l'on retrouve. Un compte qui a un droit ne renvoie jamais à un autre, ni un
    compte qui a un rôle à un compte qui administre : personne n'a ainsi ce que deux administrateurs donnent.
    """
    if not isinstance(demandeur, compte.EnInscription | compte.Inscrit):
        return None
    if not isinstance(titulaire, compte.EnInscription | compte.Inscrit):
        return None
    rangs = [(_tient(un, reserves), roles(un).mediateur_id is not None) for un in (demandeur, titulaire)]
    reste = rangs[0][0] and rangs[0] >= rangs[1]
    garde, renvoye = (demandeur, titulaire) if reste else (titulaire, demandeur)
    obstacle = None
    if suspendu:
        obstacle = Obstacle.SUSPENDU
    elif reserves and _tient(renvoye, reserves):
        obstacle = Obstacle.DEUX_ROLES
    elif reserves:
        obstacle = Obstacle.ACCES_RESERVE
    elif partagee:
        obstacle = Obstacle.BOITE_PARTAGEE
    elif not compatibles(demandeur.personne, titulaire.personne):
        obstacle = Obstacle.NOMS
    return Issue(garde.compte_id, renvoye.compte_id, obstacle, roles(garde), roles(renvoye))


def roles(etat: compte.Vivant) -> Roles:
    """Ceux de ce compte ; aucun tant que la personne ne s'est pas inscrite."""
    match etat:
        case compte.Inscrit():
            return Roles(etat.mediateur_id, etat.coordinateur_id)
        case compte.EnInscription():
            return Roles()


def _tient(etat: compte.Vivant, reserves: Collection[CompteId]) -> bool:
    """Si ce compte a un rôle ou un droit."""
    return isinstance(etat, compte.Inscrit) or etat.compte_id in reserves


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case OuvrirRapprochement(demandeur=un, titulaire=autre), _ if un == autre:
            raise RapprochementImpossible
        case OuvrirRapprochement(), Absent():
            rid = identifiant(command.demandeur, command.titulaire)
            return [
                RapprochementOuvert(
                    rid, command.demandeur, command.titulaire, command.origine, command.maintenant
                )
            ]
        case OuvrirRapprochement(), Ouvert() | Rapproche() | Clos():
            return []
        case _, Absent():
            raise RapprochementInconnu
        case Rapprocher(), Ouvert() | Clos():
            return _rapprocher(command, state)
        case Rapprocher(), Rapproche():
            return []
        case AttesterRapprochement(), Ouvert() | Clos():
            return _attester(command, state)
        case EcarterRapprochement(), Ouvert(dossier):
            _permise(command.par, command.raison, dossier)
            return [
                RapprochementEcarte(
                    dossier.rapprochement_id,
                    dossier.demandeur,
                    command.par,
                    command.raison,
                    command.maintenant,
                )
            ]
        case EcarterRapprochement(), Clos():
            return []
        case AttesterRapprochement(), Rapproche():
            return []
        case EcarterRapprochement(), Rapproche():
            raise RapprochementDejaDecide
        case AnnulerRapprochement(), Rapproche():
            return _annuler(command, state)
        case AnnulerRapprochement(), Clos(annule=RapprochementAnnule()):
            return []
        case AnnulerRapprochement(), Ouvert() | Clos():
            raise RapprochementInconnu
        case _:
            assert_never((command, state))


def _rapprocher(command: Rapprocher, state: Ouvert | Clos) -> list[Event]:
    rid = state.dossier.rapprochement_id
    # What the support once refused or undid, a code alone does not do again.
    obstacle = Obstacle.DEJA_DECIDE if isinstance(state, Clos) else command.issue.obstacle
    if obstacle is None:
        return [_fait(rid, command.issue, command.preuve_id, command.maintenant)]
    if isinstance(state, Ouvert) and state.confie:
        return []
    return [RapprochementConfie(rid, obstacle, command.preuve_id, command.maintenant)]


def _attester(command: AttesterRapprochement, state: Ouvert | Clos) -> list[Event]:
    dossier = state.dossier
    _permise(command.par, command.raison, dossier)
    if command.issue.obstacle is not None and command.issue.obstacle not in ATTESTABLES:
        raise RapprochementImpossible
    deja = state.attestations if isinstance(state, Ouvert) else frozenset[CompteId]()
    if command.par in deja:
        return []
    rid = dossier.rapprochement_id
    atteste = RapprochementAtteste(rid, dossier.demandeur, command.par, command.raison, command.maintenant)
    valent = deja if command.comptent is None else deja & command.comptent
    if command.deux and not valent:
        return [atteste]
    return [atteste, _fait(rid, command.issue, None, command.maintenant)]


def _permise(par: CompteId, raison: str, dossier: RapprochementOuvert) -> None:
    if not raison.strip():
        raise RaisonAbsente(field="/raison")
    if par in (dossier.demandeur, dossier.titulaire):
        raise AttestationDeSoi


def _fait(
    rid: RapprochementId, issue: Issue, preuve_id: PreuveId | None, maintenant: dt.datetime
) -> ComptesRapproches:
    siens, apportes = issue.siens, issue.apportes
    return ComptesRapproches(
        rid,
        issue.garde,
        issue.renvoye,
        preuve_id,
        maintenant,
        siens.mediateur_id or apportes.mediateur_id,
        siens.coordinateur_id or apportes.coordinateur_id,
        apportes.mediateur_id,
        apportes.coordinateur_id,
    )


def _annuler(command: AnnulerRapprochement, state: Rapproche) -> list[Event]:
    fait = state.fait
    _permise(command.par, command.raison, state.dossier)
    if command.maintenant > fait.rapproches_le + ANNULABLE:
        raise RapprochementDefinitif
    if command.recouvert:
        raise RapprochementRecouvert
    return [
        RapprochementAnnule(
            fait.rapprochement_id,
            fait.compte_id,
            fait.renvoye,
            command.par,
            command.raison,
            command.maintenant,
        )
    ]


RAPPROCHEMENT = Stream("rapprochement", initial, decide, evolve)
