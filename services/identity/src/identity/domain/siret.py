"""SIRET : quatorze chiffres d'un établissement (règles de docs/domaine/proconnect.md §9)."""

import re
from uuid import UUID, uuid5

from events.decider import Refusal

from identity.domain.vocabulaire import StructureId

STRUCTURES = UUID("5f6e0e0a-6d0c-5d55-9d1c-3a0a5a0f7c11")
"""Espace de noms fixe : le même SIRET donne partout la même structure. Ne change jamais."""

LA_POSTE = "356000000"


class SiretMalForme(Refusal):
    """Le SIRET doit être composé de 14 chiffres."""


class SiretInvalide(Refusal):
    """Ce SIRET n'est pas valide."""


def normaliser(texte: str) -> str:
    """Les 14 chiffres, sans aucune sorte d'espace. Lève SiretMalForme ou SiretInvalide.

    Seuls les chiffres ASCII sont admis. La Poste ne suit pas la clé de Luhn.
    """
    siret = "".join(texte.split()).replace("\u200b", "").replace("\u2060", "").replace("\ufeff", "")
    if not re.fullmatch(r"[0-9]{14}", siret):
        raise SiretMalForme(field="/siret")
    if siret == "0" * 14 or not (siret.startswith(LA_POSTE) or _luhn(siret) % 10 == 0):
        raise SiretInvalide(field="/siret")
    return siret


def valide_ou_none(texte: str | None) -> str | None:
    """Le SIRET normalisé, ou None : un SIRET venu d'un fournisseur d'identité n'est qu'une proposition."""
    try:
        return normaliser(texte) if texte else None
    except (SiretMalForme, SiretInvalide):
        return None


def structure_de(siret: str) -> StructureId:
    """L'identifiant de la structure qui porte ce SIRET normalisé."""
    return StructureId(uuid5(STRUCTURES, siret))


def _luhn(siret: str) -> int:
    total = 0
    for rang, chiffre in enumerate(reversed(siret)):
        n = int(chiffre) * (2 if rang % 2 else 1)
        total += n - 9 if n > 9 else n
    return total
