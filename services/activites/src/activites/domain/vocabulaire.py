"""Les mots d'un compte rendu d'activité : identifiants et nomenclatures (docs/domaine/activites.md §3)."""

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from events.types import Public
from referentiels.nomenclature import Nomenclature

ActiviteId = NewType("ActiviteId", UUID)
BeneficiaireId = NewType("BeneficiaireId", UUID)
MediateurId = NewType("MediateurId", UUID)
CompteId = NewType("CompteId", UUID)
LieuId = NewType("LieuId", UUID)
StructureId = NewType("StructureId", UUID)
EquipeId = NewType("EquipeId", UUID)
TagId = NewType("TagId", UUID)


class TypeActivite(Nomenclature):
    """Le type d'une activité de médiation ; il ne change jamais."""

    INDIVIDUEL = "individuel", "Accompagnement individuel"
    COLLECTIF = "collectif", "Atelier collectif"


class Thematique(Nomenclature):
    """Les thématiques de médiation numérique, puis les thématiques administratives."""

    DIAGNOSTIC_NUMERIQUE = "diagnostic_numerique", "Diagnostic numérique"
    PRENDRE_EN_MAIN_DU_MATERIEL = "prendre_en_main_du_materiel", "Prendre en main du matériel"
    MAINTENANCE_DE_MATERIEL = "maintenance_de_materiel", "Maintenance de matériel"
    GERE_SES_CONTENUS_NUMERIQUES = "gere_ses_contenus_numeriques", "Gérer ses contenus numériques"
    NAVIGATION_SUR_INTERNET = "navigation_sur_internet", "Navigation sur internet"
    EMAIL = "email", "E-mail"
    BUREAUTIQUE = "bureautique", "Bureautique"
    RESEAUX_SOCIAUX = "reseaux_sociaux", "Réseaux sociaux communication"
    SANTE = "sante", "Santé"
    BANQUE_ET_ACHATS_EN_LIGNE = "banque_et_achats_en_ligne", "Banque et achats en ligne"
    ENTREPRENEURIAT = "entrepreneuriat", "Accompagner un professionnel"
    INSERTION_PROFESSIONNELLE = "insertion_professionnelle", "Insertion professionnelle"
    SECURITE_NUMERIQUE = "securite_numerique", "Prévention en sécurité numérique"
    PARENTALITE = "parentalite", "Parentalité"
    SCOLARITE_ET_NUMERIQUE = "scolarite_et_numerique", "Scolarité et numérique"
    CREER_AVEC_LE_NUMERIQUE = "creer_avec_le_numerique", "Créer avec le numérique"
    CULTURE_NUMERIQUE = "culture_numerique", "Culture numérique"
    INTELLIGENCE_ARTIFICIELLE = "intelligence_artificielle", "Intelligence artificielle (IA)"
    AIDE_AUX_DEMARCHES_ADMINISTRATIVES = (
        "aide_aux_demarches_administratives",
        "Aide aux démarches administratives",
    )

    PAPIERS_ELECTIONS_CITOYENNETE = "papiers_elections_citoyennete", "Papiers - Élections - Citoyenneté"
    FAMILLE_SCOLARITE = "famille_scolarite", "Famille - Scolarité"
    SOCIAL_SANTE = "social_sante", "Social - Santé"
    TRAVAIL_FORMATION = "travail_formation", "Travail - Formation - Entreprise"
    LOGEMENT = "logement", "Logement"
    TRANSPORTS_MOBILITE = "transports_mobilite", "Transports - Mobilité"
    ARGENT_IMPOTS = "argent_impots", "Argent - Impôts"
    JUSTICE = "justice", "Justice"
    ETRANGERS_EUROPE = "etrangers_europe", "Étrangers - Europe"
    LOISIRS_SPORTS_CULTURE = "loisirs_sports_culture", "Loisirs - Sports - Culture"
    ASSOCIATIONS = "associations", "Associations"


THEMATIQUES_ADMINISTRATIVES = frozenset(
    {
        Thematique.PAPIERS_ELECTIONS_CITOYENNETE,
        Thematique.FAMILLE_SCOLARITE,
        Thematique.SOCIAL_SANTE,
        Thematique.TRAVAIL_FORMATION,
        Thematique.LOGEMENT,
        Thematique.TRANSPORTS_MOBILITE,
        Thematique.ARGENT_IMPOTS,
        Thematique.JUSTICE,
        Thematique.ETRANGERS_EUROPE,
        Thematique.LOISIRS_SPORTS_CULTURE,
        Thematique.ASSOCIATIONS,
    }
)
"""Celles qui précisent une aide aux démarches administratives (§3.2)."""


class TypeLieu(Nomenclature):
    """Où l'accompagnement a eu lieu (« canaux »)."""

    LIEU_ACTIVITE = "lieu_activite", "Lieu d’activité"
    AUTRE = "autre", "Autre lieu"
    DOMICILE = "domicile", "À domicile"
    A_DISTANCE = "a_distance", "À distance"


class Materiel(Nomenclature):
    """Le matériel utilisé. « Aucun » n'exclut pas les autres : la plateforme existante l'accepte."""

    ORDINATEUR = "ordinateur", "Ordinateur"
    TELEPHONE = "telephone", "Téléphone"
    TABLETTE = "tablette", "Tablette"
    AUTRE = "autre", "Autre"
    AUCUN = "aucun", "Pas de matériel"


class Autonomie(Nomenclature):
    """Le niveau d'autonomie du bénéficiaire d'un accompagnement individuel."""

    ENTIEREMENT_ACCOMPAGNE = "entierement_accompagne", "Avec guidage"
    PARTIELLEMENT_AUTONOME = "partiellement_autonome", "Autonome avec guidage en cas de besoin"
    AUTONOME = "autonome", "Autonome"


class NiveauAtelier(Nomenclature):
    """Le niveau d'un atelier collectif."""

    DEBUTANT = "debutant", "Débutant"
    INTERMEDIAIRE = "intermediaire", "Intermédiaire"
    AVANCE = "avance", "Avancé"


class StructureDeRedirection(Nomenclature):
    """Vers quelle sorte de structure le bénéficiaire est orienté."""

    ADMINISTRATION = "administration", "Administration (mairie, préfecture…)"
    MEDIATION_NUMERIQUE = "mediation_numerique", "Autre structure de médiation numérique"
    OPERATEUR_OU_ORGANISME_EN_CHARGE = (
        "operateur_ou_organisme_en_charge",
        "Opérateur ou organisme en charge de la démarche administrative",
    )
    AIDE_SOCIALE = "aide_sociale", "Structure d’aide sociale (maison des solidarités, centre social…)"
    INSERTION_PROFESSIONNELLE = (
        "insertion_professionnelle",
        "Structure d’insertion professionnelle (France Travail, mission locale, chambre de commerce…)",
    )
    AIDE_AUX_DEMARCHES_ADMINISTRATIVES = (
        "aide_aux_demarches_administratives",
        "Structure d’aide aux démarches administratives (France Services…)",
    )
    AUTRE = "autre", "Autre"


class Genre(Nomenclature):
    """Le genre d'un participant."""

    MASCULIN = "masculin", "Masculin"
    FEMININ = "feminin", "Féminin"
    NON_COMMUNIQUE = "non_communique", "Non communiqué"


class TrancheAge(Nomenclature):
    """La tranche d'âge d'un participant."""

    SOIXANTE_DIX_PLUS = "soixante_dix_plus", "70 ans et plus"
    SOIXANTE_SOIXANTE_NEUF = "soixante_soixante_neuf", "60 - 69 ans"
    QUARANTE_CINQUANTE_NEUF = "quarante_cinquante_neuf", "40 - 59 ans"
    VINGT_CINQ_TRENTE_NEUF = "vingt_cinq_trente_neuf", "25 - 39 ans"
    DIX_HUIT_VINGT_QUATRE = "dix_huit_vingt_quatre", "18 - 24 ans"
    DOUZE_DIX_HUIT = "douze_dix_huit", "12 - 17 ans"
    MOINS_DE_DOUZE = "moins_de_douze", "Moins de 12 ans"
    NON_COMMUNIQUE = "non_communique", "Non communiqué"


class StatutSocial(Nomenclature):
    """Le statut social d'un participant."""

    RETRAITE = "retraite", "Retraité"
    SANS_EMPLOI = "sans_emploi", "Sans emploi"
    EN_EMPLOI = "en_emploi", "En emploi"
    SCOLARISE = "scolarise", "Scolarisé"
    NON_COMMUNIQUE = "non_communique", "Non communiqué ou hétérogène"


class PorteeDeTag(Nomenclature):
    """À qui est une étiquette, de la plus étroite à la plus large (docs/domaine/activites.md §6)."""

    PERSONNEL = "personnel", "Personnelle", "Vous seul·e la voyez."
    EQUIPE = "equipe", "D’équipe", "Les coordinateurs et les membres de l’équipe la voient et la modifient."
    DEPARTEMENTAL = (
        "departemental",
        "Départementale",
        "Qui est employé dans le département la voit ; ses coordinateurs la modifient.",
    )
    NATIONAL = "national", "Nationale", "Tout le monde la voit ; un administrateur la modifie."

    @property
    def rang(self) -> int:
        """1 pour la plus étroite."""
        return [*PorteeDeTag].index(self) + 1


@dataclass(frozen=True, slots=True)
class Commune:
    """Une commune. Dans un fait, nom et code postal sont ceux du référentiel pour ce code INSEE."""

    nom: Public
    code_postal: Public
    code_insee: Public


@dataclass(frozen=True, slots=True)
class LieuConnu:
    """Ce que la cartographie a publié d'un lieu d'activité, et qui entre dans le compte rendu."""

    lieu_id: LieuId
    commune: Public
    code_postal: Public
    code_insee: Public | None
    departement: Public | None
