"""Les mots du service équipes : identifiants, noms de flux, durées en mois civils."""

import calendar
import datetime as dt
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


def decaler[J: (dt.date, dt.datetime)](jour: J, mois: int) -> J:
    """Le même jour et la même heure, `mois` mois civils plus tard (plus tôt si négatif).

    Un jour qui n'existe pas dans le mois d'arrivée devient son dernier : 31 août + 6 = 28 ou 29 février.
    """
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    dernier = calendar.monthrange(annee, rang + 1)[1]
    return jour.replace(year=annee, month=rang + 1, day=min(jour.day, dernier))
