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
from activites.projections import activites_listees
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
    sa.Index("tags_nationaux", "cle", postgresql_where=sa.text(f"portee = '{PorteeDeTag.NATIONAL.value}'")),
)


def key(event: Event) -> TagId:
    return event.tag_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event."""
    match event:
        case TagCree(etendue=e):
            return row_of(table, event, e, rang=e.portee.rang, cle=cle(event.nom), vers=None)
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


def _lues(place: Place) -> sa.CTE:
    """(pose, tag_id, nom, portee, cle) : comment se lit ce qui est posé, fusions suivies."""
    vues = visibles(place).subquery()
    v, ancien = vues.c, table.alias("ancien")
    lues = sa.select(v.tag_id.label("pose"), v.tag_id, v.nom, v.portee, v.cle).cte("lues", recursive=True)
    return lues.union(
        sa.select(ancien.c.tag_id, lues.c.tag_id, lues.c.nom, lues.c.portee, lues.c.cle).join_from(
            lues, ancien, ancien.c.vers == lues.c.pose
        )
    )


@dataclass(frozen=True, slots=True)
class Etiquette:
    """Une étiquette posée, comme elle se lit."""

    id: UUID
    nom: str
    portee: PorteeDeTag


async def lire(database: Database, place: Place, posees: Collection[UUID]) -> dict[UUID, Etiquette]:
    """Celles-ci, posées un jour, comme elles se lisent d'ici, par nom ; sans celles qu'on n'y voit pas."""
    c = _lues(place).c
    choix = sa.select(c.pose, c.tag_id, c.nom, c.portee).where(c.pose.in_(posees)).order_by(c.cle, c.tag_id)
    async with database.engine.connect() as connection:
        rows = await connection.execute(choix)
        return {r.pose: Etiquette(r.tag_id, r.nom, PorteeDeTag(r.portee)) for r in rows}


def sur(posees: Collection[UUID], lues: Mapping[UUID, Etiquette]) -> list[Etiquette]:
    """Celles d'un compte rendu, chacune une fois, par nom. posees : ce qu'il porte.   lues : `lire`."""
    return list(dict.fromkeys(lue for pose, lue in lues.items() if pose in posees))


def posees_comme(place: Place, voulues: Collection[UUID]) -> sa.Select[UUID]:
    """Ce qui, posé un jour, se lit comme l'une de celles-ci."""
    c = _lues(place).c
    return sa.select(c.pose).where(c.tag_id.in_(voulues))


# --- Ce qui sert ---
_poses = activites_listees.table.c
_ETIQUETEES: sa.ColumnElement[bool] = _poses.tags != sa.literal_column("'{}'::uuid[]", ARRAY(sa.Uuid))
"""As the indexes say it, for the planner to see that they serve."""


def par_usage(place: Place) -> Rows:
    """Les visibles, et combien de ses propres comptes rendus portent chacune : `usages`."""
    lues = _lues(place)
    posees = (
        sa.select(_poses.activite_id, sa.func.unnest(_poses.tags).label("pose"))
        .where(_poses.mediateur_id.in_(place.mediateurs), _ETIQUETEES)
        .subquery()
    )
    miennes = (
        sa.select(lues.c.tag_id, sa.func.count(posees.c.activite_id.distinct()).label("usages"))
        .join_from(lues, posees, posees.c.pose == lues.c.pose)
        .group_by(lues.c.tag_id)
        .subquery()
    )
    vues = visibles(place).subquery()
    usages = sa.func.coalesce(miennes.c.usages, 0).label("usages")
    return sa.select(vues, usages).join_from(vues, miennes, miennes.c.tag_id == vues.c.tag_id, isouter=True)


def les_plus_posees(place: Place, combien: int) -> Rows:
    """Les visibles : celles qu'il pose le plus d'abord, puis par nom."""
    vues = par_usage(place).subquery().c
    choix = sa.select(vues.tag_id, vues.nom, vues.portee)
    return choix.order_by(vues.usages.desc(), vues.cle, vues.tag_id).limit(combien)


def accompagnements(place: Place, voulues: Sequence[UUID]) -> Rows:
    """(tag_id, accompagnements) : ceux des comptes rendus de tous qui les portent ; d'une personnelle, les
    siens."""
    lues = _lues(place)
    portees = (
        sa.select(
            lues.c.tag_id, lues.c.portee, sa.func.array_agg(lues.c.pose, type_=ARRAY(sa.Uuid)).label("poses")
        )
        .where(lues.c.tag_id.in_(voulues))
        .group_by(lues.c.tag_id, lues.c.portee)
        .subquery()
    )
    siennes = sa.or_(
        portees.c.portee != PorteeDeTag.PERSONNEL.value, _poses.mediateur_id.in_(place.mediateurs)
    )
    return (
        sa.select(portees.c.tag_id, sa.func.sum(_poses.accompagnements).label("accompagnements"))
        .join_from(portees, activites_listees.table, _poses.tags.overlap(portees.c.poses))
        .where(siennes, _ETIQUETEES)
        .group_by(portees.c.tag_id)
    )
