"""Les étiquettes, comme on les cherche et les lit. Fusionnée, l'une reste, pour dire ce qu'elle est devenue.

Les noms y sont en clair, pour le seul service à qui elles sont ; une étiquette supprimée n'y est plus.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from events.projection.readmodel import Row, row_of
from referentiels.cles import cle
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.place import Place
from activites.domain.tag import (
    Event,
    PorteeChangee,
    TagAccueilli,
    TagCree,
    TagDecrit,
    TagFusionne,
    TagSupprime,
)
from activites.domain.vocabulaire import PorteeDeTag, TagId
from activites.projections import activites_listees, coordinations_listees
from activites.projections.tables import Rows, metadata

reads = Event

table = sa.Table(
    "tags",
    metadata,
    sa.Column("tag_id", sa.Uuid, primary_key=True),
    sa.Column("portee", sa.Text, nullable=False),
    sa.Column("rang", sa.SmallInteger, nullable=False),
    sa.Column("compte_id", sa.Uuid, index=True),
    sa.Column("equipe_id", sa.Uuid, index=True),
    sa.Column("departement", sa.Text, index=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("cle", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("vers", sa.Uuid, index=True),
    sa.Column("cree_par", sa.Uuid),
    sa.Index("tags_nationaux", "cle", postgresql_where=sa.text(f"portee = '{PorteeDeTag.NATIONAL.value}'")),
)


def key(event: Event) -> TagId:
    return event.tag_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event."""
    match event:
        case TagCree(etendue=e):
            return row_of(
                table, event, e, rang=e.portee.rang, cle=cle(event.nom), vers=None, cree_par=event.par
            )
        case TagDecrit():
            return row and row | {
                "nom": event.nom,
                "cle": cle(event.nom),
                "description": event.description,
            }
        case PorteeChangee(etendue=e):
            return row and row | {
                "portee": e.portee.value,
                "rang": e.portee.rang,
                "compte_id": e.compte_id,
                "equipe_id": e.equipe_id,
                "departement": e.departement,
            }
        case TagFusionne():
            # Nobody reads its own words any more, which may name somebody.
            return row and row | {"vers": event.vers, "nom": "", "cle": "", "description": None}
        case TagAccueilli():
            return row
        case TagSupprime():
            # Merged before, it still says what it has become.
            return row if row and row["vers"] is not None else None
        case _:
            assert_never(event)


# --- Ce que l'on voit d'ici ---
def visibles(place: Place) -> Rows:
    """Les étiquettes que l'on peut poser d'ici."""
    c = table.c
    vues = sa.or_(
        c.portee == PorteeDeTag.NATIONAL.value,
        c.compte_id.in_(place.comptes),
        c.equipe_id.in_(place.equipes),
        c.departement.in_(place.departements),
    )
    return sa.select(table).where(vues, c.vers.is_(None))


def nommees(place: Place, cles: Collection[str]) -> Rows:
    """(tag_id, cle) : de celles-ci, celles dont le nom a l'une de ces clés."""
    vues = visibles(place).with_only_columns(table.c.tag_id, table.c.cle)
    return vues.where(table.c.cle == sa.any_(sa.literal([*cles], ARRAY(sa.Text)))).order_by(table.c.tag_id)


def menent(posees: sa.Select[UUID]) -> sa.CTE:
    """(pose, tag_id) : où mène chacune de celles-ci, de fusion en fusion, la dernière comprise."""
    pose, ancien = posees.subquery().c[0], table.alias("ancien")
    chemin = sa.select(pose.label("pose"), pose.label("tag_id")).cte("menent", recursive=True)
    suite = sa.select(chemin.c.pose, ancien.c.vers).join_from(
        chemin, ancien, ancien.c.tag_id == chemin.c.tag_id
    )
    return chemin.union(suite.where(ancien.c.vers.is_not(None)))


def _lues(place: Place, posees: sa.Select[UUID]) -> sa.Subquery:
    """(pose, tag_id, nom, portee, cle) : comment se lisent celles-ci d'ici, fusions suivies."""
    v, m = visibles(place).subquery().c, menent(posees).c
    return (
        sa.select(m.pose, v.tag_id, v.nom, v.portee, v.cle)
        .join(v.tag_id.table, v.tag_id == m.tag_id)
        .subquery()
    )


def _devenues(place: Place, voulues: Collection[UUID]) -> sa.CTE:
    """(pose, tag_id, portee) : ce qui, posé un jour, se lit d'ici comme l'une de celles-ci."""
    v, ancien = visibles(place).where(table.c.tag_id.in_(voulues)).subquery().c, table.alias("ancien")
    lues = sa.select(v.tag_id.label("pose"), v.tag_id, v.portee).cte("devenues", recursive=True)
    avant = sa.select(ancien.c.tag_id, lues.c.tag_id, lues.c.portee)
    return lues.union(avant.join_from(lues, ancien, ancien.c.vers == lues.c.pose))


@dataclass(frozen=True, slots=True)
class Etiquette:
    """Une étiquette posée, comme elle se lit."""

    id: UUID
    nom: str
    portee: PorteeDeTag


async def lire(database: Database, place: Place, posees: Collection[UUID]) -> dict[UUID, Etiquette]:
    """Celles-ci, posées un jour, comme elles se lisent d'ici, par nom ; sans celles qu'on n'y voit pas."""
    demandees = sa.func.unnest(sa.literal(list(posees), ARRAY(sa.Uuid))).column_valued("pose")
    c = _lues(place, sa.select(demandees)).c
    choix = sa.select(c.pose, c.tag_id, c.nom, c.portee).order_by(c.cle, c.tag_id)
    async with database.engine.connect() as connection:
        rows = await connection.execute(choix)
        return {r.pose: Etiquette(r.tag_id, r.nom, PorteeDeTag(r.portee)) for r in rows}


def sur(posees: Collection[UUID], lues: Mapping[UUID, Etiquette]) -> list[Etiquette]:
    """Celles d'un compte rendu, chacune une fois, par nom. posees : ce qu'il porte.   lues : `lire`."""
    return list(dict.fromkeys(lue for pose, lue in lues.items() if pose in posees))


def posees_comme(place: Place, voulues: Collection[UUID]) -> sa.Select[UUID]:
    """Ce qui, posé un jour, se lit comme l'une de celles-ci."""
    return sa.select(_devenues(place, voulues).c.pose)


# --- Ce qui sert ---
_poses, _coordonnees = activites_listees.table.c, coordinations_listees.table.c
AUCUNE = sa.literal_column("'{}'::uuid[]", ARRAY(sa.Uuid))
"""As the indexes say it, for the planner to see that they serve."""


def par_usage(place: Place) -> Rows:
    """Les visibles, et combien de ses propres comptes rendus portent chacune : `usages`."""
    siennes = _siennes(place)
    lues = _lues(place, sa.select(siennes.c.pose).distinct())
    miennes = (
        sa.select(lues.c.tag_id, sa.func.count(siennes.c.cra.distinct()).label("usages"))
        .join_from(lues, siennes, siennes.c.pose == lues.c.pose)
        .group_by(lues.c.tag_id)
        .subquery()
    )
    vues = visibles(place).subquery()
    usages = sa.func.coalesce(miennes.c.usages, 0).label("usages")
    return sa.select(vues, usages).join_from(vues, miennes, miennes.c.tag_id == vues.c.tag_id, isouter=True)


def _siennes(place: Place) -> sa.CTE:
    """(cra, pose) : les étiquettes de ses propres comptes rendus, une ligne chacune."""
    p, c = _poses, _coordonnees
    activites = sa.select(p.activite_id.label("cra"), sa.func.unnest(p.tags).label("pose"))
    coordonnees = sa.select(c.coordination_id, sa.func.unnest(c.tags))
    return sa.union_all(
        activites.where(p.mediateur_id.in_(place.mediateurs), p.tags != AUCUNE),
        coordonnees.where(c.coordinateur_id.in_(place.coordinateurs), c.tags != AUCUNE),
    ).cte("siennes")


def les_plus_posees(place: Place, combien: int) -> Rows:
    """Les visibles : celles qu'il pose le plus d'abord, puis par nom."""
    vues = par_usage(place).subquery().c
    choix = sa.select(vues.tag_id, vues.nom, vues.portee)
    return choix.order_by(vues.usages.desc(), vues.cle, vues.tag_id).limit(combien)


def accompagnements(place: Place, voulues: Sequence[UUID]) -> Rows:
    """(tag_id, accompagnements) : ceux des comptes rendus de tous qui les portent, une activité de
    coordination comptant pour un ; d'une personnelle, les siens."""
    d, p, c = _devenues(place, voulues).c, _poses, _coordonnees
    portees = (
        sa.select(d.tag_id, d.portee, sa.func.array_agg(d.pose, type_=ARRAY(sa.Uuid)).label("poses"))
        .group_by(d.tag_id, d.portee)
        .cte("portees")
    )
    de_tous = portees.c.portee != PorteeDeTag.PERSONNEL.value
    activites = (
        sa.select(portees.c.tag_id, p.accompagnements.label("combien"))
        .join_from(portees, activites_listees.table, p.tags.overlap(portees.c.poses))
        .where(sa.or_(de_tous, p.mediateur_id.in_(place.mediateurs)), p.tags != AUCUNE)
    )
    coordonnees = (
        sa.select(portees.c.tag_id, sa.literal(1))
        .join_from(portees, coordinations_listees.table, c.tags.overlap(portees.c.poses))
        .where(sa.or_(de_tous, c.coordinateur_id.in_(place.coordinateurs)), c.tags != AUCUNE)
    )
    toutes = sa.union_all(activites, coordonnees).subquery().c
    somme = sa.func.sum(toutes.combien).label("accompagnements")
    return sa.select(toutes.tag_id, somme).group_by(toutes.tag_id)
