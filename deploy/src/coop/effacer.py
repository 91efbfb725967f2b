"""`coop effacer` : effacer une personne."""

import argparse
import sys
from typing import Any
from uuid import uuid4

from embedded.settings import SERVICES
from events import erasure, ledger
from events.decider import Refusal
from events.store import Context

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant, coffre


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "effacer",
        help="effacer une personne",
        description="Détruit les clés de la personne, blanchit ses textes chiffrés, et l’écrit au\n"
        "registre des effacements, ici et dans COOP_REGISTRE (.local/registre) : une\n"
        "restauration l’efface de nouveau. Le service qui sait en faire un fait le fait : les\n"
        "autres services l’apprennent par le bus. Un autre processus peut lire la clé 60 s\n"
        "encore. Irréversible ; se répète sans dommage.\n"
        "\n"
        "  coop effacer identity compte <compte_id> --motif demande-2026-112\n"
        "  coop effacer activites activite <activite_id> --motif …",
    )
    parser.add_argument("service", choices=SERVICES, metavar="service", help="celui à qui est la personne")
    parser.add_argument("sorte", help="« compte », « activite »…")
    parser.add_argument("personne", type=lire.uuid, metavar="uuid")
    parser.add_argument(
        "--motif",
        type=lire.motif,
        required=True,
        help="pourquoi, sans donnée personnelle : un numéro de demande",
    )
    parser.set_defaults(executer=executer)


async def executer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    service, kind, person = options.service, options.sorte, options.personne
    description = plateforme.description(service)
    async with plateforme.store(service) as store:
        async with store.database.raw() as connection:
            known = await connection.fetchval(
                "select exists (select from coffre.cles where kind = $1 and person = $2)", kind, person
            )
        if not known:
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
                await description.erase(store, kind, person, options.motif, context)
            except (Refusal, ValueError) as error:
                raise ReglageManquant(str(error)) from error
        else:
            await coffre(store).destroy(kind, person, options.motif)
        blanked = await coffre(store).blank()
        mine = [entry async for entry in erasure.ledger(store.database) if entry[:2] == (kind, person)]
        ledger.merge(ledger.ledger_file(plateforme.registre, service), mine)
    sortie.dire(f"{service} : {kind} {person} effacé, {blanked} faits blanchis, inscrit au registre")
    if description.erase is None:
        tables = ", ".join(p.table.name for p in description.own)
        sortie.dire(f"Ses tables de lecture gardent le texte jusqu’à ce qu’elles soient refaites : {tables}")
        sortie.dire(f"  coop projections rebuild {service} --toutes")
    return 0
