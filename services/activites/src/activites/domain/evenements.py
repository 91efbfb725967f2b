"""Tous les faits du service."""

from activites.domain import coordination_faits, faits

type Event = faits.Event | coordination_faits.Event
