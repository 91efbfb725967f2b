"""Les emplois des comptes, pour la fin de contrat. Source : identity."""

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

from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.tables import Rows, metadata

type Event = EmploiDeclareV1 | EmploiCorrigeV1 | EmploiCommenceV1 | ContratTermineV1 | EmploiEffaceV1
reads = Event

table = sa.Table(
    "emplois",
    metadata,
    sa.Column("emploi_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    sa.Column("debut", sa.Date, nullable=False),
    sa.Column("fin_prevue", sa.Date),
    sa.Column("commence", sa.Boolean, nullable=False),
    sa.Column("fin", sa.Date),
    sa.Column("fuseau", sa.Text),
    sa.Column("departement", sa.Text),
    sa.Index("emplois_du_compte", "compte_id"),
)


def key(event: Event) -> UUID:
    return event.emploi_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EmploiDeclareV1() | EmploiCorrigeV1():
            return row_of(
                table,
                event,
                commence=False,
                fin=None,
                fuseau=fuseau_de(event.code_insee) if event.code_insee else None,
                departement=departement_de(event.code_insee) if event.code_insee else None,
            )
        case EmploiCommenceV1():
            return row and row | {"debut": event.debut, "commence": True}
        case ContratTermineV1(motif="erreur"):
            # Declared by mistake: there was never such a contract.
            return None
        case ContratTermineV1():
            return row and row | {"fin": event.fin}
        case EmploiEffaceV1():
            return None
        case _:
            assert_never(event)


def contrat_de(compte_id: sa.ColumnElement[Any]) -> Rows:
    """Une ligne : fin du dernier contrat, et si elle est constatée.

    fin : absente sans emploi, ou si l'un d'eux n'a pas de terme ; sinon la plus tardive, la date constatée
    l'emportant sur la date prévue.   termine : tous les emplois ont pris fin.
    """
    fin = sa.func.coalesce(table.c.fin, table.c.fin_prevue)
    return sa.select(
        sa.case((sa.func.bool_or(fin.is_(None)), None), else_=sa.func.max(fin)).label("fin_contrat"),
        sa.func.coalesce(sa.func.bool_and(table.c.fin.is_not(None)), sa.false()).label("contrat_termine"),
    ).where(table.c.compte_id == compte_id)


def en_cours(emploi: sa.FromClause) -> sa.ColumnElement[bool]:
    """Commencé, et dont la fin n'est pas constatée."""
    return sa.and_(emploi.c.commence, emploi.c.fin.is_(None))


def departements_de(compte_id: UUID) -> sa.Select[str | None]:
    """Les départements où cette personne travaille, d'après chacun de ses comptes."""
    siens = comptes_rapproches.siens("compte", compte_id)
    return sa.select(table.c.departement).where(
        table.c.compte_id == siens, en_cours(table), table.c.departement.is_not(None)
    )


# Written once: nearly every request asks it.
_FUSEAU = (
    sa.select(table.c.fuseau)
    .where(
        table.c.compte_id == comptes_rapproches.siens("compte", sa.bindparam("compte_id", type_=sa.Uuid)),
        table.c.fuseau.is_not(None),
    )
    .order_by(table.c.debut.desc(), table.c.emploi_id)
    .limit(1)
)


async def fuseau(connection: AsyncConnection, compte_id: UUID) -> str:
    """Celui du territoire de son dernier emploi qui en a un ; à défaut, celui de Paris."""
    return await connection.scalar(_FUSEAU, {"compte_id": compte_id}) or PARIS
