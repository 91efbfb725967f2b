"""The peer: PyPI `eventsourcing`, set up as its documentation recommends, on the same servers.

A pool as large as the callers, its own JSON transcoder, POSTGRES_ENABLE_DB_FUNCTIONS off (on, it skips
events: docs/moteur.md §6). Identifiers and the day are texts in its events: its transcoder would pay for the
types.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection
from psycopg.sql import SQL, Identifier

from moteur.domaine import ActiviteEnregistree


@dataclass(frozen=True)
class ActiviteDuPair(DomainEvent):
    """The same fact as `ActiviteEnregistree`."""

    mediateur_id: str
    date: str
    duree_minutes: int
    accompagnements: int
    type_activite: str
    thematiques: list[str]
    materiels: list[str]
    lieu_id: str
    structure_id: str
    commune: str
    departement: str


def event_of(event: ActiviteEnregistree) -> ActiviteDuPair:
    return ActiviteDuPair(
        event.activite_id,
        1,
        event.enregistree_le,
        str(event.mediateur_id),
        event.date.isoformat(),
        event.duree_minutes,
        event.accompagnements,
        event.type_activite,
        list(event.thematiques),
        list(event.materiels),
        str(event.lieu_id),
        str(event.structure_id),
        event.commune,
        event.departement,
    )


class Activites(Application[UUID]):
    """The application whose sequence is recorded and followed."""


def environment(url: str, pool: int) -> dict[str, str]:
    """pool : connections, opened at once and kept."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
        "POSTGRES_POOL_SIZE": str(pool),
        "POSTGRES_MAX_OVERFLOW": "0",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "no",
    }


class VueListees(PostgresTrackingRecorder):
    """The same table as `Listees`, one upsert and the tracking in one transaction, prepared."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        table = Identifier(datastore.schema, "activites_listees")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0} (activite_id uuid PRIMARY KEY, mediateur_id uuid NOT NULL,"
                " date date NOT NULL, duree_minutes integer NOT NULL, accompagnements integer NOT NULL,"
                " lieu_id uuid NOT NULL, departement text NOT NULL)"
            ).format(table)
        )
        self._upsert = SQL(
            "INSERT INTO {0} VALUES (%s, %s::uuid, %s::date, %s, %s, %s::uuid, %s)"
            " ON CONFLICT (activite_id) DO UPDATE SET mediateur_id = excluded.mediateur_id,"
            " date = excluded.date, duree_minutes = excluded.duree_minutes,"
            " accompagnements = excluded.accompagnements, lieu_id = excluded.lieu_id,"
            " departement = excluded.departement"
        ).format(table)

    def enregistrer(self, event: ActiviteDuPair, tracking: Tracking) -> None:
        values = (
            event.originator_id,
            event.mediateur_id,
            event.date,
            event.duree_minutes,
            event.accompagnements,
            event.lieu_id,
            event.departement,
        )
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._upsert, values, prepare=True)


class ProjectionListees(Projection[VueListees]):
    """What the peer's ProjectionRunner runs."""

    name = "listees"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise TypeError(type(domain_event).__name__)

    @process_event.register
    def _(self, domain_event: ActiviteDuPair, tracking: Tracking) -> None:
        self.view.enregistrer(domain_event, tracking)
