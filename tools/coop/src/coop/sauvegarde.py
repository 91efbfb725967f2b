"""`coop sauvegarde` et `coop restauration`."""

import argparse
import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncpg import InvalidCatalogNameError
from events.bus import repair as stream
from events.decider import Refusal
from events.ops import ledger
from events.ops.backup import Manifest, backup
from events.ops.restore import restore
from events.projection.checkpoints import read_checkpoint
from events.store.store import Context
from process.clock import Clock

from coop import options as lire
from coop import sortie
from coop.effacer import comptes_effaces, inscrire
from coop.plateforme import Plateforme, ReglageManquant
from coop.relais import a_relancer

_CLOCKS = dt.timedelta(minutes=10)
"""PostgreSQL and NATS may disagree by less."""


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "sauvegarde",
        help="sauvegarder la base d’un service, ou de tous",
        description="Un fichier pg_dump par base et manifeste.json, pendant que le service travaille.\n"
        "Aucune donnée personnelle n’y est en clair : le journal chiffré, les clés\n"
        "enveloppées, le registre des effacements. Les tables que le journal suffit à refaire\n"
        "n’y sont pas. À sauvegarder à part, jamais au même endroit : les clés maîtresses\n"
        "(COFFRE_CLES ; secrets.json). Le registre des effacements est aussi tenu dans\n"
        "COOP_REGISTRE (.local/registre).",
    )
    _lesquels(parser)
    parser.add_argument("--vers", type=Path, required=True, metavar="DOSSIER")
    parser.add_argument("--json", action="store_true", help="une ligne JSON par service")
    parser.set_defaults(executer=sauvegarder)

    parser = commandes.add_parser(
        "restauration",
        help="remettre la base d’un service d’après une sauvegarde",
        description="Services arrêtés (« make stop » ; la commande allume elle-même PostgreSQL et NATS).\n"
        "La base est refaite à côté, vérifiée, les effacements du registre ré-appliqués\n"
        "(sauvegarde, registre tenu à part, base présente) ; elle prend le nom à la toute fin\n"
        ": un échec laisse tout en l’état. Le journal continue au-dessus de toute position\n"
        "déjà donnée. Les messages publiés après la sauvegarde disent des faits perdus : ils\n"
        "sont retirés du flux, et les tables à refaire sont nommées. Une base en service est\n"
        "refusée, une base non vide aussi sans --remplacer.",
    )
    _lesquels(parser)
    parser.add_argument("--depuis", type=Path, required=True, metavar="DOSSIER")
    parser.add_argument(
        "--remplacer",
        action="store_true",
        help="la base présente est supprimée une fois la nouvelle en place",
    )
    parser.add_argument("--json", action="store_true", help="une ligne JSON par service")
    parser.set_defaults(executer=restaurer)


def _lesquels(parser: Any) -> None:
    lire.service(parser, optional=True)
    parser.add_argument("--tous", action="store_true", help="les quatre services")


def _choisis(options: argparse.Namespace, plateforme: Plateforme) -> tuple[str, ...]:
    if (options.service is None) != options.tous:
        raise ReglageManquant("Précisez un service, ou --tous.")
    return plateforme.services(options.service)


async def sauvegarder(options: argparse.Namespace, plateforme: Plateforme) -> int:
    async with plateforme.serveurs():
        for service in _choisis(options, plateforme):
            async with plateforme.store(service):
                pass  # the right database, and up to date
            url = plateforme.reglages(service).database_url
            manifest = await backup(plateforme.description(service), url, options.vers)
            written = ledger.ledger_file(options.vers, service)
            persons = ledger.merge(
                ledger.ledger_file(plateforme.registre, service), ledger.entries(ledger.read(written))
            )
            if options.json:
                sortie.json({**_manifeste(manifest), "effaces": persons})
            else:
                sortie.dire(
                    f"{service} : {sortie.nombre(manifest.events)} faits jusqu’à {manifest.end},"
                    f" {manifest.size / 1e6:.1f} Mo, {persons} effacements au registre"
                )
    return 0


def _manifeste(manifest: Manifest) -> dict[str, Any]:
    return {
        "service": manifest.service,
        "date": manifest.taken_at.isoformat(),
        "faits": manifest.events,
        "fin": str(manifest.end),
        "fichier": manifest.file,
        "octets": manifest.size,
        "sha256": manifest.sha256,
    }


async def restaurer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    async with plateforme.serveurs():
        for service in _choisis(options, plateforme):
            await _restaurer_un(options, plateforme, service)
    return 0


@dataclass(frozen=True, slots=True)
class _Suite:
    """perdus : messages removed.   a_refaire : tables of other services that had taken some of them."""

    perdus: int
    a_refaire: list[str]


async def _restaurer_un(options: argparse.Namespace, plateforme: Plateforme, service: str) -> None:
    description = plateforme.description(service)
    settings = plateforme.reglages(service)
    apart = ledger.ledger_file(plateforme.registre, service)
    ledger.merge(apart, comptes_effaces(service, plateforme.registre, options.depuis))
    async with plateforme.bus_admin(service) as bus:
        done = await restore(
            description,
            options.depuis,
            database_url=settings.database_url,
            admin_url=plateforme.admin_url(),
            bus=bus,
            master_keys=settings.coffre_cles,
            apart=apart,
            replace=options.remplacer,
        )
    # First what must not wait: the cleaning looks at other databases and may fail.
    await _effacer_de_nouveau(plateforme, service, done.manifest)
    follows = await _nettoyer(plateforme, service, done.manifest)
    if options.json:
        sortie.json(
            {
                **_manifeste(done.manifest),
                "effacements_reappliques": done.erased,
                "decalage": done.offset,
                "messages_retires": follows.perdus,
                "a_refaire": follows.a_refaire,
                "relues": list(done.reread),
            }
        )
    else:
        sortie.dire(
            f"{service} : {sortie.nombre(done.manifest.events)} faits jusqu’à {done.manifest.end},"
            f" sauvegardés le {done.manifest.taken_at:%Y-%m-%d à %H:%M} (UTC) ;"
            f" {done.erased} effacements ré-appliqués"
        )
        sortie.dire(
            f"  {sortie.nombre(follows.perdus)} messages publiés depuis disaient des faits perdus :"
            " retirés du flux"
        )
        if follows.a_refaire:
            sortie.dire(
                f"  ils avaient nourri {', '.join(follows.a_refaire)} ; une fois la plateforme allumée :"
            )
            sortie.dire(f"  coop projections rebuild --source {service} --toutes")


async def _effacer_de_nouveau(plateforme: Plateforme, service: str, manifest: Manifest) -> None:
    """The keys are destroyed again; the facts that said so after the backup are lost: write them again."""
    description = plateforme.description(service)
    async with plateforme.store(service) as store:
        entries = await inscrire(plateforme, service, store)
        if description.erase is None:
            return
        for kind, person, erased_at in entries:
            if erased_at >= manifest.taken_at - _CLOCKS:
                context = Context(f"coop:{lire.operateur()}", f"restauration-{person}")
                # Unknown to the restored journal, or of a kind without facts: destroying the key was all.
                with contextlib.suppress(Refusal, ValueError):
                    await description.erase(
                        store, kind, person, "registre des effacements", context, Clock().now()
                    )


async def _nettoyer(plateforme: Plateforme, service: str, manifest: Manifest) -> _Suite:
    async with plateforme.store(service) as store, plateforme.bus_admin(service) as bus:
        orphans = await stream.unknown(bus, service, store.database, manifest.taken_at - _CLOCKS)
        with a_relancer(f"coop relais nettoyer {service}"):
            await stream.remove(bus, service, orphans)
    if not orphans:
        return _Suite(0, [])
    try:
        others = plateforme.services()
    except ReglageManquant:
        # The variables are those of one service: who read the lost facts cannot be seen from here.
        return _Suite(len(orphans), ["les tables que ce service nourrit"])
    touched: list[str] = []
    for other in others:
        fed = [f.name for f in plateforme.description(other).fed if f.service == service]
        try:
            async with plateforme.store(other) as store:
                at = {name: await read_checkpoint(store.database, name) for name in fed}
        except (ReglageManquant, InvalidCatalogNameError):
            sortie.noter(f"{other} : base absente, à restaurer, ou à migrer")
            # Its backup may be older or younger than these messages: to be made again in any case.
            touched += [f"{other}.{name}" for name in fed]
            continue
        touched += [f"{other}.{name}" for name in fed if at[name].sequence >= orphans[0]]
    return _Suite(len(orphans), touched)
