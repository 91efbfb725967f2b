"""Lire un fichier source, JSON Lines ou CSV, compressé ou non : une ligne, un dictionnaire de textes."""

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

MAX_LIGNE = 1_000_000
"""Une ligne plus longue (caractères) n'est pas une fiche."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """numero : première ligne de données = 1.   valeurs : colonne -> texte, None si illisible."""

    numero: int
    valeurs: dict[str, str] | None


class FichierIllisible(Exception):
    """Le fichier manque, n'est pas en UTF-8 ou n'est pas dans le format que dit son nom."""


def empreinte_fichier(chemin: Path) -> str:
    """SHA-256 du fichier tel qu'il est. Raises FichierIllisible."""
    try:
        with chemin.open("rb") as fichier:
            return hashlib.file_digest(fichier, "sha256").hexdigest()
    except OSError as erreur:
        raise FichierIllisible(f"{chemin} : {erreur.strerror}") from erreur


def lire_lignes(chemin: Path, separateur_csv: str = ",") -> Iterator[Ligne]:
    """Les lignes non vides du fichier. Raises FichierIllisible."""
    try:
        with _ouvrir(chemin) as fichier:
            lire = _csv(fichier, separateur_csv) if ".csv" in chemin.suffixes else _jsonl(fichier)
            yield from lire
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as erreur:
        raise FichierIllisible(f"{chemin} : {erreur}") from erreur


def _ouvrir(chemin: Path) -> IO[str]:
    if chemin.suffix == ".gz":
        return gzip.open(chemin, "rt", encoding="utf-8-sig", newline="")
    return chemin.open(encoding="utf-8-sig", newline="")


def _jsonl(fichier: IO[str]) -> Iterator[Ligne]:
    for numero, brute in enumerate(fichier, start=1):
        if not brute.strip():
            continue
        yield Ligne(numero, _objet(brute))


def _objet(brute: str) -> dict[str, str] | None:
    if len(brute) > MAX_LIGNE:
        return None
    try:
        objet: Any = json.loads(brute)
    except (ValueError, RecursionError):
        return None
    if not isinstance(objet, dict):
        return None
    return {colonne: en_texte(valeur) for colonne, valeur in cast("dict[str, Any]", objet).items()}


def _csv(fichier: IO[str], separateur: str) -> Iterator[Ligne]:
    for numero, valeurs in enumerate(
        csv.DictReader(fichier, delimiter=separateur, restkey="", restval=""), start=1
    ):
        en_trop = valeurs.pop("", None)
        yield Ligne(numero, None if en_trop else {k: en_texte(v) for k, v in valeurs.items()})


def en_texte(valeur: Any) -> str:
    """Le texte d'une valeur JSON : vide pour null, « 33 » pour 33.0, les listes séparées par « | »."""
    match valeur:
        case None:
            return ""
        case str():
            return valeur
        case bool():
            return "oui" if valeur else "non"
        case float() if valeur.is_integer():
            return str(int(valeur))
        case int() | float():
            return str(valeur)
        case list():
            return "|".join(map(en_texte, cast("list[Any]", valeur)))
        case _:
            return json.dumps(valeur, ensure_ascii=False)
