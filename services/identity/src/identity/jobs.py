"""The daily pass: emplois whose first day has come start, those whose last planned day is over end."""

import asyncio
import datetime as dt
from typing import Any

import structlog
from events.store.store import Context, Store
from process.clock import Clock

from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.registre import Registre
from identity.connexion.sessions.transactions import Transactions
from identity.domain import emploi
from identity.domain.emploi import EMPLOI
from identity.domain.vocabulaire import MotifFin
from identity.projections import emplois

log = structlog.get_logger()

EVERY = dt.timedelta(minutes=10)
"""Often, rather than once at midnight: passing again changes nothing, and a stopped worker catches up."""
AUTHOR = "echeances"


async def tick(store: Store[Any], clock: Clock) -> int:
    """One pass. Returns how many emplois started or ended; a second pass finds nothing to do."""
    today, now = clock.today(), clock.now()
    context = Context(AUTHOR, f"echeances-{today.isoformat()}")
    async with store.database.engine.connect() as connection:
        starting = list((await connection.execute(emplois.a_commencer(today))).scalars())
        ending = list(await connection.execute(emplois.a_terminer(today)))
    changed = 0
    for emploi_id in starting:
        start = emploi.CommencerEmploi(today, now)
        changed += (await store.execute(EMPLOI(emploi_id), start, context)).changed
    for emploi_id, fin in ending:
        end = emploi.TerminerContrat(None, fin, MotifFin.TERME, today, now)
        changed += (await store.execute(EMPLOI(emploi_id), end, context)).changed
    if changed:
        log.info("deadlines_passed", count=changed)
    return changed


async def run(
    store: Store[Any], clock: Clock, registre: Registre, transactions: Transactions, keys: SigningKeys
) -> None:
    """Pass for ever, and keep house: expired sessions and transactions, rotation of the signing keys."""
    while True:
        await tick(store, clock)
        await registre.purge()
        await transactions.purge()
        await keys.ensure()
        await asyncio.sleep(EVERY.total_seconds())
