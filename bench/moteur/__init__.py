"""`make bench-moteur` : le moteur d'événements mesuré à côté de ses références (ENGINE §7)."""
