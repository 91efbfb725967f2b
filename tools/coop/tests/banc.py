"""The journal and stream of the service équipes, and the command `coop` run as an operator would."""

import argparse
import asyncio
import base64
import datetime as dt
import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
import structlog
from contracts.identity import RoleChoisiV1
from coop.__main__ import main
from equipes.app import DESCRIPTION
from equipes.domain import adhesion, equipe, invitation
from equipes.domain.appartenance import APPARTENANCE
from equipes.domain.equipe import EQUIPE
from equipes.domain.evenements import Event
from equipes.domain.invitation import INVITATION
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    cle_appartenance,
)
from events.bus.relay import Relay
from events.contract import Contract
from events.postgres.database import Database
from events.projection.projection import Projector
from events.store.store import Context, Store
from events.testing import publish
from events.types import Position
from nats.aio.client import Client

MAINTENANT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
CONTEXTE = Context("auteur-essai", "requete-essai")
NOM = "Les canaris de Zoé"
"""Personal data: the name that a coordinateur gave to a team."""
CLES = {1: bytes(range(32)), 2: bytes(range(32, 64))}


def cles(*versions: int) -> str:
    return ",".join(f"{v}:{base64.b64encode(CLES[v]).decode()}" for v in versions)


@contextmanager
def _comme_un_processus() -> Generator[None]:
    """What the command sets for its whole process (logs, argparse's words, mask) is put back."""
    root, words = logging.getLogger(), {name: vars(argparse)[name] for name in ("_", "ngettext")}
    kept = root.handlers[:], root.level, structlog.get_config()
    os.umask(mask := os.umask(0o022))
    try:
        yield
    finally:
        os.umask(mask)
        root.handlers, level = kept[0], kept[1]
        root.setLevel(level)
        structlog.configure(**kept[2])
        for name, word in words.items():
            setattr(argparse, name, word)


class Banc:
    """The service's journal and stream, and what `coop` answers."""

    def __init__(
        self, store: Store[Event], bus: Client, url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.store, self.bus, self.url = store, bus, url
        self._capsys = capsys

    async def coop(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, error output."""
        self._capsys.readouterr()
        with _comme_un_processus():
            try:
                code = await asyncio.to_thread(main, list(arguments))
            except SystemExit as error:
                code = int(error.code or 0)
        written = self._capsys.readouterr()
        return code, written.out, written.err

    async def liberer(self) -> None:
        """As if the service were stopped: no connection is left on its database."""
        await self.store.database.close()
        self.store = DESCRIPTION.store(Database(self.url), {1: CLES[1]})

    async def equipe(self, nom: str = NOM) -> tuple[EquipeId, CompteId]:
        equipe_id, compte_id = EquipeId(uuid4()), CompteId(uuid4())
        command = equipe.CreerEquipe(equipe_id, nom, CoordinateurId(uuid4()), compte_id, MAINTENANT)
        await self.store.execute(EQUIPE(equipe_id), command, CONTEXTE)
        return equipe_id, compte_id

    async def acceptee(self, equipe_id: EquipeId) -> tuple[invitation.InvitationAcceptee, str]:
        """An accepted invitation, whose member the reaction has not made yet; and the member's stream."""
        ids = InvitationId(uuid4()), CompteId(uuid4()), MediateurId(uuid4())
        envoyee = invitation.InvitationEnvoyee(
            ids[0],
            equipe_id,
            ids[1],
            CoordinateurId(uuid4()),
            MAINTENANT,
            MAINTENANT + dt.timedelta(days=180),
        )
        fait = invitation.InvitationAcceptee(ids[0], equipe_id, ids[1], ids[2], MAINTENANT)
        await self.store.append(INVITATION(ids[0]), 0, [envoyee, fait], CONTEXTE)
        return fait, APPARTENANCE(cle_appartenance(equipe_id, ids[2])).name

    async def membre(self, equipe_id: EquipeId) -> str:
        """A member; gives its stream."""
        fait, flux = await self.acceptee(equipe_id)
        command = adhesion.adherer(fait)
        assert command is not None
        await self.store.execute(APPARTENANCE.named(flux), command, CONTEXTE)
        return flux

    async def arriere(self, count: int) -> None:
        """So many public facts, of as many invitations, that nobody has published."""

        def envoyee() -> invitation.InvitationEnvoyee:
            fin = MAINTENANT + dt.timedelta(days=180)
            ids = InvitationId(uuid4()), EquipeId(uuid4()), CompteId(uuid4())
            return invitation.InvitationEnvoyee(*ids, CoordinateurId(uuid4()), MAINTENANT, fin)

        faits = (envoyee() for _ in range(count))
        await self.store.append_bulk(((INVITATION(f.invitation_id).name, 0, [f]) for f in faits), CONTEXTE)

    async def projeter(self) -> None:
        for projection in DESCRIPTION.own:
            projector = Projector(self.store.database, projection, DESCRIPTION.feed(self.store))
            while await projector.step():
                pass

    async def projeter_du_bus(self, table: str) -> None:
        """One read model, up to the end of what another service published."""
        fed = next(f for f in DESCRIPTION.fed if f.name == table)
        source = DESCRIPTION.bus(fed.name, fed, self.bus)
        projector = Projector(self.store.database, fed.projection, source)
        while not await projector.step():
            await source.wait()
        await source.close()

    async def publier(self) -> None:
        """The relay, until everything is in the stream."""
        task = asyncio.create_task(Relay(self.store, self.bus, "equipes", DESCRIPTION.to_contract).run())
        try:
            async with asyncio.timeout(60):
                while await self.sql(
                    "select count(*) from events e where not exists (select from checkpoints c"
                    " where c.projection = 'relay' and"
                    " (e.xid, e.position) <= (c.xid::text::xid8, c.number))"
                ):
                    await asyncio.sleep(0.02)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def voisin(self, service: str, *contrats: Contract) -> None:
        """What another service's relay would publish."""
        js = self.bus.jetstream()
        for contrat in contrats:
            last = (await js.stream_info(service.upper())).state.last_seq
            await publish(self.bus, service, contrat, Position(1000, last + 1), recorded_at=MAINTENANT)

    async def sql(self, query: str, *values: object) -> object:
        """The first value of the first row."""
        async with self.store.database.raw() as connection:
            return await connection.fetchval(query, *values)


def role(compte_id: UUID) -> RoleChoisiV1:
    return RoleChoisiV1(
        compte_id=compte_id,
        role="mediateur",
        mediateur_id=uuid4(),
        coordinateur_id=None,
        choisi_le=MAINTENANT,
    )
