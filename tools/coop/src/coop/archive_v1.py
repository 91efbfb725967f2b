"""`coop archive-v1` : charger l’archive des CRA de la V1, et les reprendre en activités."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from activites.imports.v1.charger import Bilan, Correspondance, charger
from events.store.store import Conflict, Context
from process.clock import Clock
from pydantic import ValidationError

from coop import options as lire
from coop import sortie
from coop.plateforme import Plateforme, ReglageManquant


def declarer(commandes: Any) -> None:
    parser = commandes.add_parser(
        "archive-v1",
        help="charger l’archive des CRA de la V1",
        description="Garde chaque CRA de l’archive tel quel, ses textes chiffrés, et le reprend en activité\n"
        "de son auteur. Une ligne JSON par CRA, avec les champs de l’archive. Ce qui se perd et ce\n"
        "qui n’est pas repris est compté, et dit CRA par CRA dans le rapport. Relancé, il n’écrit\n"
        "que ce qui manque.\n"
        "\n"
        "--correspondance est un fichier JSON :\n"
        '  {"conseillers": {"<conseiller_numerique_id>": {"mediateur_id": …, "compte_id": …}},\n'
        '   "lieux": {"<permanence_id ou structure_id>": "<lieu_id>"}}\n'
        "\n"
        "  coop archive-v1 cras.jsonl --correspondance qui.json --rapport rapport.jsonl",
    )
    parser.add_argument("archive", type=Path, metavar="fichier", help="les CRA, un par ligne (JSON)")
    parser.add_argument("--correspondance", type=Path, required=True, metavar="fichier")
    parser.add_argument("--rapport", type=Path, metavar="fichier", help="une ligne JSON par CRA à dire")
    parser.set_defaults(executer=executer)


async def executer(options: argparse.Namespace, plateforme: Plateforme) -> int:
    context = Context(f"coop:{lire.operateur()}", f"coop-{uuid4()}")
    with ExitStack() as pile:
        archive = pile.enter_context(_ouvrir(options.archive, "rb"))
        correspondance = _correspondance(options.correspondance)
        rapport = pile.enter_context(_ouvrir(options.rapport, "wb")) if options.rapport else None
        async with plateforme.store("activites") as store:
            try:
                bilan = await charger(store, archive, correspondance, rapport, context, Clock().now())
            except Conflict:
                sortie.noter("Un autre chargement écrit en même temps. Relancez : rien n’est perdu.")
                return 1
    _dire(bilan)
    return 1 if bilan.laisses else 0


def _ouvrir(chemin: Path, mode: str) -> BinaryIO:
    """Raises ReglageManquant."""
    try:
        return chemin.open(mode)  # pyright: ignore[reportReturnType]
    except OSError as error:
        raise ReglageManquant(f"{chemin} ne s’ouvre pas (erreur {error.errno}).") from error


def _correspondance(chemin: Path) -> Correspondance:
    """Raises ReglageManquant."""
    with _ouvrir(chemin, "rb") as fichier:
        try:
            return Correspondance.model_validate_json(fichier.read())
        except ValidationError as error:
            champs = sorted({".".join(map(str, faute["loc"])) for faute in error.errors()})
            raise ReglageManquant(f"{chemin} : à corriger, {', '.join(champs)[:500]}") from error


def _dire(bilan: Bilan) -> None:
    sortie.tableau(
        ("", "CRA"),
        [
            ("lus", bilan.lues),
            ("gardés (nouveaux)", bilan.archives),
            ("repris", bilan.repris),
            ("déjà repris", bilan.deja_repris),
            *((f"laissés : {motif}", n) for motif, n in bilan.laisses.most_common()),
            *((f"perdu : {quoi}", n) for quoi, n in bilan.perdus.most_common()),
        ],
    )
