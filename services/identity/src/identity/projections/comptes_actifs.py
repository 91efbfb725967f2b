"""Read model: whoever has recorded an activity, and when last. Source: activites."""

from uuid import UUID

import sqlalchemy as sa
from contracts.activites import ActiviteEnregistreeV1
from events.projection.readmodel import Row

from identity.projections.comptes_rapproches import comptes_rapproches
from identity.projections.tables import metadata

reads = ActiviteEnregistreeV1

table = sa.Table(
    "comptes_actifs",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
    sa.Column("derniere_saisie_le", sa.DateTime(timezone=True), nullable=False),
)


def key(event: ActiviteEnregistreeV1) -> UUID:
    return event.compte_id


def project(row: Row | None, event: ActiviteEnregistreeV1) -> Row | None:
    """The first and the last one; an activity deleted later was recorded all the same."""
    first = row or {"compte_id": event.compte_id, "depuis": event.enregistree_le}
    last = max(first.get("derniere_saisie_le", event.enregistree_le), event.enregistree_le)
    return {**first, "derniere_saisie_le": last}


def est_actif(compte_id: UUID) -> sa.Select[bool]:
    """Whether this account, or one brought to it, has ever recorded an activity."""
    return sa.select(sa.exists().where(table.c.compte_id == comptes_rapproches.siens("compte", compte_id)))
