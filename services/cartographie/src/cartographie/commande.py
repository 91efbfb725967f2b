"""`python -m cartographie importer` : importe les fichiers livrés, ou d'autres, et rend compte.

Codes de sortie : 0 importé (des lignes peuvent être refusées) ; 1 arrêté (fichier, base) ; 2 usage ou
réglages ; 3 un autre import écrit en même temps, à relancer ; 4 des colonnes du fichier sont à confirmer ;
130 interrompu.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from events.postgres.database import is_unavailable
from events.store.store import Conflict
from process import logs
from process.clock import Clock
from process.settings import load
from process.usage import Analyseur
from tableurs import ColonnesAConfirmer, FichierRefuse

from cartographie.app import journal
from cartographie.domain.source import Bilan
from cartographie.imports.bilan import tableau
from cartographie.imports.configuration import Configuration, SourceInconnue, depuis_fichier, livrees
from cartographie.imports.importer import contexte
from cartographie.imports.importer import importer as importer_source
from cartographie.settings import Settings


class _Arret(Exception):
    """L'import s'arrête ; code : celui de sortie de la commande."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def importer(arguments: Sequence[str]) -> int:
    """The exit code."""
    options = _options(arguments)
    # The report quotes telephones and e-mails: it is for who runs this alone.
    os.umask(0o077)
    try:
        choisies = _choisir(options.source, options.configuration)
    except SourceInconnue as erreur:
        return _dire(2, f"Import refusé : {erreur}")
    settings = load(Settings, service="cartographie")
    logs.configure("cartographie", settings.log_level)
    try:
        with _ouvrir(options.rapport) as fichier:
            bilans = asyncio.run(_importer(settings, choisies, fichier, options.confirmer_colonnes))
    except _Arret as arret:
        return _dire(arret.code, f"Import arrêté : {arret}")
    except KeyboardInterrupt:
        return _dire(130, "Import interrompu. Rien n'est perdu : relancez cette commande, elle reprend.")
    except Conflict:
        return _dire(3, "Un autre import écrit en même temps. Rien n'est perdu : relancez cette commande.")
    except Exception as erreur:
        if not is_unavailable(erreur):
            if isinstance(erreur, OSError):
                return _dire(1, f"Import arrêté : {erreur}")
            raise
        return _dire(
            1, "La base de données ne répond pas (DATABASE_URL). Relancez l'import quand elle répondra."
        )
    if options.json:
        _ecrire(json.dumps(_en_json(bilans), ensure_ascii=False))
    else:
        _ecrire(tableau([(c.nom, b) for c, b in bilans]))
        if options.rapport:
            _ecrire(f"Rapport ligne à ligne : {options.rapport}")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    analyse = Analyseur(
        prog="python -m cartographie importer",
        description="Importe des fichiers de lieux. Relancé, il n'écrit que ce qui a changé.",
        epilog="Sources livrées : " + ", ".join(livrees()),
    )
    analyse.add_argument(
        "--source", action="append", default=[], metavar="CODE", help="une source livrée ; répétable"
    )
    analyse.add_argument(
        "--configuration",
        action="append",
        default=[],
        type=Path,
        metavar="TOML",
        help="une autre source ; répétable",
    )
    analyse.add_argument(
        "--rapport", type=Path, metavar="FICHIER", help="écrire refus et réparations (JSON Lines)"
    )
    analyse.add_argument(
        "--confirmer-colonnes",
        action="store_true",
        help="importer même si des colonnes du fichier manquent ou sont inconnues",
    )
    analyse.add_argument("--json", action="store_true", help="rendre le bilan en JSON")
    return analyse.parse_args(arguments)


type Choisie = tuple[Configuration, Path | None]
"""Une source, et le dossier de son fichier s'il n'est pas celui des données."""


def _choisir(codes: Sequence[str], fichiers: Sequence[Path]) -> list[Choisie]:
    connues = livrees()
    inconnus = [code for code in codes if code not in connues]
    if inconnus:
        raise SourceInconnue(f"source inconnue {', '.join(inconnus)} ; connues : {', '.join(connues)}")
    # An operator's source lies beside its description.
    autres: list[Choisie] = [(depuis_fichier(chemin), chemin.parent) for chemin in fichiers]
    if codes or autres:
        return [*((connues[code], None) for code in dict.fromkeys(codes)), *autres]
    return [(configuration, None) for configuration in connues.values()]


async def _importer(
    settings: Settings, choisies: Sequence[Choisie], rapport: BinaryIO | None, confirmees: bool
) -> list[tuple[Configuration, Bilan]]:
    store = journal(settings)
    clock = Clock()
    context = contexte(uuid4())
    bilans: list[tuple[Configuration, Bilan]] = []
    try:
        for configuration, dossier in choisies:
            chemin = (dossier or settings.donnees / "lieux") / configuration.fichier
            try:
                bilan = await importer_source(
                    store,
                    configuration,
                    chemin,
                    rapport,
                    context,
                    clock.now(),
                    confirmees=confirmees,
                )
            except FichierRefuse as erreur:
                raise _Arret(1, f"{chemin} : {erreur}") from erreur
            except ColonnesAConfirmer as erreur:
                conseil = "Pour importer quand même : --confirmer-colonnes"
                raise _Arret(4, f"{chemin} : {erreur}. {conseil}") from erreur
            bilans.append((configuration, bilan))
    finally:
        await store.database.close()
    return bilans


def _ouvrir(chemin: Path | None) -> contextlib.AbstractContextManager[BinaryIO | None]:
    if chemin is None:
        return contextlib.nullcontext()
    chemin.parent.mkdir(parents=True, exist_ok=True)
    return chemin.open("wb")


def _en_json(bilans: Sequence[tuple[Configuration, Bilan]]) -> dict[str, object]:
    """lieux + lieux_refuses = lignes lues."""
    return {
        "lieux": sum(b.lues - b.refusees for _, b in bilans),
        "lieux_refuses": sum(b.refusees for _, b in bilans),
        "lues": sum(b.lues for _, b in bilans),
        "sources": {
            c.code: asdict(b) | {"refus": dict(b.refus), "effacees": dict(b.effacees)} for c, b in bilans
        },
    }


def _dire(code: int, message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return code


def _ecrire(texte: str) -> None:
    sys.stdout.write(f"{texte}\n")
