"""Les activités d'un médiateur, comme sa liste les montre. Les notes restent chiffrées dans le journal.

`titre_atelier` est le seul texte libre : il disparaît avec son activité, ou quand ses textes sont effacés.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from events.types import ERASED
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Event,
    TextesEffaces,
)
from activites.domain.vocabulaire import ActiviteId, Thematique, TypeActivite
from activites.projections import lieux_connus
from activites.projections.tables import Rows, de_celui_ci, metadata

_ETIQUETEE = sa.text("tags <> '{}'")

table = sa.Table(
    "activites_listees",
    metadata,
    sa.Column("activite_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("duree_minutes", sa.Integer, nullable=False),
    sa.Column("type_lieu", sa.Text, nullable=False),
    sa.Column("lieu_id", sa.Uuid),
    sa.Column("commune", sa.Text),
    sa.Column("code_postal", sa.Text),
    sa.Column("code_insee", sa.Text),
    sa.Column("thematiques", ARRAY(sa.Text), nullable=False),
    sa.Column("materiels", ARRAY(sa.Text), nullable=False),
    sa.Column("autonomie", sa.Text),
    sa.Column("niveau", sa.Text),
    sa.Column("titre_atelier", sa.Text),
    sa.Column("accompagnements", sa.Integer, nullable=False),
    sa.Column("enregistree_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("corrigee_le", sa.DateTime(timezone=True)),
    sa.Column("tags", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    # Few activités bear a tag: those that bear none cost these two nothing.
    sa.Index("activites_listees_tags", "tags", postgresql_using="gin", postgresql_where=_ETIQUETEE),
    sa.Index("activites_listees_etiquetees", "mediateur_id", postgresql_where=_ETIQUETEE),
    # The order of the list, for each médiateur.
    sa.Index("activites_listees_ordre", "mediateur_id", "date", "enregistree_le", "activite_id"),
)

_ORDRE = (table.c.date, table.c.enregistree_le, table.c.activite_id)
ORDRE = tuple(colonne.desc() for colonne in _ORDRE)
"""Celui de la liste : les plus récentes d'abord."""
ORDRES = {"recentes": ORDRE, "anciennes": _ORDRE}


reads = Event
copied = ActiviteEnregistree
"""Sa ligne est faite de ses champs : le serveur l'écrit lui-même quand la table est refaite."""


def key(event: Event) -> ActiviteId:
    return event.activite_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; None deletes it."""
    match event:
        case ActiviteEnregistree():
            return row_of(table, event, corrigee_le=None)
        case ActiviteCorrigee():
            enregistree_le = row["enregistree_le"] if row else event.corrigee_le
            return row_of(table, event, enregistree_le=enregistree_le)
        case ActiviteSupprimee():
            return None
        case ActiviteRestauree():
            return row_of(table, event)
        case TextesEffaces():
            return row and row | {"titre_atelier": row["titre_atelier"] and ERASED}


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce qu'on retient d'une liste ; vide, tout. du, au : bornes comprises.   thematiques : l'une au moins.

    communes : codes INSEE, ceux du lieu pour une activité faite dans un lieu.   tags : telles que posées,
    l'une au moins ; aucune ne retient rien, None ne choisit pas.
    """

    du: dt.date | None = None
    au: dt.date | None = None
    types: Sequence[TypeActivite] = ()
    thematiques: Sequence[Thematique] = ()
    lieux: Sequence[UUID] = ()
    communes: Sequence[str] = ()
    tags: Sequence[UUID] | None = None


def du_mediateur(siens: Sequence[UUID], retenir: Choix = Choix()) -> Rows:
    """Les activités de ce médiateur seul. siens : les identifiants sous lesquels il a saisi."""
    c = table.c
    lieux = lieux_connus.table
    choix = (
        sa.select(table, *lieux_connus.NOMS)
        .join_from(table, lieux, lieux.c.lieu_id == c.lieu_id, isouter=True)
        .where(de_celui_ci(c.mediateur_id, siens))
    )
    if retenir.du is not None:
        choix = choix.where(c.date >= retenir.du)
    if retenir.au is not None:
        choix = choix.where(c.date <= retenir.au)
    if retenir.types:
        choix = choix.where(c.type.in_([t.value for t in retenir.types]))
    if retenir.thematiques:
        voulues = sa.literal([t.value for t in retenir.thematiques], ARRAY(sa.Text))
        choix = choix.where(c.thematiques.overlap(voulues))
    if retenir.lieux:
        choix = choix.where(c.lieu_id.in_(retenir.lieux))
    if retenir.communes:
        choix = choix.where(c.code_insee.in_(retenir.communes))
    if retenir.tags is not None:
        choix = choix.where(c.tags.overlap(sa.literal(list(retenir.tags), ARRAY(sa.Uuid))))
    return choix
