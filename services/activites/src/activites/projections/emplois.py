"""Les emplois de chacun, d'après identity : de quoi rattacher une activité à sa structure employeuse."""

import datetime as dt
from collections.abc import Collection
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import (
    ContratTermineV1,
    EmploiCommenceV1,
    EmploiCorrigeV1,
    EmploiDeclareV1,
    EmploiEffaceV1,
)
from events.projection.readmodel import Row, row_of
from referentiels.territoires import PARIS, departement_de, fuseau_de
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.domain.emploi import Emploi
from activites.domain.vocabulaire import CompteId, StructureId
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, metadata

type Event = EmploiDeclareV1 | EmploiCorrigeV1 | EmploiCommenceV1 | ContratTermineV1 | EmploiEffaceV1
reads = Event

table = sa.Table(
    "emplois",
    metadata,
    sa.Column("emploi_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("structure_id", sa.Uuid, nullable=False),
    sa.Column("debut", sa.Date, nullable=False),
    sa.Column("fin", sa.Date),
    sa.Column("fuseau", sa.Text),
    sa.Column("departement", sa.Text),
    sa.Column("siret", sa.Text),
    sa.Column("code_insee", sa.Text),
)


def key(event: Event) -> UUID:
    return event.emploi_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; an emploi declared by mistake never was."""
    match event:
        case EmploiDeclareV1() | EmploiCorrigeV1():
            commune = event.code_insee
            return row_of(
                table,
                event,
                fin=None,
                fuseau=fuseau_de(commune) if commune else None,
                departement=departement_de(commune) if commune else None,
            )
        case EmploiCommenceV1():
            return row and row | {"debut": event.debut}
        case ContratTermineV1(motif="erreur"):
            return None
        case ContratTermineV1():
            return row and row | {"fin": event.fin}
        case EmploiEffaceV1():
            return None
        case _:
            assert_never(event)


def du_compte(compte_id: CompteId) -> Rows:
    """Tous les emplois d'une personne, finis ou non, ceux d'un compte rapproché du sien compris."""
    c = table.c
    siens = comptes_rapproches.siens("compte", compte_id)
    return sa.select(c.emploi_id, c.structure_id, c.debut, c.fuseau, c.code_insee).where(c.compte_id == siens)


def emploi(row: sa.Row[*tuple[Any, ...]]) -> Emploi:
    """Une ligne de `du_compte`, pour le domaine."""
    return Emploi(row.emploi_id, StructureId(row.structure_id), row.debut, row.fuseau, row.code_insee)


def departements(comptes: Collection[UUID]) -> Rows:
    """Où ils sont employés : debut, fin ou null, departement, fuseau ; le premier commencé d'abord."""
    c = table.c
    situes = sa.select(c.debut, c.fin, c.departement, c.fuseau).where(
        c.compte_id.in_(comptes), c.departement.is_not(None)
    )
    return situes.order_by(c.debut, c.emploi_id)


def y_travaille(comptes: Collection[UUID], structure_id: UUID, jour: dt.date) -> sa.Select[bool]:
    """Si l'un d'eux a ce jour-là un emploi dans cette structure."""
    c = table.c
    en_cours = sa.and_(c.debut <= jour, sa.or_(c.fin.is_(None), c.fin >= jour))
    ici = sa.select(c.emploi_id).where(c.compte_id.in_(comptes), c.structure_id == structure_id, en_cours)
    return sa.select(ici.exists())


def sirets(structures: Collection[UUID]) -> sa.Select[UUID, str]:
    """(structure_id, siret) de celles où quelqu'un est, ou fut, employé. Leur nom reste à identity."""
    c = table.c
    connues = sa.select(c.structure_id, c.siret).where(c.structure_id.in_(structures), c.siret.is_not(None))
    return connues.distinct()


def fuseau_de_la_personne(compte_id: sa.ColumnElement[Any]) -> sa.Select[str | None]:
    """Celui du territoire de son dernier emploi qui en a un."""
    c = table.c
    siens = comptes_rapproches.siens("compte", compte_id)
    localises = sa.select(c.fuseau).where(c.compte_id == siens, c.fuseau.is_not(None))
    return localises.order_by(c.debut.desc(), c.emploi_id).limit(1)


# Written once: nearly every request asks it.
_FUSEAU = fuseau_de_la_personne(sa.bindparam("compte_id", type_=sa.Uuid))


async def fuseau(connection: AsyncConnection, compte_id: UUID) -> str:
    """Celui-là ; à défaut, celui de Paris."""
    return await connection.scalar(_FUSEAU, {"compte_id": compte_id}) or PARIS
