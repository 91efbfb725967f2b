"""Tous les faits du service : l'union que le codec du journal connaît."""

from cartographie.domain import lieu, source

type Event = lieu.Event | source.Event
