"""Ouvertures : la semaine ordinaire de chaque lieu, pour ne retenir que ceux qui sont ouverts."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from referentiels.territoires import fuseau_de
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE

from cartographie.domain.lieu import LieuMisAJour, LieuReference
from cartographie.domain.nettoyage_horaires import Plage
from cartographie.domain.ouverture import MINUIT, lire, semaine_ordinaire
from cartographie.domain.vocabulaire import LieuId
from cartographie.projections.tables import metadata

_SOIR = 18 * 60

table = sa.Table(
    "ouvertures",
    metadata,
    sa.Column("lieu_id", sa.Uuid, primary_key=True),
    sa.Column("fuseau", sa.Text, nullable=False),
    # Minutes since Monday midnight, as PostgreSQL writes its multiranges; null when not known.
    sa.Column("semaine", sa.Text),
)

type Event = LieuReference | LieuMisAJour
reads = Event


def key(event: Event) -> LieuId:
    return event.lieu_id


def project(row: Row | None, event: Event) -> Row | None:
    fiche = event.fiche
    plages = semaine_ordinaire(lire(fiche.horaires))
    return row_of(
        table,
        event,
        fuseau=fuseau_de(fiche.code_insee or fiche.departement),
        semaine=None if plages is None else _ecrite(plages),
    )


def _ecrite(plages: list[Plage]) -> str:
    return "{" + ",".join(f"[{debut},{fin})" for debut, fin in plages) + "}"


# --- Lire ---
@dataclass(frozen=True, slots=True)
class Quand:
    """Quand un lieu doit être ouvert ; ce qui est absent ne retient rien.

    instant : à cet instant, chacun à son heure.   minute : de la semaine, à l'heure du lieu.
    soir : un soir au moins.   week_end : le samedi ou le dimanche.
    """

    instant: dt.datetime | None = None
    minute: int | None = None
    soir: bool = False
    week_end: bool = False


N_IMPORTE_QUAND = Quand()


def ouverts(quand: Quand) -> sa.Select[UUID] | None:
    """Les lieux dont on sait qu'ils sont ouverts à ce moment-là ; None si rien n'est demandé."""
    semaine = sa.cast(table.c.semaine, INT4MULTIRANGE)
    conditions: list[sa.ColumnElement[bool]] = []
    if quand.instant is not None:
        conditions.append(semaine.op("@>")(_minute_locale(quand.instant)))
    if quand.minute is not None:
        conditions.append(semaine.op("@>")(sa.literal(quand.minute, sa.Integer)))
    if quand.soir:
        soirs = [(jour * MINUIT + _SOIR, (jour + 1) * MINUIT) for jour in range(7)]
        conditions.append(_croise(semaine, soirs))
    if quand.week_end:
        conditions.append(_croise(semaine, [(5 * MINUIT, 7 * MINUIT)]))
    return sa.select(table.c.lieu_id).where(*conditions) if conditions else None


def _croise(semaine: sa.ColumnElement[Any], plages: list[Plage]) -> sa.ColumnElement[bool]:
    return semaine.op("&&")(sa.cast(sa.literal(_ecrite(plages), sa.Text), INT4MULTIRANGE))


def minute_de_la_semaine(instant: dt.datetime) -> int:
    """0 : lundi, minuit."""
    return instant.weekday() * MINUIT + instant.hour * 60 + instant.minute


def _minute_locale(instant: dt.datetime) -> sa.ColumnElement[int]:
    """La minute de la semaine dans le fuseau de chaque lieu."""
    local = sa.func.timezone(
        table.c.fuseau, sa.literal(instant.astimezone(ZoneInfo("UTC")), sa.DateTime(True))
    )
    jour = sa.cast(sa.func.date_part("isodow", local), sa.Integer) - 1
    heure = sa.cast(sa.func.date_part("hour", local), sa.Integer)
    minute = sa.cast(sa.func.date_part("minute", local), sa.Integer)
    return jour * MINUIT + heure * 60 + minute
