"""Les mots du service identité, partagés par ses agrégats."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

CompteId = NewType("CompteId", UUID)
MediateurId = NewType("MediateurId", UUID)
CoordinateurId = NewType("CoordinateurId", UUID)
EmploiId = NewType("EmploiId", UUID)
StructureId = NewType("StructureId", UUID)
SessionId = NewType("SessionId", UUID)


class Role(StrEnum):
    """Rôle métier qu'une personne choisit à son inscription."""

    MEDIATEUR = "mediateur"
    COORDINATEUR = "coordinateur"


class MotifFin(StrEnum):
    """Pourquoi un emploi est terminé : terme prévu, rupture, ou déclaration faite par erreur."""

    TERME = "terme"
    RUPTURE = "rupture"
    ERREUR = "erreur"


class MotifRevocation(StrEnum):
    """Pourquoi une session est close."""

    DECONNEXION = "deconnexion"
    FERMEE_PAR_LA_PERSONNE = "fermee_par_la_personne"
    REMPLACEE = "remplacee"
    PLAFOND = "plafond"
    EFFACEMENT = "effacement"
