"""A small domain for the engine's own tests: notes kept in a notebook."""

import sys
from dataclasses import dataclass
from typing import Annotated, Any, NewType, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.codec import Codec
from events.contract import Contract
from events.decider import Refusal
from events.postgres.database import Database
from events.store.store import Store
from events.stream import Stream
from events.types import Personal, Public
from events.vault.vault import Vault

CarnetId = NewType("CarnetId", UUID)
MASTER_KEYS = {1: bytes(range(32))}


@dataclass(frozen=True, slots=True)
class NoteAjoutee:
    """Une note a été ajoutée."""

    carnet_id: CarnetId
    rang: int
    titre: Public
    texte: Annotated[str | None, Personal("carnet", "carnet_id")] = None


@dataclass(frozen=True, slots=True)
class CarnetFerme:
    """Le carnet est fermé."""

    carnet_id: CarnetId


type Event = NoteAjoutee | CarnetFerme


@dataclass(frozen=True, slots=True)
class State:
    notes: int = 0
    ferme: bool = False


initial = State()


def evolve(state: State, event: Event) -> State:
    match event:
        case NoteAjoutee():
            return State(state.notes + 1)
        case CarnetFerme():
            return State(state.notes, ferme=True)
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True)
class AjouterNotes:
    carnet_id: CarnetId
    titres: tuple[str, ...]
    texte: str | None = None


@dataclass(frozen=True, slots=True)
class FermerCarnet:
    carnet_id: CarnetId


type Command = AjouterNotes | FermerCarnet


class CarnetDejaFerme(Refusal):
    """Le carnet est fermé."""


def decide(command: Command, state: State) -> list[Event]:
    match command:
        case AjouterNotes():
            if state.ferme:
                raise CarnetDejaFerme
            return [
                NoteAjoutee(command.carnet_id, state.notes + n + 1, titre, command.texte)
                for n, titre in enumerate(command.titres)
            ]
        case FermerCarnet():
            return [] if state.ferme else [CarnetFerme(command.carnet_id)]
        case _:
            assert_never(command)


CARNET = Stream("carnet", initial, decide, evolve)


class NoteAjouteeV1(Contract):
    """Une note existe."""

    carnet_id: UUID
    rang: int


def to_contract(event: Event) -> Contract | None:
    match event:
        case NoteAjoutee():
            return NoteAjouteeV1(carnet_id=event.carnet_id, rang=event.rang)
        case CarnetFerme():
            return None
        case _:
            assert_never(event)


carnets = sys.modules[__name__]
metadata = sa.MetaData()
table = sa.Table(
    "carnets",
    metadata,
    sa.Column("carnet_id", sa.Uuid, primary_key=True),
    sa.Column("notes", sa.Integer, nullable=False),
    sa.Column("somme", sa.BigInteger, nullable=False),
)


reads = NoteAjoutee | NoteAjouteeV1


def key(event: Any) -> UUID:
    return event.carnet_id


def project(row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
    """notes : how many; somme : of their ranks, wrong as soon as one is lost or taken twice."""
    match event:
        case NoteAjoutee() | NoteAjouteeV1():
            before = row or {"notes": 0, "somme": 0}
            return {
                "carnet_id": event.carnet_id,
                "notes": before["notes"] + 1,
                "somme": before["somme"] + event.rang,
            }
        case _:
            return row


def open_store(database: Database) -> Store[Event]:
    return Store(database, Codec[Event](Event), Vault(database, MASTER_KEYS))
