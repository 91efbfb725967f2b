"""L'annuaire des entreprises : ce que l'on en demande, et ce qu'il en dit. Il ne décide rien.

Deux adaptateurs : un fichier livré avec le service (fichier.py), l'API de l'État (recherche.py).
"""

from dataclasses import dataclass
from typing import Protocol

from identity.domain.vocabulaire import Verification

PROPOSES = 10
"""Établissements rendus par une recherche, au plus."""


@dataclass(frozen=True, slots=True)
class Etablissement:
    """Un établissement. siret : valable.   adresse : la voie.   code_insee : commune actuelle, si connue."""

    siret: str
    nom: str
    adresse: str
    code_postal: str
    commune: str
    code_insee: str | None
    ouvert: bool


class AnnuaireInjoignable(Exception):
    """L'annuaire ne répond pas, ou n'importe quoi : plus tard. Aucun mot de ce qui était cherché."""


class Annuaire(Protocol):
    """Cherche des établissements. Chaque méthode lève AnnuaireInjoignable."""

    async def etablissement(self, siret: str) -> Etablissement | None:
        """Celui qui porte ce SIRET normalisé."""
        ...

    async def chercher(self, mots: str) -> list[Etablissement]:
        """Ceux dont le nom répond à ces mots, `PROPOSES` au plus."""
        ...


async def verifier(annuaire: Annuaire, siret: str) -> Verification:
    """Ce que l'annuaire dit de ce SIRET normalisé ; à vérifier quand il ne répond pas."""
    try:
        trouve = await annuaire.etablissement(siret)
    except AnnuaireInjoignable:
        return Verification.A_VERIFIER
    if trouve is None:
        return Verification.INCONNU
    return Verification.OUVERT if trouve.ouvert else Verification.FERME
