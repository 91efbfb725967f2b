"""Les mots du standard national des lieux de médiation numérique (v1.0.2), lettre pour lettre."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

LieuId = NewType("LieuId", UUID)
SourceId = NewType("SourceId", UUID)


class Itinerance(StrEnum):
    """Le lieu se déplace, ou non ; les deux à la fois sont admis."""

    ITINERANT = "Itinérant"
    FIXE = "Fixe"


class Service(StrEnum):
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


class PublicSpecifique(StrEnum):
    """Publics spécifiquement adressés ; liste vide = tous les publics."""

    JEUNES = "Jeunes"
    ETUDIANTS = "Étudiants"
    FAMILLES_ET_OU_ENFANTS = "Familles et/ou enfants"
    SENIORS = "Seniors"
    FEMMES = "Femmes"


class PriseEnCharge(StrEnum):
    """Prises en charge spécifiques."""

    SURDITE = "Surdité"
    HANDICAPS_MOTEURS = "Handicaps moteurs"
    HANDICAPS_MENTAUX = "Handicaps mentaux"
    ILLETTRISME = "Illettrisme"
    LANGUES_ETRANGERES_ANGLAIS = "Langues étrangères (anglais)"
    LANGUES_ETRANGERES_AUTRES = "Langues étrangères (autres)"
    DEFICIENCE_VISUELLE = "Déficience visuelle"


class Frais(StrEnum):
    """Ce que coûte l'accès au lieu ou à ses services."""

    GRATUIT = "Gratuit"
    GRATUIT_SOUS_CONDITION = "Gratuit sous condition"
    PAYANT = "Payant"


class Dispositif(StrEnum):
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


class FormationLabel(StrEnum):
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


class ModaliteAcces(StrEnum):
    """Comment entrer en contact avec le lieu."""

    SE_PRESENTER = "Se présenter"
    TELEPHONER = "Téléphoner"
    CONTACTER_PAR_MAIL = "Contacter par mail"
    PRENDRE_UN_RDV_EN_LIGNE = "Prendre un RDV en ligne"
    CE_LIEU_N_ACCUEILLE_PAS_DE_PUBLIC = "Ce lieu n'accueille pas de public"
    ENVOYER_UN_MAIL_AVEC_UNE_FICHE_DE_PRESCRIPTION = "Envoyer un mail avec une fiche de prescription"


class ModaliteAccompagnement(StrEnum):
    """Sous quelle forme l'aide est donnée."""

    EN_AUTONOMIE = "En autonomie"
    ACCOMPAGNEMENT_INDIVIDUEL = "Accompagnement individuel"
    DANS_UN_ATELIER_COLLECTIF = "Dans un atelier collectif"
    A_DISTANCE = "À distance"


class Typologie(StrEnum):
    """Nature du lieu ou de l'organisme qui le porte (92 codes). Libellé : `LIBELLES_TYPOLOGIE`."""

    ACI = "ACI"
    ES = "ES"
    ACIPHC = "ACIPHC"
    ESAT = "ESAT"
    AFPA = "AFPA"
    ESS = "ESS"
    AI = "AI"
    ETTI = "ETTI"
    ASE = "ASE"
    EVS = "EVS"
    ASSO = "ASSO"
    FABLAB = "FABLAB"
    ASSO_CHOMEUR = "ASSO_CHOMEUR"
    FABRIQUE = "FABRIQUE"
    AUTRE = "Autre"
    FAIS = "FAIS"
    AVIP = "AVIP"
    FT = "FT"
    BIB = "BIB"
    GEIQ = "GEIQ"
    CAARUD = "CAARUD"
    HUDA = "HUDA"
    CADA = "CADA"
    LA_POSTE = "LA_POSTE"
    CAF = "CAF"
    MDE = "MDE"
    CAP_EMPLOI = "CAP_EMPLOI"
    MDH = "MDH"
    CAVA = "CAVA"
    MDEF = "MDEF"
    CC = "CC"
    MDPH = "MDPH"
    CCAS = "CCAS"
    MDS = "MDS"
    CCONS = "CCONS"
    MJC = "MJC"
    CD = "CD"
    ML = "ML"
    CDAS = "CDAS"
    MQ = "MQ"
    CFP = "CFP"
    MSA = "MSA"
    CHRS = "CHRS"
    MSAP = "MSAP"
    CHU = "CHU"
    MUNI = "MUNI"
    CIAS = "CIAS"
    OACAS = "OACAS"
    CIDFF = "CIDFF"
    ODC = "ODC"
    CITMET = "CITMET"
    OF = "OF"
    CMP = "CMP"
    OIL = "OIL"
    CMS = "CMS"
    OPCS = "OPCS"
    CPAM = "CPAM"
    PAD = "PAD"
    CPH = "CPH"
    PENSION = "PENSION"
    CS = "CS"
    PI = "PI"
    CSAPA = "CSAPA"
    PIJ_BIJ = "PIJ_BIJ"
    CSC = "CSC"
    PIMMS = "PIMMS"
    DEETS = "DEETS"
    PJJ = "PJJ"
    DEPT = "DEPT"
    PLIE = "PLIE"
    DIPLP = "DIPLP"
    PREF = "PREF"
    E2C = "E2C"
    PREVENTION = "PREVENTION"
    EA = "EA"
    REG = "REG"
    EATT = "EATT"
    RELAIS_LECTURE = "RELAIS_LECTURE"
    EI = "EI"
    RESSOURCERIE = "RESSOURCERIE"
    EITI = "EITI"
    RFS = "RFS"
    ENM = "ENM"
    RS_FJT = "RS_FJT"
    EPCI = "EPCI"
    SCP = "SCP"
    EPI = "EPI"
    SPIP = "SPIP"
    EPIDE = "EPIDE"
    TIERS_LIEUX = "TIERS_LIEUX"
    EPN = "EPN"
    UDAF = "UDAF"


LIBELLES_TYPOLOGIE: dict[Typologie, str] = {
    Typologie.ACI: "Structures porteuses d’ateliers et chantiers d’insertion (ACI)",
    Typologie.ES: "Épicerie solidaire (ES)",
    Typologie.ACIPHC: "SIAE — Atelier chantier d’insertion premières heures en chantier",
    Typologie.ESAT: "Établissements ou services d’aide par le travail (ESAT)",
    Typologie.AFPA: "Agence nationale pour la formation professionnelle des adultes (AFPA)",
    Typologie.ESS: "Entreprise de l'Économie Sociale et Solidaire",
    Typologie.AI: "Associations intermédiaires (AI)",
    Typologie.ETTI: "Entreprises de travail temporaire d’insertion (ETTI)",
    Typologie.ASE: "Aide sociale à l’enfance (ASE)",
    Typologie.EVS: "Espace de vie sociale (EVS)",
    Typologie.ASSO: "Associations",
    Typologie.FABLAB: "Fablab",
    Typologie.ASSO_CHOMEUR: "Associations de chômeurs",
    Typologie.FABRIQUE: "Fabrique",
    Typologie.AUTRE: "Autre",
    Typologie.FAIS: "Fédérations d’acteurs de l’insertion et de la solidarité",
    Typologie.AVIP: "Crèche à vocation d'insertion professionnelle",
    Typologie.FT: "France travail",
    Typologie.BIB: "Bibliothèque / Médiathèque",
    Typologie.GEIQ: "Groupements d’employeurs pour l’insertion et la qualification (GEIQ)",
    Typologie.CAARUD: (
        "CAARUD - Centre d'accueil et d'accompagnement à la réduction de risques pour usagers de drogues"
    ),
    Typologie.HUDA: "Hébergement d'urgence pour demandeurs d'asile (HUDA)",
    Typologie.CADA: "Centres d’accueil de demandeurs d’asile (CADA)",
    Typologie.LA_POSTE: "La Poste",
    Typologie.CAF: "Caisses d’allocation familiale (CAF)",
    Typologie.MDE: "Maison de l'emploi",
    Typologie.CAP_EMPLOI: "Cap Emploi",
    Typologie.MDH: "Maison des Habitants",
    Typologie.CAVA: "Centres d’adaptation à la vie active (CAVA)",
    Typologie.MDEF: "Maison de l'emploi et de la formation",
    Typologie.CC: "Communautés de Commune",
    Typologie.MDPH: "Maison Départementale des Personnes Handicapées",
    Typologie.CCAS: "Centres communaux d’action sociale (CCAS)",
    Typologie.MDS: "Maison Départementale des Solidarités",
    Typologie.CCONS: "Chambres consulaires (CCI, CMA, CA)",
    Typologie.MJC: "Maison des jeunes et de la culture",
    Typologie.CD: "Conseils Départementaux (CD)",
    Typologie.ML: "Mission Locale",
    Typologie.CDAS: "Centre départemental d’action sociale (CDAS)",
    Typologie.MQ: "Maison de quartier",
    Typologie.CFP: "Centre des finances publiques (CFP)",
    Typologie.MSA: "Mutualité Sociale Agricole",
    Typologie.CHRS: "Centres d’hébergement et de réinsertion sociale (CHRS)",
    Typologie.MSAP: "Maison de Services Au Public (MSAP)",
    Typologie.CHU: "Centres d’hébergement d’urgence (CHU)",
    Typologie.MUNI: "Municipalités",
    Typologie.CIAS: "Centres intercommunaux d’action sociale (CIAS)",
    Typologie.OACAS: "Structures agréées Organisme d’accueil communautaire et d’activité solidaire (OACAS)",
    Typologie.CIDFF: "Centres d’information sur les droits des femmes et des familles (CIDFF)",
    Typologie.ODC: "Organisation délégataire d'un CD",
    Typologie.CITMET: "Cité des métiers",
    Typologie.OF: "Organisme de formations",
    Typologie.CMP: "Centre Médico Psychologique (CMP)",
    Typologie.OIL: "Opérateur d'intermédiation locative",
    Typologie.CMS: "Centre Médico Social (CMS)",
    Typologie.OPCS: "Organisation porteuse de la clause sociale",
    Typologie.CPAM: "Caisse primaire d’assurance maladie (CPAM)",
    Typologie.PAD: "Point d'Accès au Droit",
    Typologie.CPH: "Centres provisoires d’hébergement (CPH)",
    Typologie.PENSION: "Pension de famille / résidence accueil",
    Typologie.CS: "Centre social",
    Typologie.PI: "Point information",
    Typologie.CSAPA: "CSAPA - Centre de soins, d'accompagnement et de prévention en addictologie",
    Typologie.PIJ_BIJ: "Points et bureaux information jeunesse (PIJ/BIJ)",
    Typologie.CSC: "Centre socioculturel (CSC)",
    Typologie.PIMMS: "Point Information Médiation Multi Services (PIMMS)",
    Typologie.DEETS: "Directions de l’Economie, de l’Emploi, du Travail et des Solidarités (DEETS)",
    Typologie.PJJ: "Protection judiciaire de la jeunesse (PJJ)",
    Typologie.DEPT: "Services sociaux du Conseil départemental",
    Typologie.PLIE: "Plans locaux pour l’insertion et l’emploi (PLIE)",
    Typologie.DIPLP: "Délégation interministérielles à la prévention et à la lutte contre la pauvreté",
    Typologie.PREF: "Préfecture, Sous-Préfecture",
    Typologie.E2C: "E2C - École de la deuxième chance",
    Typologie.PREVENTION: "Service ou club de prévention",
    Typologie.EA: "Entreprise adaptée (EA)",
    Typologie.REG: "Région",
    Typologie.EATT: "Entreprise Adaptée (EATT)",
    Typologie.RELAIS_LECTURE: "Relais lecture",
    Typologie.EI: "Entreprises d’insertion (EI)",
    Typologie.RESSOURCERIE: "Ressourcerie",
    Typologie.EITI: "Entreprises d’insertion par le travail indépendant (EITI)",
    Typologie.RFS: "Réseau France Services",
    Typologie.ENM: "Espace Numérique Mobile (ENM)",
    Typologie.RS_FJT: "Résidence sociale / FJT - Foyer de Jeunes Travailleurs",
    Typologie.EPCI: "Intercommunalité (EPCI)",
    Typologie.SCP: "Services et clubs de prévention",
    Typologie.EPI: "Espace Public Internet (EPI)",
    Typologie.SPIP: "Services pénitentiaires d’insertion et de probation (SPIP)",
    Typologie.EPIDE: "EPIDE - Établissement pour l'insertion dans l'emploi",
    Typologie.TIERS_LIEUX: "Tiers lieu & coworking",
    Typologie.EPN: "Espace publique numérique (EPN)",
    Typologie.UDAF: "Union Départementale d’Aide aux Familles (UDAF)",
}
