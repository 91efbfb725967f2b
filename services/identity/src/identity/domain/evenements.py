"""Tous les faits du service identité : ce que lisent son journal et ses projections."""

from identity.domain import (
    acces,
    annonce,
    client,
    compte,
    demandes,
    emploi,
    emploi_faits,
    fiche,
    inscription,
    intervention,
    maintenance,
    preuve,
    prise_de_poste,
    rapprochement,
    reconnaissance,
    session,
    usurpation,
)

type Event = (
    acces.Event
    | annonce.Event
    | client.Event
    | compte.Event
    | demandes.Event
    | emploi.Event
    | emploi_faits.Event
    | fiche.Event
    | inscription.Event
    | intervention.Event
    | maintenance.Event
    | preuve.Event
    | prise_de_poste.Event
    | rapprochement.Event
    | reconnaissance.Event
    | session.Event
    | usurpation.Event
)

FLUX_DU_COMPTE = (
    compte.COMPTE,
    acces.ACCES,
    usurpation.USURPATION,
    intervention.INTERVENTION,
    demandes.DEMANDES,
    inscription.INSCRIPTION,
    fiche.FICHE,
    reconnaissance.RECONNAISSANCE,
    prise_de_poste.PRISE_DE_POSTE,
)
"""Ceux qui portent l'identifiant du compte."""
