"""`coop evenements` : lire le journal d’un service, sans jamais montrer une donnée personnelle."""

import argparse
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from embedded.settings import SERVICES
from events.postgres.database import Database
from events.store import search
from events.types import ERASED, START, Position
from events.vault.erasure import erased

from coop import sortie
from coop.options import entier, position
from coop.plateforme import Plateforme

PAGE = 500
MASQUE = "•••"


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "evenements",
        help="lire le journal d’un service",
        description="Les derniers faits du journal d’un service, ou ceux qui suivent une position.\n"
        f"Les champs personnels ne sont pas déchiffrés : « {MASQUE} », ou « {ERASED} ».",
    )
    parser.add_argument("--service", required=True, choices=SERVICES)
    parser.add_argument("--flux", metavar="X", help="un seul flux, « compte-<uuid> »")
    parser.add_argument("--type", metavar="T", help="un seul type de fait, « CompteOuvert »")
    parser.add_argument("--auteur", metavar="A", help="un seul auteur : compte ou programme")
    parser.add_argument("--depuis", type=position, metavar="POS", help="après cette position, « 1234-56 »")
    parser.add_argument("--suivre", action="store_true", help="montrer ensuite ce qui arrive, jusqu’à Ctrl-C")
    parser.add_argument("--limite", type=entier, default=50, metavar="N", help="au plus N faits (50)")
    parser.add_argument("--json", action="store_true", help="une ligne JSON par fait")
    parser.set_defaults(executer=executer)


async def executer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    async with plateforme.store(options.service) as store:
        database = store.database
        if options.depuis is None:
            at = await _montrer_les_derniers(database, options)
        else:
            at, shown = options.depuis, 0
            while shown < options.limite:
                page = await search.page(database, _voulus(options), at, min(PAGE, options.limite - shown))
                if not page:
                    break
                await montrer(database, page, en_json=options.json)
                shown, at = shown + len(page), Position(page[-1]["xid"], page[-1]["position"])
        while options.suivre:
            page, at = await suite(database, options, at)
            if page:
                await montrer(database, page, en_json=options.json)
            else:
                await database.wakeup.wait(0.5, database.wakeup.commits)
    return 0


def _voulus(options: argparse.Namespace) -> search.Wanted:
    return search.Wanted(options.flux, options.type, options.auteur)


async def suite(
    database: Database, options: argparse.Namespace, at: Position
) -> tuple[Sequence[Any], Position]:
    """The next facts chosen, and where to go on: what was looked at is not looked at again."""
    # Before the page: all that is below is committed, so the page misses none of it.
    below = await search.watermark(database)
    page = await search.page(database, _voulus(options), at, PAGE)
    last = Position(page[-1]["xid"], page[-1]["position"]) if page else at
    return page, last if len(page) == PAGE else max(last, below)


async def _montrer_les_derniers(database: Database, options: argparse.Namespace) -> Position:
    """The last ones that fit, in order. Kept in memory: at most `--limite`, read by pages."""
    found: list[Any] = []
    before = None
    while len(found) < options.limite:
        page = await search.page(
            database, _voulus(options), before, min(PAGE, options.limite - len(found)), backwards=True
        )
        if not page:
            break
        found += page
        before = Position(page[-1]["xid"], page[-1]["position"])
    for start in range(len(found), 0, -PAGE):
        await montrer(database, found[max(0, start - PAGE) : start][::-1], en_json=options.json)
    return Position(found[0]["xid"], found[0]["position"]) if found else START


async def montrer(database: Database, rows: Sequence[Any], *, en_json: bool) -> None:
    """Print stored events, personal fields by their names only."""
    masks = await _masques(database, rows)
    for row, mask in zip(rows, masks, strict=True):
        metadata = orjson.loads(row["metadata"])
        donnees: dict[str, Any] = orjson.loads(row["data"])
        content = {
            "position": f"{row['xid']}-{row['position']}",
            "enregistre_le": row["recorded_at"].isoformat(),
            "type": row["type"],
            "forme": row["schema_version"],
            "flux": row["stream"],
            "version": row["version"],
            "auteur": metadata.get("author"),
            "requete": metadata.get("request_id"),
            "id": str(row["id"]),
            "donnees": donnees,
            "personnel": mask,
        }
        if en_json:
            sortie.json(content)
            continue
        at = row["recorded_at"].strftime("%Y-%m-%d %H:%M:%S")
        sortie.dire(
            sortie.sur(
                f"{content['position']}  {at}  {row['type']}  {row['stream']} v{row['version']}"
                f"  par {content['auteur']}"
            )
        )
        fields = {**donnees, **mask}
        sortie.dire("    " + sortie.sur(orjson.dumps(fields).decode()))


async def _masques(database: Database, rows: Sequence[Any]) -> list[dict[str, str]]:
    """Per event, its personal fields: name -> masked, or erased when the person's key is gone."""
    items = [orjson.loads(row["personal"]) if row["personal"] else [] for row in rows]
    persons = {(i["k"], UUID(i["p"])) for one in items for i in one}
    gone = await erased(database, persons)
    return [
        {
            name: ERASED if i["c"] is None or (i["k"], UUID(i["p"])) in gone else MASQUE
            for i in one
            for name in i["f"]
        }
        for one in items
    ]
