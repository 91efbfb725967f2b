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


class Role(Nomenclature):
    """Rôle métier qu'une personne choisit à son inscription."""

    MEDIATEUR = "mediateur", "Médiateur", "Accompagne des personnes et rend compte de ses activités."
    COORDINATEUR = "coordinateur", "Coordinateur", "Anime une ou plusieurs équipes de médiateurs."


class Droit(Nomenclature):
    """Droit d'application, donné par un administrateur, à côté des rôles métier."""

    AUCUN = "aucun", "Aucun", "La personne n’a que ses rôles."
    SUPPORT = "support", "Support", "Lit la gestion, et peut voir la plateforme comme une personne la voit."
    ADMIN = "admin", "Administrateur", "Lit et écrit dans la gestion."


class MotifFin(Nomenclature):
    """Pourquoi un emploi est terminé : terme prévu, rupture, ou déclaration faite par erreur."""

    TERME = "terme", "Terme prévu", "Le contrat est allé à son terme."
    RUPTURE = "rupture", "Rupture", "Le contrat s’est arrêté avant son terme."
    ERREUR = "erreur", "Déclaré par erreur", "Cet emploi n’aurait pas dû être déclaré."


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
