"""Les lieux où chacun dit exercer, d'après identity, et ceux d'avant : là seulement il rend compte."""

from collections.abc import Collection, Sequence
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import LieuxChoisisV1, PersonneEffaceeV1
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.vocabulaire import CompteId, LieuId
from activites.projections import lieux_connus
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, metadata

type Event = LieuxChoisisV1 | PersonneEffaceeV1
reads = Event

table = sa.Table(
    "lieux_choisis",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("lieux", ARRAY(sa.Uuid), nullable=False),
    sa.Column("tous", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
)
"""tous : ceux d'aujourd'hui et d'avant, chacun une fois."""


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case LieuxChoisisV1():
            avant: list[UUID] = row["tous"] if row is not None else []
            return row_of(table, event, tous=list(dict.fromkeys([*avant, *event.lieux])))
        case PersonneEffaceeV1():
            return None
        case _:
            assert_never(event)


def du_compte(siens: Sequence[UUID]) -> Rows:
    """Ceux qui sont connus, dans l'ordre de son choix : lieu_id, nom, commune, code_postal. siens : ses
    comptes, celui d'aujourd'hui d'abord."""
    connus = lieux_connus.table.c
    return (
        sa.select(connus.lieu_id, connus.nom, connus.commune, connus.code_postal)
        .join(table, connus.lieu_id == sa.any_(table.c.lieux))
        .where(table.c.compte_id.in_(siens))
        .order_by(table.c.compte_id != siens[0], sa.func.array_position(table.c.lieux, connus.lieu_id))
    )


def ou_elle_exerce(compte_id: CompteId, lieux: Collection[LieuId]) -> sa.Select[LieuId]:
    """De ces lieux, ceux où la personne de ce compte exerce ou a exercé, sous tous ses comptes."""
    connus = lieux_connus.table.c
    siens = table.c.compte_id == comptes_rapproches.siens("compte", compte_id)
    return sa.select(connus.lieu_id).where(
        connus.lieu_id.in_(lieux), sa.exists().where(siens, connus.lieu_id == sa.any_(table.c.tous))
    )


def tous_ceux_de(siens: Sequence[UUID]) -> Rows:
    """Ceux qui sont connus, anciens compris : lieu_id, nom, commune, code_postal, code_insee, actuel."""
    connus = lieux_connus.table.c
    actuel = sa.func.bool_or(connus.lieu_id == sa.any_(table.c.lieux)).label("actuel")
    nommes = (connus.lieu_id, connus.nom, connus.commune, connus.code_postal, connus.code_insee)
    return (
        sa.select(*nommes, actuel)
        .join(table, connus.lieu_id == sa.any_(table.c.tous))
        .where(table.c.compte_id.in_(siens))
        .group_by(*nommes)
    )
