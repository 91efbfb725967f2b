"""JSON : une liste d'objets, ou un objet par ligne (JSON Lines)."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

import orjson

from tableurs.lecture.texte import MAX_LIGNE, lignes_physiques, ouvrir_texte
from tableurs.lecture.valeurs import en_texte
from tableurs.tableau import FichierRefuse, Ligne, Limites, Tableau, controler, illisible

_BLANCS = " \t\r\n"
_BLOC = 1 << 16


def ouvrir_lignes(chemin: Path, limites: Limites, encodage: str) -> Tableau:
    """Un objet par ligne ; une ligne illisible n'arrête pas la lecture. numero : ligne du fichier."""

    def lire() -> Iterator[Ligne]:
        for numero, brute in enumerate(lignes_physiques(chemin, limites, encodage), start=1):
            if not brute.strip():
                continue
            if len(brute) >= MAX_LIGNE:
                yield illisible(numero, f"plus de {MAX_LIGNE} caractères", brute[:100])
                continue
            try:
                objet = orjson.loads(brute)
            except (orjson.JSONDecodeError, UnicodeEncodeError):
                yield illisible(numero, "la ligne n'est pas du JSON", brute[:100])
                continue
            yield _ligne(numero, objet, limites)

    return _tableau("jsonl", lire, limites, {"encodage": encodage})


def ouvrir_liste(chemin: Path, limites: Limites, encodage: str) -> Tableau:
    """Une liste d'objets, lue au fil de l'eau. numero : rang dans la liste, le premier = 1."""

    def lire() -> Iterator[Ligne]:
        with ouvrir_texte(chemin, limites, encodage) as fichier:
            for numero, objet in enumerate(_elements(fichier), start=1):
                yield _ligne(numero, objet, limites)

    return _tableau("json", lire, limites, {"encodage": encodage})


def _elements(fichier: TextIO) -> Iterator[Any]:
    """Les éléments d'une liste JSON ; en mémoire, jamais plus que l'un d'eux. Raises FichierRefuse."""
    lecteur = json.JSONDecoder()
    tampon, ici, attendu = "", 0, "["
    while True:
        while ici < len(tampon) and tampon[ici] in _BLANCS:
            ici += 1
        if ici < len(tampon):
            if tampon[ici] == "]" and attendu != "[":
                return
            if attendu:
                if tampon[ici] != attendu:
                    raise FichierRefuse("Ce n'est pas une liste JSON valable.")
                ici, attendu = ici + 1, ""
                continue
            with contextlib.suppress(ValueError, RecursionError):  # incomplet, peut-être
                element, fin = lecteur.raw_decode(tampon, ici)
                if fin < len(tampon):
                    yield element
                    ici, attendu = fin, ","
                    continue
        suite = fichier.read(max(_BLOC, len(tampon) - ici))
        if not suite or len(tampon) - ici > MAX_LIGNE:
            raise FichierRefuse("Ce n'est pas une liste JSON valable, ou l'un de ses objets est trop long.")
        tampon, ici = tampon[ici:] + suite, 0


def _tableau(
    format_: str, lire: Callable[[], Iterator[Ligne]], limites: Limites, details: dict[str, str]
) -> Tableau:
    """Les colonnes sont toutes les clés vues : chaque objet a les siennes."""
    colonnes: dict[str, None] = {}
    for lues, ligne in enumerate(lire(), start=1):
        colonnes |= dict.fromkeys(ligne.valeurs or ())
        if lues > limites.lignes:
            raise FichierRefuse(f"Le tableau a plus de {limites.lignes} lignes : partagez-le.")
        if len(colonnes) > limites.colonnes:
            raise FichierRefuse(f"Le tableau a plus de {limites.colonnes} colonnes.")
    if not colonnes:
        raise FichierRefuse(
            "Le fichier JSON ne contient aucun objet : un objet par ligne de tableau est attendu."
        )
    return Tableau(format_, tuple(colonnes), lire, details)


def _ligne(numero: int, objet: Any, limites: Limites) -> Ligne:
    if not isinstance(objet, dict):
        return illisible(numero, "un objet JSON est attendu", str(objet)[:100])
    valeurs = {nom: en_texte(valeur) for nom, valeur in cast("dict[str, Any]", objet).items()}
    return controler(Ligne(numero, valeurs), limites)
