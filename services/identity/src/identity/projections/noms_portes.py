"""Read model: the names that a person bore before, for who still looks for them by one (E7)."""

import datetime as dt
from typing import assert_never

import sqlalchemy as sa
from events.projection.readmodel import Row
from referentiels.cles import cle
from sqlalchemy.dialects.postgresql import ARRAY

from identity.domain import compte
from identity.domain.vocabulaire import CompteId
from identity.projections.tables import metadata

TROUVABLE = dt.timedelta(days=365)
"""How long a name that is no longer borne still finds the person."""
_GARDES = 10

table = sa.Table(
    "noms_portes",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("actuel", sa.Text, nullable=False),  # as one looks for it: without accents
    # One former name each, the latest last, and when it was left.
    sa.Column("anciens", ARRAY(sa.Text), nullable=False),
    sa.Column("quittes_le", ARRAY(sa.DateTime(timezone=True)), nullable=False),
)

type Event = compte.CompteOuvert | compte.IdentitePersonneModifiee | compte.CompteEfface
reads = Event


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; none once erased."""
    match event:
        case compte.CompteOuvert():
            return {"compte_id": event.compte_id, "actuel": _nom(event), "anciens": [], "quittes_le": []}
        case compte.IdentitePersonneModifiee():
            if row is None or row["actuel"] == _nom(event):
                return row
            return row | {
                "actuel": _nom(event),
                "anciens": [*row["anciens"], row["actuel"]][-_GARDES:],
                "quittes_le": [*row["quittes_le"], event.modifiee_le][-_GARDES:],
            }
        case compte.CompteEfface():
            return None
        case _:
            assert_never(event)


def _nom(event: compte.CompteOuvert | compte.IdentitePersonneModifiee) -> str:
    return cle(f"{event.prenom} {event.nom}")


def a_porte(
    compte_id: sa.ColumnElement[CompteId], mot: str, maintenant: dt.datetime
) -> sa.ColumnElement[bool]:
    """Whether a name that this account bore less than a year ago has this word. mot : a key."""
    ancien = (
        sa.func.unnest(table.c.anciens, table.c.quittes_le)
        .table_valued(sa.column("nom", sa.Text), sa.column("quitte_le", sa.DateTime(timezone=True)))
        .render_derived("ancien")
    )
    return (
        sa.exists()
        .select_from(table.join(ancien, sa.true()))
        .where(
            table.c.compte_id == compte_id,
            ancien.c.quitte_le > maintenant - TROUVABLE,
            ancien.c.nom.contains(mot, autoescape=True),
        )
    )
