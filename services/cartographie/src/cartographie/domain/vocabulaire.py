"""Les mots du standard national des lieux de médiation numérique (v1.0.2), lettre pour lettre ; les jours."""

from typing import NewType
from uuid import UUID

from referentiels.nomenclature import Nomenclature

LieuId = NewType("LieuId", UUID)
SourceId = NewType("SourceId", UUID)


class JourDeSemaine(Nomenclature):
    """Les jours, lundi d'abord."""

    LUNDI = "lundi", "Lundi"
    MARDI = "mardi", "Mardi"
    MERCREDI = "mercredi", "Mercredi"
    JEUDI = "jeudi", "Jeudi"
    VENDREDI = "vendredi", "Vendredi"
    SAMEDI = "samedi", "Samedi"
    DIMANCHE = "dimanche", "Dimanche"


class Itinerance(Nomenclature):
    """Le lieu se déplace, ou non ; les deux à la fois sont admis."""

    ITINERANT = "Itinérant"
    FIXE = "Fixe"


class Service(Nomenclature):
    """Ce que le lieu propose (9 services)."""

    AIDE_AUX_DEMARCHES_ADMINISTRATIVES = "Aide aux démarches administratives"
    MAITRISE_DES_OUTILS_NUMERIQUES_DU_QUOTIDIEN = "Maîtrise des outils numériques du quotidien"
    INSERTION_PROFESSIONNELLE_VIA_LE_NUMERIQUE = "Insertion professionnelle via le numérique"
    UTILISATION_SECURISEE_DU_NUMERIQUE = "Utilisation sécurisée du numérique"
    PARENTALITE_ET_EDUCATION_AVEC_LE_NUMERIQUE = "Parentalité et éducation avec le numérique"
    LOISIRS_ET_CREATIONS_NUMERIQUES = "Loisirs et créations numériques"
    COMPREHENSION_DU_MONDE_NUMERIQUE = "Compréhension du monde numérique"
    ACCES_INTERNET_ET_MATERIEL_INFORMATIQUE = "Accès internet et matériel informatique"
    ACQUISITION_DE_MATERIEL_INFORMATIQUE_A_PRIX_SOLIDAIRE = (
        "Acquisition de matériel informatique à prix solidaire"
    )


class PublicSpecifique(Nomenclature):
    """Publics spécifiquement adressés ; liste vide = tous les publics."""

    JEUNES = "Jeunes"
    ETUDIANTS = "Étudiants"
    FAMILLES_ET_OU_ENFANTS = "Familles et/ou enfants"
    SENIORS = "Seniors"
    FEMMES = "Femmes"


class PriseEnCharge(Nomenclature):
    """Prises en charge spécifiques."""

    SURDITE = "Surdité"
    HANDICAPS_MOTEURS = "Handicaps moteurs"
    HANDICAPS_MENTAUX = "Handicaps mentaux"
    ILLETTRISME = "Illettrisme"
    LANGUES_ETRANGERES_ANGLAIS = "Langues étrangères (anglais)"
    LANGUES_ETRANGERES_AUTRES = "Langues étrangères (autres)"
    DEFICIENCE_VISUELLE = "Déficience visuelle"


class Frais(Nomenclature):
    """Ce que coûte l'accès au lieu ou à ses services."""

    GRATUIT = "Gratuit"
    GRATUIT_SOUS_CONDITION = "Gratuit sous condition"
    PAYANT = "Payant"


class Dispositif(Nomenclature):
    """Dispositifs et programmes nationaux (11)."""

    AIDANTS_CONNECT = "Aidants Connect"
    BIBLIOTHEQUES_NUMERIQUE_DE_REFERENCE = "Bibliothèques numérique de référence"
    CERTIFICATION_PIX = "Certification PIX"
    CONSEILLERS_NUMERIQUES = "Conseillers numériques"
    EMMAUS_CONNECT = "Emmaüs Connect"
    FRANCE_SERVICES = "France Services"
    GRANDE_ECOLE_DU_NUMERIQUE = "Grande école du numérique"
    LA_CROIX_ROUGE = "La Croix Rouge"
    POINT_D_ACCES_NUMERIQUE_CAF = "Point d'accès numérique CAF"
    PROMENEURS_DU_NET = "Promeneurs du net"
    RELAIS_NUMERIQUE_EMMAUS_CONNECT = "Relais numérique (Emmaüs Connect)"


class FormationLabel(Nomenclature):
    """Formations et labels reconnus par le standard (10)."""

    FORME_A_MON_ESPACE_SANTE = "Formé à « Mon Espace Santé »"
    FORME_A_DUPLEX_ILLETTRISME = "Formé à « DUPLEX » (illettrisme)"
    ARNIA_MEDNUM_BFC_BOURGOGNE_FRANCHE_COMTE = "Arnia/MedNum BFC (Bourgogne-Franche-Comté)"
    COLLECTIF_RESSOURCES_ET_ACTEURS_REEMPLOI_NORMANDIE = (
        "Collectif ressources et acteurs réemploi (Normandie)"
    )
    ETAPES_NUMERIQUES_LA_POSTE = "Étapes numériques (La Poste)"
    FABRIQUES_DE_TERRITOIRE = "Fabriques de Territoire"
    LES_ECLAIREURS_DU_NUMERIQUE_DROME = "Les Éclaireurs du numérique (Drôme)"
    MES_PAPIERS_METROPOLE_DE_LYON = "Mes Papiers (Métropole de Lyon)"
    ORDI_3_0 = "ORDI 3.0"
    SUD_LABS_PACA = "SUD LABS (PACA)"


class ModaliteAcces(Nomenclature):
    """Comment entrer en contact avec le lieu."""

    SE_PRESENTER = "Se présenter"
    TELEPHONER = "Téléphoner"
    CONTACTER_PAR_MAIL = "Contacter par mail"
    PRENDRE_UN_RDV_EN_LIGNE = "Prendre un RDV en ligne"
    CE_LIEU_N_ACCUEILLE_PAS_DE_PUBLIC = "Ce lieu n'accueille pas de public"
    ENVOYER_UN_MAIL_AVEC_UNE_FICHE_DE_PRESCRIPTION = "Envoyer un mail avec une fiche de prescription"


class ModaliteAccompagnement(Nomenclature):
    """Sous quelle forme l'aide est donnée."""

    EN_AUTONOMIE = "En autonomie"
    ACCOMPAGNEMENT_INDIVIDUEL = "Accompagnement individuel"
    DANS_UN_ATELIER_COLLECTIF = "Dans un atelier collectif"
    A_DISTANCE = "À distance"


class Typologie(Nomenclature):
    """Nature du lieu ou de l'organisme qui le porte (92 codes)."""

    ACI = "ACI", "Structures porteuses d’ateliers et chantiers d’insertion (ACI)"
    ES = "ES", "Épicerie solidaire (ES)"
    ACIPHC = "ACIPHC", "SIAE — Atelier chantier d’insertion premières heures en chantier"
    ESAT = "ESAT", "Établissements ou services d’aide par le travail (ESAT)"
    AFPA = "AFPA", "Agence nationale pour la formation professionnelle des adultes (AFPA)"
    ESS = "ESS", "Entreprise de l'Économie Sociale et Solidaire"
    AI = "AI", "Associations intermédiaires (AI)"
    ETTI = "ETTI", "Entreprises de travail temporaire d’insertion (ETTI)"
    ASE = "ASE", "Aide sociale à l’enfance (ASE)"
    EVS = "EVS", "Espace de vie sociale (EVS)"
    ASSO = "ASSO", "Associations"
    FABLAB = "FABLAB", "Fablab"
    ASSO_CHOMEUR = "ASSO_CHOMEUR", "Associations de chômeurs"
    FABRIQUE = "FABRIQUE", "Fabrique"
    AUTRE = "Autre", "Autre"
    FAIS = "FAIS", "Fédérations d’acteurs de l’insertion et de la solidarité"
    AVIP = "AVIP", "Crèche à vocation d'insertion professionnelle"
    FT = "FT", "France travail"
    BIB = "BIB", "Bibliothèque / Médiathèque"
    GEIQ = "GEIQ", "Groupements d’employeurs pour l’insertion et la qualification (GEIQ)"
    CAARUD = (
        "CAARUD",
        "CAARUD - Centre d'accueil et d'accompagnement à la réduction de risques pour usagers de drogues",
    )
    HUDA = "HUDA", "Hébergement d'urgence pour demandeurs d'asile (HUDA)"
    CADA = "CADA", "Centres d’accueil de demandeurs d’asile (CADA)"
    LA_POSTE = "LA_POSTE", "La Poste"
    CAF = "CAF", "Caisses d’allocation familiale (CAF)"
    MDE = "MDE", "Maison de l'emploi"
    CAP_EMPLOI = "CAP_EMPLOI", "Cap Emploi"
    MDH = "MDH", "Maison des Habitants"
    CAVA = "CAVA", "Centres d’adaptation à la vie active (CAVA)"
    MDEF = "MDEF", "Maison de l'emploi et de la formation"
    CC = "CC", "Communautés de Commune"
    MDPH = "MDPH", "Maison Départementale des Personnes Handicapées"
    CCAS = "CCAS", "Centres communaux d’action sociale (CCAS)"
    MDS = "MDS", "Maison Départementale des Solidarités"
    CCONS = "CCONS", "Chambres consulaires (CCI, CMA, CA)"
    MJC = "MJC", "Maison des jeunes et de la culture"
    CD = "CD", "Conseils Départementaux (CD)"
    ML = "ML", "Mission Locale"
    CDAS = "CDAS", "Centre départemental d’action sociale (CDAS)"
    MQ = "MQ", "Maison de quartier"
    CFP = "CFP", "Centre des finances publiques (CFP)"
    MSA = "MSA", "Mutualité Sociale Agricole"
    CHRS = "CHRS", "Centres d’hébergement et de réinsertion sociale (CHRS)"
    MSAP = "MSAP", "Maison de Services Au Public (MSAP)"
    CHU = "CHU", "Centres d’hébergement d’urgence (CHU)"
    MUNI = "MUNI", "Municipalités"
    CIAS = "CIAS", "Centres intercommunaux d’action sociale (CIAS)"
    OACAS = "OACAS", "Structures agréées Organisme d’accueil communautaire et d’activité solidaire (OACAS)"
    CIDFF = "CIDFF", "Centres d’information sur les droits des femmes et des familles (CIDFF)"
    ODC = "ODC", "Organisation délégataire d'un CD"
    CITMET = "CITMET", "Cité des métiers"
    OF = "OF", "Organisme de formations"
    CMP = "CMP", "Centre Médico Psychologique (CMP)"
    OIL = "OIL", "Opérateur d'intermédiation locative"
    CMS = "CMS", "Centre Médico Social (CMS)"
    OPCS = "OPCS", "Organisation porteuse de la clause sociale"
    CPAM = "CPAM", "Caisse primaire d’assurance maladie (CPAM)"
    PAD = "PAD", "Point d'Accès au Droit"
    CPH = "CPH", "Centres provisoires d’hébergement (CPH)"
    PENSION = "PENSION", "Pension de famille / résidence accueil"
    CS = "CS", "Centre social"
    PI = "PI", "Point information"
    CSAPA = "CSAPA", "CSAPA - Centre de soins, d'accompagnement et de prévention en addictologie"
    PIJ_BIJ = "PIJ_BIJ", "Points et bureaux information jeunesse (PIJ/BIJ)"
    CSC = "CSC", "Centre socioculturel (CSC)"
    PIMMS = "PIMMS", "Point Information Médiation Multi Services (PIMMS)"
    DEETS = "DEETS", "Directions de l’Economie, de l’Emploi, du Travail et des Solidarités (DEETS)"
    PJJ = "PJJ", "Protection judiciaire de la jeunesse (PJJ)"
    DEPT = "DEPT", "Services sociaux du Conseil départemental"
    PLIE = "PLIE", "Plans locaux pour l’insertion et l’emploi (PLIE)"
    DIPLP = "DIPLP", "Délégation interministérielles à la prévention et à la lutte contre la pauvreté"
    PREF = "PREF", "Préfecture, Sous-Préfecture"
    E2C = "E2C", "E2C - École de la deuxième chance"
    PREVENTION = "PREVENTION", "Service ou club de prévention"
    EA = "EA", "Entreprise adaptée (EA)"
    REG = "REG", "Région"
    EATT = "EATT", "Entreprise Adaptée (EATT)"
    RELAIS_LECTURE = "RELAIS_LECTURE", "Relais lecture"
    EI = "EI", "Entreprises d’insertion (EI)"
    RESSOURCERIE = "RESSOURCERIE", "Ressourcerie"
    EITI = "EITI", "Entreprises d’insertion par le travail indépendant (EITI)"
    RFS = "RFS", "Réseau France Services"
    ENM = "ENM", "Espace Numérique Mobile (ENM)"
    RS_FJT = "RS_FJT", "Résidence sociale / FJT - Foyer de Jeunes Travailleurs"
    EPCI = "EPCI", "Intercommunalité (EPCI)"
    SCP = "SCP", "Services et clubs de prévention"
    EPI = "EPI", "Espace Public Internet (EPI)"
    SPIP = "SPIP", "Services pénitentiaires d’insertion et de probation (SPIP)"
    EPIDE = "EPIDE", "EPIDE - Établissement pour l'insertion dans l'emploi"
    TIERS_LIEUX = "TIERS_LIEUX", "Tiers lieu & coworking"
    EPN = "EPN", "Espace publique numérique (EPN)"
    UDAF = "UDAF", "Union Départementale d’Aide aux Familles (UDAF)"
