"""Tous les faits du service identité : ce que lisent son journal et ses projections."""

from identity.domain import (
    acces,
    annonce,
    compte,
    demandes,
    emploi,
    emploi_faits,
    fiche,
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
    | compte.Event
    | demandes.Event
    | emploi.Event
    | fiche.Event
    | maintenance.Event
    | preuve.Event
    | rapprochement.Event
    | session.Event
    | usurpation.Event
    | emploi_faits.Event
    | prise_de_poste.Event
    | reconnaissance.Event
)
