"""Ce que le service refait sans cesse."""

from typing import Any

from events.jobs import MINUTES_5, Job, Tally, each
from events.service import Tools
from events.store.store import Claim, Context

from equipes.domain.invitation import INVITATION, ConstaterExpiration
from equipes.domain.vocabulaire import cle_invitation
from equipes.projections.invitations import a_clore

PAGE = 100


async def expirer(tools: Tools) -> Tally:
    """Clore les invitations dont le délai est passé."""
    maintenant = tools.now()

    async def une(row: Any) -> bool:
        written = await tools.store.execute(
            INVITATION(row.invitation_id),
            ConstaterExpiration(maintenant),
            Context("equipes", f"expiration-{row.invitation_id}"),
            releases=[Claim("invitation", cle_invitation(row.equipe_id, row.compte_id))],
        )
        return written.changed

    total, apres = Tally(), None
    while True:
        async with tools.store.database.engine.connect() as connection:
            page = (await connection.execute(a_clore(maintenant, apres, PAGE))).all()
        if not page:
            return total
        # Au-delà de la dernière lue : la table suit avec retard, et une invitation peut être refusée.
        apres = (page[-1].expire_le, page[-1].invitation_id)
        total += await each("expirations", page, une)


JOBS = (Job("expirations", every=MINUTES_5, run=expirer),)
