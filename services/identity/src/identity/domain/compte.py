"""Compte : une personne qui se connecte, ses identités chez ProConnect, ses adresses et son rôle."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import assert_never

from events.decider import Refusal, refuse
from events.stream import Stream

from identity.domain.compte_etat import (
    Efface,
    EnInscription,
    Ferme,
    Identite,
    Inconnu,
    Inscrit,
    Personne,
    Prepare,
    Renvoye,
    State,
    Vivant,
    adresses,
    evolve,
    initial,
)
from identity.domain.compte_faits import (
    CguAcceptees,
    Champ,
    CompteEfface,
    CompteFerme,
    CompteOuvert,
    ComptePrepare,
    CompteRenvoye,
    CompteRouvert,
    CourrielAjoute,
    CourrielRetire,
    Event,
    IdentiteLiee,
    IdentitePersonneModifiee,
    IdentiteRetiree,
    RenvoiAnnule,
    RoleChoisi,
    RoleRetire,
    RolesApportes,
    RolesRendus,
    SiretEcarte,
)
from identity.domain.compte_roles import ChangerRoles, changer
from identity.domain.employeur import EmployeurNonDemande
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, RapprochementId, Role

# --- Commandes et refus ---


@dataclass(frozen=True, slots=True)
class OuvrirCompte:
    """Ouvrir un compte à une personne inconnue qui vient de se connecter."""

    compte_id: CompteId
    personne: Personne
    identite: Identite
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class PreparerCompte:
    """Préparer un compte à une adresse invitée, que personne ne porte. courriel : forme normale."""

    compte_id: CompteId
    courriel: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class LierIdentite:
    """Ouvrir à une identité un compte préparé (import, invitation), encore sans identité."""

    personne: Personne
    identite: Identite
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendrePersonne:
    """Reprendre ce que ProConnect dit de la personne à une connexion."""

    personne: Personne
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AjouterIdentite:
    """Suite d'un rapprochement : l'identité de l'autre compte ouvre aussi celui-ci."""

    identite: Identite
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerIdentite:
    """Retirer une identité. rendue : à l'autre compte, après un rapprochement annulé ; même la dernière."""

    identite: Identite
    maintenant: dt.datetime
    rendue: bool = False


@dataclass(frozen=True, slots=True)
class RenvoyerCompte:
    """Suite d'un rapprochement : ce compte renvoie désormais à l'autre."""

    vers: CompteId
    rapprochement_id: RapprochementId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AnnulerRenvoi:
    """Suite d'un rapprochement annulé."""

    rapprochement_id: RapprochementId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RecevoirRoles:
    """Suite d'un rapprochement : les rôles de l'autre compte, quand celui-ci ne les a pas."""

    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RendreRoles:
    """Suite d'un rapprochement annulé : ceux que l'autre compte avait donnés."""

    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class AjouterCourriel:
    """Ajouter une adresse dont la personne vient d'ouvrir la boîte. courriel : forme normale.

    rapprochee : elle vient d'un autre compte de la personne ; le nombre n'est alors pas borné.
    """

    courriel: str
    maintenant: dt.datetime
    rapprochee: bool = False


@dataclass(frozen=True, slots=True)
class RetirerCourriel:
    """Retirer une de ses autres adresses. rendue : à l'autre compte, après un rapprochement annulé."""

    courriel: str
    maintenant: dt.datetime
    rendue: bool = False


@dataclass(frozen=True, slots=True)
class ChoisirRole:
    """Choisir son rôle. identifiant : mediateur_id ou coordinateur_id, tiré par le client."""

    role: Role
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    cgu_acceptees: bool
    version_cgu: str
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RecevoirCoordination:
    """La source du dispositif dit conseiller et coordinateur qui est inscrit : le rôle suit, s'il manque."""

    coordinateur_id: CoordinateurId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerMediation:
    """Ne garder que la coordination. a_saisi : des activités.   membre : d'une équipe, comme médiateur."""

    a_saisi: bool
    membre: bool
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class FermerCompte:
    """Fermer son compte : il se rouvre pendant trente jours."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RouvrirCompte:
    """Rouvrir son compte."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerCompte:
    """Effacer la personne ; ses clés sont détruites dans la même transaction."""

    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EcarterSiret:
    """Dire que ce SIRET, que donne ProConnect, n'est pas celui de son employeur."""

    siret: str
    maintenant: dt.datetime


type Command = (
    PreparerCompte
    | OuvrirCompte
    | LierIdentite
    | ReprendrePersonne
    | AjouterIdentite
    | RetirerIdentite
    | RenvoyerCompte
    | AnnulerRenvoi
    | RecevoirRoles
    | RendreRoles
    | AjouterCourriel
    | RetirerCourriel
    | ChoisirRole
    | RecevoirCoordination
    | RetirerMediation
    | ChangerRoles
    | EcarterSiret
    | FermerCompte
    | RouvrirCompte
    | EffacerCompte
)

RETRACTATION = dt.timedelta(days=30)
RAPPEL_DE_PREPARATION = dt.timedelta(days=1)
"""Une même adresse, invitée par plusieurs équipes, ne se redit pas plus souvent."""
COURRIELS_AU_PLUS = 5
"""Adresses d'un compte, celle de ProConnect comprise."""


class CompteInconnu(Refusal):
    """Ce compte n'existe pas."""


class CompteDejaOuvert(Refusal):
    """Ce compte est déjà ouvert."""


class IdentiteDejaLiee(Refusal):
    """Ce compte est déjà ouvert à une autre identité."""


class CompteQuiRenvoie(Refusal):
    """Ce compte renvoie à un autre des vôtres : reconnectez-vous."""


class CompteEstFerme(Refusal):
    """Ce compte est fermé : rouvrez-le d’abord."""


class CompteQuiAdministre(Refusal):
    """Un compte d’administration ou de support ne se ferme pas ainsi : son droit se retire d’abord."""


class DerniereIdentite(Refusal):
    """C’est la seule identité qui ouvre votre compte : elle ne se retire pas."""


class CourrielDejaAjoute(Refusal):
    """Cette adresse est déjà la vôtre."""


class CourrielPrincipal(Refusal):
    """Cette adresse vient de ProConnect : elle se change là-bas."""


class TropDeCourriels(Refusal):
    """Un compte porte cinq adresses au plus : retirez-en une d’abord."""


class CguNonAcceptees(Refusal):
    """Pour continuer, vous devez accepter les conditions générales d'utilisation."""


class VersionDeCguInconnue(Refusal):
    """Cette version des conditions générales n'est pas celle qui est en vigueur."""


class RoleDejaChoisi(Refusal):
    """Un rôle est déjà choisi pour ce compte."""


class DernierRole(Refusal):
    """Au moins un rôle est requis."""


class MediationUtilisee(Refusal):
    """Vous avez saisi des activités : la médiation ne se retire plus, elles resteraient sans médiateur."""


class MembreDUneEquipe(Refusal):
    """Vous êtes membre d’une équipe comme médiateur : quittez-la d’abord."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case PreparerCompte(), Inconnu():
            return [ComptePrepare(command.compte_id, command.courriel, command.maintenant)]
        case PreparerCompte(), Prepare():
            if command.maintenant < state.prepare_le + RAPPEL_DE_PREPARATION:
                return []
            return [ComptePrepare(state.compte_id, state.courriel, command.maintenant)]
        case PreparerCompte(), EnInscription() | Inscrit():
            return []
        case OuvrirCompte(), Inconnu():
            return _ouvrir(command.compte_id, command.personne, command.identite, command.maintenant)
        case LierIdentite(), Prepare():
            return _ouvrir(state.compte_id, command.personne, command.identite, command.maintenant)
        case EffacerCompte(), Prepare():
            return [CompteEfface(state.compte_id, command.maintenant)]
        case OuvrirCompte(), EnInscription() | Inscrit():
            if command.identite in state.identites:
                return []
            raise CompteDejaOuvert
        case EffacerCompte(), Efface():
            return []
        case _, Inconnu() | Efface() | Prepare():
            # Un compte effacé ne se distingue plus d'un compte qui n'a jamais existé.
            raise CompteInconnu
        case EffacerCompte(), EnInscription(compte_id=compte_id) | Inscrit(compte_id=compte_id):
            return [CompteEfface(compte_id, command.maintenant)]
        case EffacerCompte(), Renvoye(avant) | Ferme(avant):
            return [CompteEfface(avant.compte_id, command.maintenant)]
        case _, Renvoye():
            return _decider_renvoye(command, state)
        case _, Ferme():
            return _decider_ferme(command, state)
        case FermerCompte(maintenant), _:
            return [CompteFerme(state.compte_id, maintenant, maintenant + RETRACTATION)]
        case RouvrirCompte(), _:
            return []
        case LierIdentite(), _:
            return _lier(command, state)
        case ReprendrePersonne(), _:
            return _reprendre(state, command.personne, command.maintenant)
        case AjouterIdentite(), _:
            if command.identite in state.identites:
                return []
            return [_liee(state, command.identite, command.maintenant)]
        case RetirerIdentite(), _:
            return _oter(command, state)
        case RenvoyerCompte(), _:
            return [
                CompteRenvoye(state.compte_id, command.vers, command.rapprochement_id, command.maintenant)
            ]
        case AnnulerRenvoi(), _:
            return []
        case RecevoirRoles(), _:
            return _recevoir(command, state)
        case RendreRoles(), _:
            return _rendre(command, state)
        case AjouterCourriel(), _:
            return _ajouter(command, state)
        case RetirerCourriel(), _:
            return _retirer(command, state)
        case ChoisirRole(), _:
            return _choisir(command, state)
        case RecevoirCoordination(), EnInscription():
            # The inscription gives it.
            return []
        case RecevoirCoordination(), Inscrit():
            if state.coordinateur_id is not None:
                return []
            return [
                RoleChoisi(
                    state.compte_id, Role.COORDINATEUR, None, command.coordinateur_id, command.maintenant
                )
            ]
        case RetirerMediation(), _:
            return _rendre_la_mediation(command, state)
        case ChangerRoles(), _:
            return [*changer(command, state)]
        case EcarterSiret(), EnInscription():
            raise EmployeurNonDemande
        case EcarterSiret(), Inscrit():
            if command.siret == state.siret_ecarte:
                return []
            return [SiretEcarte(state.compte_id, command.siret, command.maintenant)]
        case _:
            assert_never((command, state))


def _decider_renvoye(command: Command, state: Renvoye) -> list[Event]:
    """Le compte dort : il rend ce qu'il tient encore, ou il reprend."""
    avant = state.avant
    match command:
        case RenvoyerCompte(vers=vers) if vers == state.vers:
            return []
        case AnnulerRenvoi() if command.rapprochement_id != state.rapprochement_id:
            # It was brought elsewhere since: that is not what is undone.
            return []
        case AnnulerRenvoi():
            return [RenvoiAnnule(avant.compte_id, command.rapprochement_id, command.maintenant)]
        case RetirerIdentite():
            return _oter(replace(command, rendue=True), avant)
        case RetirerCourriel(courriel=courriel) if courriel in adresses(avant):
            return [CourrielRetire(avant.compte_id, courriel, command.maintenant)]
        case RetirerCourriel():
            return []
        case _:
            raise CompteQuiRenvoie


def _decider_ferme(command: Command, state: Ferme) -> list[Event]:
    """Le compte attend d'être effacé : il se rouvre, ou rend à un autre ce qu'il en tenait."""
    match command:
        case FermerCompte() | ReprendrePersonne() | AnnulerRenvoi() | PreparerCompte():
            return []
        case RouvrirCompte():
            return [CompteRouvert(state.avant.compte_id, command.maintenant)]
        case RetirerIdentite(rendue=True):
            return _oter(command, state.avant)
        case RetirerCourriel(rendue=True):
            return _retirer(command, state.avant)
        case RendreRoles():
            return _rendre(command, state.avant)
        case LierIdentite():
            raise IdentiteDejaLiee
        case _:
            raise CompteEstFerme


def _ouvrir(compte_id: CompteId, p: Personne, identite: Identite, maintenant: dt.datetime) -> list[Event]:
    return [
        CompteOuvert(compte_id, p.prenom, p.nom, p.courriel, p.telephone, p.siret, maintenant),
        IdentiteLiee(compte_id, identite.emetteur, identite.sub, maintenant),
    ]


def _lier(command: LierIdentite, state: Vivant) -> list[Event]:
    if command.identite in state.identites:
        return _reprendre(state, command.personne, command.maintenant)
    # Un compte qui a déjà une identité ne s'ouvre pas à une autre sur la foi d'un courriel : étape 4 du
    # rapprochement (docs/domaine/proconnect.md §9).
    if state.identites:
        raise IdentiteDejaLiee
    liee = _liee(state, command.identite, command.maintenant)
    return [liee, *_reprendre(state, command.personne, command.maintenant)]


def _reprendre(state: Vivant, personne: Personne, maintenant: dt.datetime) -> list[Event]:
    # Un téléphone ou un SIRET que ProConnect ne donne plus n'efface pas celui que nous avons.
    p = replace(
        personne,
        telephone=personne.telephone or state.personne.telephone,
        siret=personne.siret or state.personne.siret,
    )
    champs = tuple(c for c in Champ if getattr(p, c.value) != getattr(state.personne, c.value))
    if not champs:
        return []
    modifiee = IdentitePersonneModifiee(
        state.compte_id, champs, p.prenom, p.nom, p.courriel, p.telephone, p.siret, maintenant
    )
    if p.courriel not in state.secondaires:
        return [modifiee]
    # One of the account's other addresses becomes the one of ProConnect: they change places.
    return [
        CourrielRetire(state.compte_id, p.courriel, maintenant),
        modifiee,
        CourrielAjoute(state.compte_id, state.personne.courriel, maintenant),
    ]


def _liee(state: Vivant, identite: Identite, maintenant: dt.datetime) -> IdentiteLiee:
    return IdentiteLiee(state.compte_id, identite.emetteur, identite.sub, maintenant)


def _oter(command: RetirerIdentite, state: Vivant) -> list[Event]:
    identite = command.identite
    if identite not in state.identites:
        return []
    if len(state.identites) == 1 and not command.rendue:
        raise DerniereIdentite
    return [IdentiteRetiree(state.compte_id, identite.emetteur, identite.sub, command.maintenant)]


def _recevoir(command: RecevoirRoles, state: Vivant) -> list[Event]:
    if not isinstance(state, Inscrit):
        return []
    mediateur_id = None if state.mediateur_id else command.mediateur_id
    coordinateur_id = None if state.coordinateur_id else command.coordinateur_id
    if mediateur_id is None and coordinateur_id is None:
        return []
    return [RolesApportes(state.compte_id, mediateur_id, coordinateur_id, command.maintenant)]


def _rendre(command: RendreRoles, state: Vivant) -> list[Event]:
    if not isinstance(state, Inscrit):
        return []
    mediateur_id = command.mediateur_id if command.mediateur_id == state.mediateur_id else None
    coordinateur_id = command.coordinateur_id if command.coordinateur_id == state.coordinateur_id else None
    if mediateur_id is None and coordinateur_id is None:
        return []
    return [RolesRendus(state.compte_id, mediateur_id, coordinateur_id, command.maintenant)]


def admettre(state: Vivant) -> None:
    """Lève TropDeCourriels : inutile alors d'écrire à une adresse de plus."""
    if len(state.secondaires) + 1 >= COURRIELS_AU_PLUS:
        raise TropDeCourriels(field="/courriel")


def _ajouter(command: AjouterCourriel, state: Vivant) -> list[Event]:
    if command.courriel in state.secondaires:
        return []
    if command.courriel != state.personne.courriel and not command.rapprochee:
        admettre(state)
    return [CourrielAjoute(state.compte_id, command.courriel, command.maintenant)]


def _retirer(command: RetirerCourriel, state: Vivant) -> list[Event]:
    if command.courriel == state.personne.courriel and not command.rendue:
        raise CourrielPrincipal(field="/courriel")
    if command.courriel not in state.secondaires:
        return []
    return [CourrielRetire(state.compte_id, command.courriel, command.maintenant)]


def _choisir(command: ChoisirRole, state: Vivant) -> list[Event]:
    if isinstance(state, Inscrit):
        tenu = state.mediateur_id if command.role is Role.MEDIATEUR else state.coordinateur_id
        demande = command.mediateur_id if command.role is Role.MEDIATEUR else command.coordinateur_id
        if tenu is not None and tenu == demande:
            return []
        # Un coordinateur peut ajouter la médiation ; un médiateur ne se nomme pas coordinateur lui-même.
        if tenu is not None or command.role is Role.COORDINATEUR:
            raise RoleDejaChoisi
    if not command.cgu_acceptees:
        raise CguNonAcceptees(field="/cgu_acceptees")
    choisi = RoleChoisi(
        state.compte_id, command.role, command.mediateur_id, command.coordinateur_id, command.maintenant
    )
    if state.cgu == command.version_cgu:
        return [choisi]
    return [CguAcceptees(state.compte_id, command.version_cgu, command.maintenant), choisi]


def _rendre_la_mediation(command: RetirerMediation, state: Vivant) -> list[Event]:
    if isinstance(state, Inscrit) and state.mediateur_id is None:
        return []
    if not isinstance(state, Inscrit) or state.coordinateur_id is None:
        raise DernierRole
    refuse(
        [
            *([MediationUtilisee()] if command.a_saisi else []),
            *([MembreDUneEquipe()] if command.membre else []),
        ]
    )
    return [RoleRetire(state.compte_id, Role.MEDIATEUR, state.mediateur_id, None, command.maintenant)]


def roles(state: State) -> tuple[Role, ...]:
    """Les rôles tenus, dans un ordre fixe."""
    if not isinstance(state, Inscrit):
        return ()
    tenus = ((Role.MEDIATEUR, state.mediateur_id), (Role.COORDINATEUR, state.coordinateur_id))
    return tuple(role for role, identifiant in tenus if identifiant is not None)


COMPTE = Stream("compte", initial, decide, evolve)
