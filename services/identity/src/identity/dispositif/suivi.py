"""Quand la source a été interrogée pour chacun, et ce qu'elle a répondu. Perdable : on redemande."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from referentiels.nomenclature import Nomenclature
from sqlalchemy.dialects.postgresql import insert

from identity.domain.vocabulaire import CompteId
from identity.projections import comptes
from identity.projections.tables import reprises_dispositif as table

ENTRE_DEUX_DEMANDES = dt.timedelta(minutes=1)
"""D'une même personne."""
NOUVEL_ESSAI = dt.timedelta(minutes=10)
"""Après une source muette."""


class Issue(Nomenclature):
    """Ce qu'il est advenu d'une interrogation de la source."""

    CONNUE = "connue", "Connue", "La source vous connaît."
    INCONNUE = "inconnue", "Inconnue", "La source ne connaît aucune de vos adresses."
    MUETTE = "muette", "Sans réponse", "La source n’a pas répondu : rien n’a changé."
    ABERRANTE = "aberrante", "Réponse rejetée", "La réponse de la source n’a pas de sens : rien n’a changé."
    DOUBLON = "doublon", "Autre compte", "La source vous connaît, sous un autre compte d’ici."


@dataclass(frozen=True, slots=True)
class Verification:
    """La dernière interrogation de la source pour un compte."""

    verifiee_le: dt.datetime | None
    issue: Issue | None

    def a_repondu_depuis(self, instant: dt.datetime) -> bool:
        """Vrai s'il est inutile de redemander ce qui l'a été depuis."""
        return self.verifiee_le is not None and self.verifiee_le >= instant and self.issue is not Issue.MUETTE


class Suivi:
    """Une par processus."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def de(self, compte_id: UUID) -> Verification:
        """Rien si la source n'a jamais été interrogée pour lui."""
        lire = sa.select(table.c.verifiee_le, table.c.issue).where(table.c.compte_id == compte_id)
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(lire)).one_or_none()
        if row is None or row.issue is None:
            return Verification(None, None)
        return Verification(row.verifiee_le, Issue(row.issue))

    async def noter(self, issues: Mapping[CompteId, Issue], maintenant: dt.datetime) -> None:
        """La source vient d'être interrogée pour ceux-là."""
        rows = [
            {"compte_id": compte_id, "verifiee_le": maintenant, "issue": issue.value}
            for compte_id, issue in sorted(issues.items())
        ]
        if not rows:
            return
        ecrire = insert(table).values(rows)
        ecrire = ecrire.on_conflict_do_update(
            index_elements=[table.c.compte_id],
            set_={"verifiee_le": ecrire.excluded.verifiee_le, "issue": ecrire.excluded.issue},
        )
        async with self._database.engine.begin() as connection:
            await connection.execute(ecrire)

    async def demander(self, compte_id: UUID, maintenant: dt.datetime) -> bool:
        """Faux si la personne l'a demandé il y a moins d'une minute : une seule de deux demandes passe."""
        prendre = insert(table).values(compte_id=compte_id, demandee_le=maintenant)
        libre = table.c.demandee_le.is_(None) | (table.c.demandee_le <= maintenant - ENTRE_DEUX_DEMANDES)
        prendre = prendre.on_conflict_do_update(
            index_elements=[table.c.compte_id], set_={"demandee_le": maintenant}, where=libre
        ).returning(table.c.compte_id)
        async with self._database.engine.begin() as connection:
            return (await connection.execute(prendre)).one_or_none() is not None

    async def oublier(self, compte_id: UUID) -> None:
        async with self._database.engine.begin() as connection:
            await connection.execute(sa.delete(table).where(table.c.compte_id == compte_id))

    async def a_reprendre(
        self, depuis: dt.datetime, maintenant: dt.datetime, apres: UUID | None, limite: int
    ) -> Sequence[UUID]:
        """Les inscrits pour qui la source n'a pas répondu depuis cet instant, par identifiant."""
        c = comptes.table.c
        jamais = table.c.verifiee_le.is_(None) | (table.c.verifiee_le < depuis)
        muette = (table.c.issue == Issue.MUETTE) & (table.c.verifiee_le <= maintenant - NOUVEL_ESSAI)
        lire: sa.Select[Any] = (
            sa.select(c.compte_id)
            .outerjoin(table, table.c.compte_id == c.compte_id)
            .where(c.mediateur_id.is_not(None) | c.coordinateur_id.is_not(None), jamais | muette)
            .order_by(c.compte_id)
            .limit(limite)
        )
        if apres is not None:
            lire = lire.where(c.compte_id > apres)
        async with self._database.engine.connect() as connection:
            return (await connection.execute(lire)).scalars().all()
