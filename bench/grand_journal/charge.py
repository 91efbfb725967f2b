"""Médiateurs who read their list and record activités at a fixed pace, whatever goes on meanwhile."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from uuid import UUID, uuid4

import httpx2
from chaos.writers import Mediateur
from web.testing import TokenIssuer

READ_SECONDS = 0.05
WRITE_SECONDS = 0.2
_TIMEOUT = 10.0
_TOKEN_SECONDS = 60.0
_COMMUNE = {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"}


@dataclass(slots=True)
class Mesure:
    """Answers to one kind of request. latences_ms : of all, from the instant each was due."""

    latences_ms: list[float] = field(default_factory=list[float])
    erreurs: dict[str, int] = field(default_factory=dict[str, int])

    def bilan(self) -> dict[str, object]:
        """Count, median, 99th percentile and maximum in milliseconds, and errors by status."""
        ordered = sorted(self.latences_ms)
        if not ordered:
            raise RuntimeError("aucune requête : la charge n’a pas tourné")
        at = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
        quantiles = {
            name: round(ordered[min(int(len(ordered) * q), len(ordered) - 1)], 1) for name, q in at.items()
        }
        return {
            "requetes": len(ordered),
            **quantiles,
            "erreurs": sum(self.erreurs.values()),
            "statuts_en_erreur": self.erreurs,
        }


class Charge:
    """`run` until `finish`; then the requests under way end."""

    def __init__(self, url: str, issuer: TokenIssuer, people: Sequence[Mediateur]) -> None:
        self.lectures = Mesure()
        self.ecritures = Mesure()
        self.ecrites: list[UUID] = []
        """The activités that the service acknowledged."""
        self._url = url
        self._issuer = issuer
        self._people = people
        self._finished = asyncio.Event()

    async def run(self) -> None:
        async with (
            httpx2.AsyncClient(base_url=self._url, timeout=_TIMEOUT) as client,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._pace(READ_SECONDS, lambda p, due: self._read(client, p, due)))
            group.create_task(self._pace(WRITE_SECONDS, lambda p, due: self._write(client, p, due)))

    def finish(self) -> None:
        self._finished.set()

    def bilan(self, seconds: float) -> dict[str, object]:
        """seconds : how long the load lasted."""
        return {"secondes": seconds, "GET": self.lectures.bilan(), "POST": self.ecritures.bilan()}

    async def _pace(self, period: float, request: Callable[[Mediateur, float], Awaitable[None]]) -> None:
        """One request per period: the next one does not wait for the answer to this one."""
        due = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for someone in cycle(self._people):
                if self._finished.is_set():
                    return
                group.create_task(_awaited(request(someone, due)))
                due += period
                await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _read(self, client: httpx2.AsyncClient, someone: Mediateur, due: float) -> None:
        try:
            response = await client.get("/activites", headers=self._headers(someone))
            status = f"{response.status_code}"
            if status == "200" and not response.json()["elements"]:
                # Every one of these médiateurs has activités: an empty list is a table seen half-made.
                status = "liste vide"
        except httpx2.TransportError as error:
            status = type(error).__name__
        _count(self.lectures, "200", status, due)

    async def _write(self, client: httpx2.AsyncClient, someone: Mediateur, due: float) -> None:
        activite_id = uuid4()
        body = {
            "id": str(activite_id),
            "type": "individuel",
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "duree_minutes": 45,
            "type_lieu": "domicile",
            "commune": _COMMUNE,
            "thematiques": ["email", "sante"],
            "materiels": ["ordinateur"],
            "beneficiaire": {"genre": "feminin"},
        }
        try:
            response = await client.post("/activites", json=body, headers=self._headers(someone))
            status = f"{response.status_code}"
        except httpx2.TransportError as error:
            status = type(error).__name__
        if status == "201":
            self.ecrites.append(activite_id)
        _count(self.ecritures, "201", status, due)

    def _headers(self, someone: Mediateur) -> dict[str, str]:
        now = time.monotonic()
        if not someone.token or now - someone.renewed > _TOKEN_SECONDS:
            someone.renewed = now
            someone.token = self._issuer.token(
                "activites", compte_id=someone.compte_id, mediateur_id=someone.mediateur_id
            )
        return {"Authorization": f"Bearer {someone.token}"}


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _count(mesure: Mesure, wanted: str, status: str, due: float) -> None:
    mesure.latences_ms.append((time.perf_counter() - due) * 1000)
    if status != wanted:
        mesure.erreurs[status] = mesure.erreurs.get(status, 0) + 1
