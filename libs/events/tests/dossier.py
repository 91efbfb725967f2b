"""A small domain that erases people: files about a person, shown in clear by two tables, published by id."""

from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any, NewType, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.codec import Codec
from events.contract import Contract
from events.postgres.database import Database
from events.store.store import Store
from events.stream import Stream
from events.types import ERASED, Personal
from events.vault.vault import Vault

DossierId = NewType("DossierId", UUID)
PersonneId = NewType("PersonneId", UUID)
type Texte = Annotated[str, Personal("personne", "personne_id")]
KIND = "personne"
SERVICE = "dossiers"


@dataclass(frozen=True, slots=True)
class DossierOuvert:
    """Un dossier est ouvert au nom d'une personne."""

    dossier_id: DossierId
    personne_id: PersonneId
    nom: Texte


@dataclass(frozen=True, slots=True)
class NoteEcrite:
    """Une note est ajoutée à un dossier."""

    dossier_id: DossierId
    personne_id: PersonneId
    rang: int
    texte: Texte


@dataclass(frozen=True, slots=True)
class DossierEfface:
    """La personne est effacée de ce dossier."""

    dossier_id: DossierId
    personne_id: PersonneId


type Event = DossierOuvert | NoteEcrite | DossierEfface


@dataclass(frozen=True, slots=True)
class State:
    nom: str | None = None
    notes: int = 0
    efface: bool = False


initial = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case DossierOuvert():
            return State(event.nom, state.notes, state.efface)
        case NoteEcrite():
            return State(state.nom, event.rang, state.efface)
        case DossierEfface():
            return State(ERASED, state.notes, efface=True)
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True)
class Ecrire:
    """Nothing forbids it once erased: only the vault does."""

    dossier_id: DossierId
    personne_id: PersonneId
    texte: str


@dataclass(frozen=True, slots=True)
class Effacer:
    dossier_id: DossierId
    personne_id: PersonneId


type Command = Ecrire | Effacer


def decide(command: Command, state: State) -> list[Event]:
    ids = command.dossier_id, command.personne_id
    match command:
        case Ecrire():
            note = NoteEcrite(*ids, state.notes + 1, command.texte)
            return [note] if state.nom is not None else [DossierOuvert(*ids, f"nom {command.texte}"), note]
        case Effacer():
            return [] if state.efface or state.nom is None else [DossierEfface(*ids)]
        case _:
            assert_never(command)


DOSSIER = Stream("dossier", initial, decide, evolve)


class NoteEcriteV1(Contract):
    """Une note existe."""

    dossier_id: UUID
    rang: int


class DossierEffaceV1(Contract):
    """La personne de ce dossier est effacée."""

    dossier_id: UUID


def to_contract(event: Event) -> Contract | None:
    match event:
        case DossierOuvert():
            return None
        case NoteEcrite():
            return NoteEcriteV1(dossier_id=event.dossier_id, rang=event.rang)
        case DossierEfface():
            return DossierEffaceV1(dossier_id=event.dossier_id)
        case _:
            assert_never(event)


metadata = sa.MetaData()


class Dossiers(ModuleType):
    """Read model in clear: one row per file, with its last note."""

    reads = Event

    table = sa.Table(
        "dossiers",
        metadata,
        sa.Column("dossier_id", sa.Uuid, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("derniere_note", sa.Text),
    )

    def key(self, event: Event) -> UUID:
        return event.dossier_id

    def project(self, row: dict[str, Any] | None, event: Event) -> dict[str, Any] | None:
        match event:
            case DossierOuvert():
                return {"dossier_id": event.dossier_id, "nom": event.nom, "derniere_note": None}
            case NoteEcrite():
                # As trusting as can be: a note that comes after the erasure makes the row again.
                before = row or {"dossier_id": event.dossier_id, "nom": ERASED}
                return before | {"derniere_note": event.texte}
            case DossierEfface():
                return None


class Annuaire(ModuleType):
    """Read model in clear: one row per person."""

    reads = DossierOuvert | DossierEfface

    table = sa.Table(
        "annuaire",
        metadata,
        sa.Column("personne_id", sa.Uuid, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
    )

    def key(self, event: DossierOuvert | DossierEfface) -> UUID:
        return event.personne_id

    def project(
        self, row: dict[str, Any] | None, event: DossierOuvert | DossierEfface
    ) -> dict[str, Any] | None:
        match event:
            case DossierOuvert():
                return {"personne_id": event.personne_id, "nom": event.nom}
            case DossierEfface():
                return None


READ_MODELS = (Dossiers("dossiers"), Annuaire("annuaire"))


def open_store(database: Database, keys: dict[int, bytes], **options: Any) -> Store[Event]:
    """As a new process would: its vault knows nothing yet."""
    return Store(database, Codec[Event](Event), Vault(database, keys, **options))
