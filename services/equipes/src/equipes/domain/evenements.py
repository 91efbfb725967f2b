"""Tous les événements du service, réunis pour le journal."""

from equipes.domain import appartenance, equipe_faits, invitation

type Event = equipe_faits.Event | invitation.Event | appartenance.Event
