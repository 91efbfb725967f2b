"""Tous les faits du service."""

from activites.domain import beneficiaire_faits, coordination_faits, faits, tag

type Event = faits.Event | beneficiaire_faits.Event | coordination_faits.Event | tag.Event
