"""Read model: one row per emploi."""

import datetime as dt
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from identity.domain import emploi
from identity.domain.vocabulaire import EmploiId
from identity.projections.tables import metadata

table = sa.Table(
    "emplois",
    metadata,
    sa.Column("emploi_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("structure_id", sa.Uuid, nullable=False),
    sa.Column("siret", sa.Text, nullable=False),
    sa.Column("nom_structure", sa.Text, nullable=False),
    sa.Column("debut", sa.Date, nullable=False),
    sa.Column("fin_prevue", sa.Date),
    sa.Column("commence", sa.Boolean, nullable=False),
    sa.Column("fin", sa.Date),
    sa.Column("motif_fin", sa.Text),
    sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
    # What the daily job looks for.
    sa.Index("emplois_a_venir", "debut", postgresql_where=sa.text("fin is null and not commence")),
    sa.Index("emplois_au_terme", "fin_prevue", postgresql_where=sa.text("fin is null")),
)


reads = emploi.Event


def key(event: emploi.Event) -> EmploiId:
    return event.emploi_id


def project(row: Row | None, event: emploi.Event) -> Row | None:
    """The row after the event. Every emploi starts with EmploiDeclare."""
    match event:
        case emploi.EmploiDeclare():
            return row_of(table, event, commence=False, fin=None, motif_fin=None)
        case emploi.EmploiCommence():
            return {**(row or {}), "commence": True}
        case emploi.ContratTermine():
            return {**(row or {}), "fin": event.fin, "motif_fin": event.motif.value}
        case emploi.EmploiEfface():
            return None
        case _:
            assert_never(event)


def emplois_de(compte_id: UUID) -> sa.Select[Any]:
    """The person's own emplois, the latest first."""
    return (
        sa.select(table)
        .where(table.c.compte_id == compte_id)
        .order_by(table.c.debut.desc(), table.c.emploi_id)
    )


def a_commencer(aujourd_hui: dt.date, apres: UUID | None, limite: int) -> sa.Select[Any]:
    """Emplois whose first day has come, in the order of their identifiers, after `apres`."""
    select = sa.select(table.c.emploi_id).where(
        table.c.commence.is_(False), table.c.fin.is_(None), table.c.debut <= aujourd_hui
    )
    return _page(select, apres, limite)


def a_terminer(aujourd_hui: dt.date, apres: UUID | None, limite: int) -> sa.Select[Any, Any]:
    """Emplois whose last planned day is over, in the order of their identifiers, after `apres`."""
    select = sa.select(table.c.emploi_id, table.c.fin_prevue).where(
        table.c.fin.is_(None), table.c.fin_prevue < aujourd_hui
    )
    return _page(select, apres, limite)


def _page[*C](select: sa.Select[*C], apres: UUID | None, limite: int) -> sa.Select[*C]:
    page = select.order_by(table.c.emploi_id).limit(limite)
    return page if apres is None else page.where(table.c.emploi_id > apres)
