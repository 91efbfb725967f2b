"""Les activités d'un médiateur, comme sa liste les montre. Les notes restent chiffrées dans le journal.

`titre_atelier` est le seul texte libre : il disparaît avec son activité, ou quand ses textes sont effacés.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
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
from activites.projections import activites_suivies, conseillers_numeriques, lieux_connus
from activites.projections.tables import Rows, archive_v1, de_celui_ci, metadata

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
    sa.Column("departement", sa.Text),
    sa.Column("structure_employeuse_id", sa.Uuid),
    sa.Column("thematiques", ARRAY(sa.Text), nullable=False),
    sa.Column("materiels", ARRAY(sa.Text), nullable=False),
    sa.Column("autonomie", sa.Text),
    sa.Column("niveau", sa.Text),
    sa.Column("titre_atelier", sa.Text),
    sa.Column("accompagnements", sa.Integer, nullable=False),
    sa.Column("enregistree_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("corrigee_le", sa.DateTime(timezone=True)),
    sa.Column("tags", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("sur_rendez_vous", sa.Boolean, nullable=False, server_default="false"),
    # Few activités bear a tag: those that bear none cost these two nothing.
    sa.Index("activites_listees_tags", "tags", postgresql_using="gin", postgresql_where=_ETIQUETEE),
    sa.Index("activites_listees_etiquetees", "mediateur_id", postgresql_where=_ETIQUETEE),
    # The order of the list, for each médiateur.
    sa.Index("activites_listees_ordre", "mediateur_id", "date", "enregistree_le", "activite_id"),
)

_ORDRE = (table.c.date, table.c.enregistree_le, table.c.activite_id)
ORDRE = tuple(colonne.desc() for colonne in _ORDRE)
"""Celui de la liste : les plus récentes d'abord."""
ORDRES = {
    "recentes": ORDRE,
    "anciennes": _ORDRE,
    "longues": (table.c.duree_minutes.desc(), *ORDRE),
    "courtes": (table.c.duree_minutes, *ORDRE),
    "ateliers": (table.c.type, *ORDRE),
    "individuels": (table.c.type.desc(), *ORDRE),
}
"""ateliers, individuels : ce type d'abord.   Les autres, par lieu : `ordonnees`."""


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


Tri = Literal[
    "recentes", "anciennes", "longues", "courtes", "ateliers", "individuels", "lieux", "lieux_inverse"
]
Source = Literal["v1", "v2"]
"""La plateforme où une activité a été saisie : celle d'avant, ou celle-ci."""


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce qu'on retient d'une liste ; vide, tout. du, au : bornes comprises.   thematiques : l'une au moins.

    communes : codes INSEE, ceux du lieu pour une activité faite dans un lieu.   tags : telles que posées,
    l'une au moins ; aucune ne retient rien, None ne choisit pas.   beneficiaires : de même, leurs fiches.
    conseiller_numerique : celui qui l'a faite l'était ce jour-là, ou non.
    demarches_administratives : c'en était une, ou non.   rdv : elle vient d'un rendez-vous, ou non.
    """

    du: dt.date | None = None
    au: dt.date | None = None
    types: Sequence[TypeActivite] = ()
    thematiques: Sequence[Thematique] = ()
    lieux: Sequence[UUID] = ()
    communes: Sequence[str] = ()
    tags: Sequence[UUID] | None = None
    beneficiaires: Sequence[UUID] | None = None
    departements: Sequence[str] = ()
    structures_employeuses: Sequence[UUID] = ()
    conseiller_numerique: bool | None = None
    demarches_administratives: bool | None = None
    source: Source | None = None
    rdv: bool | None = None


def du_mediateur(siens: Sequence[UUID], retenir: Choix = Choix()) -> Rows:
    """Les activités de ce médiateur seul. siens : les identifiants sous lesquels il a saisi."""
    c = table.c
    choix = _montrees().where(de_celui_ci(c.mediateur_id, siens))
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
    if retenir.beneficiaires is not None:
        suivies = activites_suivies.table.c
        vus = suivies.suivis.overlap(sa.literal(list(retenir.beneficiaires), ARRAY(sa.Uuid)))
        choix = choix.where(c.activite_id.in_(sa.select(suivies.activite_id).where(vus)))
    if retenir.departements:
        choix = choix.where(c.departement.in_(retenir.departements))
    if retenir.structures_employeuses:
        choix = choix.where(c.structure_employeuse_id.in_(retenir.structures_employeuses))
    if retenir.conseiller_numerique is not None:
        choix = choix.where(dans_le_dispositif(siens) == retenir.conseiller_numerique)
    if retenir.demarches_administratives is not None:
        demarche = sa.literal(Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES.value) == c.thematiques.any_()
        choix = choix.where(demarche == retenir.demarches_administratives)
    if retenir.source is not None:
        choix = choix.where(DE_LA_V1 if retenir.source == "v1" else ~DE_LA_V1)
    if retenir.rdv is not None:
        choix = choix.where(c.sur_rendez_vous == retenir.rdv)
    return choix


def ordonnees(choix: Rows, tri: Tri) -> tuple[Rows, Sequence[sa.ColumnElement[Any]]]:
    """Un tel choix, et l'ordre de ses lignes."""
    match tri:
        case "lieux" | "lieux_inverse":
            return _par_lieu(choix, inverse=tri == "lieux_inverse")
        case ordre:
            return choix, ORDRES[ordre]


def _par_lieu(choix: Rows, *, inverse: bool) -> tuple[Rows, Sequence[sa.ColumnElement[Any]]]:
    """Par nom de lieu, sans accent ni majuscule ; dans les deux sens, celles qui n'en ont pas à la fin."""
    tri = lieux_connus.table.c.tri
    situees = choix.add_columns(tri.is_(None).label("sans_lieu"), sa.func.coalesce(tri, "").label("par_lieu"))
    lues = situees.subquery()
    c = lues.c
    nom = c.par_lieu.desc() if inverse else c.par_lieu
    return sa.select(lues), (c.sans_lieu, nom, c.date.desc(), c.enregistree_le.desc(), c.activite_id.desc())


DE_LA_V1 = sa.exists().where(archive_v1.c.activite_id == table.c.activite_id)
"""L'activité a été saisie sur la plateforme d'avant."""


def dans_le_dispositif(siens: Sequence[UUID]) -> sa.ColumnElement[bool]:
    """Celui qui a fait l'activité, l'un d'eux, était conseiller numérique ce jour-là."""
    # Asked once, whatever the number of activités.
    periodes = conseillers_numeriques.periodes_de(siens).cte().prefix_with("materialized")
    periode = periodes.c
    encore = sa.or_(periode.fin.is_(None), periode.fin >= table.c.date)
    celle_ci = (periode.mediateur_id == table.c.mediateur_id, periode.debut <= table.c.date, encore)
    return sa.exists(sa.select(periode.mediateur_id).where(*celle_ci).correlate(table))


def etendue(choix: Rows) -> sa.Select[int | None, bool | None]:
    """D'un tel choix : combien d'accompagnements, et s'il y a des activités de la plateforme d'avant."""
    # Only what says how much: not the words that the list shows.
    c = choix.with_only_columns(table.c.accompagnements, DE_LA_V1.label("v1")).subquery().c
    return sa.select(sa.func.sum(c.accompagnements), sa.func.bool_or(c.v1))


def accompagnements(choix: Rows) -> sa.Select[int]:
    """Combien, d'un tel choix."""
    c = choix.with_only_columns(table.c.accompagnements).subquery().c
    return sa.select(sa.func.coalesce(sa.func.sum(c.accompagnements), 0))


def de_la_personne(beneficiaire_id: UUID) -> Rows:
    """Les activités d'un bénéficiaire, comme la liste les montre. premier : son premier accompagnement."""
    qui = sa.literal(beneficiaire_id, sa.Uuid)
    siennes = sa.select(activites_suivies.table.c.activite_id).where(activites_suivies.avec(qui))
    premier: sa.ColumnElement[Any] = table.c.activite_id == activites_suivies.premiere(qui)
    return _montrees().add_columns(premier.label("premier")).where(table.c.activite_id.in_(siennes))


def _montrees() -> Rows:
    """Chaque activité, et ce que l'on montre de son lieu."""
    lieux = lieux_connus.table
    return sa.select(table, *lieux_connus.NOMS).join_from(
        table, lieux, lieux.c.lieu_id == table.c.lieu_id, isouter=True
    )
