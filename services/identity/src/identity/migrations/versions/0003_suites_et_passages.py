"""Ce que les suites d'un fait retiennent, leurs ordres, et les passages réguliers."""

from alembic import op
from events.postgres.schema import JOURNAL_3_SQL

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in JOURNAL_3_SQL:
        op.execute(statement)
