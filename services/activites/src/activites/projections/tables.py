"""Les tables de lecture du service. Chacune se rejoue depuis sa source : rien n'y est écrit à la main."""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

type Rows = sa.Select[*tuple[Any, ...]]
"""A select, whatever its columns."""
