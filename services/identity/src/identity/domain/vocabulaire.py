"""Les mots du service identité, partagés par ses agrégats."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

from referentiels.nomenclature import Nomenclature

CompteId = NewType("CompteId", UUID)
MediateurId = NewType("MediateurId", UUID)
CoordinateurId = NewType("CoordinateurId", UUID)
EmploiId = NewType("EmploiId", UUID)
StructureId = NewType("StructureId", UUID)
SessionId = NewType("SessionId", UUID)
AnnonceId = NewType("AnnonceId", UUID)
PreuveId = NewType("PreuveId", UUID)
RapprochementId = NewType("RapprochementId", UUID)
ClientId = NewType("ClientId", UUID)
SecretId = NewType("SecretId", UUID)
LieuId = NewType("LieuId", UUID)
RectificationId = NewType("RectificationId", UUID)


class Role(Nomenclature):
    """Rôle métier qu'une personne choisit à son inscription."""

    MEDIATEUR = "mediateur", "Médiateur", "Accompagne des personnes et rend compte de ses activités."
    COORDINATEUR = "coordinateur", "Coordinateur", "Anime une ou plusieurs équipes de médiateurs."


class Droit(Nomenclature):
    """Droit d'application, donné par un administrateur, à côté des rôles métier."""

    AUCUN = "aucun", "Aucun", "La personne n’a que ses rôles."
    SUPPORT = "support", "Support", "Lit la gestion, et peut voir la plateforme comme une personne la voit."
    ADMIN = "admin", "Administrateur", "Lit et écrit dans la gestion."


class Competence(Nomenclature):
    """Ce qu'un professionnel dit savoir faire : sa personne le déclare, personne ne le vérifie.

    Les services du schéma national de la médiation numérique, les accueils particuliers qu'il nomme, puis ce
    que l'on cherche chez un collègue.
    """

    DEMARCHES = "demarches_administratives", "Aide aux démarches administratives"
    OUTILS = "outils_du_quotidien", "Maîtrise des outils numériques du quotidien"
    INSERTION = "insertion_professionnelle", "Insertion professionnelle via le numérique"
    SECURITE = "securite_numerique", "Utilisation sécurisée du numérique"
    PARENTALITE = "parentalite_education", "Parentalité et éducation avec le numérique"
    LOISIRS = "loisirs_creations", "Loisirs et créations numériques"
    COMPREHENSION = "monde_numerique", "Compréhension du monde numérique"
    MATERIEL = "materiel", "Matériel : choix, dépannage, réemploi"
    SURDITE = "surdite", "Langue des signes, accueil de personnes sourdes"
    DEFICIENCE_VISUELLE = "deficience_visuelle", "Accueil de personnes malvoyantes"
    HANDICAPS = "handicaps", "Accueil de personnes handicapées, autres handicaps"
    ILLETTRISME = "illettrisme", "Illettrisme, français facile"
    ANGLAIS = "anglais", "Accompagnement en anglais"
    AUTRES_LANGUES = "autres_langues", "Accompagnement dans une autre langue"
    INTELLIGENCE_ARTIFICIELLE = "intelligence_artificielle", "Intelligence artificielle (IA)"
    AIDANTS_CONNECT = "aidants_connect", "Aidants Connect", "La personne y est habilitée."
    PIX = "pix", "Pix : évaluer, faire certifier"
    ATELIERS = "animation_ateliers", "Animer des ateliers"
    FORMATION = "formation_professionnels", "Former d’autres professionnels"


class Montrable(Nomenclature):
    """Ce qu'une personne accepte, ou non, de montrer aux autres professionnels."""

    ANNUAIRE = (
        "annuaire",
        "Mon nom dans l’annuaire",
        "Avec mes rôles, mon employeur et mes compétences, pour tous les professionnels de La Coop.",
    )
    COURRIEL = "courriel", "Mon adresse électronique", "Auprès de mon nom, et dans les exports."
    TELEPHONE = "telephone", "Mon téléphone", "Auprès de mon nom, et dans les exports."


class Profil(Nomenclature):
    """Ce que la personne se dit être à son inscription, ou que la source du dispositif dit d'elle."""

    MEDIATEUR = (
        "mediateur",
        "Médiateur numérique",
        "J’accompagne des personnes dans leurs usages du numérique.",
    )
    CONSEILLER_NUMERIQUE = (
        "conseiller_numerique",
        "Conseiller numérique",
        "Mon poste est financé par le dispositif : il sera reconnu d’après mon courriel.",
    )
    COORDINATEUR_DISPOSITIF = (
        "coordinateur_dispositif",
        "Coordinateur de conseillers numériques",
        "Je coordonne dans le dispositif : ce sera reconnu d’après mon courriel.",
    )
    COORDINATEUR_HORS_DISPOSITIF = (
        "coordinateur_hors_dispositif",
        "Coordinateur, hors dispositif",
        "J’anime un réseau ou une équipe de médiateurs, hors du dispositif Conseiller numérique.",
    )

    @property
    def role(self) -> Role:
        """Le rôle que l'inscription donne."""
        coordonne = self in {Profil.COORDINATEUR_DISPOSITIF, Profil.COORDINATEUR_HORS_DISPOSITIF}
        return Role.COORDINATEUR if coordonne else Role.MEDIATEUR


class Etape(Nomenclature):
    """Une étape de l'inscription, dans leur ordre."""

    PROFIL = "profil", "Votre profil"
    INFORMATIONS = "informations", "Vos informations"
    EMPLOYEUR = "employeur", "Votre structure employeuse"
    LIEUX = "lieux", "Vos lieux d’activité"
    RECAPITULATIF = "recapitulatif", "Récapitulatif"


class Verification(Nomenclature):
    """Ce que l'annuaire des entreprises dit d'un établissement."""

    OUVERT = "ouvert", "En activité"
    FERME = "ferme", "Fermé", "L’annuaire des entreprises dit cet établissement fermé."
    INCONNU = "inconnu", "Absent de l’annuaire", "L’annuaire des entreprises ne connaît pas ce SIRET."
    A_VERIFIER = (
        "a_verifier",
        "À vérifier",
        "L’annuaire des entreprises ne répondait pas : il sera redemandé.",
    )


class MotifFin(Nomenclature):
    """Pourquoi un emploi est terminé : terme prévu, rupture, ou déclaration faite par erreur."""

    TERME = "terme", "Terme prévu", "Le contrat est allé à son terme."
    RUPTURE = "rupture", "Rupture", "Le contrat s’est arrêté avant son terme."
    ERREUR = "erreur", "Déclaré par erreur", "Cet emploi n’aurait pas dû être déclaré."


class ReponseEmployeur(Nomenclature):
    """Ce que la personne répond d'un établissement que donne ProConnect."""

    NOUVEL_EMPLOYEUR = "nouvel_employeur", "C’est mon nouvel employeur", "Mon emploi d’avant finit la veille."
    SECOND_EMPLOYEUR = "second_employeur", "C’est un second employeur", "Je garde aussi mon emploi d’avant."
    ERREUR = "erreur", "Ce n’est pas mon employeur", "Mes emplois ne changent pas."


class TypeContrat(Nomenclature):
    """De quelle sorte est un contrat de travail."""

    CDI = "cdi", "CDI", "Contrat à durée indéterminée."
    CDD = "cdd", "CDD", "Contrat à durée déterminée."
    PROJET = "contrat_de_projet", "Contrat de projet", "Contrat public lié à une opération, de un à six ans."
    AIDE = "contrat_aide", "Contrat aidé", "Parcours emploi compétences, contrat unique d’insertion."
    ALTERNANCE = "alternance", "Alternance", "Apprentissage ou professionnalisation."
    TITULAIRE = "titulaire", "Titulaire", "Fonctionnaire, stagiaire de la fonction publique compris."
    AUTRE = "autre", "Autre contrat"


class SourceDuFait(Nomenclature):
    """Qui dit ce que nous savons."""

    DECLARATION = "declaration", "Déclaré", "La personne l’a déclaré ici."
    DISPOSITIF = "dispositif", "Repris du dispositif", "La source du dispositif le dit."


class EtapeDePriseDePoste(Nomenclature):
    """Ce qui fait une prise de poste : quatre contrôles du recrutement, quatre étapes de formation."""

    CONVENTION = "convention", "Convention signée", "La structure a signé sa convention avec l’État."
    CANDIDATURE = "candidature", "Candidature validée", "La structure a choisi cette personne."
    CONTRAT_PRECEDENT = (
        "contrat_precedent_rompu",
        "Contrat précédent rompu",
        "Le contrat d’avant, s’il y en a eu un, est rompu ou fini aux yeux du dispositif.",
    )
    CONTRAT_DEPOSE = "contrat_depose", "Contrat déposé", "Le contrat signé est connu du dispositif."
    ENTRETIEN = "entretien", "Entretien de positionnement", "Il dit quel parcours de formation suivre."
    CCP1 = "ccp1", "Certificat CCP1", "Le premier certificat du titre professionnel."
    FORMATION_CONTINUE = "formation_continue", "Formation continue", "Une par année civile."
    PIX = "pix", "Certification Pix", "Les compétences numériques, certifiées."


class SeuilDeFin(Nomenclature):
    """Combien de temps avant son terme un contrat est signalé."""

    TROIS_MOIS = "trois_mois", "Dans moins de trois mois"
    UN_MOIS = "un_mois", "Dans moins d’un mois"

    @property
    def mois(self) -> int:
        """Mois civils."""
        return 3 if self is SeuilDeFin.TROIS_MOIS else 1


class Situation(StrEnum):
    """Pourquoi un compte ne sert pas."""

    INSCRIPTION = "inscription"
    JAMAIS_ACTIF = "jamais_actif"


class Rappel(StrEnum):
    """Les messages à un compte qui ne sert pas, dans leur ordre."""

    J7 = "j7"
    J30 = "j30"
    J60 = "j60"
    AVERTISSEMENT = "avertissement"


class MotifRevocation(StrEnum):
    """Pourquoi une session est close."""

    DECONNEXION = "deconnexion"
    FERMEE_PAR_LA_PERSONNE = "fermee_par_la_personne"
    REMPLACEE = "remplacee"
    PLAFOND = "plafond"
    EFFACEMENT = "effacement"
    SUSPENSION = "suspension"
    DROIT_CHANGE = "droit_change"
    FERMEE_PAR_LA_GESTION = "fermee_par_la_gestion"
    RAPPROCHEMENT = "rapprochement"
    IDENTITE_RETIREE = "identite_retiree"
    FERMETURE = "fermeture"
    FIN_D_USURPATION = "fin_d_usurpation"


class Portee(Nomenclature):
    """Ce qu'un client de machine peut lire ou proposer (docs/domaine/securite.md §3)."""

    STATISTIQUES = "statistiques:lire", "Statistiques", "Les nombres, sans personne."
    ACTIVITES = "activites:lire", "Activités", "Les comptes rendus, sans bénéficiaire ni texte libre."
    STRUCTURES = "structures:lire", "Structures", "Les structures employeuses."
    LIEUX = "lieux:lire", "Lieux d’activité", "Les lieux où l’on est accompagné."
    PROPOSER_LIEUX = "lieux:proposer", "Proposer des lieux", "Des corrections, relues avant d’être montrées."
    UTILISATEURS = (
        "utilisateurs:lire",
        "Utilisateurs",
        "Nominatif : demande la référence d’une convention et un dernier jour.",
    )
    EVENEMENTS_LIEUX = "evenements:lieux", "Faits sur les lieux", "S’abonner à ce qui change sur la carte."


class MotifSuspensionClient(Nomenclature):
    """Pourquoi l'accès d'un client est coupé."""

    SECRET_DIVULGUE = "secret_divulgue", "Secret divulgué", "Un secret a été vu là où il ne devait pas être."
    USAGE_ANORMAL = "usage_anormal", "Usage anormal", "Ce que le client demande ne lui ressemble pas."
    FIN_DE_CONVENTION = "fin_de_convention", "Fin de la convention", "L’accord qui le permettait est fini."
    DEMANDE = "demande", "À sa demande", "L’organisme l’a demandé."
