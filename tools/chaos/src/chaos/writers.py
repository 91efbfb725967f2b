"""Médiateurs at work: they record activités through the API, correct some, delete some.

An answer that never came leaves the outcome unknown: the same command goes out again, under the same id.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx2
from contracts.identity import EmploiDeclareV1, PersonneEffaceeV1
from events.bus.relay import message_of
from events.contract import Contract
from events.types import Position, Recorded
from nats.errors import Error as NatsError
from web.testing import TokenIssuer

from chaos.history import Attempt, History, Operation, Outcome, commands
from chaos.servers import Nats

WRITERS = 16
LEAVERS = 2
_LEAVES = 1.5
"""Seconds after which these leave, to be erased."""
_PAUSE = 0.002
_AGAIN = 0.15
_TIMEOUT = 5.0
_TOKEN_SECONDS = 60.0
_STRUCTURE = UUID("0190a000-0000-7000-8000-0000000000c1")
_COMMUNES = (("Dijon", "21000", "21231"), ("Auch", "32000", "32013"), ("Lille", "59000", "59350"))
_THEMES = ("email", "sante", "bureautique", "parentalite", "culture_numerique")
_DELETED = 0.12
_CORRECTED = 0.2
_TOO_LONG = 0.03
"""Share of commands that the domain must refuse."""


@dataclass(slots=True)
class Mediateur:
    """Someone who writes."""

    mediateur_id: UUID
    compte_id: UUID
    token: str = ""
    renewed: float = -_TOKEN_SECONDS


async def hire(bus: Nats, people: list[Mediateur], now: dt.datetime) -> None:
    """Their emplois, published as identity would: an activité is attached to an employer."""
    for number, someone in enumerate(people, start=1):
        contract = EmploiDeclareV1(
            emploi_id=someone.compte_id,
            compte_id=someone.compte_id,
            structure_id=_STRUCTURE,
            siret="13002526500013",
            debut=dt.date(2020, 1, 1),
            declare_le=now,
        )
        await _say(bus, f"emploi-{someone.compte_id}", number, contract, now)


async def _say(bus: Nats, stream: str, number: int, contract: Contract, now: dt.datetime) -> None:
    """What identity would publish, at the position (number, number)."""
    recorded = Recorded(
        contract, uuid5(NAMESPACE_OID, f"{stream} {number}"), stream, 1, Position(number, number), now, "{}"
    )
    message = message_of("identity", contract, recorded)
    client = await bus.connect("identity")
    try:
        await client.jetstream().publish(message.subject, message.data, headers=dict(message.headers))
    finally:
        await client.close()


class Writers:
    """The load. `run` until `finish`; then the last commands go on until their outcome is known."""

    def __init__(
        self,
        url: str,
        issuer: TokenIssuer,
        people: list[Mediateur],
        history: History,
        seed: int,
        today: dt.date,
        bus: Nats,
    ) -> None:
        """url : of the API.   today : the last day of the activités, as the machine's clock says it.

        bus : on which it is said that some of them are erased.
        """
        self._url = url
        self._issuer = issuer
        self._people = people
        self._history = history
        self._random = Random(seed)  # noqa: S311 - a seed makes it repeatable
        self._today = today
        self._bus = bus
        self._saying = asyncio.Lock()
        self.erased: list[Mediateur] = []
        """Those whose erasure was published."""
        self._finished = asyncio.Event()
        self._limit = float("inf")
        self._started = 0.0

    async def run(self) -> None:
        self._started = asyncio.get_running_loop().time()
        async with (
            httpx2.AsyncClient(base_url=self._url, timeout=_TIMEOUT) as client,
            asyncio.TaskGroup() as group,
        ):
            for rank, someone in enumerate(self._people):
                draws = Random(self._random.random())  # noqa: S311 - a seed makes it repeatable
                group.create_task(self._work(client, someone, draws, leaves=rank < LEAVERS))

    def finish(self, seconds: float) -> None:
        """No new command; those under way have so many seconds left."""
        self._limit = asyncio.get_running_loop().time() + seconds
        self._finished.set()

    def said_to(self, contracts: Sequence[type[Contract]]) -> Position:
        """Of the last thing that "identity" has said to who reads these."""
        number = 0
        if EmploiDeclareV1 in contracts:
            number = len(self._people)
        if PersonneEffaceeV1 in contracts and self.erased:
            number = len(self._people) + len(self.erased)
        return Position(number, number)

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._started

    async def _work(
        self, client: httpx2.AsyncClient, someone: Mediateur, random: Random, *, leaves: bool
    ) -> None:
        """Until the end; those who leave do it early, and are erased."""
        written = await self._write(client, someone, random, _LEAVES if leaves else float("inf"))
        if leaves:
            await self._erase(someone, written)

    async def _erase(self, someone: Mediateur, written: list[UUID]) -> None:
        """As identity would, whatever happens to the bus: it is said again until it is heard."""
        start = self.elapsed()
        async with self._saying:
            number = len(self._people) + len(self.erased) + 1
            now = dt.datetime.now(dt.UTC)
            contract = PersonneEffaceeV1(compte_id=someone.compte_id, effacee_le=now)
            while True:
                try:
                    await _say(self._bus, f"compte-{someone.compte_id}", number, contract, now)
                    break
                except (NatsError, OSError):
                    await asyncio.sleep(_AGAIN)
            self.erased.append(someone)
        known = {(c.id, c.operation): c.outcome for c in commands(self._history.attempts)}
        for activite_id in written:
            # Whatever is stored will be, deleted or not, once the reaction has heard; the rest is unknown
            # with its recording.
            outcome = known[activite_id, Operation.RECORD]
            if outcome is not Outcome.REFUSED:
                times = start, self.elapsed()
                self._history.add(Attempt(Operation.ERASE, activite_id, *times, None, outcome, {}))

    async def _write(
        self, client: httpx2.AsyncClient, someone: Mediateur, random: Random, until: float
    ) -> list[UUID]:
        """Returns what was recorded, or tried."""
        written: list[UUID] = []
        while not self._finished.is_set() and self.elapsed() < until:
            activite_id = UUID(int=random.getrandbits(128), version=4)
            written.append(activite_id)
            body = self._body(random)
            done = await self._until_known(client, someone, Operation.RECORD, activite_id, body)
            if done and random.random() < _CORRECTED and not self._finished.is_set():
                # What must differ for a correction to be one.
                body = body | {"duree_minutes": body["duree_minutes"] + 1}
                done = await self._until_known(client, someone, Operation.CORRECT, activite_id, body)
            if done and random.random() < _DELETED and not self._finished.is_set():
                await self._until_known(client, someone, Operation.DELETE, activite_id, None)
            await asyncio.sleep(_PAUSE)
        return written

    def _body(self, random: Random) -> dict[str, Any]:
        nom, code_postal, code_insee = random.choice(_COMMUNES)
        duration = random.randrange(1500, 3000) if random.random() < _TOO_LONG else random.randrange(5, 700)
        body: dict[str, Any] = {
            # A clock that steps back refuses today's, and takes the others.
            "date": (self._today - dt.timedelta(days=random.choice((0, 3)))).isoformat(),
            "duree_minutes": duration,
            "type_lieu": "domicile",
            "commune": {"nom": nom, "code_postal": code_postal, "code_insee": code_insee},
            "thematiques": random.sample(_THEMES, 2),
            "materiels": ["ordinateur"],
        }
        if random.random() < 0.25:
            total = random.randrange(2, 12)
            return body | {
                "type": "collectif",
                "titre_atelier": "Le tableur pas à pas",
                "participants": {"total": total, "genres": {"feminin": total // 2}},
            }
        return body | {"type": "individuel", "beneficiaire": {"genre": "feminin"}}

    async def _until_known(
        self,
        client: httpx2.AsyncClient,
        someone: Mediateur,
        operation: Operation,
        activite_id: UUID,
        body: dict[str, Any] | None,
    ) -> bool:
        """True when acknowledged."""
        while True:
            outcome = await self._attempt(client, someone, operation, activite_id, body)
            if outcome is not Outcome.UNKNOWN:
                return outcome is Outcome.ACKNOWLEDGED
            if asyncio.get_running_loop().time() > self._limit:
                return False
            await asyncio.sleep(_AGAIN)

    async def _attempt(
        self,
        client: httpx2.AsyncClient,
        someone: Mediateur,
        operation: Operation,
        activite_id: UUID,
        body: dict[str, Any] | None,
    ) -> Outcome:
        method, path = "POST", "/activites"
        content: Any = {**(body or {}), "id": str(activite_id)}
        if operation is not Operation.RECORD:
            method = "PUT" if operation is Operation.CORRECT else "DELETE"
            path, content = f"/activites/{activite_id}", body
        start = self.elapsed()
        try:
            response = await client.request(
                method, path, json=content, headers={"Authorization": f"Bearer {self._token(someone)}"}
            )
            status = response.status_code
        except httpx2.TransportError:
            status = 0
        outcome = _outcome(status)
        expected = {"date": body["date"], "duree_minutes": body["duree_minutes"]} if body else {}
        self._history.add(Attempt(operation, activite_id, start, self.elapsed(), status, outcome, expected))
        return outcome

    def _token(self, someone: Mediateur) -> str:
        """Signed again well before it expires."""
        if self.elapsed() - someone.renewed > _TOKEN_SECONDS:
            someone.renewed = self.elapsed()
            someone.token = self._issuer.token(
                "activites", compte_id=someone.compte_id, mediateur_id=someone.mediateur_id
            )
        return someone.token


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACKNOWLEDGED
    # A failure of the service says nothing of what it did before it failed.
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN
