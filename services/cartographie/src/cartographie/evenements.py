"""Tous les faits du service : l'union que le codec du journal connaît."""

from cartographie.domain import lieu, source

type Evenement = lieu.Event | source.Event
