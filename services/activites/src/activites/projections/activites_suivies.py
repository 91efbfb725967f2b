"""Qui d'entre ses bénéficiaires un médiateur a vu, et quand : l'histoire d'une personne, sans aucun nom.

Le premier accompagnement ne se garde pas : c'est la plus ancienne de ses activités, à chaque lecture.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
)
from activites.domain.vocabulaire import ActiviteId
from activites.projections import beneficiaires_suivis
from activites.projections.beneficiaires_suivis import Tri
from activites.projections.tables import Rows, metadata

type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee | ActiviteRestauree
reads = Event

table = sa.Table(
    "activites_suivies",
    metadata,
    sa.Column("activite_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("suivis", ARRAY(sa.Uuid), nullable=False),
    sa.Index("activites_suivies_de", "suivis", postgresql_using="gin"),
)


_A_LA_FOIS = 500
"""People that one passage of the retention erases."""


def key(event: Event) -> ActiviteId:
    return event.activite_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event: none for who accompanies anonymous people only."""
    match event:
        case ActiviteEnregistree() | ActiviteCorrigee() | ActiviteRestauree():
            return row_of(table, event) if event.suivis else None
        case ActiviteSupprimee():
            return None


def avec(beneficiaire_id: sa.ColumnElement[Any], activites: sa.FromClause = table) -> sa.ColumnElement[bool]:
    """Cette personne y était, sous l'une de ses fiches.

    beneficiaire_id : colonne de la requête, ou valeur.
    """
    return activites.c.suivis.overlap(beneficiaires_suivis.memes(beneficiaire_id))


def nombre(beneficiaire_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[int]:
    """Combien de fois quelqu'un a été accompagné."""
    return sa.select(sa.func.count()).select_from(table).where(avec(beneficiaire_id)).scalar_subquery()


def comptes(personnes: Rows) -> Rows:
    """Les mêmes lignes de `beneficiaires_suivis`, avec leur nombre d'accompagnements."""
    return personnes.add_columns(
        nombre(beneficiaires_suivis.table.c.beneficiaire_id).label("accompagnements")
    )


def ordonnes(personnes: Rows, tri: Tri) -> tuple[Rows, Sequence[sa.ColumnElement[Any]]]:
    """Les mêmes que `comptes`, et l'ordre de leur liste. accompagnements : les plus accompagnées d'abord."""
    comptees = comptes(personnes)
    if tri != "accompagnements":
        return comptees, beneficiaires_suivis.ORDRES[tri]
    lues = comptees.subquery()
    c = lues.c
    return sa.select(lues), (c.accompagnements.desc(), c.par_nom, c.beneficiaire_id)


def premiere(beneficiaire_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[UUID]:
    """L'activité de son premier accompagnement : la plus ancienne, puis celle du plus petit identifiant."""
    autre = table.alias("autre")
    plus_ancienne = (autre.c.date, autre.c.activite_id)
    return (
        sa.select(autre.c.activite_id)
        .where(avec(beneficiaire_id, autre))
        .order_by(*plus_ancienne)
        .limit(1)
        .scalar_subquery()
    )


def premieres(qui: Collection[UUID]) -> sa.Select[UUID, UUID]:
    """Lignes (beneficiaire_id, activite_id) : le premier accompagnement de chacun."""
    demandes = sa.func.unnest(sa.literal(list(qui), ARRAY(sa.Uuid))).column_valued("beneficiaire_id")
    return sa.select(demandes, premiere(demandes).label("activite_id"))


def oubliables(avant: dt.datetime) -> Rows:
    """(beneficiaire_id, vers), quelques-uns : ceux dont aucune fiche n'a changé depuis, et qui n'ont pas été
    accompagnés depuis ; et les fiches en double d'une personne effacée (vers : elle), quel que soit leur âge.
    """
    b = beneficiaires_suivis.table.c
    sienne, cible = beneficiaires_suivis.table.alias("sienne"), beneficiaires_suivis.table.alias("cible")
    memes = sa.func.any(beneficiaires_suivis.memes(b.beneficiaire_id))
    revu = sa.exists().where(avec(b.beneficiaire_id), table.c.date >= avant.date())
    touchee = sa.exists().where(sienne.c.beneficiaire_id == memes, sienne.c.modifie_le >= avant)
    a_quelqu_un = sa.exists().where(cible.c.beneficiaire_id == b.vers)
    return (
        sa.select(b.beneficiaire_id, b.vers)
        .where(
            sa.or_(
                sa.and_(b.vers.is_(None), b.modifie_le < avant, ~revu, ~touchee),
                sa.and_(b.vers.is_not(None), ~a_quelqu_un),
            )
        )
        .order_by(b.modifie_le)
        .limit(_A_LA_FOIS)
    )
