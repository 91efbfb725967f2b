"""`coop projections` : voir, mesurer, refaire et vérifier les tables de lecture."""

import argparse
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from embedded.settings import SERVICES
from events.projection.parking import dropped_rows
from events.projection.projection import Projection
from events.projection.rebuild import NeverFed, rebuild
from events.projection.source import Source
from events.service import Service
from events.store import search
from events.store.store import Store
from nats.aio.client import Client

from coop import fichiers, sortie
from coop import options as lire
from coop.lecteurs import FICHIER, Lecteur, Retard, avances, en_attente, lecteurs, retard, tables
from coop.plateforme import Plateforme, ReglageManquant
from coop.verification import Ecarts, verifier

SEUIL = 10.0


def declarer(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "projections",
        help="tables de lecture : voir, retard, refaire, vérifier",
        description="Les tables de lecture de chaque service et ses réactions.",
    )
    actions = groupe.add_subparsers(dest="action", required=True, metavar="action", title="actions")
    parser = actions.add_parser("list", help="les tables, leur source, où elles en sont")
    lire.filtre(parser)
    parser.set_defaults(executer=lister)

    parser = actions.add_parser(
        "lag",
        help="le retard de chacune, en faits et en secondes",
        description="Le retard de chaque lecteur. Code 1 quand l’un dépasse le seuil.",
    )
    lire.filtre(parser)
    parser.add_argument(
        "--seuil", type=lire.secondes, default=SEUIL, metavar="S", help=f"en secondes ({SEUIL:g})"
    )
    parser.set_defaults(executer=mesurer)

    parser = actions.add_parser(
        "rebuild",
        help="refaire une table depuis le premier fait",
        description="Refait une table à côté, puis l’échange : le service répond pendant ce temps. Le\n"
        "code qui tourne et celui-ci doivent être le même.\n"
        "\n"
        "  coop projections rebuild equipes emplois\n"
        "  coop projections rebuild equipes --toutes\n"
        "  coop projections rebuild --source identity --toutes   celles que nourrit identity, partout\n"
        "\n"
        "Un fichier (les statistiques) est refait par le processus qui le tient, où qu’il soit, et\n"
        "pendant qu’il répond ; arrêté, il le refera en l’ouvrant.",
    )
    lire.service(parser, optional=True)
    parser.add_argument("table", nargs="?", metavar="table")
    parser.add_argument("--source", choices=SERVICES, help="les tables que nourrit ce service")
    parser.add_argument("--toutes", action="store_true", help="toutes les tables désignées")
    parser.set_defaults(executer=refaire)

    parser = actions.add_parser(
        "verify",
        help="comparer une table à une relecture de sa source",
        description="Relit la source à côté, exactement jusqu’où en est la table, puis compare ligne à\n"
        "ligne. Ne montre que des clés. Code 1 quand elles diffèrent. Un fichier se compare quand\n"
        "aucun processus ne le tient, sur sa machine : « make stop », puis cette commande.",
    )
    lire.service(parser)
    parser.add_argument("table", metavar="table")
    parser.add_argument("--json", action="store_true", help="une ligne JSON")
    parser.set_defaults(executer=comparer)


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    lignes: list[list[object]] = []
    for service in plateforme.services(options.service):
        async with plateforme.store(service) as store:
            for lecteur in lecteurs(plateforme.description(service)):
                for at, silent, place in await avances(store.database, lecteur):
                    if options.json:
                        sortie.json(
                            {
                                "service": service,
                                "nom": lecteur.nom,
                                "nature": lecteur.nature,
                                "source": lecteur.source,
                                "position": str(at) if at else None,
                                "avance_le": _il_y_a(silent).isoformat() if silent is not None else None,
                                "fichier": place,
                            }
                        )
                    nature = f"{lecteur.nature} {place}" if place else lecteur.nature
                    lignes.append(
                        [service, lecteur.nom, nature, lecteur.source, at or "–", sortie.duree(silent)]
                    )
    if not options.json:
        sortie.tableau(["service", "nom", "nature", "source", "position", "avancé il y a"], lignes)
    return 0


def _il_y_a(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)


async def mesurer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    found: list[Retard] = []
    for service in plateforme.services(options.service):
        async with plateforme.store(service) as store, plateforme.bus(service) as bus:
            for lecteur in lecteurs(plateforme.description(service)):
                found.append(await retard(store.database, bus, lecteur))
    dire_retards(found, en_json=options.json)
    return int(any(r.secondes is None or r.secondes > options.seuil for r in found))


def dire_retards(found: list[Retard], *, en_json: bool) -> None:
    """Print delays."""
    if en_json:
        for r in found:
            sortie.json(
                {
                    "service": r.lecteur.service,
                    "nom": r.lecteur.nom,
                    "source": r.lecteur.source,
                    "faits": r.faits,
                    "secondes": r.secondes,
                    "note": r.note,
                }
            )
        return
    sortie.tableau(
        ["service", "nom", "source", "faits", "retard", ""],
        [
            [
                r.lecteur.service,
                r.lecteur.nom,
                r.lecteur.source,
                "?" if r.faits is None else sortie.nombre(r.faits),
                sortie.duree(r.secondes),
                r.note,
            ]
            for r in found
        ],
    )


# --- Rebuild ---


async def refaire(options: argparse.Namespace, plateforme: Plateforme) -> int:
    if options.table is not None and (options.toutes or options.source):
        raise ReglageManquant("Une table, ou --toutes : pas les deux.")
    if options.table is None and not options.toutes:
        raise ReglageManquant("Précisez une table, ou --toutes.")
    if options.service is None and options.source is None:
        raise ReglageManquant("Précisez un service, ou --source.")
    for service in plateforme.services(options.service):
        description = plateforme.description(service)
        chosen = tables(description)
        if options.table is not None:
            chosen = [table(description, options.table)]
        elif options.source is not None:
            # Its own read models come from its journal, not from what it publishes.
            chosen = [t for t in chosen if t.source == options.source and t.nature == "bus"]
        for lecteur in chosen:
            try:
                await refaire_lecteur(plateforme, description, lecteur)
            except NeverFed as error:
                if options.table is not None:
                    raise
                sortie.noter(str(error))
    return 0


def table(description: Service[Any], name: str) -> Lecteur:
    """Raises ReglageManquant when the service has no such table."""
    found = {t.nom: t for t in tables(description)}
    if name not in found:
        raise ReglageManquant(
            f"{description.name} n’a pas de table « {name} » ; au choix : {', '.join(found)}"
        )
    return found[name]


def projection_de(description: Service[Any], lecteur: Lecteur) -> Projection[Any]:
    known = [*description.own, *(fed.projection for fed in description.fed)]
    return next(p for p in known if p.table.name == lecteur.nom)


async def refaire_lecteur(plateforme: Plateforme, description: Service[Any], lecteur: Lecteur) -> None:
    """Make one read model again, table or file. Raises RebuildRefused, RebuildRunning, ServeurAbsent."""
    if lecteur.nature == FICHIER:
        await fichiers.refaire(plateforme, lecteur)
    else:
        await _refaire_table(plateforme, description, lecteur)


async def _refaire_table(plateforme: Plateforme, description: Service[Any], lecteur: Lecteur) -> None:
    """Online, telling how far it is."""
    name = f"{lecteur.service}.{lecteur.nom}"
    async with plateforme.store(lecteur.service) as store, plateforme.bus(lecteur.service) as bus:
        bar = sortie.Progression(name, await _a_lire(store, bus, lecteur))
        started = dt.datetime.now(dt.UTC)
        async with _source(plateforme, description, store, bus, lecteur, "-rebuild") as source:
            count = await rebuild(
                store.database, projection_de(description, lecteur), lambda: source, progress=bar
            )
        bar.fin()
        dropped = await dropped_rows(store.database, lecteur.nom)
    took = (dt.datetime.now(dt.UTC) - started).total_seconds()
    sortie.dire(f"{name} : refaite, {sortie.nombre(count)} faits relus en {sortie.duree(took)}")
    for row in dropped:
        sortie.dire(
            sortie.sur(f"  jeté : {row['type']} {row['event_id']}, {row['stream']} ({row['reason']})")
        )


@asynccontextmanager
async def _source(
    plateforme: Plateforme,
    description: Service[Any],
    store: Store[Any],
    bus: Client,
    lecteur: Lecteur,
    suffix: str,
) -> AsyncGenerator[Source[Any]]:
    """A reading of a table's source, beside the service's own: in the journal of the service that wrote the
    facts; in its stream only when that journal is out of reach."""
    fed = next((f for f in description.fed if f.name == lecteur.nom), None)
    if fed is None:
        yield description.feed(store)
        return
    async with plateforme.journal_de(fed.service, description.name) as origin:
        if origin is not None:
            yield plateforme.description(fed.service).published(origin, fed.contracts)
            return
        sortie.noter(f"Le journal de {fed.service} n’est pas accessible d’ici : lu dans son flux.")
        source = description.bus(fed.name + suffix, fed, bus)
        try:
            yield source
        finally:
            await source.close()


async def _a_lire(store: Store[Any], bus: Client, lecteur: Lecteur) -> int:
    if lecteur.contrats:
        return await en_attente(bus, lecteur, 0)
    return await search.count(store.database)


# --- Verify ---


async def comparer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    description = plateforme.description(options.service)
    lecteur = table(description, options.table)
    verification = _comparer_fichier if lecteur.nature == FICHIER else _comparer_table
    ecarts = await verification(plateforme, description, lecteur)
    if options.json:
        sortie.json(
            {
                "service": lecteur.service,
                "table": lecteur.nom,
                "lignes": ecarts.lignes,
                "manquantes": ecarts.manquantes,
                "en_trop": ecarts.en_trop,
                "differentes": ecarts.differentes,
                "de_cote": ecarts.de_cote,
                "cles": ecarts.cles,
            }
        )
        return int(ecarts.total > 0)
    sortie.dire(
        f"{lecteur.service}.{lecteur.nom} : {sortie.nombre(ecarts.lignes)} lignes comparées, "
        + (
            f"{ecarts.differentes} différentes, {ecarts.manquantes} manquantes, {ecarts.en_trop} en trop"
            if ecarts.total
            else "aucune différence"
        )
    )
    for key in ecarts.cles:
        sortie.dire(f"  {sortie.sur(key)}")
    if ecarts.total > len(ecarts.cles):
        sortie.dire(f"  … et {sortie.nombre(ecarts.total - len(ecarts.cles))} autres")
    if ecarts.de_cote:
        sortie.dire(f"  {ecarts.de_cote} faits ne passent pas : « coop rebut list »")
    if ecarts.total:
        sortie.dire(f"La refaire : coop projections rebuild {lecteur.service} {lecteur.nom}")
    return int(ecarts.total > 0)


async def _comparer_table(plateforme: Plateforme, description: Service[Any], lecteur: Lecteur) -> Ecarts:
    async with plateforme.store(lecteur.service) as store, plateforme.bus(lecteur.service) as bus:
        bar = sortie.Progression(f"{lecteur.service}.{lecteur.nom}", await _a_lire(store, bus, lecteur))
        async with _source(plateforme, description, store, bus, lecteur, "-verif") as source:
            ecarts = await verifier(
                store.database,
                projection_de(description, lecteur),
                source,
                _rien_de_plus(source, lecteur),
                bar,
            )
        bar.fin()
    return ecarts


async def _comparer_fichier(plateforme: Plateforme, description: Service[Any], lecteur: Lecteur) -> Ecarts:
    # Its process must be stopped: the servers alone are enough.
    async with plateforme.serveurs(), plateforme.store(lecteur.service) as store:
        bar = sortie.Progression(
            f"{lecteur.service}.{lecteur.nom}", (await search.end(store.database)).number
        )
        ecarts = await fichiers.verifier(description, store, lecteur, bar)
        bar.fin()
    return ecarts


def _rien_de_plus(source: Source[Any], lecteur: Lecteur) -> Callable[[], Awaitable[bool]]:
    async def rien() -> bool:
        # In its own journal, what the live table took is below the watermark: an empty page is the end.
        return not lecteur.contrats or await source.ended()

    return rien
