"""`coop agenda` : ce qui reste à faire à la suite d’un fait, et quand."""

import argparse
from typing import Any

import orjson
from events.projection.executor import waiting_orders

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme

_LIMITE = 100


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "agenda",
        help="ordres qui attendent leur date, ou un serveur",
        description="Ce qui suit d’un fait et n’est pas encore fait : à une date, ou dès que possible. Un\n"
        "ordre qui a échoué dit combien de fois et sur quoi ; il sera repris. Ceux qui sont\n"
        "refusés sont au rebut (« coop rebut list »).",
    )
    lire.filtre(parser)
    parser.add_argument("--reaction", metavar="nom", help="une seule réaction")
    parser.add_argument(
        "--limite", type=lire.entier, default=_LIMITE, metavar="N", help=f"par service ({_LIMITE})"
    )
    parser.set_defaults(executer=lister)


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    lignes: list[list[object]] = []
    for service in plateforme.services(options.service):
        async with plateforme.store(service) as store:
            rows = await waiting_orders(store.database, options.reaction, options.limite)
        for row in rows:
            if options.json:
                sortie.json({"service": service, **_decrit(row)})
            at = row["at"].strftime("%Y-%m-%d %H:%M") if row["at"] else "dès que possible"
            lignes.append(
                [service, row["reaction"], row["type"], row["key"], at, row["attempts"], row["error"] or ""]
            )
    if not options.json and lignes:
        sortie.tableau(["service", "réaction", "ordre", "clé", "quand", "essais", "attend"], lignes)
    if not options.json and not lignes:
        sortie.dire("Rien à l’agenda.")
    return 0


def _decrit(row: Any) -> dict[str, Any]:
    return {
        "reaction": row["reaction"],
        "ordre": row["type"],
        "cle": row["key"],
        "contenu": orjson.loads(row["data"]),
        "cause": str(row["cause"]),
        "quand": row["at"].isoformat() if row["at"] else None,
        "donne_le": row["created_at"].isoformat(),
        "essais": row["attempts"],
        "erreur": row["error"],
    }
