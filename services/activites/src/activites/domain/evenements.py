"""Tous les faits du service."""

from activites.domain import faits, tag

type Event = faits.Event | tag.Event
