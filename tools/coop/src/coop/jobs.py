"""`coop jobs` : les passages réguliers de chaque service, à voir ou à lancer."""

import argparse
import asyncio
from typing import Any

from events.jobs import DONE, ask, state_of

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant

_ATTENTE, _REGARD = 30.0, 0.1


def declarer(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "jobs",
        help="passages réguliers : voir, lancer",
        description="Ce que chaque service refait sans cesse ; une seule copie du service à la fois.",
    )
    actions = groupe.add_subparsers(dest="action", required=True, metavar="action", title="actions")
    parser = actions.add_parser(
        "list", help="le dernier passage, son résultat, le prochain. Code 1 quand l’un a échoué"
    )
    lire.filtre(parser)
    parser.set_defaults(executer=lister)

    parser = actions.add_parser(
        "lancer",
        help="passer tout de suite",
        description="Le service qui tourne passe aussitôt ; cette commande attend le résultat 30 s. Code 1\n"
        "quand il a échoué, ou qu’aucun processus du service n’a répondu : le passage reste\n"
        "demandé.",
    )
    lire.service(parser)
    parser.add_argument("nom", help="celui de « coop jobs list »")
    parser.set_defaults(executer=lancer)


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    failed = False
    lignes: list[list[object]] = []
    for service in plateforme.services(options.service):
        jobs = plateforme.description(service).jobs
        async with plateforme.store(service) as store, store.database.raw() as connection:
            for job in jobs:
                row = await state_of(connection, job.name)
                state = dict(row) if row is not None else {}
                failed = failed or state.get("outcome") not in (None, DONE)
                if options.json:
                    sortie.json(
                        {
                            "service": service,
                            "nom": job.name,
                            "toutes_les_secondes": job.every.total_seconds(),
                            "commence_le": _iso(state.get("started_at")),
                            "fini_le": _iso(state.get("ended_at")),
                            "resultat": state.get("outcome"),
                            "faits": state.get("done"),
                            "refuses": state.get("refused"),
                            "prochain": _iso(state.get("next_run")),
                        }
                    )
                every = sortie.duree(job.every.total_seconds())
                lignes.append([service, job.name, every, *_cells(state)])
    if not options.json:
        sortie.tableau(
            ["service", "nom", "toutes les", "dernier passage", "résultat", "faits", "refusés", "prochain"],
            lignes,
        )
    return int(failed)


def _cells(state: dict[str, Any]) -> list[object]:
    if state.get("ended_at") is None:
        return ["–", "jamais passé", "–", "–", "–"]
    ended, coming = (state[name].strftime("%Y-%m-%d %H:%M:%S") for name in ("ended_at", "next_run"))
    return [ended, state["outcome"], state["done"], state["refused"], coming]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None


async def lancer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    known = [job.name for job in plateforme.description(options.service).jobs]
    if options.nom not in known:
        raise ReglageManquant(f"{options.service} a ces passages : {', '.join(known) or 'aucun'}.")
    async with plateforme.store(options.service) as store, store.database.raw() as connection:
        before = await ask(connection, options.nom)
        for _ in range(int(_ATTENTE / _REGARD)):
            row = await state_of(connection, options.nom)
            if row is not None and row["ended_at"] != before:
                said = f"{row['outcome']}, {row['done']} faits, {row['refused']} refusés"
                sortie.dire(f"{options.nom} : {said}")
                return int(row["outcome"] != DONE)
            await asyncio.sleep(_REGARD)
    sortie.noter(f"{options.service} n’a pas encore passé « {options.nom} » : il reste demandé.")
    return 1
