"""Ce que le service refait sans cesse."""

import datetime as dt

from events.jobs import Job, Tally
from events.service import Tools

from activites import casiers

GARDE = dt.timedelta(days=90)
"""How long a draft is kept after it was last touched."""
UN_JOUR = dt.timedelta(days=1)
"""How long a file is kept after its deposit."""


async def oublier_les_brouillons(tools: Tools) -> Tally:
    """Forget the drafts that nobody has touched for 90 days."""
    return Tally(await casiers.purger(tools.store.database, casiers.BROUILLONS, tools.now() - GARDE))


async def oublier_les_depots(tools: Tools) -> Tally:
    """Forget the files to import that were deposited a day ago."""
    return Tally(await casiers.purger(tools.store.database, casiers.DEPOTS, tools.now() - UN_JOUR))


JOBS = (
    Job("brouillons", every=dt.timedelta(hours=6), run=oublier_les_brouillons),
    Job("depots", every=dt.timedelta(hours=1), run=oublier_les_depots),
)
