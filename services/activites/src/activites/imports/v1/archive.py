"""L'archive de la V1 : chaque CRA tel qu'il fut, le personnel chiffré sous la clé de son activité."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.codec import Secret
from events.postgres.database import Database
from events.store.store import Store
from events.vault.vault import PersonErased
from sqlalchemy.dialects.postgresql import insert

from activites.domain.vocabulaire import ActiviteId
from activites.imports.v1.cra import CLAIRS
from activites.projections.tables import archive_v1


@dataclass(frozen=True, slots=True)
class AGarder:
    """brut : tout ce que le fichier dit du CRA.   activite_id : de l'activité qu'il devient.

    entier : il l'est devenu ; sans quoi rien n'en est gardé qui puisse nommer quelqu'un.
    """

    cra_id: str
    activite_id: ActiviteId
    brut: Mapping[str, Any]
    entier: bool


async def garder(store: Store[Any], cras: Sequence[AGarder], maintenant: dt.datetime) -> int:
    """Garde ceux qui ne l'étaient pas encore, et les compte ; de ceux qui l'étaient, ce qui manquait."""
    lignes = [await _ligne(store, cra, maintenant) for cra in cras]
    a = archive_v1.c
    ecrit = insert(archive_v1).values(lignes).on_conflict_do_nothing().returning(a.cra_id)
    complete = (
        sa.update(archive_v1)
        .where(a.cra_id == sa.bindparam("celui"), a.personnel.is_(None))
        .values(personnel=sa.bindparam("scelle"))
    )
    async with store.database.engine.begin() as connection:
        nouveaux = {row.cra_id for row in await connection.execute(ecrit)}
        manquaient = [
            {"celui": ligne["cra_id"], "scelle": ligne["personnel"]}
            for ligne in lignes
            if ligne["personnel"] is not None and ligne["cra_id"] not in nouveaux
        ]
        if manquaient:
            await connection.execute(complete, manquaient)
    return len(nouveaux)


async def oublier(database: Database, activite_id: UUID) -> None:
    """Les textes de l'activité s'effacent : ceux du CRA dont elle vient aussi."""
    efface = sa.update(archive_v1).where(archive_v1.c.activite_id == activite_id).values(personnel=None)
    async with database.engine.begin() as connection:
        await connection.execute(efface)


async def _ligne(store: Store[Any], cra: AGarder, maintenant: dt.datetime) -> dict[str, Any]:
    personnel = {
        nom: v for nom, v in sorted(cra.brut.items()) if nom not in CLAIRS and v not in (None, "", {}, [])
    }
    scelle = None
    if personnel and cra.entier:
        assert store.vault is not None
        secret = Secret("activite", cra.activite_id, personnel)
        try:
            scelle = await store.vault.seal(cra.activite_id, archive_v1.name, [secret])
        except PersonErased:
            # Its texts were erased since: a second loading does not bring them back.
            scelle = None
    return {
        "cra_id": cra.cra_id,
        "activite_id": cra.activite_id,
        "contenu": {nom: valeur for nom, valeur in cra.brut.items() if nom in CLAIRS},
        "personnel": scelle,
        "archive_le": maintenant,
    }
