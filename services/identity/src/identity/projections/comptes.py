"""Read model: one row per account, with the names that screens show."""

from collections.abc import Collection
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.named import named
from events.projection.readmodel import Row, row_of

from identity.domain import compte
from identity.domain.vocabulaire import CompteId
from identity.projections.comptes_rapproches import comptes_rapproches
from identity.projections.limitations import table as limitations
from identity.projections.tables import metadata

table = sa.Table(
    "comptes",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("prenom", sa.Text, nullable=False),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("courriel", sa.Text, nullable=False),
    sa.Column("telephone", sa.Text),
    sa.Column("siret", sa.Text),
    sa.Column("mediateur_id", sa.Uuid, index=True),
    sa.Column("coordinateur_id", sa.Uuid, index=True),
    sa.Column("version_cgu", sa.Text),
    sa.Column("cgu_acceptees_le", sa.DateTime(timezone=True)),
    sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
)


type Event = (
    compte.CompteOuvert
    | compte.IdentitePersonneModifiee
    | compte.CguAcceptees
    | compte.RoleChoisi
    | compte.RoleRetire
    | compte.RolesApportes
    | compte.RolesRendus
    | compte.CompteEfface
)
reads = Event

_PLUS_TARD = ("mediateur_id", "coordinateur_id", "version_cgu", "cgu_acceptees_le")
"""What an account that opens does not have yet."""


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; none once erased. Every account starts with CompteOuvert."""
    match event:
        case compte.CompteEfface():
            return None
        case compte.CompteOuvert():
            return row_of(table, event, **dict.fromkeys(_PLUS_TARD))
        case compte.IdentitePersonneModifiee():
            return {**(row or {}), **named((champ.value for champ in compte.Champ), event)}
        case compte.CguAcceptees():
            return {**(row or {}), "version_cgu": event.version, "cgu_acceptees_le": event.acceptees_le}
        case compte.RoleChoisi() | compte.RoleRetire() | compte.RolesApportes() | compte.RolesRendus():
            return {**(row or {}), **roles_changes(event)}
        case _:
            assert_never(event)


type RolesChanges = compte.RoleChoisi | compte.RoleRetire | compte.RolesApportes | compte.RolesRendus


def roles_changes(event: RolesChanges) -> Row:
    """The columns of roles that the event fills, or empties."""
    dits = {"mediateur_id": event.mediateur_id, "coordinateur_id": event.coordinateur_id}
    otes = isinstance(event, compte.RoleRetire | compte.RolesRendus)
    return {nom: None if otes else valeur for nom, valeur in dits.items() if valeur is not None}


def un_compte(compte_id: UUID) -> sa.Select[Any]:
    """The person's own account."""
    return sa.select(table).where(table.c.compte_id == compte_id)


def noms(compte_ids: Collection[UUID]) -> sa.Select[Any, Any, Any]:
    """Display names of these accounts; absent: unknown ones, and who asked not to be named, here or from an
    account brought to theirs."""
    c = table.c
    return sa.select(c.compte_id, c.prenom, c.nom).where(
        c.compte_id.in_(list(compte_ids)),
        c.compte_id.not_in(sa.select(limitations.c.compte_id)),
        c.compte_id.not_in(comptes_rapproches.de_leurs(limitations, sa.true())),
    )
