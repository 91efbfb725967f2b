"""Les conditions générales d'utilisation : chaque version publiée, et celle que l'on accepte."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cgu:
    """Une version publiée. texte : paragraphes séparés d'une ligne vide."""

    version: str
    publiee_le: dt.date
    texte: str


PUBLIEES = (
    Cgu(
        "2026-01",
        dt.date(2026, 1, 1),
        """La Coop est réservée aux médiateurs numériques et à leurs coordinateurs, pour leur travail.

Vous y rendez compte d'accompagnements sans nommer les personnes accompagnées. N'écrivez dans les notes
ni nom, ni adresse, ni donnée de santé, ni mot de passe.

Vos comptes rendus servent aux statistiques publiques, où personne ne peut vous reconnaître. Votre nom se
montre à votre équipe quand vous l'avez rejointe.

Vous pouvez demander à lire, corriger ou effacer vos données personnelles. Effacées, vos activités comptent
encore, sans vos textes ni votre nom.""",
    ),
)
"""De la plus ancienne à la plus récente."""

ACTUELLE = PUBLIEES[-1]


def publiee(version: str) -> Cgu | None:
    """La version publiée sous ce nom."""
    return next((cgu for cgu in PUBLIEES if cgu.version == version), None)
