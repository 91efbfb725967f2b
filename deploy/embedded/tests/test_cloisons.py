"""Chaque service chez lui : sa base, ses sujets ; les secrets à leur seul propriétaire."""

import asyncio
import stat

import asyncpg
import nats
import pytest
from allumage import Allumage
from embedded.nats import operator
from embedded.settings import SERVICES
from nats.aio.client import Client
from nats.aio.msg import Msg


async def _client(lit: Allumage, user: str, errors: list[str] | None = None) -> Client:
    async def noted(error: Exception) -> None:
        if errors is not None:
            errors.append(str(error))

    return await nats.connect(
        f"nats://127.0.0.1:{lit.ports['nats']}",
        user=user,
        password=lit.secret(f"nats/{user}"),
        error_cb=noted,
        inbox_prefix=f"_INBOX.{user}",
    )


async def test_un_service_ne_se_connecte_pas_a_la_base_d_un_autre(plateforme: Allumage) -> None:
    password = plateforme.secret("postgres/equipes")
    url = f"postgresql://equipes:{password}@127.0.0.1:{plateforme.ports['postgres']}"
    connection = await asyncpg.connect(f"{url}/equipes")
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await connection.fetchval("SELECT lower('ÉQUIPE')") == "équipe"
    assert await connection.fetchval("SHOW transaction_timeout") == "1min"
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{url}/identity")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{url.replace(password, 'faux')}/equipes")


async def test_identity_repond_aux_questions_sans_que_le_flux_les_garde(plateforme: Allumage) -> None:
    identity, equipes = await _client(plateforme, "identity"), await _client(plateforme, "equipes")

    async def answer(message: Msg) -> None:
        await message.respond(b"Camille")

    await identity.subscribe("identity.personnes", cb=answer)
    await identity.flush()
    before = (await identity.jetstream().stream_info("IDENTITY")).state.messages
    assert (await equipes.request("identity.personnes", b"[]", timeout=2)).data == b"Camille"
    assert (await identity.jetstream().stream_info("IDENTITY")).state.messages == before
    await identity.close()
    await equipes.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_le_flux_est_sur_disque_comprime_et_sans_limite_d_age(
    plateforme: Allumage, service: str
) -> None:
    client = await _client(plateforme, operator(service))
    [info] = await client.jetstream().streams_info()
    config = info.config
    assert config.name == service.upper()
    assert (config.storage, config.compression, config.allow_direct) == ("file", "s2", True)
    assert (config.duplicate_window, config.max_age, config.num_replicas) == (0.1, 0, 1)
    await client.close()


async def test_un_inconnu_n_entre_pas_dans_nats(plateforme: Allumage) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plateforme.ports["nats"])
    assert (await reader.readline()).startswith(b"INFO ")
    writer.write(b'CONNECT {"user":"identity","pass":"faux","verbose":false}\r\nPING\r\n')
    assert b"Authorization Violation" in await reader.readline()
    writer.close()
    await writer.wait_closed()


def test_les_secrets_ne_sont_lisibles_que_par_leur_proprietaire(plateforme: Allumage) -> None:
    for name in ("secrets.json", "postgres/postgres.secret"):
        assert stat.S_IMODE((plateforme.folder / name).stat().st_mode) == 0o600
