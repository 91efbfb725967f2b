"""`coop effacer` : effacer une personne."""

import argparse
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from embedded.settings import SERVICES
from events.decider import Refusal
from events.ops import ledger
from events.store.store import Context, Store
from events.vault import erasure
from events.vault.erasure import Entry
from process.clock import Clock

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant, coffre

COMPTE = "compte"
"""The one kind of person that every service may know; identity decides of its erasure."""


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "effacer",
        help="effacer une personne",
        description="Détruit les clés de la personne, blanchit ses textes chiffrés, et l’écrit au\n"
        "registre des effacements, ici et dans COOP_REGISTRE (.local/registre) : une\n"
        "restauration l’efface de nouveau. Le service qui sait en faire un fait le fait : les\n"
        "autres services l’apprennent par le bus et détruisent leur clé. Un autre processus\n"
        "peut lire la clé 60 s encore. Irréversible ; se répète sans dommage.\n"
        "\n"
        "  coop effacer identity compte <compte_id> --motif demande-2026-112\n"
        "  coop effacer activites activite <activite_id> --motif …\n"
        "\n"
        "--blanchir, à lancer chaque nuit, n’efface personne de plus : il finit ce que les\n"
        "effacements appris par le bus ont laissé (textes chiffrés, registre tenu à part).\n"
        "\n"
        "  coop effacer --blanchir",
    )
    parser.add_argument(
        "service", choices=SERVICES, nargs="?", metavar="service", help="celui à qui est la personne"
    )
    parser.add_argument("sorte", nargs="?", help="« compte », « activite »…")
    parser.add_argument("personne", type=lire.uuid, nargs="?", metavar="uuid")
    parser.add_argument(
        "--motif", type=lire.motif, help="pourquoi, sans donnée personnelle : un numéro de demande"
    )
    parser.add_argument(
        "--blanchir",
        action="store_true",
        help="finir les effacements déjà faits, dans tous les services ou celui qui est nommé",
    )
    parser.set_defaults(executer=executer)


async def executer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    if options.blanchir:
        if options.sorte or options.motif:
            raise ReglageManquant("--blanchir ne prend qu’un service, ou aucun.")
        for service in plateforme.services(options.service):
            await _blanchir(plateforme, service)
        return 0
    if options.personne is None or options.motif is None:
        raise ReglageManquant("Précisez le service, la sorte, l’uuid et --motif ; ou --blanchir.")
    await _effacer(plateforme, options.service, options.sorte, options.personne, options.motif)
    return 0


async def _effacer(plateforme: Plateforme, service: str, kind: str, person: UUID, reason: str) -> None:
    description = plateforme.description(service)
    async with plateforme.store(service) as store:
        if not await coffre(store).knows(kind, person):
            raise ReglageManquant(
                f"{service} n’a jamais eu de donnée personnelle « {sortie.sur(kind)} » {person}."
            )
        if sys.stdin.isatty():
            sortie.noter(f"{service} : {kind} {person} sera effacé, sans retour. Écrivez « effacer » :")
            if sys.stdin.readline().strip() != "effacer":
                raise ReglageManquant("Rien n’a été effacé.")
        if description.erase is not None:
            context = Context(f"coop:{lire.operateur()}", f"coop-{uuid4()}")
            try:
                await description.erase(store, kind, person, reason, context, Clock().now())
            except (Refusal, ValueError) as error:
                raise ReglageManquant(str(error)) from error
        else:
            await coffre(store).destroy(kind, person, reason)
        # Before the blanking, which is long and may fail: the key is gone already.
        await inscrire(plateforme, service, store)
        blanked = await coffre(store).blank()
    sortie.dire(f"{service} : {kind} {person} effacé, {blanked} faits blanchis, inscrit au registre")
    if description.erase is None:
        tables = ", ".join(p.table.name for p in description.own)
        sortie.dire(f"Ses tables de lecture gardent le texte jusqu’à ce qu’elles soient refaites : {tables}")
        sortie.dire(f"  coop projections rebuild {service} --toutes")


async def _blanchir(plateforme: Plateforme, service: str) -> None:
    """What an erasure heard on the bus leaves: it destroys keys, and neither blanks nor writes elsewhere."""
    async with plateforme.store(service) as store:
        persons = sortie.nombre(len(await inscrire(plateforme, service, store)))
        blanked = sortie.nombre(await coffre(store).blank())
    sortie.dire(f"{service} : {blanked} faits blanchis, {persons} effacements au registre")


async def inscrire(plateforme: Plateforme, service: str, store: Store[Any]) -> list[Entry]:
    """The database's whole ledger, written to the file kept apart. Gives its lines."""
    entries = [entry async for entry in erasure.ledger(store.database)]
    ledger.merge(ledger.ledger_file(plateforme.registre, service), entries)
    return entries


def comptes_effaces(service: str, *folders: Path) -> list[Entry]:
    """Accounts that any service's ledger of these folders names: erasing one concerns every service.

    None for identity: accounts are its own, and one that another service alone forgot is still alive there.
    """
    if service == "identity":
        return []
    ledgers = [ledger.read(path) for folder in folders for path in sorted(folder.glob("effacements-*.jsonl"))]
    return [entry for known in ledgers for entry in ledger.entries(known) if entry[0] == COMPTE]
