"""Tous les faits du service identité : ce que lisent son journal et ses projections."""

from identity.domain import compte, emploi, session

type Event = compte.Event | emploi.Event | session.Event
