"""Qui est, ou fut, membre de quelle équipe, d'après equipes."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from contracts.equipes import MembrePartiV1, MembreRejointV1
from events.projection.readmodel import Row, row_of
from referentiels.territoires import PARIS, jour_civil
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.projections import coordinations, emplois
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, metadata

type Event = MembreRejointV1 | MembrePartiV1
reads = Event

_INSTANTS = ARRAY(sa.DateTime(timezone=True))

table = sa.Table(
    "appartenances",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, primary_key=True),
    sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
    sa.Column("parti_le", sa.DateTime(timezone=True)),
    sa.Column("compte_id", sa.Uuid),
    # Between depuis and parti_le, each time away: as many returns as departures.
    sa.Column("departs", _INSTANTS, nullable=False, server_default="{}"),
    sa.Column("retours", _INSTANTS, nullable=False, server_default="{}"),
    sa.Index("appartenances_du_mediateur", "mediateur_id"),
)


def key(event: Event) -> tuple[UUID, UUID]:
    return event.equipe_id, event.mediateur_id


def project(row: Row | None, event: Event) -> Row | None:
    """One row per member: who comes back was away in between, and the figures know it."""
    match event:
        case MembreRejointV1():
            avant: Row = row or {"depuis": event.depuis, "parti_le": None, "departs": [], "retours": []}
            absente = avant["parti_le"] is not None
            return row_of(
                table,
                event,
                depuis=avant["depuis"],
                parti_le=None,
                departs=[*avant["departs"], *([avant["parti_le"]] if absente else [])],
                retours=[*avant["retours"], *([event.depuis] if absente else [])],
            )
        case MembrePartiV1():
            return row and row | {"parti_le": event.parti_le}


def equipes_de(mediateurs: Collection[UUID]) -> sa.Select[UUID]:
    """Les équipes dont l'un d'eux est membre, à cet instant."""
    c = table.c
    return sa.select(c.equipe_id).where(c.mediateur_id.in_(mediateurs), c.parti_le.is_(None))


def effectif(equipe_id: UUID) -> sa.Select[int]:
    """Combien en sont membres, à cet instant."""
    c = table.c
    choix = sa.select(sa.func.count()).select_from(table)
    return choix.where(c.equipe_id == equipe_id, c.parti_le.is_(None))


def comptes_de(mediateurs: Collection[UUID]) -> Rows:
    """(mediateur_id, compte_id) de ceux dont une équipe a dit le compte."""
    c = table.c
    compte = sa.func.max(sa.cast(c.compte_id, sa.Text)).label("compte_id")
    connus = sa.select(c.mediateur_id, sa.cast(compte, sa.Uuid).label("compte_id"))
    return connus.where(c.mediateur_id.in_(mediateurs), c.compte_id.is_not(None)).group_by(c.mediateur_id)


@dataclass(frozen=True, slots=True)
class Membre:
    """Quelqu'un d'une équipe, et les jours civils où il en est, bornes comprises ; sans fin, encore."""

    mediateur_id: UUID
    periodes: tuple[tuple[dt.date, dt.date | None], ...]


async def des_equipes_de(
    connection: AsyncConnection, coordinateur_id: UUID, equipe_id: UUID | None = None
) -> list[Membre]:
    """Membres actuels et anciens de ses équipes ; le même en plusieurs équipes y est autant de fois.

    equipe_id : de celle-là seulement, parmi les siennes.
    """
    voulus = {"coordinateur_id": coordinateur_id, "equipe_id": equipe_id}
    return [
        Membre(
            row.mediateur_id, tuple(_jours(row.depuis, row.parti_le, row.departs, row.retours, row.fuseau))
        )
        for row in await connection.execute(_DES_EQUIPES, voulus)
    ]


def _des_equipes() -> Rows:
    c, equipes = table.c, coordinations.table
    fuseau = emplois.fuseau_de_la_personne(c.compte_id).scalar_subquery().label("fuseau")
    une = sa.bindparam("equipe_id", type_=sa.Uuid)
    siens = comptes_rapproches.siens("coordinateur", sa.bindparam("coordinateur_id", type_=sa.Uuid))
    return (
        sa.select(c.mediateur_id, c.depuis, c.parti_le, c.departs, c.retours, fuseau)
        .join_from(table, equipes, equipes.c.equipe_id == c.equipe_id)
        .where(equipes.c.coordinateur_id == siens, une.is_(None) | (c.equipe_id == une))
        .order_by(c.mediateur_id, c.equipe_id)
    )


# Written once: each page of figures asks it.
_DES_EQUIPES = _des_equipes()


def _jours(
    depuis: dt.datetime,
    parti_le: dt.datetime | None,
    departs: Sequence[dt.datetime],
    retours: Sequence[dt.datetime],
    fuseau: str | None,
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Partie et revenue le même jour, elle ne l'a pas quitté."""
    jour = partial(jour_civil, fuseau=fuseau or PARIS)
    for debut, fin in zip((depuis, *retours), (*departs, parti_le), strict=True):
        yield jour(debut), jour(fin) if fin is not None else None
