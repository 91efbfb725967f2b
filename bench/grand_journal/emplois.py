"""Des emplois, publiés comme identity le ferait : une activité tient à un employeur."""

import datetime as dt
from uuid import NAMESPACE_OID, UUID, uuid5

from chaos.people import Mediateur
from chaos.servers import Nats
from contracts.identity import EmploiDeclareV1
from events.bus.relay import message_of
from events.types import Position, Recorded

_STRUCTURE = UUID("00000000-0000-4000-8000-000000000001")


async def embaucher(bus: Nats, people: list[Mediateur], now: dt.datetime) -> None:
    """Chacun son emploi, à la position (rang, rang) : identity ne tourne pas ici."""
    client = await bus.connect("identity")
    try:
        for rang, someone in enumerate(people, start=1):
            contract = EmploiDeclareV1(
                emploi_id=someone.compte_id,
                compte_id=someone.compte_id,
                structure_id=_STRUCTURE,
                siret="13002526500013",
                debut=dt.date(2020, 1, 1),
                declare_le=now,
            )
            stream = f"emploi-{someone.compte_id}"
            recorded = Recorded(
                contract, uuid5(NAMESPACE_OID, f"{stream} {rang}"), stream, 1, Position(rang, rang), now, "{}"
            )
            message = message_of("identity", contract, recorded)
            await client.jetstream().publish(message.subject, message.data, headers=dict(message.headers))
    finally:
        await client.close()
