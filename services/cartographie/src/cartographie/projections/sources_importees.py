"""Sources importées : ce que le dernier import de chaque source a donné."""

from dataclasses import asdict
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from cartographie.domain.evenements import Event
from cartographie.domain.lieu import ContactsEffaces, LieuMisAJour, LieuReference
from cartographie.domain.source import SourceImportee
from cartographie.domain.vocabulaire import SourceId
from cartographie.projections.tables import Rows, metadata

type Row = dict[str, Any]

table = sa.Table(
    "sources_importees",
    metadata,
    sa.Column("source_id", sa.Uuid, primary_key=True),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("edition", sa.Date, nullable=False),
    sa.Column("lues", sa.Integer, nullable=False),
    sa.Column("refusees", sa.Integer, nullable=False),
    sa.Column("reparations", sa.Integer, nullable=False),
    sa.Column("bilan", JSONB, nullable=False),
    sa.Column("importee_le", sa.DateTime(timezone=True), nullable=False),
)


def key(event: Event) -> SourceId | None:
    match event:
        case SourceImportee():
            return event.source_id
        case LieuReference() | LieuMisAJour() | ContactsEffaces():
            return None
        case _:
            assert_never(event)


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case SourceImportee(bilan=bilan):
            return {
                "source_id": event.source_id,
                "source": event.source,
                "nom": event.nom,
                "licence": event.licence,
                "fichier": event.fichier,
                "edition": event.edition,
                "lues": bilan.lues,
                "refusees": bilan.refusees,
                "reparations": bilan.reparations,
                "bilan": asdict(bilan) | {"refus": dict(bilan.refus)},
                "importee_le": event.importee_le,
            }
        case LieuReference() | LieuMisAJour() | ContactsEffaces():
            return row
        case _:
            assert_never(event)


def toutes() -> Rows:
    """Les sources, par code."""
    return sa.select(table).order_by(table.c.source)
