"""`coop cles` : les clés du coffre et leurs clés maîtresses."""

import argparse
from typing import Any

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant, coffre


def declarer(commandes: Any) -> None:
    groupe = commandes.add_parser(
        "cles",
        help="clés du coffre : compter, tourner",
        description="Chaque personne a sa clé, enveloppée par une clé maîtresse (COFFRE_CLES).",
    )
    actions = groupe.add_subparsers(dest="action", required=True, metavar="action", title="actions")
    parser = actions.add_parser(
        "list",
        help="combien de clés, sous quelle clé maîtresse, depuis quand",
        description="Code 1 quand des clés vivantes sont sous une clé maîtresse qui n’est pas configurée.",
    )
    lire.filtre(parser)
    parser.set_defaults(executer=lister)

    parser = actions.add_parser(
        "tourner",
        help="envelopper toutes les clés sous la clé maîtresse la plus récente",
        description="1. ajouter une clé maîtresse à COFFRE_CLES et relancer le service ; 2. cette\n"
        "commande ;\n"
        "3. « coop cles list » ne montre plus de clé vivante sous l’ancienne : elle peut être\n"
        "retirée de COFFRE_CLES, puis détruite quand aucune sauvegarde n’en a plus besoin : les\n"
        "sauvegardes d’avant ne s’ouvrent qu’avec elle. Se reprend où elle s’est arrêtée.\n"
        "identity scelle aussi ses sessions sous la clé maîtresse : garder l’ancienne 12 h, ou\n"
        "faire reconnecter tout le monde.\n"
        "Une clé abîmée (que sa clé maîtresse n’ouvre pas) est laissée et nommée : code 1.",
    )
    lire.service(parser)
    parser.set_defaults(executer=tourner)


async def lister(options: argparse.Namespace, plateforme: Plateforme) -> int:
    lignes: list[list[object]] = []
    lost = 0
    for service in plateforme.services(options.service):
        masters = plateforme.reglages(service).coffre_cles
        async with plateforme.store(service) as store:
            rows = await coffre(store).counts()
        for row in rows:
            version = row["master_version"]
            state = "courante" if version == max(masters) else "ancienne" if version in masters else "absente"
            if state == "absente":
                # Nothing but destroyed keys: they need no master key any more.
                lost += row["live"]
                state = state if row["live"] else "–"
            if options.json:
                sortie.json(
                    {
                        "service": service,
                        "sorte": row["kind"],
                        "cle_maitresse": version,
                        "etat": state,
                        "vivantes": row["live"],
                        "detruites": row["destroyed"],
                        "plus_ancienne": row["oldest"].isoformat(),
                    }
                )
            age = sortie.duree((row["now"] - row["oldest"]).total_seconds())
            lignes.append([service, row["kind"], version, state, row["live"], row["destroyed"], age])
    if not options.json:
        sortie.tableau(
            ["service", "sorte", "clé maîtresse", "état", "vivantes", "détruites", "la plus ancienne"], lignes
        )
    if lost:
        sortie.noter(
            f"{lost} clés sont sous une clé maîtresse absente de COFFRE_CLES : elles ne s’ouvrent plus."
        )
    return int(lost > 0)


async def tourner(options: argparse.Namespace, plateforme: Plateforme) -> int:
    masters = plateforme.reglages(options.service).coffre_cles
    if len(masters) < 2:
        raise ReglageManquant(
            f"COFFRE_CLES de {options.service} n’a qu’une clé maîtresse : ajoutez-en une de numéro plus grand"
            " (« 1:<base64>,2:<base64> »), relancez le service, puis recommencez."
        )
    async with plateforme.store(options.service) as store:
        done = await coffre(store).rewrap()
    count = sortie.nombre(done.count)
    sortie.dire(f"{options.service} : {count} clés enveloppées sous la clé maîtresse {max(masters)}")
    for kind, person, version in done.damaged:
        sortie.noter(f"clé abîmée, laissée telle quelle : {sortie.sur(kind)} {person}, version {version}")
    return int(bool(done.damaged))
