"""Médiateurs at work: they record activités through the API, correct some, delete some.

An answer that never came leaves the outcome unknown: the same command goes out again, under the same id.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import httpx2
import nats
from contracts.identity import EmploiDeclareV1
from events.bus.relay import message_of
from events.types import Position, Recorded
from web.testing import TokenIssuer

from chaos.history import Attempt, History, Operation, Outcome

WRITERS = 16
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


async def hire(nats_urls: list[str], people: list[Mediateur], now: dt.datetime) -> None:
    """Their emplois, published as identity would: an activité is attached to an employer."""
    client = await nats.connect(nats_urls, allow_reconnect=False)
    try:
        for number, someone in enumerate(people, start=1):
            contract = EmploiDeclareV1(
                emploi_id=someone.compte_id,
                compte_id=someone.compte_id,
                structure_id=_STRUCTURE,
                siret="13002526500013",
                debut=dt.date(2020, 1, 1),
                declare_le=now,
            )
            recorded = Recorded(
                contract,
                someone.compte_id,
                f"emploi-{someone.compte_id}",
                1,
                Position(number, number),
                now,
                "{}",
            )
            message = message_of("identity", contract, recorded)
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
    ) -> None:
        """url : of the API.   today : the last day of the activités, as the machine's clock says it."""
        self._url = url
        self._issuer = issuer
        self._people = people
        self._history = history
        self._random = Random(seed)  # noqa: S311 - a seed makes it repeatable
        self._today = today
        self._finished = asyncio.Event()
        self._limit = float("inf")
        self._started = 0.0

    async def run(self) -> None:
        self._started = asyncio.get_running_loop().time()
        async with (
            httpx2.AsyncClient(base_url=self._url, timeout=_TIMEOUT) as client,
            asyncio.TaskGroup() as group,
        ):
            for someone in self._people:
                draws = Random(self._random.random())  # noqa: S311 - a seed makes it repeatable
                group.create_task(self._write(client, someone, draws))

    def finish(self, seconds: float) -> None:
        """No new command; those under way have so many seconds left."""
        self._limit = asyncio.get_running_loop().time() + seconds
        self._finished.set()

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._started

    async def _write(self, client: httpx2.AsyncClient, someone: Mediateur, random: Random) -> None:
        while not self._finished.is_set():
            activite_id = UUID(int=random.getrandbits(128), version=4)
            body = self._body(random)
            done = await self._until_known(client, someone, Operation.RECORD, activite_id, body)
            if done and random.random() < _CORRECTED and not self._finished.is_set():
                # What must differ for a correction to be one.
                body = body | {"duree_minutes": body["duree_minutes"] + 1}
                done = await self._until_known(client, someone, Operation.CORRECT, activite_id, body)
            if done and random.random() < _DELETED and not self._finished.is_set():
                await self._until_known(client, someone, Operation.DELETE, activite_id, None)
            await asyncio.sleep(_PAUSE)

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
