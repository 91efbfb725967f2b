"""The service on real servers: its streams, its background work, and people who call it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest_asyncio
from contracts.identity import (
    ComptePrepareV1,
    CoordinateurDuDispositifReconnuV1,
    EmploiCommenceV1,
    EmploiDeclareV1,
    RoleChoisiV1,
)
from equipes import app as composition
from equipes.domain.evenements import Event
from equipes.settings import Settings
from events.contract import Contract
from events.postgres.database import Database
from events.service import Tools
from events.store.store import Store
from events.testing import add_stream, publish
from events.types import Position
from fastapi import FastAPI
from nats.aio.client import Client
from process.clock import Clock
from process.edge import broker, start
from web.positions import checkpoint, wait_until
from web.testing import TokenIssuer

CREATION = ("equipes", "mandats")
"""Read models of an équipe that was just made."""


@dataclass(frozen=True, slots=True)
class Personne:
    """Someone who signs in. mediateur_id, coordinateur_id : absent without the role."""

    compte_id: UUID = field(default_factory=uuid4)
    mediateur_id: UUID | None = None
    coordinateur_id: UUID | None = None
    droit: str | None = None


def mediatrice() -> Personne:
    return Personne(mediateur_id=uuid4())


def coordinateur() -> Personne:
    return Personne(coordinateur_id=uuid4())


def soutien() -> Personne:
    return Personne(droit="support")


@dataclass(slots=True)
class Service:
    """The running service, and what its tests do to it."""

    app: FastAPI
    store: Store[Event]
    bus: Client
    http: httpx2.AsyncClient
    issuer: TokenIssuer
    settings: Settings
    published: dict[str, int] = field(default_factory=dict[str, int])

    async def call(
        self,
        method: str,
        path: str,
        moi: Personne | None,
        body: Any = None,
        *,
        after: str | None = None,
    ) -> httpx2.Response:
        """A request in somebody's name. after : the X-Position that a read waits for."""
        headers: dict[str, str] = {}
        if moi is not None:
            token = self.issuer.token(
                "equipes",
                compte_id=moi.compte_id,
                mediateur_id=moi.mediateur_id,
                coordinateur_id=moi.coordinateur_id,
                roles=[moi.droit] if moi.droit else [],
            )
            headers["Authorization"] = f"Bearer {token}"
        if after is not None:
            headers["X-Position"] = after
        return await self.http.request(method, path, json=body, headers=headers)

    async def publish(self, service: str, contract: Contract, stream: str) -> str:
        """Another service publishes a fact. Returns its position, to wait for."""
        number = self.published[service] = self.published.get(service, 0) + 1
        position = Position(number, number)
        await publish(self.bus, service, contract, position, stream=stream)
        return f"{service}:{position}"

    async def projected(self, position: str, *projections: str) -> None:
        """Return once these read models have read that far."""
        source, _, text = position.partition(":")
        for projection in projections:
            read = checkpoint(self.store.database, projection)
            assert await wait_until(read, source, Position.parse(text), seconds=60)

    async def followed(self, position: str, reaction: str) -> None:
        """Return once the reaction has read that far, and its orders are carried out."""
        await self.projected(position, reaction)
        async with asyncio.timeout(60), self.store.database.raw() as connection:
            while await connection.fetchval(
                "select exists (select from orders where reaction = $1 and state = 'waiting')", reaction
            ):
                await asyncio.sleep(0.01)

    async def register(self, *personnes: Personne) -> None:
        """These people chose their role; the service knows it when this returns."""
        for personne in personnes:
            position = await self.publish("identity", role_choisi(personne), f"compte-{personne.compte_id}")
            await self.projected(position, "comptes_connus")

    async def expect(self, personne: Personne) -> None:
        """Somebody invited this person's address: identity prepared an account, which nobody opened yet."""
        contrat = ComptePrepareV1(compte_id=personne.compte_id, prepare_le=dt.datetime.now(dt.UTC))
        position = await self.publish("identity", contrat, f"compte-{personne.compte_id}")
        await self.projected(position, "comptes_connus")

    async def recognize(self, personne: Personne) -> None:
        """The source of the dispositif says that they coordinate."""
        contrat = CoordinateurDuDispositifReconnuV1(
            compte_id=personne.compte_id, reconnu_le=dt.datetime.now(dt.UTC)
        )
        position = await self.publish("identity", contrat, f"reconnaissance-{personne.compte_id}")
        await self.projected(position, "comptes_connus")

    async def employ(self, personne: Personne, code_insee: str) -> None:
        """They work there, since long."""
        emploi_id, debut = uuid4(), dt.date(2025, 1, 6)
        declare = EmploiDeclareV1(
            emploi_id=emploi_id,
            compte_id=personne.compte_id,
            structure_id=uuid4(),
            siret="13002603200016",
            debut=debut,
            declare_le=dt.datetime.now(dt.UTC),
            code_insee=code_insee,
        )
        commence = EmploiCommenceV1(emploi_id=emploi_id, compte_id=personne.compte_id, debut=debut)
        for fait in (declare, commence):
            await self.projected(await self.publish("identity", fait, f"emploi-{emploi_id}"), "emplois")

    async def team(self, chef: Personne, nom: str = "Drôme des collines") -> UUID:
        """An équipe of that coordinateur; the service knows it when this returns."""
        equipe_id = uuid4()
        answer = await self.call("POST", "/equipes", chef, {"id": str(equipe_id), "nom": nom})
        assert answer.status_code == 201, answer.text
        await self.projected(answer.headers["X-Position"], *CREATION)
        return equipe_id

    async def invited(self, equipe_id: UUID, chef: Personne, invitee: Personne) -> UUID:
        """An invitation sent to a person that the service knows."""
        await self.register(invitee)
        invitation_id = uuid4()
        body = {"id": str(invitation_id), "compte_id": str(invitee.compte_id)}
        answer = await self.call("POST", f"/equipes/{equipe_id}/invitations", chef, body)
        assert answer.status_code == 201, answer.text
        await self.projected(answer.headers["X-Position"], "invitations")
        return invitation_id

    async def member(self, equipe_id: UUID, chef: Personne, invitee: Personne) -> str:
        """Invited, and accepted. Returns the position of the membership, which the service knows."""
        invitation_id = await self.invited(equipe_id, chef, invitee)
        answer = await self.call("POST", f"/invitations/{invitation_id}/acceptation", invitee)
        assert answer.status_code == 204, answer.text
        await self.projected(answer.headers["X-Position"], "membres", "invitations")
        return answer.headers["X-Position"]


def role_choisi(personne: Personne) -> RoleChoisiV1:
    return RoleChoisiV1(
        compte_id=personne.compte_id,
        role="coordinateur" if personne.mediateur_id is None else "mediateur",
        mediateur_id=personne.mediateur_id,
        coordinateur_id=personne.coordinateur_id if personne.mediateur_id is None else None,
        choisi_le=dt.datetime.now(dt.UTC),
    )


@pytest_asyncio.fixture
async def service(database: Database, equipes_url: str, nats_url: str, bus: Client) -> AsyncIterator[Service]:
    """The service in this process, answering and working, on a bus where nobody has spoken yet."""
    await add_stream(bus, "identity", "activites", "equipes")
    async with TokenIssuer() as issuer:
        settings = Settings(
            database_url=equipes_url,
            nats_url=nats_url,
            issuer=issuer.issuer,
            jwks_url=issuer.url,
            coffre_cles={1: bytes(range(32))},
        )
        clock = Clock()
        store = composition.DESCRIPTION.store(database, settings.coffre_cles)
        edge = broker(settings)
        app = composition.application(settings, store, edge, clock)
        await start(edge)
        # Jobs run when a test says so.
        works = replace(composition.DESCRIPTION, jobs=()).tasks(bus, Tools(store, clock.now))
        tasks = [asyncio.ensure_future(work()) for work in works.values()]
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://equipes.test") as http:
            yield Service(app, store, bus, http, issuer, settings)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await edge.stop()
        await app.state.verifier.close()
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
