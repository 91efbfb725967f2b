"""SIREN, SIRET, RNA, RIDET : une seule lecture, une seule règle pour La Poste.

Règles : Insee (clé de Luhn du SIREN et du SIRET ; La Poste, somme des chiffres multiple de 5) et standard
national des lieux de médiation numérique, champ `pivot`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

LA_POSTE = "356000000"
INCONNU = "00000000000000"
"""Ce que les données agrégées écrivent quand le SIRET est inconnu."""

TERRITOIRES_DU_RIDET = frozenset({"987", "988"})
"""Polynésie française et Nouvelle-Calédonie : leurs entreprises ne sont pas au répertoire SIRENE."""

_INVISIBLES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
_RIDET = re.compile(r"[0-9]{9,10}")


class Nature(StrEnum):
    """Ce qu'un numéro désigne : établissement, entreprise, association, établissement du Pacifique."""

    SIRET = "siret"
    SIREN = "siren"
    RNA = "rna"
    RIDET = "ridet"


class NumeroRefuse(ValueError):
    """Ce numéro ne désigne rien : forme ou clé fausse."""


class MalForme(NumeroRefuse):
    """Le nombre de chiffres n'est pas le bon, ou un caractère n'est pas un chiffre."""


class CleFausse(NumeroRefuse):
    """La forme est bonne, la clé de contrôle ne l'est pas."""


@dataclass(frozen=True, slots=True)
class Numero:
    """Un numéro valide. reparations : ce qu'il a fallu corriger pour le lire, en français."""

    nature: Nature
    valeur: str
    reparations: tuple[str, ...] = ()


def lire_siret(texte: str) -> Numero:
    """Les 14 chiffres d'un établissement. Lève MalForme ou CleFausse.

    Seuls les chiffres ASCII comptent : « ٣ » ou « ３ » n'en sont pas.
    """
    return _lire(texte, Nature.SIRET, 14)


def lire_siren(texte: str) -> Numero:
    """Les 9 chiffres d'une entreprise. Lève MalForme ou CleFausse."""
    return _lire(texte, Nature.SIREN, 9)


def lire_pivot(texte: str, departement: str | None = None) -> Numero:
    """Le numéro qui rattache un lieu à sa structure : SIRET, RNA, ou RIDET dans le Pacifique.

    departement : code du département du lieu ; un RIDET n'existe que dans TERRITOIRES_DU_RIDET, et neuf
    chiffres à Rennes sont un SIREN, qui ne désigne pas un établissement.   Lève MalForme ou CleFausse.
    """
    propre, reparations = _reparer(texte, separateurs=True)
    if _RNA.fullmatch(propre):
        return Numero(Nature.RNA, propre, reparations)
    if departement in TERRITOIRES_DU_RIDET and _RIDET.fullmatch(propre):
        return Numero(Nature.RIDET, propre, reparations)
    _verifier(propre, 14)
    return Numero(Nature.SIRET, propre, reparations)


def avec_cle(corps: str) -> str:
    """Les chiffres de `corps` suivis de leur clé de Luhn : de quoi inventer un SIREN, puis un SIRET."""
    return f"{corps}{-_luhn(corps + '0') % 10}"


def _lire(texte: str, nature: Nature, longueur: int) -> Numero:
    propre, reparations = _reparer(texte)
    _verifier(propre, longueur)
    return Numero(nature, propre, reparations)


def _reparer(texte: str, *, separateurs: bool = False) -> tuple[str, tuple[str, ...]]:
    """Le numéro sans ce qu'un tableur ou une mise en forme y ajoute, et ce qui a été retiré."""
    reparations: list[str] = []
    propre = _INVISIBLES.sub("", texte)
    if propre != texte:
        reparations.append("espaces retirées")
    if re.fullmatch(r"[0-9]+\.0", propre):
        propre = propre.removesuffix(".0")
        reparations.append("« .0 » d’un tableur retiré")
    if separateurs and (joint := re.sub(r"[.-]", "", propre)) != propre:
        propre = joint
        reparations.append("points ou tirets retirés")
    if separateurs and propre != propre.upper():
        propre = propre.upper()
        reparations.append("mis en capitales")
    return propre, tuple(reparations)


def _verifier(numero: str, longueur: int) -> None:
    if not re.fullmatch(rf"[0-9]{{{longueur}}}", numero):
        raise MalForme
    if not int(numero) or _luhn(numero[:9]) % 10:
        raise CleFausse
    if _luhn(numero) % 10 and not (numero.startswith(LA_POSTE) and sum(map(int, numero)) % 5 == 0):
        raise CleFausse


def _luhn(numero: str) -> int:
    """La somme de Luhn : un chiffre sur deux doublé à partir de l'avant-dernier."""
    doubles = (int(c) * (2 if rang % 2 else 1) for rang, c in enumerate(reversed(numero)))
    return sum(n - 9 if n > 9 else n for n in doubles)
