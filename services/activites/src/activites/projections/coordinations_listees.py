"""Les activités de coordination d'une personne, comme sa liste les montre. Les notes restent chiffrées.

`nom` est le seul texte libre : il disparaît avec son activité, ou quand ses textes sont effacés.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from events.types import ERASED
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.coordination_faits import (
    CoordinationCorrigee,
    CoordinationEnregistree,
    CoordinationRestauree,
    CoordinationSupprimee,
    Event,
    TextesDeCoordinationEffaces,
)
from activites.domain.coordination_vocabulaire import CoordinationId, TypeCoordination
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, de_celui_ci, metadata

_ETIQUETEE = sa.text("tags <> '{}'")

table = sa.Table(
    "coordinations_listees",
    metadata,
    sa.Column("coordination_id", sa.Uuid, primary_key=True),
    sa.Column("coordinateur_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("duree_minutes", sa.Integer),
    sa.Column("type_animation", sa.Text),
    sa.Column("thematiques_animation", ARRAY(sa.Text), nullable=False),
    sa.Column("type_evenement", sa.Text),
    sa.Column("natures_partenariat", ARRAY(sa.Text), nullable=False),
    sa.Column("echelon_territorial", sa.Text),
    sa.Column("nom", sa.Text),
    sa.Column("participants", sa.Integer),
    sa.Column("mediateurs", sa.Integer, nullable=False),
    sa.Column("structures", sa.Integer, nullable=False),
    sa.Column("autres_acteurs", sa.Integer, nullable=False),
    sa.Column("enregistree_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("corrigee_le", sa.DateTime(timezone=True)),
    sa.Column("tags", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    # As for the activités (activites_listees).
    sa.Index("coordinations_listees_tags", "tags", postgresql_using="gin", postgresql_where=_ETIQUETEE),
    sa.Index("coordinations_listees_etiquetees", "coordinateur_id", postgresql_where=_ETIQUETEE),
    # The order of the list, for each coordinateur.
    sa.Index("coordinations_listees_ordre", "coordinateur_id", "date", "enregistree_le", "coordination_id"),
)

_ORDRE = (table.c.date, table.c.enregistree_le, table.c.coordination_id)
ORDRE = tuple(colonne.desc() for colonne in _ORDRE)
"""Celui de la liste : les plus récentes d'abord."""
ORDRES = {"recentes": ORDRE, "anciennes": _ORDRE}

reads = Event
copied = CoordinationEnregistree
"""Sa ligne est faite de ses champs : le serveur l'écrit lui-même quand la table est refaite."""


def key(event: Event) -> CoordinationId:
    return event.coordination_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; None deletes it."""
    match event:
        case CoordinationEnregistree():
            return row_of(table, event, corrigee_le=None)
        case CoordinationCorrigee():
            return row_of(table, event, enregistree_le=row["enregistree_le"] if row else event.corrigee_le)
        case CoordinationSupprimee():
            return None
        case CoordinationRestauree():
            return row_of(table, event)
        case TextesDeCoordinationEffaces():
            return row and row | {"nom": row["nom"] and ERASED}


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce qu'on retient d'une liste ; vide, tout. du, au : bornes comprises, chacune seule si l'on veut.

    tags : telles que posées, l'une au moins ; aucune ne retient rien, None ne choisit pas.
    """

    du: dt.date | None = None
    au: dt.date | None = None
    types: Sequence[TypeCoordination] = ()
    tags: Sequence[UUID] | None = None


def du_coordinateur(siens: Sequence[UUID], retenir: Choix = Choix()) -> Rows:
    """Les activités de ce coordinateur seul. siens : les identifiants sous lesquels il a saisi."""
    c = table.c
    choix = sa.select(table).where(de_celui_ci(c.coordinateur_id, siens))
    if retenir.du is not None:
        choix = choix.where(c.date >= retenir.du)
    if retenir.au is not None:
        choix = choix.where(c.date <= retenir.au)
    if retenir.types:
        choix = choix.where(c.type.in_([t.value for t in retenir.types]))
    if retenir.tags is not None:
        choix = choix.where(c.tags.overlap(sa.literal(list(retenir.tags), ARRAY(sa.Uuid))))
    return choix


def actifs_par_mois(du: dt.date) -> sa.Select[dt.date, int]:
    """Combien de coordinateurs ont une activité datée de chaque mois, depuis ce jour : mois, combien."""
    mois = sa.func.date_trunc("month", table.c.date).cast(sa.Date)
    vus = (
        sa.select(mois.label("mois"), table.c.coordinateur_id).where(table.c.date >= du).distinct().subquery()
    )
    qui = comptes_rapproches.sert("coordinateur", vus.c.coordinateur_id)
    return sa.select(vus.c.mois, sa.func.count(qui.distinct()).label("combien")).group_by(vus.c.mois)


def actifs_entre(du: dt.date, au: dt.date) -> sa.Select[int]:
    """Combien en ont une datée de ces jours, compris."""
    entre = table.c.date.between(du, au)
    vus = sa.select(table.c.coordinateur_id).where(entre).distinct().subquery()
    qui = comptes_rapproches.sert("coordinateur", vus.c.coordinateur_id)
    return sa.select(sa.func.count(qui.distinct())).select_from(vus)
