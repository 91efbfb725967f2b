"""Le filigrane du flux devient une fonction ; le journal des faits mis de côté puis jetés."""

from alembic import op
from events.postgres.schema import JOURNAL_2_SQL

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in JOURNAL_2_SQL:
        op.execute(statement)
