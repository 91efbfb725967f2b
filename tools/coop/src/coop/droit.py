"""`coop droit` : donner ou retirer un droit d’application ; le premier administrateur ne naît qu’ici."""

import argparse
from typing import Any
from uuid import uuid4

from events.decider import Refusal
from events.store.store import Context
from identity.domain.acces import ACCES, ChangerDroit
from identity.domain.compte import COMPTE, EnInscription, Inscrit
from identity.domain.vocabulaire import CompteId, Droit
from process.clock import Clock

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "droit",
        help="donner un droit d’application (admin, support), ou le retirer",
        description="Donne un droit d’application à un compte, ou le retire (« aucun »). Le premier\n"
        "administrateur ne se fait qu’ici ; il fait les suivants dans la gestion. L’identifiant\n"
        "du compte est dans le profil de la personne, qui s’est déjà connectée une fois. Ses\n"
        "sessions se ferment : elle se reconnecte, avec un second facteur.\n"
        "\n"
        "  coop droit <compte_id> admin --motif demande-2026-112",
    )
    parser.add_argument("compte", type=lire.uuid, metavar="compte_id")
    parser.add_argument("droit", choices=[droit.value for droit in Droit], metavar="admin|support|aucun")
    parser.add_argument("--motif", type=lire.motif, required=True, help="pourquoi : gardé dans l’histoire")
    parser.set_defaults(executer=executer)


async def executer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    compte_id, droit = CompteId(options.compte), Droit(options.droit)
    async with plateforme.store("identity") as store:
        compte, _ = await store.state(COMPTE(compte_id))
        if not isinstance(compte, EnInscription | Inscrit):
            raise ReglageManquant(f"Aucun compte {compte_id}.")
        command = ChangerDroit(compte_id, droit, None, options.motif, Clock().now())
        context = Context(f"coop:{lire.operateur()}", f"coop-{uuid4()}")
        try:
            outcome = await store.execute(ACCES(compte_id), command, context)
        except Refusal as refus:
            raise ReglageManquant(str(refus)) from refus
    sortie.dire(f"compte {compte_id} : {droit.libelle}" + ("" if outcome.changed else " (déjà)"))
    return 0
