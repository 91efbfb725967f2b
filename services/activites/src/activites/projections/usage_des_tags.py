"""Ce que toute la plateforme fait des étiquettes : des nombres, et les plus utilisées."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from events.postgres.database import Database

from activites.projections import activites_listees, conseillers_numeriques, coordinations_listees, tags
from activites.projections.tables import Rows

LES_PLUS_UTILISEES = 300


@dataclass(frozen=True, slots=True)
class Usage:
    """mediateurs : ceux qui ont créé une étiquette posée.   comptes_rendus : ceux qui en portent une.

    etiquettes : lignes (tag_id, portee, departement, nom, comptes_rendus), la plus posée d'abord.
    """

    mediateurs: int
    mediateurs_en_tout: int
    comptes_rendus: int
    comptes_rendus_en_tout: int
    etiquettes: list[Any]


async def lire(database: Database) -> Usage:
    """D'une même lecture de la base."""
    async with database.engine.connect() as connection:
        createurs, mediateurs, etiquetes, comptes_rendus = (await connection.execute(_nombres())).one()
        etiquettes = list((await connection.execute(_les_plus_utilisees())).all())
    return Usage(createurs, mediateurs, etiquetes, comptes_rendus, etiquettes)


def _lues() -> sa.CTE:
    """(cra, tag_id, cree_par) : comment se lit chaque étiquette de chaque compte rendu, fusions suivies.

    cree_par : le compte qui a créé celle qui fut posée.
    """
    a, c, t = activites_listees.table.c, coordinations_listees.table.c, tags.table.alias("posee").c
    toutes = sa.union_all(
        sa.select(a.activite_id.label("cra"), sa.func.unnest(a.tags).label("pose")).where(
            a.tags != tags.AUCUNE
        ),
        sa.select(c.coordination_id, sa.func.unnest(c.tags)).where(c.tags != tags.AUCUNE),
    ).cte("toutes")
    menent, vive = tags.menent(sa.select(toutes.c.pose).distinct()), tags.table.alias("vive")
    return (
        sa.select(toutes.c.cra, menent.c.tag_id, t.cree_par)
        .join_from(toutes, menent, menent.c.pose == toutes.c.pose)
        .join(vive, sa.and_(vive.c.tag_id == menent.c.tag_id, vive.c.vers.is_(None)))
        .join(t.tag_id.table, t.tag_id == toutes.c.pose)
        .cte("lues")
    )


def _nombres() -> sa.Select[int, int, int, int]:
    lues, qui = _lues(), conseillers_numeriques.table.c
    createurs = sa.select(sa.func.count(qui.mediateur_id.distinct())).where(
        qui.compte_id.in_(sa.select(lues.c.cree_par))
    )
    combien = [
        sa.select(sa.func.count()).select_from(listees.table).scalar_subquery()
        for listees in (activites_listees, coordinations_listees)
    ]
    return sa.select(
        createurs.scalar_subquery(),
        sa.select(sa.func.count(qui.mediateur_id.distinct())).scalar_subquery(),
        sa.select(sa.func.count(lues.c.cra.distinct())).scalar_subquery(),
        combien[0] + combien[1],
    )


def _les_plus_utilisees() -> Rows:
    """Là où deux fusionnées étaient posées, celle qui reste compte une fois."""
    lues, t = _lues(), tags.table.c
    combien = sa.func.count(lues.c.cra.distinct()).label("comptes_rendus")
    return (
        sa.select(t.tag_id, t.portee, t.departement, t.nom, combien)
        .join_from(lues, tags.table, t.tag_id == lues.c.tag_id)
        .group_by(t.tag_id, t.portee, t.departement, t.nom)
        .order_by(combien.desc(), t.tag_id)
        .limit(LES_PLUS_UTILISEES)
    )
