"""What an administrator does for a person: the fact, and who did it and why, in one append."""

from collections.abc import Sequence
from typing import Any

from events.decider import Refusal, refuse
from events.store.store import Claim, Context, Intent, SomeRefused, Store, Written
from events.stream import StreamId

from identity.domain.intervention import INTERVENTION, Intervenir


async def intervenir[C, S](
    store: Store[Any],
    on: StreamId[C, S, Any],
    command: C,
    note: Intervenir,
    context: Context,
    *,
    claims: Sequence[Claim] = (),
    releases: Sequence[Claim] = (),
) -> Written:
    """Carry out the command, with its note; what changes nothing is not noted.

    Raises all the domain's refusals at once, Conflict, ClaimTaken.
    """
    state, version = await store.state(on)
    if not _changes(on, command, state):
        return Written(version, None, changed=False)
    intents: list[Intent[Any, Any, Any]] = [Intent(on, command), Intent(INTERVENTION(note.compte_id), note)]
    try:
        ecrits = await store.execute_whole(intents, context, claims=claims, releases=releases)
    except SomeRefused as refused:
        refuse(refused.refusals.values())
        raise
    return ecrits[0]


def _changes[C, S](on: StreamId[C, S, Any], command: C, state: S) -> bool:
    """Whether anything follows; a refusal does, and the append says it with the others."""
    try:
        return bool(on.of.decide(command, state))
    except Refusal:
        return True
