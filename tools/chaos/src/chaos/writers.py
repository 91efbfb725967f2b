"""Médiateurs at work: they record activités through the API, correct some, delete some.

An answer that never came leaves the outcome unknown: the same command goes out again, under the same id.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx2
from web.testing import TokenIssuer

from chaos.erasing import Eraser
from chaos.history import Attempt, History, Operation, Outcome, commands
from chaos.people import Mediateur
from chaos.schedule import Schedule

WRITERS = 16
_KNOWN = 60.0
"""Seconds given to the commands under way, at the end, to learn their outcome."""
_AGAIN = 0.15
_TIMEOUT = 5.0
_TOKEN_SECONDS = 60.0
_COMMUNES = (("Dijon", "21000", "21231"), ("Auch", "32000", "32013"), ("Lille", "59000", "59350"))
_THEMES = ("email", "sante", "bureautique", "parentalite", "culture_numerique")
_DELETED = 0.12
_CORRECTED = 0.2
_TOO_LONG = 0.03
"""Share of commands that the domain must refuse."""


class Writers:
    """The load. `run` until `finish`; then the last commands go on until their outcome is known."""

    def __init__(
        self,
        url: str,
        issuer: TokenIssuer,
        people: Sequence[Mediateur],
        departures: Mapping[Mediateur, float],
        history: History,
        schedule: Schedule,
        today: dt.date,
        eraser: Eraser,
    ) -> None:
        """url : of the API.   departures : seconds after which some leave, to be erased.

        today : the last day of the activités, as the machine's clock says it.
        """
        self._url = url
        self._issuer = issuer
        self._people = people
        self._departures = departures
        self._history = history
        self._random = Random(schedule.seed)  # noqa: S311 - a seed makes it repeatable
        self._pause = schedule.pause
        self._today = today
        self._eraser = eraser
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
                group.create_task(self._work(client, someone, draws))

    def finish(self) -> None:
        """No new command."""
        self._limit = asyncio.get_running_loop().time() + _KNOWN
        self._finished.set()

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._started

    async def _work(self, client: httpx2.AsyncClient, someone: Mediateur, random: Random) -> None:
        """Until the end; those who leave do it early, and are erased."""
        until = self._departures.get(someone)
        written = await self._write(client, someone, random, float("inf") if until is None else until)
        if until is not None:
            await self._erase(someone, written)

    async def _erase(self, someone: Mediateur, written: list[UUID]) -> None:
        """In identity: activites hears it."""
        start = self.elapsed()
        await self._eraser.account(someone.compte_id, someone.mark)
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
        # Whoever leaves has written a text, on a machine however slow: there is something to erase.
        while not self._finished.is_set() and (self.elapsed() < until or not written):
            activite_id = UUID(int=random.getrandbits(128), version=4)
            body = self._body(someone, random, first=not written)
            written.append(activite_id)
            done = await self._until_known(client, someone, Operation.RECORD, activite_id, body)
            if done and random.random() < _CORRECTED and not self._finished.is_set():
                # What must differ for a correction to be one.
                body = body | {"duree_minutes": body["duree_minutes"] + 1}
                done = await self._until_known(client, someone, Operation.CORRECT, activite_id, body)
            if done and random.random() < _DELETED and not self._finished.is_set():
                await self._until_known(client, someone, Operation.DELETE, activite_id, None)
            await asyncio.sleep(self._pause)
        return written

    def _body(self, someone: Mediateur, random: Random, *, first: bool) -> dict[str, Any]:
        """first : with a text, and not to be refused."""
        nom, code_postal, code_insee = random.choice(_COMMUNES)
        too_long = random.random() < _TOO_LONG and not first
        duration = random.randrange(1500, 3000) if too_long else random.randrange(5, 700)
        body: dict[str, Any] = {
            # A clock that steps back refuses today's, and takes the others.
            "date": (self._today - dt.timedelta(days=3 if first else random.choice((0, 3)))).isoformat(),
            "duree_minutes": duration,
            "type_lieu": "domicile",
            "commune": {"nom": nom, "code_postal": code_postal, "code_insee": code_insee},
            "thematiques": random.sample(_THEMES, 2),
            "materiels": ["ordinateur"],
        }
        if random.random() < 0.25 or first:
            total = random.randrange(2, 12)
            return body | {
                "type": "collectif",
                "titre_atelier": f"Le tableur pas à pas, par {someone.mark}",
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
