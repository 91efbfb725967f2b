"""Lire des tableaux de forme inconnue, en écrire au fil de l'eau. Deux descriptions : `Import`, `Export`."""

from tableurs.correspondance import (
    Appariement,
    Colonne,
    ColonnesAConfirmer,
    CorrespondanceFausse,
    Proposition,
)
from tableurs.exportation import TYPES, Export, Format, Sortie, ecrire, en_tetes
from tableurs.importation import Import, LigneRefusee, Lue, Saisie, essayer
from tableurs.lecture import ouvrir
from tableurs.rapport import Bilan, Rapport, Refus
from tableurs.tableau import FichierRefuse, Ligne, Limites, Remarque, Tableau

__all__ = [
    "TYPES",
    "Appariement",
    "Bilan",
    "Colonne",
    "ColonnesAConfirmer",
    "CorrespondanceFausse",
    "Export",
    "FichierRefuse",
    "Format",
    "Import",
    "Ligne",
    "LigneRefusee",
    "Limites",
    "Lue",
    "Proposition",
    "Rapport",
    "Refus",
    "Remarque",
    "Saisie",
    "Sortie",
    "Tableau",
    "ecrire",
    "en_tetes",
    "essayer",
    "ouvrir",
]
