"""Les comptes dont le service a entendu parler : membres d'équipes, et qui a choisi un rôle."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from activites.projections import appartenances, conseillers_numeriques


def parmi(comptes: Collection[UUID]) -> sa.CompoundSelect[UUID]:
    """Ceux-ci qui en sont."""
    membres, roles = appartenances.table.c, conseillers_numeriques.table.c
    return sa.union(
        sa.select(membres.compte_id).where(membres.compte_id.in_(comptes)),
        sa.select(roles.compte_id).where(roles.compte_id.in_(comptes)),
    )
