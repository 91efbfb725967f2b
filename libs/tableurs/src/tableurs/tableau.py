"""Ce qu'on lit : un tableau, ses lignes, ce qui en a été dit ou réparé, et les bornes de la lecture."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

_ILLISIBLE = re.compile("[\0\ud800-\udfff]")
"""Ni affichable, ni gardable en base : un octet nul, ou faux dans l'encodage du fichier."""


class FichierRefuse(Exception):
    """Le fichier entier est refusé : mauvais type, abîmé, trop grand, macros… Le message dit quoi faire."""


@dataclass(frozen=True, slots=True)
class Limites:
    """Au-delà, le fichier est refusé sans être lu jusqu'au bout. Octets, lignes, cellules, caractères."""

    octets: int = 50_000_000
    octets_decompresses: int = 400_000_000
    lignes: int = 200_000
    colonnes: int = 500
    cellules: int = 10_000_000
    caracteres_par_cellule: int = 32_767
    """Plus long : la ligne est refusée. C'est aussi la limite des tableurs."""


@dataclass(frozen=True, slots=True)
class Remarque:
    """Une chose à dire d'une ligne.

    champ : la colonne ou le champ, vide pour la ligne entière.   avant : la valeur lue.
    reparation : ce qui a été fait (« corrigé », « retiré »…), None si rien n'a pu l'être.
    apres : la valeur gardée, None s'il n'en reste rien.
    """

    champ: str
    message: str
    avant: str = ""
    reparation: str | None = None
    apres: str | None = None


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne de données. numero : celui que montre un tableur ou un éditeur, la première du fichier = 1.

    valeurs : colonne -> texte, None si la ligne est illisible ; la dernière remarque dit alors pourquoi.
    """

    numero: int
    valeurs: Mapping[str, str] | None
    remarques: tuple[Remarque, ...] = ()


@dataclass(frozen=True, slots=True)
class Tableau:
    """Un fichier ouvert, pas encore lu.

    format : csv, xlsx, ods, json ou jsonl.   details : ce qui a été reconnu (encodage, séparateur, feuille).
    remarques : ce que la lecture laisse de côté (autres feuilles, lignes avant les titres).
    lire : parcourt les lignes non vides depuis le début, autant de fois qu'on veut. Raises FichierRefuse.
    """

    format: str
    colonnes: tuple[str, ...]
    lire: Callable[[], Iterator[Ligne]] = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    remarques: tuple[str, ...] = ()


def illisible(numero: int, message: str, avant: str = "", champ: str = "") -> Ligne:
    """Une ligne dont aucune valeur ne peut être gardée, et pourquoi."""
    return Ligne(numero, None, (Remarque(champ, message, avant),))


def controler(ligne: Ligne, limites: Limites) -> Ligne:
    """La ligne telle quelle, ou illisible si une valeur ne peut être ni affichée ni gardée."""
    for colonne, valeur in (ligne.valeurs or {}).items():
        if len(valeur) > limites.caracteres_par_cellule:
            message = f"plus de {limites.caracteres_par_cellule} caractères"
            return illisible(ligne.numero, message, valeur[:100], colonne)
        if _ILLISIBLE.search(valeur):
            message = "caractères illisibles : le fichier mélange des encodages ou il est abîmé"
            lisible = valeur.encode("utf-8", "replace").decode().replace("\0", "?")
            return illisible(ligne.numero, message, lisible, colonne)
    return ligne
