"""Read model: the employers that the directory of companies could not be asked about, to be asked again."""

from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from identity.domain.compte import CompteEfface
from identity.domain.inscription import EmployeurConfirme, EmployeurVerifie
from identity.domain.vocabulaire import CompteId, Verification
from identity.projections.tables import metadata

type Event = EmployeurConfirme | EmployeurVerifie | CompteEfface
reads = Event

table = sa.Table(
    "employeurs_a_verifier",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("siret", sa.Text, nullable=False),
)


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EmployeurConfirme(verification=Verification.A_VERIFIER):
            return row_of(table, event)
        case EmployeurConfirme() | EmployeurVerifie() | CompteEfface():
            return None
        case _:
            assert_never(event)


def a_demander(apres: UUID | None, limite: int) -> sa.Select[Any, Any]:
    """Account and SIRET, in the order of the accounts, after `apres`."""
    select = sa.select(table.c.compte_id, table.c.siret).order_by(table.c.compte_id).limit(limite)
    return select if apres is None else select.where(table.c.compte_id > apres)
