"""Ce que les messages de la plateforme ont en commun : le bonjour, la question, la fin, le jour."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from courriels.message import Courriel, Lien, composer, nom_sur
from referentiels.dates import en_lettres
from referentiels.territoires import jour_civil


@dataclass(frozen=True, slots=True)
class Cadre:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas.

    fuseau : nom IANA, pour les jours que l'on écrit.
    """

    base: str
    aide: str
    fuseau: str

    def jour(self, instant: dt.datetime) -> str:
        """« 1er décembre 2026 »."""
        return en_lettres(jour_civil(instant, self.fuseau))

    def lettre(self, objet: str, prenom: str, corps: Sequence[str | Lien]) -> Courriel:
        """Le message entier. prenom : d'ailleurs ; ce qui n'est pas un nom n'est pas écrit."""
        nom = nom_sur(prenom)
        question = (
            f"Une question ? Écrivez à {self.aide}."
            if self.aide
            else "Une question ? La page d’accueil de La Coop dit à qui la poser."
        )
        return composer(
            objet,
            [
                f"Bonjour {nom}," if nom else "Bonjour,",
                *corps,
                question,
                "Ce message est envoyé automatiquement : personne ne lit les réponses.",
            ],
            base=self.base,
        )

    def lien(self, libelle: str, chemin: str) -> Lien:
        """Vers une page de la plateforme."""
        return Lien(libelle, f"{self.base}{chemin}")
