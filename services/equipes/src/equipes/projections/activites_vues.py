"""Les comptes rendus des médiateurs, réduits à leur dernier geste : une ligne par CRA. Source : activites."""

from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.activites import (
    ActiviteCorrigeeV1,
    ActiviteEnregistreeV1,
    ActiviteRestaureeV1,
    ActiviteSupprimeeV1,
)
from events.projection.readmodel import Row, row_of

from equipes.projections.tables import Rows, instant, metadata

type Event = ActiviteEnregistreeV1 | ActiviteCorrigeeV1 | ActiviteSupprimeeV1 | ActiviteRestaureeV1
reads = Event

table = sa.Table(
    "activites_vues",
    metadata,
    sa.Column("activite_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    instant("vue_le"),
    sa.Index("activites_vues_du_mediateur", "mediateur_id", "vue_le"),
)


def key(event: Event) -> UUID:
    return event.activite_id


def project(row: Row | None, event: Event) -> Row | None:
    """vue_le : instant de l'enregistrement, puis de la dernière correction."""
    match event:
        case ActiviteEnregistreeV1():
            vue_le = event.enregistree_le
        case ActiviteCorrigeeV1():
            vue_le = event.corrigee_le
        case ActiviteRestaureeV1():
            vue_le = event.corrigee_le or event.enregistree_le
        case ActiviteSupprimeeV1():
            return None
        case _:
            assert_never(event)
    return row_of(table, event, vue_le=vue_le)


def derniere_de(mediateur_id: sa.ColumnElement[Any]) -> Rows:
    """Une ligne : l'instant du dernier CRA créé ou corrigé, absent s'il n'y en a pas."""
    return sa.select(sa.func.max(table.c.vue_le).label("dernier_cra_le")).where(
        table.c.mediateur_id == mediateur_id
    )
