"""Les mandats datés : qui coordonne, ou coordonna, quelle équipe. Source : le journal du service."""

import datetime as dt
from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import distinct_on

from equipes.domain.equipe_faits import CoordinateurEfface, EquipeCreee, MandatFini, MandatOuvert
from equipes.projections.equipes import table as equipes
from equipes.projections.tables import Rows, instant, metadata

type Event = EquipeCreee | MandatOuvert | MandatFini | CoordinateurEfface
reads = Event

table = sa.Table(
    "mandats",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, primary_key=True),
    instant("depuis", primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    instant("fini_le", nullable=True),
    sa.Index("mandats_du_coordinateur", "coordinateur_id"),
)

EN_COURS = table.c.fini_le.is_(None)


def key(event: Event) -> tuple[UUID, UUID, dt.datetime]:
    return event.equipe_id, event.coordinateur_id, event.depuis


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EquipeCreee() | MandatOuvert():
            return row_of(table, event, fini_le=None)
        case MandatFini():
            return row and row | {"fini_le": event.fini_le}
        case CoordinateurEfface():
            return None
        case _:
            assert_never(event)


def coordonnees_par(siens: Sequence[UUID]) -> Rows:
    """Les équipes que cette personne coordonne, sous l'un de ses identifiants : equipe_id, nom, creee_le,
    depuis."""
    coordonnees = (
        sa.select(equipes.c.equipe_id, equipes.c.nom, equipes.c.creee_le, table.c.depuis)
        .join(table, table.c.equipe_id == equipes.c.equipe_id)
        .where(table.c.coordinateur_id.in_(siens), EN_COURS)
        .ext(distinct_on(equipes.c.equipe_id))
        .order_by(equipes.c.equipe_id, table.c.depuis)
    )
    return sa.select(coordonnees.subquery("coordonnees"))
