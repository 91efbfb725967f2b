"""The bench's own domain: an activity recorded, about 470 bytes of JSON, and two read models of it.

No personal data: the peer has no vault per person, so rows that compare with it compare the same work.
"""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.codec import Codec
from events.contract import Contract
from events.postgres.database import Database
from events.projection.digest import Digest, journal
from events.store.store import Context, Store
from events.types import Public

SERVICE = "banc"
CONTEXT = Context("banc-d-essai", "requete-de-mesure")
MEDIATEURS = 10_000


@dataclass(frozen=True, slots=True)
class ActiviteEnregistree:
    """Un médiateur a rendu compte d'un accompagnement.   duree_minutes : 1 à 1440."""

    activite_id: UUID
    mediateur_id: UUID
    date: dt.date
    duree_minutes: int
    accompagnements: int
    type_activite: Public
    thematiques: tuple[Public, ...]
    materiels: tuple[Public, ...]
    lieu_id: UUID
    structure_id: UUID
    commune: Public
    departement: Public
    enregistree_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ActiviteSupprimee:
    """Le compte rendu est retiré."""

    activite_id: UUID


type Event = ActiviteEnregistree | ActiviteSupprimee


class ActiviteEnregistreeV1(Contract):
    """Une activité existe."""

    activite_id: UUID
    mediateur_id: UUID
    date: dt.date
    duree_minutes: int
    accompagnements: int
    type_activite: str
    thematiques: tuple[str, ...]
    materiels: tuple[str, ...]
    lieu_id: UUID
    structure_id: UUID
    commune: str
    departement: str
    enregistree_le: dt.datetime


def to_contract(event: Event) -> Contract | None:
    match event:
        case ActiviteEnregistree():
            return ActiviteEnregistreeV1(
                activite_id=event.activite_id,
                mediateur_id=event.mediateur_id,
                date=event.date,
                duree_minutes=event.duree_minutes,
                accompagnements=event.accompagnements,
                type_activite=event.type_activite,
                thematiques=event.thematiques,
                materiels=event.materiels,
                lieu_id=event.lieu_id,
                structure_id=event.structure_id,
                commune=event.commune,
                departement=event.departement,
                enregistree_le=event.enregistree_le,
            )
        case ActiviteSupprimee():
            return None
        case _:
            assert_never(event)


# --- Read models ---

metadata = sa.MetaData()


class Listees:
    """One row per activity: what a list shows. Every event concerns another row: nothing folds away."""

    reads = ActiviteEnregistree | ActiviteSupprimee | ActiviteEnregistreeV1
    table = sa.Table(
        "activites_listees",
        metadata,
        sa.Column("activite_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("duree_minutes", sa.Integer, nullable=False),
        sa.Column("accompagnements", sa.Integer, nullable=False),
        sa.Column("lieu_id", sa.Uuid, nullable=False),
        sa.Column("departement", sa.Text, nullable=False),
    )

    def key(self, event: Any) -> UUID:
        return event.activite_id

    def project(self, row: dict[str, Any] | None, event: Any) -> dict[str, Any] | None:
        match event:
            case ActiviteEnregistree() | ActiviteEnregistreeV1():
                return {
                    "activite_id": event.activite_id,
                    "mediateur_id": event.mediateur_id,
                    "date": event.date,
                    "duree_minutes": event.duree_minutes,
                    "accompagnements": event.accompagnements,
                    "lieu_id": event.lieu_id,
                    "departement": event.departement,
                }
            case _:
                return None


_COUNTED = ("activites", "minutes", "accompagnements")


def _sum(field: str) -> sa.ColumnElement[int]:
    value = sa.cast(journal.c.data[field].astext, sa.BigInteger)
    return sa.cast(sa.func.sum(value), sa.BigInteger)


class ParMediateur:
    """One row per médiateur: the aggregate that a rebuild recomputes."""

    reads = ActiviteEnregistree
    table = sa.Table(
        "par_mediateur",
        metadata,
        sa.Column("mediateur_id", sa.Uuid, primary_key=True),
        sa.Column("activites", sa.BigInteger, nullable=False),
        sa.Column("minutes", sa.BigInteger, nullable=False),
        sa.Column("accompagnements", sa.BigInteger, nullable=False),
    )

    def key(self, event: ActiviteEnregistree) -> UUID:
        return event.mediateur_id

    def project(self, row: dict[str, Any] | None, event: ActiviteEnregistree) -> dict[str, Any] | None:
        before = row or {"activites": 0, "minutes": 0, "accompagnements": 0}
        return {
            "mediateur_id": event.mediateur_id,
            "activites": before["activites"] + 1,
            "minutes": before["minutes"] + event.duree_minutes,
            "accompagnements": before["accompagnements"] + event.accompagnements,
        }

    digest = Digest(
        sa.select(
            sa.cast(journal.c.data["mediateur_id"].astext, sa.Uuid).label("mediateur_id"),
            sa.func.count().label("activites"),
            _sum("duree_minutes").label("minutes"),
            _sum("accompagnements").label("accompagnements"),
        )
        .where(journal.c.type == "ActiviteEnregistree")
        .group_by(sa.literal_column("1")),
        lambda one, two: one | {name: one[name] + two[name] for name in _COUNTED},
    )


# --- Events to write ---

_THEMATIQUES = (
    "navigation_sur_internet",
    "email",
    "prevention_securite",
    "aide_aux_demarches",
    "parentalite",
)
_MATERIELS = ("ordinateur", "telephone", "tablette")
_DEPARTEMENTS = ("69", "01", "42", "38", "2A", "71", "75")


def activites(count: int, seed: int = 1) -> list[ActiviteEnregistree]:
    """So many distinct activities, the same ones for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - drawn to be alike, not to be secret
    start = dt.datetime(2026, 1, 5, 9, 0, 0, 123456, dt.UTC)

    def one(n: int) -> ActiviteEnregistree:
        moment = start + dt.timedelta(minutes=n % 400_000)
        departement = draw.choice(_DEPARTEMENTS)
        return ActiviteEnregistree(
            UUID(int=draw.getrandbits(128), version=4),
            UUID(int=draw.randrange(MEDIATEURS) + 1),
            moment.date(),
            draw.randrange(15, 180),
            draw.randrange(1, 12),
            "individuel",
            tuple(draw.sample(_THEMATIQUES, 2)),
            tuple(draw.sample(_MATERIELS, 1)),
            UUID(int=draw.randrange(30_000) + 1),
            UUID(int=draw.randrange(8_000) + 1),
            f"{departement}{draw.randrange(100, 400)}",
            departement,
            moment,
        )

    return [one(n) for n in range(count)]


def stream(event: ActiviteEnregistree) -> str:
    return f"activite-{event.activite_id}"


def open_store(database: Database) -> Store[Event]:
    return Store(database, Codec[Event](Event))
