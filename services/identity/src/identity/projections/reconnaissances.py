"""Read model: what the dispositif says of each person. One row per account that it knows, or that asked."""

import datetime as dt
from typing import assert_never

import sqlalchemy as sa
from events.projection.readmodel import Row

from identity.domain import reconnaissance
from identity.domain.vocabulaire import CompteId
from identity.projections.tables import metadata

type Event = reconnaissance.Event
reads = Event

table = sa.Table(
    "reconnaissances",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("demandee_le", sa.DateTime(timezone=True)),
    sa.Column("dataspace_id", sa.BigInteger, index=True),
    sa.Column("pg_id", sa.BigInteger),
    sa.Column("doublon_de", sa.Uuid),
    # Of the last period as a conseiller; both null: never one.
    sa.Column("conseiller_depuis", sa.Date),
    sa.Column("conseiller_jusqu_au", sa.Date),
    sa.Column("coordinateur_du_dispositif", sa.Boolean, nullable=False),
)

_RIEN: Row = {column.name: None for column in table.columns} | {"coordinateur_du_dispositif": False}


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; none once erased. Any fact may come first."""
    avant: Row = row or _RIEN | {"compte_id": event.compte_id}
    match event:
        case reconnaissance.ReconnaissanceEffacee():
            return None
        case reconnaissance.ReconnaissanceDemandee():
            return avant | {"demandee_le": event.demandee_le}
        case reconnaissance.FicheDuDispositifReprise():
            return avant | {
                "dataspace_id": event.dataspace_id,
                "pg_id": event.pg_id,
                "doublon_de": None,
            }
        case reconnaissance.DoublonSignale():
            return avant | {"doublon_de": event.autre_compte_id}
        case reconnaissance.ConseillerNumeriqueReconnu():
            return avant | {
                "demandee_le": None,
                "conseiller_depuis": event.effet,
                "conseiller_jusqu_au": None,
            }
        case reconnaissance.ConseillerNumeriqueTermine():
            return avant | {"conseiller_jusqu_au": event.fin}
        case reconnaissance.CoordinateurDuDispositifReconnu():
            return avant | {"coordinateur_du_dispositif": True}
        case reconnaissance.CoordinateurHorsDispositif():
            return avant | {"coordinateur_du_dispositif": False}
        case reconnaissance.EmploisRepris():
            return avant
        case _:
            assert_never(event)


def conseiller_le(jour: dt.date, de: sa.FromClause = table) -> sa.ColumnElement[bool]:
    """Conseiller numérique ce jour-là ; faux pour qui n'a pas de ligne. de : la table, ou son alias."""
    fin = de.c.conseiller_jusqu_au
    return sa.func.coalesce(
        sa.and_(de.c.conseiller_depuis <= jour, sa.or_(fin.is_(None), fin >= jour)), sa.false()
    )


def coordinateur_du_dispositif(de: sa.FromClause = table) -> sa.ColumnElement[bool]:
    """De même, pour qui y coordonne."""
    return sa.func.coalesce(de.c.coordinateur_du_dispositif, sa.false())
