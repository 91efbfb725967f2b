"""Ce que le service sait des comptes : qu'ils existent, leurs rôles, s'ils coordonnent pour le dispositif.

Source : identity.
"""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import (
    CompteOuvertV1,
    ComptePrepareV1,
    CoordinateurDuDispositifReconnuV1,
    CoordinateurHorsDispositifV1,
    PersonneEffaceeV1,
    RoleChoisiV1,
    RoleRetireV1,
)
from events.projection.readmodel import Row

from equipes.projections.tables import Rows, metadata

type Event = (
    ComptePrepareV1
    | CompteOuvertV1
    | RoleChoisiV1
    | RoleRetireV1
    | CoordinateurDuDispositifReconnuV1
    | CoordinateurHorsDispositifV1
    | PersonneEffaceeV1
)
reads = Event

table = sa.Table(
    "comptes_connus",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid),
    sa.Column("coordinateur_id", sa.Uuid),
    sa.Column("du_dispositif", sa.Boolean, nullable=False),
)


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """A second role is added to the first: each choice gives one identifier and leaves the other absent."""
    avant = row or {
        "compte_id": event.compte_id,
        "mediateur_id": None,
        "coordinateur_id": None,
        "du_dispositif": False,
    }
    match event:
        case ComptePrepareV1() | CompteOuvertV1():
            return avant
        case RoleChoisiV1():
            return avant | {
                "mediateur_id": event.mediateur_id or avant["mediateur_id"],
                "coordinateur_id": event.coordinateur_id or avant["coordinateur_id"],
            }
        case RoleRetireV1():
            return row and row | {f"{event.role}_id": None}
        case CoordinateurDuDispositifReconnuV1():
            return avant | {"du_dispositif": True}
        case CoordinateurHorsDispositifV1():
            return avant | {"du_dispositif": False}
        case PersonneEffaceeV1():
            return None
        case _:
            assert_never(event)


def roles_de(siens: Sequence[UUID]) -> Rows:
    """mediateur_id, coordinateur_id et du_dispositif de chaque compte de la personne ; aucune ligne de celui
    qui n'est pas connu."""
    return sa.select(table).where(table.c.compte_id.in_(siens))
