"""Codes sent by mail, which prove that a mailbox is the person's: rules in domain/preuve.py.

What is counted here protects others: a mailbox is not flooded, by one account or by several.
"""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Context, Store, Written
from process.clock import Clock

from identity.connexion.chiffre import CHIFFRES, Empreintes
from identity.connexion.sessions.registre import PURGED, purge
from identity.domain import preuve
from identity.domain.preuve import PREUVE
from identity.domain.vocabulaire import CompteId, PreuveId
from identity.projections.tables import envois_de_code as table

AT_MOST = 3
"""Codes that one account may ask for, and that one mailbox may receive, in `DURING`."""
DURING = dt.timedelta(hours=1)


class TooMany(Exception):
    """Enough codes for now, from this account or to this mailbox: which of them is not said."""


class Codes:
    """Asks for codes and takes them back. One per process."""

    def __init__(self, database: Database, store: Store[Any], empreintes: Empreintes, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._empreintes = empreintes
        self._clock = clock

    async def demander(
        self, preuve_id: PreuveId, compte_id: CompteId, courriel: str, context: Context
    ) -> tuple[preuve.CodeDemande, Written]:
        """Have a code sent to this mailbox, once for an identifier. Raises CodeDejaDemande, TooMany."""
        command = preuve.DemanderCode(
            preuve_id,
            compte_id,
            courriel,
            self._empreintes.code_rendu(preuve_id, self.code(preuve_id)),
            self._clock.now(),
        )
        state, _ = await self._store.state(PREUVE(preuve_id))
        if isinstance(state, preuve.Inconnue):
            await self._count(compte_id, courriel)
        outcome = await self._store.execute(PREUVE(preuve_id), command, context)
        state, _ = await self._store.state(PREUVE(preuve_id))
        assert not isinstance(state, preuve.Inconnue)
        return state.demande, outcome

    async def rendre(self, preuve_id: PreuveId, par: CompteId, code: str, context: Context) -> str:
        """The mailbox that this code proves. Raises CodeInconnu, CodePerime, CodeFaux."""
        given = self._empreintes.code_rendu(preuve_id, "".join(code.split())[:CHIFFRES])
        command = preuve.RendreCode(par, given, self._clock.now())
        await self._store.execute(PREUVE(preuve_id), command, context)
        state, _ = await self._store.state(PREUVE(preuve_id))
        match state:
            case preuve.Prouvee(demande):
                return demande.courriel
            case preuve.Attendue():
                left = preuve.reste(state)
                told = f"Il vous reste {left} essai{'s' if left > 1 else ''}." if left else None
                raise preuve.CodeFaux(told, field="/code") if told else preuve.CodePerime(field="/code")
            case preuve.Inconnue():
                raise preuve.CodeInconnu

    def code(self, preuve_id: UUID) -> str:
        """The code itself, for the mail."""
        return self._empreintes.code(preuve_id)

    async def purge(self) -> int:
        """Forget what no longer counts, in short transactions. Returns how many."""
        old = sa.select(table.c.envoi_id).where(table.c.envoye_le <= self._since()).limit(PURGED)
        return await purge(self._database, sa.delete(table).where(table.c.envoi_id.in_(old)))

    async def _count(self, compte_id: CompteId, courriel: str) -> None:
        keys = sorted(
            (self._empreintes.envoi("compte", str(compte_id)), self._empreintes.envoi("courriel", courriel))
        )
        async with self._database.engine.begin() as connection:
            for key in keys:
                # Those of one account, of one mailbox, one after the other: never a fourth at once.
                turn = sa.func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True))
                await connection.execute(sa.select(turn))
            counts = await connection.execute(
                sa.select(sa.func.count())
                .where(table.c.empreinte.in_(keys), table.c.envoye_le > self._since())
                .group_by(table.c.empreinte)
            )
            if any(count >= AT_MOST for count in counts.scalars()):
                raise TooMany
            now = self._clock.now()
            rows = [{"envoi_id": uuid4(), "empreinte": key, "envoye_le": now} for key in keys]
            await connection.execute(sa.insert(table), rows)

    def _since(self) -> dt.datetime:
        return self._clock.now() - DURING
