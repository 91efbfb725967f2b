"""Client de machine : un programme qui lit la plateforme pour un organisme. Aucune donnée personnelle ici."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from events.types import Public
from referentiels.territoires import PARIS, jour_civil

from identity.domain.vocabulaire import ClientId, CompteId, MotifSuspensionClient, Portee, SecretId

# --- Événements ---


@dataclass(frozen=True, slots=True)
class ClientCree:
    """Un client est admis. nom : du programme, unique.   debut, fin : jours civils, bornes comprises.

    convention : référence de l'accord qui permet les lectures nominatives.
    """

    client_id: ClientId
    nom: Public
    portees: tuple[Portee, ...]
    debut: dt.date
    fin: dt.date | None
    convention: Public | None
    par: CompteId
    cree_le: dt.datetime


@dataclass(frozen=True, slots=True)
class DroitsDuClientChanges:
    """Ce que le client peut lire, jusqu'à quand, et en vertu de quoi : tout est redit."""

    client_id: ClientId
    portees: tuple[Portee, ...]
    fin: dt.date | None
    convention: Public | None
    par: CompteId
    changes_le: dt.datetime


@dataclass(frozen=True, slots=True)
class SecretEmis:
    """Un secret a été donné au client, une fois.

    empreinte : à clé (HMAC), en hexadécimal ; rien d'autre n'en est gardé.
    """

    client_id: ClientId
    secret_id: SecretId
    empreinte: Public
    par: CompteId
    emis_le: dt.datetime


@dataclass(frozen=True, slots=True)
class SecretRetire:
    """Un secret ne vaut plus rien."""

    client_id: ClientId
    secret_id: SecretId
    par: CompteId
    retire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ClesDuClientEnregistrees:
    """Le client se prouve désormais par ses clés. jwks : les moitiés publiques, en JSON (RFC 7517).

    noms : ceux (kid) de ces clés.
    """

    client_id: ClientId
    jwks: Public
    noms: tuple[Public, ...]
    par: CompteId
    enregistrees_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ClientSuspendu:
    """Le client n'obtient plus rien, jusqu'à sa reprise."""

    client_id: ClientId
    motif: MotifSuspensionClient
    par: CompteId
    suspendu_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ClientRepris:
    """La suspension est levée."""

    client_id: ClientId
    par: CompteId
    repris_le: dt.datetime


type Event = (
    ClientCree
    | DroitsDuClientChanges
    | SecretEmis
    | SecretRetire
    | ClesDuClientEnregistrees
    | ClientSuspendu
    | ClientRepris
)


# --- État ---


@dataclass(frozen=True, slots=True)
class Secret:
    """Un secret vivant."""

    secret_id: SecretId
    empreinte: str


@dataclass(frozen=True, slots=True)
class Inconnu:
    """Aucun client à cet identifiant."""


@dataclass(frozen=True, slots=True)
class Admis:
    """Un client.

    emis : ses secrets depuis toujours, retirés compris.   jwks : absent, il se prouve par un secret.
    """

    creation: ClientCree
    portees: tuple[Portee, ...]
    fin: dt.date | None
    convention: str | None
    secrets: tuple[Secret, ...] = ()
    emis: frozenset[SecretId] = frozenset()
    jwks: str | None = None
    suspendu: MotifSuspensionClient | None = None


type State = Inconnu | Admis
initial: State = Inconnu()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case ClientCree(), _:
            return Admis(event, event.portees, event.fin, event.convention)
        case _, Inconnu():
            raise AssertionError("un client commence par ClientCree")
        case DroitsDuClientChanges(), _:
            return replace(state, portees=event.portees, fin=event.fin, convention=event.convention)
        case SecretEmis(), _:
            secret = Secret(event.secret_id, event.empreinte)
            return replace(state, secrets=(*state.secrets, secret), emis=state.emis | {event.secret_id})
        case SecretRetire(), _:
            return replace(state, secrets=tuple(s for s in state.secrets if s.secret_id != event.secret_id))
        case ClesDuClientEnregistrees(), _:
            return replace(state, jwks=event.jwks)
        case ClientSuspendu(), _:
            return replace(state, suspendu=event.motif)
        case ClientRepris(), _:
            return replace(state, suspendu=None)
        case _:
            assert_never((event, state))


def en_vigueur(state: State, maintenant: dt.datetime) -> bool:
    """Le client peut agir : admis, non suspendu, entre son premier et son dernier jour (ceux de Paris)."""
    if isinstance(state, Inconnu) or state.suspendu is not None:
        return False
    jour = jour_civil(maintenant, PARIS)
    return state.creation.debut <= jour and (state.fin is None or jour <= state.fin)


# --- Commandes et refus ---

SECRETS_VIVANTS = 2
"""Le temps que le programme passe de l'un à l'autre."""


@dataclass(frozen=True, slots=True)
class CreerClient:
    """Admettre un client. par : l'administrateur."""

    client_id: ClientId
    nom: str
    portees: tuple[Portee, ...]
    debut: dt.date
    fin: dt.date | None
    convention: str | None
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ChangerDroitsDuClient:
    """Redire ce que le client peut lire, jusqu'à quand, et en vertu de quoi."""

    portees: tuple[Portee, ...]
    fin: dt.date | None
    convention: str | None
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EmettreSecret:
    """Donner un secret de plus. empreinte : de celui que l'appelant vient de tirer."""

    secret_id: SecretId
    empreinte: str
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class RetirerSecret:
    """Finir une rotation, ou couper un secret divulgué."""

    secret_id: SecretId
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class EnregistrerClesDuClient:
    """Passer du secret aux clés, ou changer de clés : les secrets sont retirés. jwks : déjà vérifié."""

    jwks: str
    noms: tuple[str, ...]
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class SuspendreClient:
    """Couper l'accès."""

    motif: MotifSuspensionClient
    par: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ReprendreClient:
    """Rendre l'accès."""

    par: CompteId
    maintenant: dt.datetime


type Command = (
    CreerClient
    | ChangerDroitsDuClient
    | EmettreSecret
    | RetirerSecret
    | EnregistrerClesDuClient
    | SuspendreClient
    | ReprendreClient
)


class ClientInconnu(Refusal):
    """Ce client n'existe pas."""


class ClientDejaCree(Refusal):
    """Un client différent existe déjà à cet identifiant."""


class AucunePortee(Refusal):
    """Un client lit au moins une chose."""


class FinDuClientAvantDebut(Refusal):
    """Le dernier jour du client précède le premier."""


class NominatifSansConvention(Refusal):
    """Lire des personnes nommées demande la référence d'une convention."""


class NominatifSansFin(Refusal):
    """Lire des personnes nommées demande un dernier jour."""


class SecretDejaEmis(Refusal):
    """Ce secret est déjà émis : il ne se montre qu'une fois."""


class SecretInconnu(Refusal):
    """Ce client n'a pas ce secret."""


class TropDeSecrets(Refusal):
    """Ce client a déjà deux secrets : retirez l'ancien d'abord."""


class ClesRefusees(Refusal):
    """Ces clés ne peuvent pas servir."""


class CleInconnue(Refusal):
    """Ce client n'a pas de clé de ce nom."""


class DerniereCle(Refusal):
    """C'est la seule clé de ce client : ajoutez la nouvelle d'abord, ou coupez son accès."""


class ClientACles(Refusal):
    """Ce client se prouve par ses clés : il n'a pas de secret."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case CreerClient(), Inconnu():
            refuse(_fautes(command.portees, command.debut, command.fin, command.convention))
            return [_creation(command)]
        case CreerClient(), Admis(creation):
            if replace(_creation(command), par=creation.par, cree_le=creation.cree_le) == creation:
                return []
            raise ClientDejaCree
        case _, Inconnu():
            raise ClientInconnu
        case _, Admis():
            return _decider(command, state)
        case _:
            assert_never((command, state))


def _decider(command: Command, client: Admis) -> list[Event]:
    client_id, le = client.creation.client_id, command.maintenant
    match command:
        case CreerClient():
            raise ClientDejaCree
        case ChangerDroitsDuClient():
            portees, fin, convention = _ordonnees(command.portees), command.fin, command.convention
            refuse(_fautes(portees, client.creation.debut, fin, convention))
            if (portees, fin, convention) == (client.portees, client.fin, client.convention):
                return []
            return [DroitsDuClientChanges(client_id, portees, fin, convention, command.par, le)]
        case EmettreSecret():
            if command.secret_id in client.emis:
                raise SecretDejaEmis
            if client.jwks is not None:
                raise ClientACles
            if len(client.secrets) >= SECRETS_VIVANTS:
                raise TropDeSecrets
            return [SecretEmis(client_id, command.secret_id, command.empreinte, command.par, le)]
        case RetirerSecret():
            if command.secret_id not in client.emis:
                raise SecretInconnu
            vivant = any(s.secret_id == command.secret_id for s in client.secrets)
            return [SecretRetire(client_id, command.secret_id, command.par, le)] if vivant else []
        case EnregistrerClesDuClient():
            if command.jwks == client.jwks:
                return []
            retires = [SecretRetire(client_id, s.secret_id, command.par, le) for s in client.secrets]
            return [
                *retires,
                ClesDuClientEnregistrees(client_id, command.jwks, command.noms, command.par, le),
            ]
        case SuspendreClient():
            if client.suspendu == command.motif:
                return []
            return [ClientSuspendu(client_id, command.motif, command.par, le)]
        case ReprendreClient():
            return [ClientRepris(client_id, command.par, le)] if client.suspendu is not None else []
        case _:
            assert_never(command)


def _creation(command: CreerClient) -> ClientCree:
    return ClientCree(
        command.client_id,
        command.nom,
        _ordonnees(command.portees),
        command.debut,
        command.fin,
        command.convention,
        command.par,
        command.maintenant,
    )


def _ordonnees(portees: tuple[Portee, ...]) -> tuple[Portee, ...]:
    """Chacune une fois, dans l'ordre de la nomenclature : la même liste se reconnaît."""
    return tuple(portee for portee in Portee if portee in portees)


def _fautes(
    portees: tuple[Portee, ...], debut: dt.date, fin: dt.date | None, convention: str | None
) -> list[Refusal]:
    fautes: list[Refusal] = []
    if not portees:
        fautes.append(AucunePortee(field="/portees"))
    if fin is not None and fin < debut:
        fautes.append(FinDuClientAvantDebut(field="/fin"))
    if Portee.UTILISATEURS in portees:
        if fin is None:
            fautes.append(NominatifSansFin(field="/fin"))
        if not convention:
            fautes.append(NominatifSansConvention(field="/convention"))
    return fautes


CLIENT = Stream("client", initial, decide, evolve)
