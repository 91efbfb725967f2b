"""Tous les événements du service, réunis pour le journal."""

from equipes.domain import appartenance, equipe, invitation

type Event = equipe.Event | invitation.Event | appartenance.Event
