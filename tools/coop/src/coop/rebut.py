"""`coop rebut` : les faits mis de côté, à rejouer ou à jeter."""

import argparse
from typing import Any

import orjson
from embedded.settings import SERVICES
from events.bus.direct import DirectReader
from events.postgres.database import is_unavailable
from events.projection.executor import SOURCE as ORDERS
from events.projection.executor import give_back, order_of
from events.projection.manager import Manager, Reaction
from events.projection.parking import give_up, parked_rows, unpark
from events.projection.source import Checkpoint, Delivery, Rejected
from events.service import Service
from events.store import search
from events.store.store import Store
from events.types import Position
from nats.aio.client import Client
from nats.aio.msg import Msg

from coop import options as lire
from coop import sortie
from coop.evenements import montrer
from coop.plateforme import Plateforme, ReglageManquant
from coop.projections import refaire_lecteur, table


def declarer(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "rebut",
        help="faits et ordres mis de côté : voir, rejouer, jeter",
        description="Ce qu’une projection ou une réaction n’a pas su prendre, et les ordres refusés.",
    )
    actions = groupe.add_subparsers(dest="action", required=True, metavar="action", title="actions")
    parser = actions.add_parser("list", help="les faits mis de côté. Code 1 quand il y en a")
    lire.filtre(parser)
    parser.set_defaults(executer=lister)

    parser = actions.add_parser("show", help="un fait mis de côté, et pourquoi")
    lire.service(parser)
    parser.add_argument("numero", type=lire.entier, metavar="numéro", help="celui de « coop rebut list »")
    parser.add_argument("--json", action="store_true", help="une ligne JSON")
    parser.set_defaults(executer=montrer_un)

    parser = actions.add_parser(
        "rejouer",
        help="reprendre ce qui a été mis de côté, une fois le code corrigé",
        description="Une projection : d’autres faits ont suivi celui qui a été mis de côté, et il ne peut\n"
        "plus être appliqué après eux. Sa table est refaite en entier depuis le premier fait,\n"
        "pendant que le service répond ; tous ses faits mis de côté sont repris à leur place.\n"
        "Ceux qui échouent encore restent au rebut.\n"
        "Une réaction : elle lit de nouveau ce fait, et ne donne aucun ordre deux fois.\n"
        "Un ordre (source « ordre ») : le service l’exécute de nouveau, aussitôt.\n"
        "Code 1 quand il reste quelque chose.",
    )
    parser.add_argument("service", choices=SERVICES, metavar="service")
    parser.add_argument(
        "numero", type=lire.entier, nargs="?", metavar="numéro", help="un seul (défaut : tous)"
    )
    parser.set_defaults(executer=rejouer)

    parser = actions.add_parser(
        "jeter",
        help="renoncer à un fait mis de côté",
        description="Retire le fait du rebut et garde qui, quand et pourquoi (table parked_dropped). Le\n"
        "journal n’est pas touché : refaire la table présentera de nouveau ce fait à la\n"
        "projection.",
    )
    lire.service(parser)
    parser.add_argument("numero", type=lire.entier, metavar="numéro")
    parser.add_argument("--motif", type=lire.motif, required=True, help="pourquoi, sans donnée personnelle")
    parser.set_defaults(executer=jeter)


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    count = 0
    lignes: list[list[object]] = []
    for service in plateforme.services(options.service):
        async with plateforme.store(service) as store:
            rows = await parked_rows(store.database)
        count += len(rows)
        for row in rows:
            if options.json:
                sortie.json({"service": service, **_decrit(row)})
            at = row["parked_at"].strftime("%Y-%m-%d %H:%M")
            lignes.append(
                [service, row["id"], row["projection"], row["type"], row["stream"], row["error"], at]
            )
    if not options.json and lignes:
        sortie.tableau(["service", "numéro", "lecteur", "fait", "flux", "erreur", "mis de côté le"], lignes)
    if not options.json and not lignes:
        sortie.dire("Rien au rebut.")
    return int(count > 0)


def _decrit(row: Any) -> dict[str, Any]:
    return {
        "numero": row["id"],
        "lecteur": row["projection"],
        "source": row["source"],
        "type": row["type"],
        "flux": row["stream"],
        "version": row["version"],
        "position": f"{row['xid']}-{row['number']}",
        "sequence": row["sequence"],
        "id": str(row["event_id"]),
        "essais": row["attempts"],
        "erreur": row["error"],
        "mis_de_cote_le": row["parked_at"].isoformat(),
    }


async def montrer_un(options: argparse.Namespace, plateforme: Plateforme) -> int:
    async with plateforme.store(options.service) as store:
        row = await _lire(store, options.service, options.numero)
        described = _decrit(row)
        if row["source"] == ORDERS:
            described["ordre"] = await _ordre(store, row)
        elif row["source"] != options.service:
            async with plateforme.bus(options.service) as bus:
                described["contrat"] = await _contrat(bus, row)
        if options.json:
            sortie.json(described)
            return 0
        for name, value in described.items():
            text = orjson.dumps(value).decode() if isinstance(value, dict) else value
            sortie.dire(f"{name:<15} {sortie.sur(text)}")
        if "contrat" not in described and "ordre" not in described:
            await montrer(store.database, await search.by_id(store.database, row["event_id"]), en_json=False)
    return 0


async def _lire(store: Store[Any], service: str, number: int) -> Any:
    rows = await parked_rows(store.database, number)
    if not rows:
        raise ReglageManquant(f"{service} n’a pas de fait {number} au rebut.")
    return rows[0]


async def _contrat(bus: Client, row: Any) -> dict[str, Any] | None:
    """The message as published (contracts carry nothing personal); None when the stream no longer has it."""
    message = await _message(bus, row)
    try:
        return None if message is None else orjson.loads(message.data)
    except orjson.JSONDecodeError:
        return None


async def _message(bus: Client, row: Any) -> Msg | None:
    stream = DirectReader(bus, row["source"])
    try:
        return await stream.at(row["sequence"])
    finally:
        await stream.close()


async def _ordre(store: Store[Any], row: Any) -> dict[str, Any]:
    """What was to be done, and because of which fact (orders carry nothing personal)."""
    order = await order_of(store.database, row["event_id"])
    assert order is not None, "orders are kept"
    return {"cause": str(order["cause"]), "le": order["at"], **orjson.loads(order["data"])}


async def rejouer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    service = options.service
    description = plateforme.description(service)
    async with plateforme.store(service) as store:
        if options.numero is not None:
            await _lire(store, service, options.numero)
        rows = await parked_rows(store.database, options.numero)
    reactions = {reaction.name: reaction for reaction in description.reactions}
    await _rendre(plateforme, service, [row for row in rows if row["source"] == ORDERS])
    facts = [row for row in rows if row["source"] != ORDERS]
    for reader in sorted({row["projection"] for row in facts}):
        mine = [row for row in facts if row["projection"] == reader]
        if reader in reactions:
            await _rejouer_reaction(plateforme, description, reactions[reader], mine)
        else:
            await refaire_lecteur(plateforme, description, table(description, reader))
    async with plateforme.store(service) as store:
        left = len(await parked_rows(store.database, readers=[row["projection"] for row in rows]))
    sortie.dire(f"{service} : {len(rows)} repris, il en reste {left} au rebut")
    return int(bool(left))


async def _rejouer_reaction(
    plateforme: Plateforme, description: Service[Any], reaction: Reaction, rows: list[Any]
) -> None:
    async with plateforme.store(description.name) as store, plateforme.bus(description.name) as bus:
        manager = Manager(store.database, description.facts(reaction, store, bus), reaction)
        for row in rows:
            delivery = await (_du_bus(bus, row) if reaction.service else _du_journal(store, row))
            if delivery is None:
                sortie.noter(f"{reaction.name}, numéro {row['id']} : absent du flux, ou ce n’est pas un fait")
                continue
            try:
                await manager.again(delivery)
            except Exception as error:
                if is_unavailable(error):
                    raise
                # The class only: a message could quote personal data.
                sortie.noter(f"{reaction.name}, numéro {row['id']} : échoue encore ({type(error).__name__})")
                continue
            await _oublier(plateforme, description.name, [row])


async def _rendre(plateforme: Plateforme, service: str, rows: list[Any]) -> None:
    """Orders wait again: the service carries them out."""
    async with plateforme.store(service) as store, store.database.raw() as connection:
        for row in rows:
            await give_back(connection, row["event_id"])


async def _du_journal(store: Store[Any], row: Any) -> Delivery | None:
    raws = await store.page(Position(row["xid"], row["number"] - 1), 1)
    found = next((raw for raw in raws if raw.id == row["event_id"]), None)
    return _livraison(row, found) if found is not None else None


async def _du_bus(bus: Client, row: Any) -> Delivery | None:
    """None when the stream no longer has it, or when its reader saw that it never was a fact."""
    message = None if row["error"].startswith(Rejected.__name__) else await _message(bus, row)
    return None if message is None else _livraison(row, message)


def _livraison(row: Any, raw: Any) -> Delivery:
    """As the reader had it when it was parked. type : the CloudEvents one on the bus, which decoding asks."""
    at = Checkpoint(Position(row["xid"], row["number"]), row["sequence"])
    return Delivery(at, row["event_id"], row["stream"], row["version"], row["type"], row["parked_at"], raw)


async def _oublier(plateforme: Plateforme, service: str, rows: list[Any]) -> None:
    async with plateforme.store(service) as store:
        await unpark(store.database, [row["id"] for row in rows])


async def jeter(options: argparse.Namespace, plateforme: Plateforme) -> int:
    async with plateforme.store(options.service) as store:
        row = await _lire(store, options.service, options.numero)
        await give_up(store.database, options.numero, lire.operateur(), options.motif)
    sortie.dire(sortie.sur(f"{options.service} : {row['type']} jeté pour {row['projection']}"))
    return 0
