"""Un jour du calendrier, comme on l'écrit en français."""

import datetime as dt

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def en_lettres(jour: dt.date) -> str:
    """« 27 novembre 2026 », « 1er décembre 2026 »."""
    return f"{'1er' if jour.day == 1 else jour.day} {MOIS[jour.month - 1]} {jour.year}"
