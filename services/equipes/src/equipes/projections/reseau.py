"""Les relations de réseau : un coordinateur lié à l'équipe d'un autre, sans en être membre (D3).

Source : le journal du service.
"""

from collections.abc import Collection
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from equipes.domain.invitation import InvitationAcceptee, RelationRompue
from equipes.domain.vocabulaire import EquipeId
from equipes.projections.equipes import table as equipes
from equipes.projections.tables import Rows, instant, metadata

type Event = InvitationAcceptee | RelationRompue
reads = Event

table = sa.Table(
    "reseau",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, nullable=False),
    sa.Column("invitation_id", sa.Uuid, nullable=False),
    instant("depuis"),
    sa.Index("reseau_du_compte", "compte_id"),
)

ORDRE = (table.c.depuis, table.c.invitation_id)
"""Celui des deux listes : les plus anciennes relations d'abord."""


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """A médiateur who accepts is a member: that is another table, and ends the relation."""
    match event:
        case InvitationAcceptee(coordinateur_id=None):
            return None
        case InvitationAcceptee():
            return row_of(table, event, depuis=event.acceptee_le)
        case RelationRompue():
            return None if row and row["invitation_id"] == event.invitation_id else row
        case _:
            assert_never(event)


def de_lequipe(equipe_id: EquipeId) -> Rows:
    """Les coordinateurs liés à cette équipe."""
    return sa.select(table).where(table.c.equipe_id == equipe_id)


def du_compte(siens: Collection[UUID]) -> Rows:
    """Les équipes auxquelles cette personne est liée : invitation_id, equipe_id, nom, depuis."""
    return (
        sa.select(table.c.invitation_id, table.c.equipe_id, equipes.c.nom, table.c.depuis)
        .join(equipes, equipes.c.equipe_id == table.c.equipe_id)
        .where(table.c.compte_id.in_(siens))
    )


def lie(equipe_id: EquipeId, siens: Collection[UUID]) -> sa.Select[bool]:
    """Vrai si cette personne est du réseau de l'équipe."""
    return sa.select(sa.exists().where(table.c.equipe_id == equipe_id, table.c.compte_id.in_(siens)))
