"""Qui est, ou fut, conseiller numérique, et quels jours, d'après identity.

De quoi dire si une activité compte dans le dispositif : celui qui l'a faite en était ce jour-là
(docs/domaine/statistiques.md §3). Les chiffres n'en gardent rien : une période corrigée les corrige aussitôt.
"""

import datetime as dt
from collections.abc import Collection
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import ConseillerNumeriqueReconnuV1, ConseillerNumeriqueTermineV1, RoleChoisiV1
from events.projection.readmodel import Row

from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import metadata

type Event = RoleChoisiV1 | ConseillerNumeriqueReconnuV1 | ConseillerNumeriqueTermineV1
reads = Event

type Periodes = list[tuple[dt.date, dt.date | None]]
"""Premier et dernier jours de chacune, compris ; sans dernier jour, elle est en cours."""

table = sa.Table(
    "conseillers_numeriques",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, index=True),
    # As many ends as starts; the last end may be null.
    sa.Column("debuts", sa.ARRAY(sa.Date), nullable=False),
    sa.Column("fins", sa.ARRAY(sa.Date), nullable=False),
)


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. The source may know a person before they choose a role, or after.

    It outlives the person, as their activités do: identifiers that lead to nobody any more.
    """
    avant: Row = row or {"compte_id": event.compte_id, "mediateur_id": None, "debuts": [], "fins": []}
    periodes: Periodes = list(zip(avant["debuts"], avant["fins"], strict=True))
    en_cours = periodes[-1] if periodes and periodes[-1][1] is None else None
    closes = periodes[:-1] if en_cours else periodes
    match event:
        case RoleChoisiV1():
            return avant | {"mediateur_id": event.mediateur_id or avant["mediateur_id"]}
        case ConseillerNumeriqueReconnuV1():
            return avant | _colonnes([*closes, (event.effet, None)])
        case ConseillerNumeriqueTermineV1():
            if en_cours is None:
                return row
            debut, _ = en_cours
            # Over before it began: it never was.
            return avant | _colonnes([*closes, (debut, event.fin)] if event.fin >= debut else closes)
        case _:
            assert_never(event)


def _colonnes(periodes: Periodes) -> Row:
    return {"debuts": [debut for debut, _ in periodes], "fins": [fin for _, fin in periodes]}


def periodes_de(mediateurs: Collection[UUID] | None) -> sa.Select[UUID, dt.date, dt.date | None]:
    """Les périodes de ces médiateurs, ou de tous : mediateur_id, debut, fin ou null.

    De la personne, sous quelque compte qu'elle soit reconnue : ce qu'elle saisit sous l'autre y compte aussi.
    """
    qui = table.alias("qui")
    personne = comptes_rapproches.sert("compte", qui.c.compte_id)
    reconnue = table.c.compte_id == comptes_rapproches.siens("compte", personne)
    choisis = (
        qui.c.mediateur_id.is_not(None)
        if mediateurs is None
        else qui.c.mediateur_id == sa.func.any(sa.literal(list(mediateurs), sa.ARRAY(sa.Uuid)))
    )
    return (
        sa.select(
            qui.c.mediateur_id,
            sa.func.unnest(table.c.debuts).label("debut"),
            sa.func.unnest(table.c.fins).label("fin"),
        )
        .join_from(qui, table, reconnue)
        .where(choisis)
    )
