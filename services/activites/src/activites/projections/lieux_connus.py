"""Les lieux de la cartographie : où se passe une activité, et comment ce lieu s'appelle aujourd'hui."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from contracts.cartographie import LieuMisAJourV1, LieuReferenceV1
from events.projection.readmodel import Row, row_of
from referentiels.cles import cle

from activites.domain.vocabulaire import LieuConnu, LieuId
from activites.projections.tables import Rows, metadata

type Event = LieuReferenceV1 | LieuMisAJourV1
reads = Event

table = sa.Table(
    "lieux_connus",
    metadata,
    sa.Column("lieu_id", sa.Uuid, primary_key=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("adresse", sa.Text),
    sa.Column("commune", sa.Text, nullable=False),
    sa.Column("code_postal", sa.Text, nullable=False),
    sa.Column("code_insee", sa.Text),
    sa.Column("departement", sa.Text),
    sa.Column("tri", sa.Text(collation="C"), nullable=False, server_default=""),
)
_COMPARE = 200
"""Characters of a sort key: a cursor that bears one stays short."""


NOMS = (table.c.nom.label("lieu_nom"), table.c.commune.label("lieu_commune"))
"""Ce qu'on montre d'un lieu à côté d'une activité."""


def key(event: Event) -> UUID:
    return event.lieu_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event: a lieu never disappears, old activités still point at it."""
    return row_of(table, event, tri=cle(event.nom)[:_COMPARE])


def ceux_ci(lieux: Collection[LieuId]) -> Rows:
    """Ces lieux, ceux qui sont connus."""
    return sa.select(table).where(table.c.lieu_id.in_(lieux))


def noms(lieu_id: LieuId) -> Rows:
    """Ce qu'on montre d'un lieu, s'il est connu."""
    return sa.select(*NOMS).where(table.c.lieu_id == lieu_id)


def lieu_connu(row: sa.Row[*tuple[Any, ...]]) -> LieuConnu:
    """Une ligne de `ceux_ci`, pour le domaine."""
    return LieuConnu(row.lieu_id, row.commune, row.code_postal, row.code_insee, row.departement)


def departement_de(lieu_id: UUID) -> sa.Select[str | None]:
    """Le département d'un lieu, s'il est connu."""
    return sa.select(table.c.departement).where(table.c.lieu_id == lieu_id)
