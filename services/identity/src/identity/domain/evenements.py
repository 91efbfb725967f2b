"""Tous les faits du service identité : ce que lisent son journal et ses projections."""

from identity.domain import acces, compte, emploi, preuve, rapprochement, session

type Event = acces.Event | compte.Event | emploi.Event | preuve.Event | rapprochement.Event | session.Event
