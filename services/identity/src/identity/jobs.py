"""What identity does again and again. Passing again changes nothing, and a stopped worker catches up."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.jobs import MINUTES_10, Job, Tally, each
from events.store.store import Context
from process.clock import Clock

from identity.domain import emploi, inscription
from identity.domain.emploi import EMPLOI
from identity.domain.inscription import INSCRIPTION
from identity.domain.vocabulaire import CompteId, MotifFin, Verification
from identity.entreprises.annuaire import verifier
from identity.outils import Outils
from identity.projections import emplois, employeurs_a_verifier

PAGE = 500


async def echeances(tools: Outils) -> Tally:
    """Emplois whose first day has come start, those whose last planned day is over end."""
    return await commencer(tools) + await terminer(tools)


async def commencer(tools: Outils) -> Tally:
    """Start the emplois whose first day has come."""
    clock = Clock(tools.now)

    async def un(emploi_id: UUID) -> bool:
        start = emploi.CommencerEmploi(clock.now())
        return (await tools.store.execute(EMPLOI(emploi_id), start, _context(clock))).changed

    total, apres = Tally(), None
    while page := await _page(tools, emplois.a_commencer(clock.now(), apres, PAGE)):
        ids = [row.emploi_id for row in page]
        total, apres = total + await each("echeances", ids, un), ids[-1]
    return total


async def terminer(tools: Outils) -> Tally:
    """End the emplois whose last planned day is over."""
    clock = Clock(tools.now)

    async def un(row: tuple[UUID, dt.date]) -> bool:
        emploi_id, fin = row
        end = emploi.TerminerContrat(None, fin, MotifFin.TERME, clock.now())
        return (await tools.store.execute(EMPLOI(emploi_id), end, _context(clock))).changed

    total, apres = Tally(), None
    while page := await _page(tools, emplois.a_terminer(clock.now(), apres, PAGE)):
        rows = [(row.emploi_id, row.fin_prevue) for row in page]
        total, apres = total + await each("echeances", rows, un), rows[-1][0]
    return total


async def employeurs(tools: Outils) -> Tally:
    """Ask again about the employers that the directory of companies could not be asked about.

    It ends at the first silence: the directory is away, the next pass tries again."""
    clock = Clock(tools.now)
    total, apres = Tally(), None
    while page := await _page(tools, employeurs_a_verifier.a_demander(apres, PAGE)):
        for row in page:
            dit = await verifier(tools.annuaire, row.siret)
            if dit is Verification.A_VERIFIER:
                return total
            note = inscription.VerifierEmployeur(CompteId(row.compte_id), row.siret, dit, clock.now())
            await tools.store.execute(INSCRIPTION(row.compte_id), note, _context(clock, "employeurs"))
            total += Tally(1)
        apres = page[-1].compte_id
    return total


async def purger(tools: Outils) -> Tally:
    """Forget ended sessions, sign-ins that nobody finished, codes and machines' proofs of no more use."""
    purged = (tools.registre.purge, tools.transactions.purge, tools.codes.purge, tools.machines.purge)
    return Tally(sum([await purge() for purge in purged]))


async def tourner(tools: Outils) -> Tally:
    """There is a signing key and a next one; the old ones go."""
    await tools.keys.ensure()
    return Tally()


async def dispositif(tools: Outils) -> Tally:
    """Who is conseiller numérique: everybody, once since two in the morning; silent answers, again."""
    clock = Clock(tools.now)
    return await tools.dispositif.reprendre_tous(
        Context("dispositif", f"dispositif-{clock.today().isoformat()}")
    )


JOBS = (
    Job("dispositif", every=MINUTES_10, run=dispositif),
    Job("echeances", every=MINUTES_10, run=echeances),
    Job("employeurs_a_verifier", every=MINUTES_10, run=employeurs),
    Job("purge", every=MINUTES_10, run=purger),
    Job("cles_de_signature", every=MINUTES_10, run=tourner),
)


async def _page(tools: Outils, select: sa.Select[*tuple[Any, ...]]) -> Sequence[Any]:
    async with tools.store.database.engine.connect() as connection:
        return (await connection.execute(select)).all()


def _context(clock: Clock, passage: str = "echeances") -> Context:
    return Context(passage, f"{passage}-{clock.today().isoformat()}")
