"""Qui est conseiller numérique aujourd'hui, et qui demande à l'être. Source : identity.

Une ligne pour ceux-là seulement : des autres, il n'y a rien à dire.
"""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from contracts.identity import (
    ConseillerNumeriqueReconnuV1,
    ConseillerNumeriqueTermineV1,
    PersonneEffaceeV1,
    ReconnaissanceDemandeeV1,
)
from events.projection.readmodel import Row
from referentiels.nomenclature import Nomenclature

from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.tables import metadata

type Event = (
    ReconnaissanceDemandeeV1 | ConseillerNumeriqueReconnuV1 | ConseillerNumeriqueTermineV1 | PersonneEffaceeV1
)
reads = Event

table = sa.Table(
    "reconnaissances",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("dispositif", sa.Text, nullable=False),
)


class DansLeDispositif(Nomenclature):
    """Ce qu'un membre est pour le dispositif, quand il y est quelque chose."""

    CONSEILLER = "conseiller_numerique", "Conseiller numérique", "La source du dispositif le connaît."
    DEMANDE = (
        "reconnaissance_demandee",
        "Reconnaissance demandée",
        "Se dit conseiller numérique ; la source du dispositif ne le connaît pas encore.",
    )


def key(event: Event) -> UUID:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case ReconnaissanceDemandeeV1():
            return {"compte_id": event.compte_id, "dispositif": DansLeDispositif.DEMANDE.value}
        case ConseillerNumeriqueReconnuV1():
            return {"compte_id": event.compte_id, "dispositif": DansLeDispositif.CONSEILLER.value}
        case ConseillerNumeriqueTermineV1() | PersonneEffaceeV1():
            return None
        case _:
            assert_never(event)


def dispositif_de(compte_id: sa.ColumnElement[UUID]) -> sa.ScalarSelect[str]:
    """Le code de ce que la personne y est, ou null : conseiller sous l'un de ses comptes, elle l'est."""
    c = table.c
    siens = c.compte_id == comptes_rapproches.siens("compte", compte_id)
    conseiller = c.dispositif == DansLeDispositif.CONSEILLER.value
    return sa.select(c.dispositif).where(siens).order_by(conseiller.desc()).limit(1).scalar_subquery()
