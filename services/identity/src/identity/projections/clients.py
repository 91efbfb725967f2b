"""Read model: one row per machine client."""

from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import ARRAY

from identity.domain import client
from identity.domain.vocabulaire import ClientId
from identity.projections.tables import metadata, usages_clients

table = sa.Table(
    "clients",
    metadata,
    sa.Column("client_id", sa.Uuid, primary_key=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("portees", ARRAY(sa.Text), nullable=False),
    sa.Column("debut", sa.Date, nullable=False),
    sa.Column("fin", sa.Date),
    sa.Column("convention", sa.Text),
    sa.Column("cles", ARRAY(sa.Text), nullable=False),  # names (kid) of its public keys
    sa.Column("motif_suspension", sa.Text),
    sa.Column("suspendu_le", sa.DateTime(timezone=True)),
    sa.Column("cree_par", sa.Uuid, nullable=False),
    sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
)

type Event = (
    client.ClientCree
    | client.DroitsDuClientChanges
    | client.ClesDuClientEnregistrees
    | client.ClientSuspendu
    | client.ClientRepris
)
reads = Event


def key(event: Event) -> ClientId:
    return event.client_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Every client starts with ClientCree."""
    match event:
        case client.ClientCree():
            return row_of(table, event, cles=[], motif_suspension=None, suspendu_le=None, cree_par=event.par)
        case client.DroitsDuClientChanges(portees=portees, fin=fin, convention=convention):
            codes = [portee.value for portee in portees]
            return {**(row or {}), "portees": codes, "fin": fin, "convention": convention}
        case client.ClesDuClientEnregistrees():
            return {**(row or {}), "cles": list(event.noms)}
        case client.ClientSuspendu(motif=motif, suspendu_le=suspendu_le):
            return {**(row or {}), "motif_suspension": motif.value, "suspendu_le": suspendu_le}
        case client.ClientRepris():
            return {**(row or {}), "motif_suspension": None, "suspendu_le": None}
        case _:
            assert_never(event)


def tous() -> sa.Select[Any]:
    """Every client, with the last time it was seen."""
    return sa.select(table, usages_clients.c.vu_le).outerjoin(
        usages_clients, usages_clients.c.client_id == table.c.client_id
    )


def un_client(client_id: UUID) -> sa.Select[Any]:
    """One of them."""
    return tous().where(table.c.client_id == client_id)
