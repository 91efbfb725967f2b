"""Le fichier modèle : nos colonnes, et deux lignes d'exemple qu'un import laisse de côté."""

from typing import BinaryIO

from tableurs import Format, ecrire

from activites.imports.colonnes import Champ
from activites.imports.comptes_rendus import EXEMPLE

_LIGNES: tuple[dict[Champ, str], ...] = (
    {
        Champ.DATE: "31/12/2025",
        Champ.TYPE: "Individuel",
        Champ.DUREE: "45",
        Champ.TYPE_LIEU: "À domicile",
        Champ.THEMATIQUES: "E-mail ; Santé",
        Champ.COMMUNE: "Dijon",
        Champ.CODE_POSTAL: "21000",
        Champ.TAGS: "Permanence",
        Champ.BENEFICIAIRE: "Amina Exemple",
        Champ.MATERIELS: "Téléphone",
        Champ.NIVEAU: "2/3",
        Champ.ORIENTE: "oui",
        Champ.REDIRECTION: "Autre",
        Champ.NOTES: "Une ligne d’exemple : elle ne s’importe pas.",
        Champ.IDENTIFIANT: f"{EXEMPLE}-1",
    },
    {
        Champ.DATE: "31/12/2025",
        Champ.TYPE: "Atelier collectif",
        Champ.DUREE: "1h30",
        Champ.TYPE_LIEU: "Lieu d’activité",
        Champ.THEMATIQUES: "Aide aux démarches administratives ; Logement",
        Champ.TAGS: "Permanence ; Quartier nord",
        Champ.LIEU: "Médiathèque d’Exemple",
        Champ.COMMUNE: "Dijon",
        Champ.PARTICIPANTS: "12",
        Champ.BENEFICIAIRE: "Amina Exemple ; Paul Exemple",
        Champ.DEJA_ACCOMPAGNES: "4",
        Champ.TITRE: "Demander un logement social",
        Champ.MATERIELS: "Ordinateur ; Tablette",
        Champ.PRECISIONS: "Demande de logement social",
        Champ.NIVEAU: "Débutant",
        Champ.GENRE: "Féminin : 6 ; Masculin : 4",
        Champ.TRANCHE_AGE: "25 - 39 ans : 7 ; 40 - 59 ans : 3",
        Champ.STATUT: "En emploi : 3 ; Sans emploi : 7",
        Champ.NOTES: "Une ligne d’exemple : elle ne s’importe pas.",
        Champ.IDENTIFIANT: f"{EXEMPLE}-2",
    },
)


def ecrire_modele(format_: Format, sortie: BinaryIO) -> None:
    """Le modèle, dans ce format."""
    titres = [champ.libelle for champ in Champ]
    ecrire(format_, "Activités", titres, ([ligne.get(c) for c in Champ] for ligne in _LIGNES), sortie)
