"""Le fichier modèle : nos colonnes, et deux personnes d'exemple qu'un import laisse de côté."""

from typing import BinaryIO

from tableurs import Format, ecrire

from activites.imports.fiches.colonnes import ChampDeFiche
from activites.imports.fiches.fichier import EXEMPLE

_LIGNES: tuple[dict[ChampDeFiche, str], ...] = (
    {
        ChampDeFiche.NOM: EXEMPLE,
        ChampDeFiche.PRENOM: "Amina",
        ChampDeFiche.ANNEE: "1957",
        ChampDeFiche.COMMUNE: "Dijon",
        ChampDeFiche.CODE_INSEE: "21231",
        ChampDeFiche.CODE_POSTAL: "21000",
        ChampDeFiche.TELEPHONE: "04 55 66 77 88",
        ChampDeFiche.COURRIEL: "amina@exemple.fr",
        ChampDeFiche.GENRE: "Féminin",
        ChampDeFiche.STATUT: "Retraité",
        ChampDeFiche.ADRESSE: "12 rue des Lilas",
        ChampDeFiche.NOTES: "Une personne d’exemple : elle ne s’importe pas.",
    },
    {ChampDeFiche.NOM: EXEMPLE, ChampDeFiche.PRENOM: "Paul"},
)


def ecrire_modele(format_: Format, sortie: BinaryIO) -> None:
    """Le modèle, dans ce format."""
    titres = [champ.libelle for champ in ChampDeFiche]
    lignes = ([ligne.get(c) for c in ChampDeFiche] for ligne in _LIGNES)
    ecrire(format_, "Bénéficiaires", titres, lignes, sortie)
