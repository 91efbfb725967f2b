"""Chaque service chez lui : sa base, ses sujets ; les secrets à leur seul propriétaire."""

import asyncio
import stat
from contextlib import suppress
from pathlib import Path

import asyncpg
import nats
import pytest
from allumage import Allumage
from embedded.nats import operator
from embedded.settings import SERVICES
from embedded.state import State
from events.bus.direct import SUBJECT as STREAM_SUBJECT
from events.bus.direct import DirectReader
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NoStreamResponseError


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


ETRANGERS = [
    ("equipes", "identity"),
    ("activites", "identity"),
    ("activites", "equipes"),
    ("activites", "cartographie"),
    ("equipes", "activites"),
    ("cartographie", "identity"),
    ("cartographie", "activites"),
    ("identity", "activites"),
    ("identity", "cartographie"),
]


async def _flux(lit: Allumage, service: str) -> tuple[int, int, int]:
    """Messages, dernier numéro et consommateurs du flux, vus par son propriétaire."""
    client = await _client(lit, operator(service))
    info = await client.jetstream().stream_info(service.upper())
    await client.close()
    return info.state.messages, info.state.last_seq, info.state.consumer_count


async def _publier_le_sien(lit: Allumage, service: str) -> None:
    client = await _client(lit, service)
    await client.jetstream().publish(f"{service}.Essai.v1.0._", b"{}")
    await client.close()


@pytest.mark.parametrize(("attaquant", "cible"), ETRANGERS)
async def test_un_service_ne_touche_pas_au_flux_d_un_autre(
    plateforme: Allumage, attaquant: str, cible: str
) -> None:
    """Publier, forger par `reply`, effacer, vider, changer, suspendre : rien ne change chez l'autre."""
    await _publier_le_sien(plateforme, cible)
    before = await _flux(plateforme, cible)
    forged = f"{cible}.Forge.v1.0._"
    owner = await _client(plateforme, operator(cible))
    heard: list[str] = []

    async def noted(message: Msg) -> None:
        heard.append(message.subject)

    await owner.subscribe(f"{cible}.>", cb=noted)
    await owner.jetstream().add_consumer(cible.upper(), name="temoin", durable_name="temoin")
    await owner.flush()
    client = await _client(plateforme, attaquant, [])
    flux = cible.upper()
    # Son propre flux accuse réception, et l'API répond, sur le sujet donné : celui de l'autre.
    await client.publish(forged, b"{}")
    await client.publish(f"{attaquant}.Essai.v1.0._", b"{}", reply=forged)
    await client.publish(f"$JS.API.STREAM.INFO.{attaquant.upper()}", b"", reply=forged)
    await client.publish(f"$JS.API.DIRECT.GET.{flux}", b'{"seq":1}', reply=forged)
    await client.publish(f"{cible}.publie", b"9999-1 9999")
    for call, body in {
        f"STREAM.DELETE.{flux}": b"",
        f"STREAM.PURGE.{flux}": b"",
        f"STREAM.MSG.DELETE.{flux}": b'{"seq":1}',
        f"STREAM.UPDATE.{flux}": b'{"name":"%s","subjects":["x.>"]}' % flux.encode(),
        f"STREAM.CREATE.{flux}": b'{"name":"%s","subjects":["x.>"]}' % flux.encode(),
        f"CONSUMER.DELETE.{flux}.temoin": b"",
        f"CONSUMER.PAUSE.{flux}.temoin": b'{"pause_until":"2099-01-01T00:00:00Z"}',
        f"CONSUMER.CREATE.{flux}.intrus": b'{"stream_name":"%s","config":{"name":"intrus"}}' % flux.encode(),
        f"CONSUMER.MSG.NEXT.{flux}.temoin": b'{"batch":1}',
    }.items():
        await client.publish(f"$JS.API.{call}", body, reply=client.new_inbox())
    await client.flush()
    # Ce qui serait passé est arrivé avant ceci.
    await owner.publish(f"{cible}.publie", b"fin")
    async with asyncio.timeout(60):
        while f"{cible}.publie" not in heard:
            await asyncio.sleep(0.01)
    assert heard == [f"{cible}.publie"]
    witness = await owner.jetstream().consumer_info(flux, "temoin")
    assert not witness.paused
    assert witness.delivered is not None
    assert witness.delivered.consumer_seq == 0
    await owner.jetstream().delete_consumer(flux, "temoin")
    await owner.close()
    await client.close()
    assert await _flux(plateforme, cible) == before


async def test_un_service_ne_vide_ni_ne_change_meme_son_propre_flux(plateforme: Allumage) -> None:
    await _publier_le_sien(plateforme, "equipes")
    before = await _flux(plateforme, "equipes")
    errors: list[str] = []
    client = await _client(plateforme, "equipes", errors)
    for call in ("STREAM.PURGE.EQUIPES", "STREAM.DELETE.EQUIPES", "CONSUMER.CREATE.EQUIPES.x"):
        await client.publish(f"$JS.API.{call}", b"{}")
    await client.flush()
    async with asyncio.timeout(60):
        while len(errors) < 3:
            await asyncio.sleep(0.01)
    assert all("permissions violation" in error for error in errors)
    await client.close()
    assert await _flux(plateforme, "equipes") == before


@pytest.mark.parametrize(("lecteur", "source"), ETRANGERS)
async def test_un_service_ne_lit_que_les_flux_qui_lui_sont_ouverts(
    plateforme: Allumage, lecteur: str, source: str
) -> None:
    await _publier_le_sien(plateforme, source)
    client = await _client(plateforme, lecteur, [])
    stream = DirectReader(client, source)
    if lecteur == "cartographie":
        with pytest.raises((TimeoutError, NoStreamResponseError)):
            await stream.read(0)
    else:
        messages = await stream.read(0)
        assert (messages[0].headers or {})[STREAM_SUBJECT].startswith(f"{source}.")
    await stream.close()
    await client.close()


async def test_la_boite_d_un_autre_ne_se_lit_pas_et_une_fausse_reponse_n_arrive_pas(
    plateforme: Allumage,
) -> None:
    """Ni celle d'un autre compte, ni celle de l'exploitant dans le sien ; identity seul répond des noms."""
    identity = await _client(plateforme, "identity")
    equipes = await _client(plateforme, "equipes")
    spied: list[bytes] = []

    async def spy(message: Msg) -> None:
        spied.append(message.data)

    async def lie(message: Msg) -> None:
        await message.respond(b"faux")

    async def answer(message: Msg) -> None:
        await message.respond(b"Camille")

    spies = [await _client(plateforme, user, []) for user in ("activites", "cartographie", "identity")]
    for client in spies:
        for subject in ("_INBOX.>", "_INBOX.equipes.>", "_INBOX.coop-identity.>", "_R_.>"):
            await client.subscribe(subject, cb=spy)
    liars = [await _client(plateforme, user, []) for user in ("activites", "cartographie", "equipes")]
    for client in liars:
        await client.subscribe("identity.personnes", cb=lie)
        await client.subscribe("identity.personnes", "identity", cb=lie)
    await identity.subscribe("identity.personnes", "identity", cb=answer)
    for client in (*spies, *liars, identity):
        await client.flush()
    for _ in range(20):
        assert (await equipes.request("identity.personnes", b"[]", timeout=60)).data == b"Camille"
    for client in spies:
        await client.flush()
    assert spied == []
    for client in (*spies, *liars, identity, equipes):
        await client.close()


@pytest.mark.parametrize(
    ("question", "de"),
    [
        ("identity.personnes", "equipes"),
        ("identity.adresse", "activites"),
        ("identity.structures", "activites"),
        ("identity.inscrits", "activites"),
        ("equipes.noms", "activites"),
    ],
)
async def test_un_service_repond_aux_questions_sans_que_le_flux_les_garde(
    plateforme: Allumage, question: str, de: str
) -> None:
    service = question.partition(".")[0]
    qui, demandeur = await _client(plateforme, service), await _client(plateforme, de)

    async def answer(message: Msg) -> None:
        await message.respond(b"Camille")

    await qui.subscribe(question, cb=answer)
    await qui.flush()
    before = (await qui.jetstream().stream_info(service.upper())).state.messages
    assert (await demandeur.request(question, b"[]", timeout=60)).data == b"Camille"
    assert (await qui.jetstream().stream_info(service.upper())).state.messages == before
    await qui.close()
    await demandeur.close()


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


def test_aucun_autre_utilisateur_de_la_machine_ne_lit_les_donnees(plateforme: Allumage) -> None:
    folder = plateforme.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes: dict[Path, int] = {}
    for path in folder.rglob("*"):
        # PostgreSQL and NATS come and go with their own files.
        with suppress(FileNotFoundError):
            if not path.is_socket():
                modes[path] = path.stat().st_mode
    opened = [str(path.relative_to(folder)) for path, mode in modes.items() if stat.S_IMODE(mode) & 0o077]
    assert len(modes) > 20
    assert opened == []


def test_un_dossier_laisse_ouvert_est_referme(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    state = State(tmp_path)
    assert state.take()
    state.release()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_les_secrets_ne_sont_lisibles_que_par_leur_proprietaire(plateforme: Allumage) -> None:
    for name in ("secrets.json", "postgres/postgres.secret"):
        assert stat.S_IMODE((plateforme.folder / name).stat().st_mode) == 0o600
