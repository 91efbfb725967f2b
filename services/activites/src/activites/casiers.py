"""What a person keeps for herself (drafts, models, files to import): plain tables of ciphertexts, beside the
journal.

Nothing here is a fact: an autosave replaces the one before (docs/adr/0019-brouillons-hors-du-journal.md). The
key is that of her account: destroyed with it, every copy becomes unreadable, wherever it is.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.codec import Secret
from events.decider import Refusal
from events.postgres.database import Database
from events.store.store import Conflict, Store
from events.types import ERASED, Json
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.domain.refus import ContenuTropLourd, TropDeBrouillons, TropDeModeles, TropDImports
from activites.domain.vocabulaire import CompteId
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import Rows, brouillons, imports_deposes, modeles

OCTETS = 65_536
"""Of what a form holds."""
OCTETS_DEPOSES = 7_000_000
"""Of a file, in base64."""
_GENRE = "compte"
_PURGES = 1000
"""Rows that one transaction of a purge deletes."""


@dataclass(frozen=True, slots=True)
class Casier:
    """One table of such things. maximum : that one account may keep.   plein : what is said beyond.

    octets : at most, of one content.
    """

    table: sa.Table
    maximum: int
    plein: type[Refusal]
    octets: int = OCTETS

    def du_compte(self, compte_id: UUID) -> Rows:
        """All that this account keeps here, and those that were brought to it, without its contents."""
        c = self.table.c
        return sa.select(*(colonne for colonne in c if colonne.name != "contenu")).where(
            c.compte_id == comptes_rapproches.siens("compte", compte_id)
        )

    def scelles(self, compte_id: UUID) -> Rows:
        """The same, with its contents, sealed."""
        return self.du_compte(compte_id).add_columns(self.table.c.contenu)


BROUILLONS = Casier(brouillons, 200, TropDeBrouillons)
MODELES = Casier(modeles, 30, TropDeModeles)
DEPOTS = Casier(imports_deposes, 20, TropDImports, OCTETS_DEPOSES)
"""The files to import, from their deposit to the next day."""


@dataclass(frozen=True, slots=True)
class Garde:
    """One thing kept. version : grows at each writing.   pour_le : of a draft, the civil day it is for."""

    id: UUID
    sorte: str
    version: int
    commence_le: dt.datetime
    modifie_le: dt.datetime
    pour_le: dt.date | None = None


@dataclass(frozen=True, slots=True)
class AGarder:
    """One thing to keep. autres : the columns that its casier has of its own."""

    id: UUID
    sorte: str
    contenu: Json
    autres: Mapping[str, Any] = field(default_factory=dict)


async def garder(
    store: Store[Any],
    casier: Casier,
    chose: AGarder,
    compte_id: CompteId,
    *,
    expected: int | None,
    maintenant: dt.datetime,
) -> Garde:
    """Keep it, in the place of what was there. expected : the version that the caller saw, if it says.

    Raises Conflict, ContenuTropLourd, the casier's own refusal, PersonErased.
    """
    garde_id, table = chose.id, casier.table
    scelle = await _sceller(store, casier, chose, compte_id, "/contenu")
    async with store.database.engine.begin() as connection:
        await _a_son_tour(connection, table, compte_id)
        connue = await connection.scalar(
            sa.select(table.c.version).where(table.c.compte_id == compte_id, table.c.id == garde_id)
        )
        if expected is not None and connue != expected:
            raise Conflict
        if connue is None and await _combien(connection, casier, compte_id) >= casier.maximum:
            raise casier.plein
        version = (connue or 0) + 1
        valeurs = {
            "sorte": chose.sorte,
            "contenu": scelle,
            "version": version,
            "modifie_le": maintenant,
            **chose.autres,
        }
        ecrit = (
            insert(table)
            .values(compte_id=compte_id, id=garde_id, commence_le=maintenant, **valeurs)
            .on_conflict_do_update(index_elements=[table.c.compte_id, table.c.id], set_=valeurs)
            .returning(table.c.commence_le)
        )
        commence_le = (await connection.execute(ecrit)).scalar_one()
    return Garde(garde_id, chose.sorte, version, commence_le, maintenant, chose.autres.get("pour_le"))


async def ajouter(
    store: Store[Any],
    casier: Casier,
    choses: Sequence[AGarder],
    compte_id: CompteId,
    maintenant: dt.datetime,
) -> int:
    """Keep them all, or none. What is already there stays as it is. Returns how many are new.

    Raises ContenuTropLourd, the casier's own refusal, PersonErased.
    """
    table = casier.table
    lignes = [
        {
            "compte_id": compte_id,
            "id": chose.id,
            "sorte": chose.sorte,
            "contenu": await _sceller(store, casier, chose, compte_id, f"/{table.name}/{rang}/contenu"),
            "version": 1,
            "commence_le": maintenant,
            "modifie_le": maintenant,
            **chose.autres,
        }
        for rang, chose in enumerate(choses)
    ]
    async with store.database.engine.begin() as connection:
        await _a_son_tour(connection, table, compte_id)
        ecrit = insert(table).values(lignes).on_conflict_do_nothing().returning(table.c.id)
        nouvelles = len((await connection.execute(ecrit)).all())
        if nouvelles and await _combien(connection, casier, compte_id) > casier.maximum:
            raise casier.plein
    return nouvelles


async def _sceller(store: Store[Any], casier: Casier, chose: AGarder, compte_id: CompteId, ou: str) -> str:
    texte = json.dumps(chose.contenu, ensure_ascii=False, separators=(",", ":"))
    if len(texte.encode()) > casier.octets:
        raise ContenuTropLourd(field=ou)
    assert store.vault is not None
    secret = Secret(_GENRE, compte_id, {"contenu": texte})
    return await store.vault.seal(chose.id, casier.table.name, [secret])


async def _a_son_tour(connection: AsyncConnection, table: sa.Table, compte_id: UUID) -> None:
    """One writer at a time for an account: two tabs neither pass the bound, nor the version, together."""
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_tour(table, compte_id))))


async def ligne(database: Database, casier: Casier, garde_id: UUID, compte_id: UUID) -> Any | None:
    """What this account keeps under this identifier, still sealed."""
    async with database.engine.connect() as connection:
        c = casier.table.c
        # Two accounts may have kept something under one identifier: today's comes first.
        sien = casier.scelles(compte_id).where(c.id == garde_id).order_by((c.compte_id == compte_id).desc())
        return (await connection.execute(sien.limit(1))).one_or_none()


async def gardien(database: Database, casier: Casier, garde_id: UUID, compte_id: UUID) -> CompteId:
    """Under which account this is kept, of those of the person; hers today when it is not yet."""
    row = await ligne(database, casier, garde_id, compte_id)
    return CompteId(compte_id if row is None else row.compte_id)


async def ouvrir(store: Store[Any], casier: Casier, row: Any) -> Json | None:
    """The content of a row; None once the key of its account is destroyed."""
    assert store.vault is not None
    await store.vault.load_keys([row.contenu], cached=True)
    texte = store.vault.open(row.id, casier.table.name, row.contenu)["contenu"]
    contenu: Json | None = None if texte == ERASED else json.loads(texte)
    return contenu


async def retirer(database: Database, casier: Casier, garde_id: UUID, compte_id: UUID) -> None:
    """Nothing is kept under this identifier any more."""
    table = casier.table
    async with database.engine.begin() as connection:
        await connection.execute(
            sa.delete(table).where(table.c.compte_id == compte_id, table.c.id == garde_id)
        )


async def vider(database: Database, compte_id: UUID) -> None:
    """The account is erased: it keeps nothing here."""
    async with database.engine.begin() as connection:
        for casier in CASIERS:
            await connection.execute(sa.delete(casier.table).where(casier.table.c.compte_id == compte_id))


async def purger(database: Database, casier: Casier, avant: dt.datetime) -> int:
    """Forget what was not touched since, in short transactions. Returns how many.

    What is for a day waits as long after it.
    """
    t = casier.table
    vieux = sa.select(t.c.compte_id, t.c.id).where(t.c.modifie_le < avant).limit(_PURGES)
    if "pour_le" in t.c:
        vieux = vieux.where(sa.func.coalesce(t.c.pour_le, t.c.modifie_le) < avant)
    efface, total = sa.delete(t).where(sa.tuple_(t.c.compte_id, t.c.id).in_(vieux)), 0
    while True:
        async with database.engine.begin() as connection:
            partis = (await connection.execute(efface)).rowcount
        if not partis:
            return total
        total += partis


CASIERS = (BROUILLONS, MODELES, DEPOTS)


async def _combien(connection: AsyncConnection, casier: Casier, compte_id: UUID) -> int:
    compte = sa.select(sa.func.count()).where(casier.table.c.compte_id == compte_id)
    return (await connection.execute(compte)).scalar_one()


def _tour(table: sa.Table, compte_id: UUID) -> sa.Function[int]:
    return sa.func.hashtextextended(f"{table.name}:{compte_id}", 0)
