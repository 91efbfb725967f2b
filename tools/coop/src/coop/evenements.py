"""`coop evenements` : lire le journal d’un service, sans jamais montrer une donnée personnelle."""

import argparse
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from embedded.settings import SERVICES
from events.postgres.database import BULK_SECONDS, Database
from events.types import ERASED, START, Position

from coop import sortie
from coop.options import entier, position
from coop.plateforme import Plateforme

PAGE = 500
MASQUE = "•••"
_COLUMNS = """events.xid::text::bigint as xid, events.position, id, stream, version, type, schema_version,
  data::text, personal::text, metadata::text, recorded_at"""


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
                page = await _page(database, options, at, min(PAGE, options.limite - shown))
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


async def suite(
    database: Database, options: argparse.Namespace, at: Position
) -> tuple[Sequence[Any], Position]:
    """The next facts chosen, and where to go on: what was looked at is not looked at again."""
    async with database.raw() as connection:
        # Before the page: all that is below is committed, so the page misses none of it.
        xid = await connection.fetchval("select feed_watermark()::text::bigint")
    page = await _page(database, options, at, PAGE)
    last = Position(page[-1]["xid"], page[-1]["position"]) if page else at
    return page, last if len(page) == PAGE else max(last, Position(int(xid or 0), 0))


async def _montrer_les_derniers(database: Database, options: argparse.Namespace) -> Position:
    """The last ones that fit, in order. Kept in memory: at most `--limite`, read by pages."""
    found: list[Any] = []
    before = None
    while len(found) < options.limite:
        page = await _page(database, options, before, min(PAGE, options.limite - len(found)), backwards=True)
        if not page:
            break
        found += page
        before = Position(page[-1]["xid"], page[-1]["position"])
    for start in range(len(found), 0, -PAGE):
        await montrer(database, found[max(0, start - PAGE) : start][::-1], en_json=options.json)
    return Position(found[0]["xid"], found[0]["position"]) if found else START


async def _page(
    database: Database,
    options: argparse.Namespace,
    at: Position | None,
    limit: int,
    *,
    backwards: bool = False,
) -> Sequence[Any]:
    values: list[Any] = [limit]
    conditions = ["events.xid < feed_watermark()"]
    if at is not None:
        values += [str(at.xid), at.number]
        conditions.append(f"(events.xid, events.position) {'<' if backwards else '>'} ($2::text::xid8, $3)")
    for column, value in (
        ("stream", options.flux),
        ("type", options.type),
        ("metadata->>'author'", options.auteur),
    ):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} = ${len(values)}")
    way = "desc" if backwards else "asc"
    async with database.raw() as connection:
        # Only this file's own words enter the text.
        return await connection.fetch(
            f"select {_COLUMNS} from events where {' and '.join(conditions)}"  # noqa: S608
            f" order by events.xid {way}, events.position {way} limit $1",
            *values,
            timeout=BULK_SECONDS,
        )


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
    gone: set[tuple[str, UUID]] = set()
    if persons:
        async with database.raw() as connection:
            found = await connection.fetch(
                """select kind, person from coffre.effacements
                   where (kind, person) in (select * from unnest($1::text[], $2::uuid[]))""",
                [kind for kind, _ in persons],
                [person for _, person in persons],
            )
        gone = {(row["kind"], UUID(bytes=row["person"].bytes)) for row in found}
    return [
        {
            name: ERASED if i["c"] is None or (i["k"], UUID(i["p"])) in gone else MASQUE
            for i in one
            for name in i["f"]
        }
        for one in items
    ]
