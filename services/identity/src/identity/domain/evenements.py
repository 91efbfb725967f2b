"""Tous les faits du service identité : ce que lisent son journal et ses projections."""

from identity.domain import acces, compte, demandes, emploi, preuve, rapprochement, session

type Event = (
    acces.Event
    | compte.Event
    | demandes.Event
    | emploi.Event
    | preuve.Event
    | rapprochement.Event
    | session.Event
)
