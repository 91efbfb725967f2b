"""Les colonnes d'un fichier de comptes rendus : celles de notre export, sous tous leurs noms."""

from collections.abc import Mapping
from dataclasses import dataclass

from referentiels.nomenclature import Nomenclature
from tableurs import Colonne, Import, Limites, Saisie

LIGNES_MAX = 10_000
OCTETS_MAX = 5_000_000
LIMITES = Limites(
    octets=OCTETS_MAX, octets_decompresses=100_000_000, lignes=LIGNES_MAX, colonnes=100, cellules=1_000_000
)


class Champ(Nomenclature):
    """Ce qu'une colonne peut donner d'un compte rendu. Libellés : les titres de notre export."""

    DATE = "date", "Date", "Jour de l’activité : 31/12/2025, ou une date du tableur."
    TYPE = "type", "Type", "Individuel, ou atelier collectif."
    DUREE = "duree_minutes", "Durée (min)", "Des minutes, ou 1h30."
    TYPE_LIEU = (
        "type_lieu",
        "Canaux d’accompagnement",
        "Lieu d’activité, autre lieu, à domicile ou à distance.",
    )
    THEMATIQUES = "thematiques", "Thématique(s) d’accompagnement", "Séparées par un point-virgule."
    TAGS = "tags", "Tags", "Vos étiquettes, par leur nom, séparées par un point-virgule."
    LIEU = (
        "lieu",
        "Nom du lieu",
        "Pour un lieu d’activité : son nom dans la cartographie, ou son identifiant.",
    )
    COMMUNE = "commune", "Commune", "À domicile ou dans un autre lieu ; départage aussi des lieux homonymes."
    CODE_POSTAL = "code_postal", "Code postal"
    CODE_INSEE = "code_insee", "Code Insee"
    PARTICIPANTS = "participants", "Participants", "Leur nombre, pour un atelier : tous, nommés ou non."
    BENEFICIAIRE = (
        "beneficiaire",
        "Bénéficiaire",
        "Quelqu’un que vous suivez : « Prénom Nom » ; d’un atelier, plusieurs, séparés par un point-virgule.",
    )
    DEJA_ACCOMPAGNES = (
        "deja_accompagnes",
        "Participants déjà accompagnés",
        "Leur nombre, parmi les anonymes ; oui ou non pour un individuel.",
    )
    TITRE = "titre_atelier", "Nom de l’atelier"
    MATERIELS = "materiels", "Matériel numérique utilisé", "Séparés par un point-virgule."
    PRECISIONS = "precisions_demarche", "Nom de la démarche administrative"
    NIVEAU = (
        "niveau",
        "Niveau d’autonomie (ou de l’atelier)",
        "Son nom, ou de 1/3 à 3/3.",
    )
    ORIENTE = "oriente_vers_structure", "Bénéficiaire réorienté", "Oui ou non."
    REDIRECTION = "structure_de_redirection", "Structure de redirection"
    RESIDENCE = "residence", "Commune du bénéficiaire"
    RESIDENCE_CODE_POSTAL = "residence_code_postal", "Code postal du bénéficiaire"
    RESIDENCE_CODE_INSEE = "residence_code_insee", "Code Insee du bénéficiaire"
    GENRE = (
        "genre",
        "Genre",
        "Pour un atelier, les anonymes, sans les personnes nommées : « Féminin : 6 ; Masculin : 4 ».",
    )
    TRANCHE_AGE = "tranche_age", "Tranche d’âge", "Comme le genre."
    STATUT = "statut_social", "Statut du bénéficiaire", "Comme le genre."
    NOTES = "notes", "Notes supplémentaires", "Ni santé ni mot de passe."
    IDENTIFIANT = (
        "identifiant",
        "ID CRA",
        "Facultatif : la ligne est la même d’un envoi à l’autre, même déplacée.",
    )


NECESSAIRES: frozenset[Nomenclature] = frozenset(
    {Champ.DATE, Champ.TYPE, Champ.DUREE, Champ.TYPE_LIEU, Champ.THEMATIQUES}
)
_AUTRES: Mapping[Nomenclature, tuple[str, ...]] = {
    Champ.DATE: ("Date de l’accompagnement", "Date de l’activité", "Date accompagnement", "Jour", "Le"),
    Champ.TYPE: ("Type d’accompagnement", "Type d’activité", "Nature", "Type de CRA"),
    Champ.DUREE: ("Durée", "Durée en minutes", "Durée minutes", "Temps passé", "Minutes"),
    Champ.TYPE_LIEU: ("Canal", "Canal d’accompagnement", "Type de lieu", "Lieu de l’accompagnement", "Où"),
    Champ.THEMATIQUES: ("Thématiques", "Thématique", "Thèmes", "Thème", "Sujets", "Sujet"),
    Champ.TAGS: ("Étiquettes", "Étiquette", "Tag"),
    Champ.LIEU: ("Lieu", "Lieu d’activité", "Structure", "Permanence", "ID du lieu", "lieu_id"),
    Champ.COMMUNE: ("Ville", "Commune du lieu", "Commune d’accompagnement"),
    Champ.CODE_POSTAL: ("CP", "Code postal du lieu"),
    Champ.CODE_INSEE: ("Code commune", "INSEE"),
    Champ.PARTICIPANTS: ("Nombre de participants", "Nb participants", "Nb de participants", "Effectif"),
    Champ.BENEFICIAIRE: (
        "Bénéficiaires",
        "Bénéficiaire suivi",
        "Bénéficiaires suivis",
        "Nom du bénéficiaire",
    ),
    Champ.DEJA_ACCOMPAGNES: (
        "Déjà accompagné",
        "Déjà accompagnés",
        "Nb participants récurrents",
        "Déjà venu",
    ),
    Champ.TITRE: ("Titre de l’atelier", "Titre", "Atelier", "Intitulé"),
    Champ.MATERIELS: ("Matériel", "Matériels", "Équipement"),
    Champ.PRECISIONS: ("Précisions", "Démarche", "Démarche administrative", "Précisions sur la démarche"),
    Champ.NIVEAU: ("Niveau", "Autonomie", "Niveau d’autonomie", "Niveau de l’atelier"),
    Champ.ORIENTE: ("Orienté", "Réorienté", "Orientation", "Orienté vers une structure"),
    Champ.REDIRECTION: ("Redirection", "Structure d’orientation", "Orienté vers"),
    Champ.RESIDENCE: ("Commune de résidence", "Résidence"),
    Champ.RESIDENCE_CODE_POSTAL: ("Code postal de résidence",),
    Champ.RESIDENCE_CODE_INSEE: ("Code Insee de résidence", "commune_residence"),
    Champ.GENRE: ("Sexe", "Genre du bénéficiaire", "Genres"),
    Champ.TRANCHE_AGE: ("Âge", "Tranches d’âge", "Tranche d’âge du bénéficiaire"),
    Champ.STATUT: ("Statut", "Statut social", "Statuts", "Situation"),
    Champ.NOTES: ("Notes", "Commentaire", "Commentaires", "Annotation", "Observations", "Remarques"),
    Champ.IDENTIFIANT: ("Identifiant", "ID", "Référence", "N°", "Numéro"),
}


def _telle_quelle(saisie: Saisie) -> Saisie:
    return saisie


@dataclass(frozen=True, slots=True)
class Attendu:
    """Les colonnes d'une sorte de fichier. necessaires : sans elles, chaque ligne dirait la même faute."""

    champs: type[Nomenclature]
    necessaires: frozenset[Nomenclature]
    lecture: Import[Saisie]


def attendu(
    champs: type[Nomenclature],
    necessaires: frozenset[Nomenclature],
    autres: Mapping[Nomenclature, tuple[str, ...]],
) -> Attendu:
    """autres : les autres titres sous lesquels on connaît un champ."""
    colonnes = [
        Colonne(champ.value, champ.libelle, autres.get(champ, ()), facultative=champ not in necessaires)
        for champ in champs
    ]
    # From lines to fields, not understood yet: what they name is looked up for all of them together.
    return Attendu(champs, necessaires, Import(colonnes, _telle_quelle))


ACTIVITES = attendu(Champ, NECESSAIRES, _AUTRES)
