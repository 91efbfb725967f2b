"""Les tables de lecture du service : chacune se rejoue depuis sa source, rien n'y est écrit à la main.

Et les casiers, que la porte écrit : ce qu'une personne garde pour elle, chiffré (casiers.py).
"""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

type Rows = sa.Select[*tuple[Any, ...]]
"""A select, whatever its columns."""


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
