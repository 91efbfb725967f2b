"""Les mots d'un compte rendu de coordination (docs/domaine/activites.md §4)."""

from typing import NewType
from uuid import UUID

from referentiels.nomenclature import Nomenclature

CoordinationId = NewType("CoordinationId", UUID)
CoordinateurId = NewType("CoordinateurId", UUID)


class TypeCoordination(Nomenclature):
    """Le type d'une activité de coordination ; il ne change jamais."""

    ANIMATION = "animation", "Animation (aide, réunion, moment d’échanges...)"
    EVENEMENT = "evenement", "Évènement"
    PARTENARIAT = "partenariat", "Partenariat"


class TypeAnimation(Nomenclature):
    """La forme d'une animation."""

    ASSEMBLEE = (
        "assemblee",
        "Assemblée / présentation officielle (Ex : conseil municipal, conseil communautaire, "
        "conseil départemental, CA d’association)",
    )
    COMITE = "comite", "Comité technique / de pilotage"
    GROUPE_DE_TRAVAIL = "groupe_de_travail", "Groupe de travail"
    ECHANGE = "echange", "Moment d’échange / aide / soutien"
    REUNION_COORDINATION = (
        "reunion_coordination",
        "Réunion de coordination (coordinateurs, médiateurs et conseillers numériques, préfectures, Hubs...)",
    )
    WEBINAIRE = "webinaire", "Webinaire"
    AUTRE = "autre", "Autre"


class Initiative(Nomenclature):
    """Qui est à l'origine d'une animation."""

    INITIATIVE = "initiative", "Intervention à mon initiative"
    DEMANDE = "demande", "Réponse à un besoin/une problématique"


class ThematiqueAnimation(Nomenclature):
    """De quoi une animation a traité."""

    PARTAGE = "partage", "Échanges de bonnes pratiques / partage d’informations"
    RESEAU = "reseau", "Maillage territorial - faire réseau / créer du lien"
    SOUTIEN = "soutien", "Soutien technique et/ou organisationnel"
    PROFESSIONNEL = "professionnel", "Projet / Parcours professionnel"
    RH = "rh", "Soutien RH auprès des structures"
    AUTRE = "autre", "Autre thématique"


class TypeEvenement(Nomenclature):
    """La sorte d'un évènement."""

    GRAND_PUBLIC = (
        "grand_public",
        "Évènement grand public (Ex : Forums, salons, journées départementales, ateliers collectifs...)",
    )
    NATIONAL = "national", "Évènement national (Ex : NEC, ANCTour, etc...)"
    INCLUSION_NUMERIQUE = (
        "inclusion_numerique",
        "Journée d’inclusion numérique (Ex : Séminaire, rencontre, intervention...)",
    )
    NEC_LOCAL = "nec_local", "NEC local"
    AUTRE = "autre", "Autre"


class Organisateur(Nomenclature):
    """Qui organise un évènement."""

    MA_STRUCTURE = "ma_structure", "Ma structure (moi - même)"
    COMMUNE = "commune", "Une commune"
    EPCI = "epci", "Un EPCI"
    DEPARTEMENT = "departement", "Le département"
    REGION = "region", "La région"
    ASSOCIATION = "association", "Une association"
    ENTREPRISE = "entreprise", "Une entreprise"
    HUB = "hub", "Un Hub"
    ETAT = "etat", "État (Préfecture, ANCT, Opérateur...)"
    GROUPEMENT = "groupement", "Un groupement (Syndicat mixte, consortium...)"
    AUTRE = "autre", "Autre"


class TypePartenaire(Nomenclature):
    """Ce qu'est une structure partenaire : ce que peut être un organisateur, sauf la sienne."""

    COMMUNE = "commune", "Une commune"
    EPCI = "epci", "Un EPCI"
    DEPARTEMENT = "departement", "Le département"
    REGION = "region", "La région"
    ASSOCIATION = "association", "Une association"
    ENTREPRISE = "entreprise", "Une entreprise"
    HUB = "hub", "Un Hub"
    ETAT = "etat", "État (Préfecture, ANCT, Opérateur...)"
    GROUPEMENT = "groupement", "Un groupement (Syndicat mixte, consortium...)"
    AUTRE = "autre", "Autre"


class EchelonTerritorial(Nomenclature):
    """À quelle échelle se tient un évènement ou un partenariat."""

    COMMUNAL = "Communal", "Communal"
    INTERCOMMUNAL = "Intercommunal", "Intercommunal"
    DEPARTEMENTAL = "Departemental", "Départemental"
    REGIONAL = "Regional", "Régional"
    NATIONAL = "National", "National"


class NaturePartenariat(Nomenclature):
    """Ce que l'on fait avec un partenaire."""

    PARCOURS_USAGER = "parcours_usager", "Conception de parcours usager"
    SUBVENTION = "subvention", "Recherche de subvention"
    COORDINATION_DEPARTEMENTALE = "coordination_departementale", "Journée de coordination départementale"
    RDV_ELU = "rdv_elu", "Rendez-vous avec un·e élu·e"
    AUTRE = "autre", "Autre"
