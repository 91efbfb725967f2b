"""`make bench-moteur` : le moteur d'événements mesuré à côté de ses références (docs/moteur.md §6)."""
