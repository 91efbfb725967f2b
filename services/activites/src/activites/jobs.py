"""Ce que le service refait sans cesse."""

import datetime as dt

from events.jobs import Job, Tally
from events.service import Tools

from activites import casiers

GARDE = dt.timedelta(days=90)
"""How long a draft is kept after it was last touched."""


async def oublier_les_brouillons(tools: Tools) -> Tally:
    """Forget the drafts that nobody has touched for 90 days."""
    return Tally(await casiers.purger(tools.store.database, casiers.BROUILLONS, tools.now() - GARDE))


JOBS = (Job("brouillons", every=dt.timedelta(hours=6), run=oublier_les_brouillons),)
