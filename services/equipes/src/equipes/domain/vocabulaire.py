"""Les mots du service équipes : identifiants, noms de flux."""

from typing import NewType
from uuid import UUID, uuid5

CompteId = NewType("CompteId", UUID)
"""Compte d'une personne, dans le service identity."""
MediateurId = NewType("MediateurId", UUID)
CoordinateurId = NewType("CoordinateurId", UUID)
EquipeId = NewType("EquipeId", UUID)
InvitationId = NewType("InvitationId", UUID)


def cle_appartenance(equipe_id: UUID, mediateur_id: UUID) -> UUID:
    """L'appartenance d'un médiateur à une équipe : la même à chaque retour."""
    return uuid5(equipe_id, str(mediateur_id))


def cle_invitation(equipe_id: UUID, compte_id: UUID) -> bytes:
    """Ce qui est unique : une seule invitation sans réponse par équipe et par personne."""
    return equipe_id.bytes + compte_id.bytes
