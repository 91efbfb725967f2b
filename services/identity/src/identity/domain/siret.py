"""Le SIRET qu'une personne donne, et la structure qu'il désigne."""

from uuid import UUID, uuid5

from events.decider import Refusal
from referentiels.siret import MalForme, NumeroRefuse, lire_siret

from identity.domain.vocabulaire import StructureId

STRUCTURES = UUID("5f6e0e0a-6d0c-5d55-9d1c-3a0a5a0f7c11")
"""Espace de noms fixe : le même SIRET donne partout la même structure. Ne change jamais."""


class SiretMalForme(Refusal):
    """Le SIRET doit être composé de 14 chiffres."""


class SiretInvalide(Refusal):
    """Ce SIRET n'est pas valide."""


def normaliser(texte: str) -> str:
    """Les 14 chiffres d'un établissement. Lève SiretMalForme ou SiretInvalide."""
    try:
        return lire_siret(texte).valeur
    except MalForme as erreur:
        raise SiretMalForme(field="/siret") from erreur
    except NumeroRefuse as erreur:
        raise SiretInvalide(field="/siret") from erreur


def fautes(texte: str) -> list[Refusal]:
    """Ce qui empêche de lire ce SIRET."""
    try:
        normaliser(texte)
    except (SiretMalForme, SiretInvalide) as faute:
        return [faute]
    return []


def valide_ou_none(texte: str | None) -> str | None:
    """Le SIRET normalisé, ou None : un SIRET venu d'un fournisseur d'identité n'est qu'une proposition."""
    try:
        return lire_siret(texte).valeur if texte else None
    except NumeroRefuse:
        return None


def structure_de(siret: str) -> StructureId:
    """L'identifiant de la structure qui porte ce SIRET normalisé."""
    return StructureId(uuid5(STRUCTURES, siret))
