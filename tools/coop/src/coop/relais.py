"""`coop relais` : ce qui est publié sur le bus, et le publier de nouveau."""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import asyncpg
from events.bus import repair as stream
from events.bus.owned import JournalBehind, OwnedStream
from events.bus.relay import election
from events.postgres.database import Database, discard
from events.projection.checkpoints import hold_checkpoint, put_back, read_checkpoint
from events.projection.source import Checkpoint
from events.service import Service
from events.store import search
from events.store.store import Store
from events.types import START, Position, Recorded
from nats.aio.client import Client

from coop import options as lire
from coop import sortie
from coop.lecteurs import RELAIS, Lecteur, retard
from coop.plateforme import Plateforme, ReglageManquant, ServeurAbsent
from coop.projections import SEUIL, dire_retards

_SHORT_WINDOW = 0.1
_LEAVES_SECONDS, _TRIES = 6, 4
"""A relay at rest looks every two seconds, one at work when its messages are acknowledged: five at most."""
_LOCK = """set local transaction_timeout = '15min'; set local idle_in_transaction_session_timeout = 0;
           set local lock_timeout = '5s'"""


def declarer(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "relais",
        help="publication sur le bus : retard, publier de nouveau",
        description="Le relais publie sur le bus les faits du journal, dans l’ordre.",
    )
    actions = groupe.add_subparsers(dest="action", required=True, metavar="action", title="actions")
    parser = actions.add_parser("lag", help="le retard de chaque relais. Code 1 au-delà du seuil")
    lire.filtre(parser)
    parser.add_argument(
        "--seuil", type=lire.secondes, default=SEUIL, metavar="S", help=f"en secondes ({SEUIL:g})"
    )
    parser.set_defaults(executer=mesurer)

    parser = actions.add_parser(
        "republier",
        help="publier de nouveau tout ce qui suit une position",
        description="Quand un flux a perdu des messages. Les messages qui suivent la position sont\n"
        "retirés du flux, puis le relais les publie de nouveau, dans l’ordre (des messages\n"
        "remis derrière de plus récents seraient pris pour des répétitions). Ceux qui les ont\n"
        "déjà lus n’en font rien une seconde fois. Les lectures de tous les journaux\n"
        "attendent pendant le retrait ; « --depuis 0-0 », qui vide le flux d’un coup, est\n"
        "immédiat.",
    )
    lire.service(parser)
    parser.add_argument("--depuis", type=lire.position, required=True, metavar="POS", help="« 1234-56 »")
    parser.set_defaults(executer=republier)

    parser = actions.add_parser(
        "nettoyer",
        help="retirer du flux les messages que le journal ne connaît pas",
        description="Après une restauration qui n’a pas pu nettoyer le flux : retire les messages dont le\n"
        "fait n’est pas dans le journal. Code 1 quand il y en avait : les tables qu’ils ont\n"
        "nourries sont à refaire.",
    )
    lire.service(parser)
    parser.set_defaults(executer=nettoyer)


async def mesurer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    found = []
    for service in plateforme.services(options.service):
        async with plateforme.store(service) as store, plateforme.bus(service) as bus:
            late = await retard(store.database, bus, Lecteur(service, RELAIS, "relais", service))
            wrong = await _etat_du_flux(plateforme.description(service), store, bus)
            found.append(replace(late, secondes=None, note=wrong) if wrong else late)
    dire_retards(found, en_json=options.json)
    return int(any(r.secondes is None or r.secondes > options.seuil for r in found))


async def _etat_du_flux(description: Service[Any], store: Store[Any], bus: Client) -> str:
    """What is wrong with the stream: nothing is said of one that holds what the journal says."""

    def public(recorded: Recorded[Any]) -> bool:
        return description.to_contract(recorded.event) is not None

    owned = OwnedStream(store, bus, description.name, public)
    try:
        end, last = await owned.end()
        holes = await owned.holes(last, end)
    except JournalBehind:
        return "le flux sait des faits que le journal n’a pas : « coop relais nettoyer »"
    finally:
        await owned.close()
    if not holes:
        return ""
    return f"flux troué : « coop relais republier {description.name} --depuis {holes[0].after} »"


async def republier(options: argparse.Namespace, plateforme: Plateforme) -> int:
    service, since = options.service, options.depuis
    async with plateforme.store(service) as store, plateforme.bus_admin(service) as bus:
        database = store.database
        js = bus.jetstream(timeout=10)
        config = (await js.stream_info(service.upper())).config
        window = config.duplicate_window
        try:
            # JetStream remembers the ids of removed messages too, and would drop their return.
            config.duplicate_window = _SHORT_WINDOW
            await js.update_stream(config)
            async with _a_la_place_du_relais(database, service, since) as connection:
                with a_relancer("la même commande"):
                    removed = await _reculer(connection, bus, service, since)
        finally:
            config.duplicate_window = window
            await js.update_stream(config)
        sortie.dire(
            f"{service} : {sortie.nombre(removed)} messages retirés du flux, à publier depuis {since}"
        )
        if not await _repart(database, since):
            sortie.noter(
                "Le relais n’a pas repris : il reprendra au prochain fait, ou au redémarrage du service."
            )
    return 0


async def _reculer(connection: asyncpg.Connection, bus: Client, service: str, since: Position) -> int:
    """Remove the messages and move the checkpoint back, in one hold of the checkpoint's row.

    A message that is added and removed moves the stream's end: whatever the relay left on its way is refused
    from then on.
    """
    js = bus.jetstream(timeout=10)
    name = service.upper()
    async with connection.transaction():
        await connection.execute(_LOCK)
        await hold_checkpoint(connection, RELAIS)
        mark = await js.publish(f"{service}.Marque.v0.0._", b"", stream=name)
        # Every mark: that of a command stopped half-way too.
        await js.purge_stream(name, subject=f"{service}.Marque.>")
        if since == START:
            removed = (await js.stream_info(name)).state.messages
            await bus.jetstream(timeout=60).purge_stream(name)
        else:
            sequences = await stream.after(bus, service, since)
            await stream.remove(bus, service, sequences)
            removed = len(sequences)
        await put_back(connection, RELAIS, Checkpoint(since, mark.seq))
        # What was published just before the window was cut short leaves it.
        await asyncio.sleep(5 * _SHORT_WINDOW)
    return removed


@asynccontextmanager
async def _a_la_place_du_relais(
    database: Database, service: str, since: Position
) -> AsyncGenerator[asyncpg.Connection]:
    """The session that is the elected one: no relay publishes meanwhile.

    A stream of three copies that is emptied under messages on their way, each naming the one it follows,
    stops for good: « critical write error » on the three servers.
    """
    async with database.raw() as connection:
        try:
            for _ in range(_TRIES):
                if await _evince(connection, service, since):
                    break
            else:
                raise ServeurAbsent(f"Le relais de {service} ne rend pas la main : est-il figé ?")
            yield connection
        finally:
            discard(connection)


async def _evince(connection: asyncpg.Connection, service: str, since: Position) -> bool:
    """Whether the place is taken. Another relay may have had it in between: it is asked in its turn."""
    async with connection.transaction():
        await connection.execute(_LOCK)
        at = await hold_checkpoint(connection, RELAIS)
        if at is None or at.position < since:
            raise ReglageManquant(f"Le relais de {service} n’est pas encore arrivé à {since}.")
        # Whoever is at work leaves when it sees another checkpoint than its own.
        await put_back(connection, RELAIS, at._replace(sequence=at.sequence + 1))
    await connection.execute(f"set lock_timeout = '{_LEAVES_SECONDS}s'")
    try:
        await connection.execute("select pg_advisory_lock($1)", election(service))
    except asyncpg.LockNotAvailableError:
        return False
    return True


@contextmanager
def a_relancer(what: str) -> Generator[None]:
    """A removal that fails or is stopped half-way says what to run again."""
    try:
        yield
    except BaseException:
        sortie.noter(f"Le retrait des messages n’est pas fini : relancez {what}.")
        raise


async def _repart(database: Database, since: Position) -> bool:
    """Whether the relay went past the position, within some seconds. True when nothing follows it."""
    follows = await search.end(database) > since
    for _ in range(12):
        if not follows or (await read_checkpoint(database, RELAIS)).position > since:
            return True
        await asyncio.sleep(0.25)
    return False


async def nettoyer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    service = options.service
    async with plateforme.store(service) as store, plateforme.bus_admin(service) as bus:
        orphans = await stream.unknown(bus, service, store.database, None)
        with a_relancer("la même commande"):
            await stream.remove(bus, service, orphans)
        fin = await stream.last_position(bus, service)
    if orphans:
        await _reculer_reactions(plateforme, options.service, fin)
    sortie.dire(f"{service} : {sortie.nombre(len(orphans))} messages sans fait, retirés du flux")
    if orphans:
        sortie.dire(f"À refaire : coop projections rebuild --source {service} --toutes")
    return int(bool(orphans))


async def _reculer_reactions(plateforme: Plateforme, source: str, fin: Position) -> None:
    """Those that stand beyond what is left read again from there: they give no order twice. Otherwise what
    the service writes next, at positions that they have passed, would be skipped in silence."""
    for service in plateforme.services() if not plateforme.seul else (source,):
        names = [r.name for r in plateforme.description(service).reactions if r.service == source]
        if not names:
            continue
        async with plateforme.store(service) as store:
            for name in names:
                async with store.database.raw() as connection, connection.transaction():
                    at = await hold_checkpoint(connection, name)
                    if at is not None and at.position > fin:
                        await put_back(connection, name, Checkpoint(fin))
                        sortie.dire(f"{service}.{name} : relit depuis {fin}")
