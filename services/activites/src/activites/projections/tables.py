"""Les tables de lecture du service : chacune se rejoue depuis sa source, rien n'y est écrit à la main.

Et les casiers, que la porte écrit : ce qu'une personne garde pour elle, chiffré (casiers.py).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData()

type Rows = sa.Select[*tuple[Any, ...]]
"""A select, whatever its columns."""


def de_celui_ci(colonne: sa.Column[Any], siens: Sequence[UUID]) -> sa.ColumnElement[bool]:
    """Rows of one person. Nearly always one identifier: equal to it, the index gives them in their order."""
    return colonne == siens[0] if len(siens) == 1 else colonne.in_(siens)


def _casier(nom: str) -> sa.Table:
    return sa.Table(
        nom,
        metadata,
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sorte", sa.Text, nullable=False),
        sa.Column("contenu", sa.Text, nullable=False),  # sealed
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("commence_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False, index=True),
    )


brouillons = _casier("brouillons")
modeles = _casier("modeles")
imports_deposes = _casier("imports_deposes")
archive_v1 = sa.Table(
    "archive_v1",
    metadata,
    sa.Column("cra_id", sa.Text, primary_key=True),
    sa.Column("activite_id", sa.Uuid, nullable=False, index=True),
    sa.Column("contenu", postgresql.JSONB, nullable=False),
    sa.Column("personnel", sa.Text),  # sealed under the key of the activité
    sa.Column("archive_le", sa.DateTime(timezone=True), nullable=False),
)
"""Les CRA de la V1, tels qu'ils furent (imports/v1) : elle ne se rejoue pas."""
