"""Nettoyer une adresse, des coordonnées, une date : fonctions pures.

Règles : docs/domaine/cartographie.md §3 et §9. Aucune ne lève : ce qui n'est pas lisible donne None ou "".
"""

import datetime as dt
import re
from collections.abc import Sequence

from referentiels.ecritures import cle_commune
from referentiels.textes import nettoyer_texte

# --- Adresses ---
_CP_DANS_VOIE = re.compile(r"(?:^|[\s,])(\d{5})(?=[\s,]+\D|$)")


def nettoyer_voie(texte: str) -> str:
    """Numéro et voie, sur une ligne : sans guillemets, ni « + », ni « null », ni numéro zéro."""
    voie = nettoyer_texte(re.sub(r"[\"“”«»¨]", "", texte))
    voie = re.sub(r"\s\+\s", " ", voie)
    voie = re.sub(r"^(?:null|undefined|0+)[\s,]+", "", voie, flags=re.IGNORECASE)
    voie = re.sub(r"^(\d+)/(\d+)\s", r"\1-\2 ", voie)
    voie = re.sub(r"^(\d+(?:\s?(?:bis|ter|quater|[A-D]))?)\s*,\s*", r"\1 ", voie, flags=re.IGNORECASE)
    return nettoyer_texte(voie).strip(" ,-–")


def separer_voie(texte: str, commune: str | None) -> tuple[str, str | None, str | None]:
    """(voie, code postal, commune) d'une adresse écrite d'un bloc (« 3 Place X, 87400 Ville »).

    commune : quand elle est connue, la voie n'est coupée que si la commune suit le code postal.
    """
    voie = nettoyer_voie(texte)
    trouve = _CP_DANS_VOIE.search(voie)
    if trouve is None:
        return voie, None, None
    ecrite = voie[trouve.end() :].strip(" ,").split(",")[0]
    if commune is not None and not cle_commune(ecrite).startswith(cle_commune(commune)):
        return voie, None, None
    return voie[: trouve.start()].strip(" ,-"), trouve[1], ecrite or None


# --- Coordonnées ---
BOITES: tuple[tuple[float, float, float, float], ...] = (
    (41.2, 51.2, -5.3, 9.7),  # métropole et Corse
    (15.7, 18.2, -63.2, -60.9),  # Guadeloupe, Saint-Martin, Saint-Barthélemy
    (14.3, 15.0, -61.3, -60.7),  # Martinique
    (2.0, 6.0, -54.7, -51.5),  # Guyane
    (-21.5, -20.8, 55.1, 55.9),  # La Réunion
    (46.7, 47.2, -56.6, -56.0),  # Saint-Pierre-et-Miquelon
    (-13.1, -12.5, 44.9, 45.4),  # Mayotte
    (-14.5, -13.1, -178.3, -176.0),  # Wallis-et-Futuna
    (-28.0, -7.5, -155.0, -134.0),  # Polynésie française
    (-23.0, -19.0, 158.0, 169.0),  # Nouvelle-Calédonie
)
"""Latitude min et max, longitude min et max, degrés WGS84, des territoires français."""


def lire_nombre(texte: str) -> float | None:
    """Un nombre décimal, avec point ou virgule ; None pour le reste (infinis et « nan » compris)."""
    propre = texte.strip().replace(",", ".").replace("−", "-")
    return float(propre) if re.fullmatch(r"[+-]?\d{1,12}(\.\d*)?", propre, re.ASCII) else None


def en_france(latitude: float, longitude: float) -> bool:
    """Vrai si le point est dans la boîte d'un territoire français."""
    return any(a <= latitude <= b and c <= longitude <= d for a, b, c, d in BOITES)


def lire_coordonnees(latitude: str, longitude: str) -> tuple[float, float] | None:
    """(latitude, longitude) en degrés WGS84, remises dans l'ordre ; None hors de France ou illisible."""
    lat, lon = lire_nombre(latitude), lire_nombre(longitude)
    if lat is None or lon is None:
        return None
    if en_france(lat, lon):
        return lat, lon
    return (lon, lat) if en_france(lon, lat) else None


# --- Dates ---
_ANNEE_PREMIERE = 2000
_DATE_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_DATE_FR = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")


def lire_date(texte: str) -> dt.date | None:
    """Un jour écrit « 2022-04-21 » ou « 21/04/2022 », heure ignorée ; None s'il n'existe pas."""
    if trouve := _DATE_ISO.search(texte):
        annee, mois, jour = map(int, trouve.groups())
    elif trouve := _DATE_FR.search(texte):
        jour, mois, annee = map(int, trouve.groups())
    else:
        return None
    if annee < _ANNEE_PREMIERE:
        return None
    try:
        return dt.date(annee, mois, jour)
    except ValueError:
        return None


def sans_doublon[T](valeurs: Sequence[T]) -> tuple[T, ...]:
    """Les valeurs dans leur ordre, une fois chacune."""
    return tuple(dict.fromkeys(valeurs))
