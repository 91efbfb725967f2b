"""The relay, from the journal to JetStream's acknowledgements, against nats-py's `publish_async`."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from events.bus.publisher import BATCH, Publisher
from events.bus.relay import Relay, message_of
from events.postgres.database import Database
from events.types import START

from moteur.banc import Banc
from moteur.domaine import SERVICE, open_store, to_contract
from moteur.jetstream import PATIENCE, STREAM, bus, en_marche, flux_neuf, lecteur_au_debut, rendu_au_bout
from moteur.journal import remplir
from moteur.mesure import Ligne, comparer
from moteur.processus import run
from moteur.serveurs import base_vide

_PAGE = 1000
_IN_FLIGHT = 3
_NAME = "relay"


def lignes(banc: Banc) -> Iterator[Ligne]:
    """`Relay` from the journal to the last acknowledgement and the checkpoint, against `publish_async`.

    Ours reads, decodes, makes the contract and publishes; the reference publishes the same messages, made
    before the clock starts, from 1 or 32 tasks. The relay is one caller by nature: one instance per service.
    """
    url = base_vide(banc.disque(), "nous")
    count = banc.reglages.evenements
    run(remplir, url, count)
    for callers in (1, 32):
        yield comparer(
            f"relais, face à publish_async de {callers} appelant{'s' if callers > 1 else ''}",
            "messages/s",
            banc.reglages.tours,
            lambda: run(relayer, url, banc.nats, count),
            lambda c=callers: run(publier, url, banc.nats, count, c),
            barre=4.0,
        )
    yield comparer(
        "publication seule du relais, face à publish_async de 1 appelant",
        "messages/s",
        banc.reglages.tours,
        lambda: run(publier_a_la_suite, url, banc.nats, count),
        lambda: run(publier, url, banc.nats, count, 1),
        barre=4.0,
    )


async def relayer(url: str, address: str, count: int) -> float:
    """Messages per second of the relay, into a new stream."""
    async with bus(address) as client, lecteur_au_debut(url, _NAME) as database:
        await flux_neuf(client)
        relay = Relay(open_store(database), client, SERVICE, to_contract)
        started = time.perf_counter()
        async with en_marche(relay.run()):
            await rendu_au_bout(database, _NAME)
            duration = time.perf_counter() - started
        stored = (await client.jetstream().stream_info(STREAM)).state.messages
    if stored != count:
        raise RuntimeError(f"{stored} messages au flux pour {count} faits")
    return count / duration


async def relayer_depuis(url: str, address: str, together: Any) -> float:
    """Wait for the others, relay everything; the monotonic clock's reading at the start."""
    async with bus(address) as client, lecteur_au_debut(url, _NAME) as database:
        relay = Relay(open_store(database), client, SERVICE, to_contract)
        await asyncio.to_thread(together.wait, PATIENCE)
        started = time.monotonic()
        async with en_marche(relay.run()):
            await rendu_au_bout(database, _NAME)
        return started


async def publier_a_la_suite(url: str, address: str, count: int) -> float:
    """Messages per second of our publisher alone, with the same messages, three pages in flight."""
    messages = await _messages(url)
    async with bus(address) as client:
        await flux_neuf(client)
        publisher = Publisher(client)
        flights: deque[int] = deque()
        started = time.perf_counter()
        for last in range(0, count, BATCH):
            flights.append(await publisher.send_after(messages[last : last + BATCH], last))
            if len(flights) == _IN_FLIGHT:
                await publisher.acknowledged(flights.popleft())
        while flights:
            await publisher.acknowledged(flights.popleft())
        duration = time.perf_counter() - started
        stored = (await client.jetstream().stream_info(STREAM)).state.messages
    if stored != count:
        raise RuntimeError(f"{stored} messages au flux pour {count}")
    return count / duration


async def publier(url: str, address: str, count: int, callers: int) -> float:
    """Messages per second of `publish_async`; each task publishes on, nats-py bounds what is in flight."""
    messages = [(m.subject, m.data, m.headers) for m in await _messages(url)]
    async with bus(address) as client:
        await flux_neuf(client)
        js = client.jetstream()

        async def caller(n: int) -> None:
            for subject, data, headers in messages[n::callers]:
                await js.publish_async(subject, data, headers=headers)

        started = time.perf_counter()
        await asyncio.gather(*(caller(n) for n in range(callers)))
        async with asyncio.timeout(PATIENCE):
            await js.publish_async_completed()
        duration = time.perf_counter() - started
        stored = (await js.stream_info(STREAM)).state.messages
    if stored != count:
        raise RuntimeError(f"publish_async : {stored} messages au flux pour {count}")
    return count / duration


async def _messages(url: str) -> list[Any]:
    """What the relay would publish."""
    database = Database(url)
    try:
        store = open_store(database)
        messages: list[Any] = []
        at = START
        while page := await store.page(at, _PAGE):
            at = page[-1].position
            for recorded in await store.decode(page):
                contract = to_contract(recorded.event)
                if contract is not None:
                    messages.append(message_of(SERVICE, contract, recorded))
        return messages
    finally:
        await database.close()
