"""Nettoyer un texte, une commune, une adresse, des coordonnées, une date : fonctions pures.

Règles : docs/domaine/cartographie.md §3 et §9. Aucune ne lève : ce qui n'est pas lisible donne None ou "".
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from cartographie.domain.identifiants import INCONNU, pivot_valide

_ECHAPPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_BLANCS = re.compile(r"\s+")
_VIDES = frozenset({"", "-", "--", "---", "-----", "null", "none", "nan", "n/a", "nc", "non renseigné", "."})


def nettoyer_texte(texte: str) -> str:
    """Une ligne sans caractère de contrôle ni blanc superflu ; les « \\xE9 » d'un échappement sont relus."""
    texte = _ECHAPPE.sub(lambda m: chr(int(m[1], 16)), texte)
    visibles = texte if texte.isprintable() else "".join(map(_visible, texte))
    propre = _BLANCS.sub(" ", unicodedata.normalize("NFC", visibles)).strip()
    return "" if propre.lower() in _VIDES else propre


def _visible(c: str) -> str:
    return " " if c not in "\t\n\r" and unicodedata.category(c).startswith("C") else c


@lru_cache(maxsize=20_000)
def cle(texte: str) -> str:
    """La forme qui sert à comparer et à chercher : sans accent, en minuscules, ponctuation devenue espace."""
    plat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", texte).casefold())
    sans_accent = (c for c in plat.replace("œ", "oe").replace("æ", "ae") if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in sans_accent).split())


# --- Communes ---
_CEDEX = re.compile(r"[\s-]+c[eé]dex\b.*$", re.IGNORECASE)
_PARENTHESE = re.compile(r"\s*\([^)]*\)")
_CHIFFRES_FINAUX = re.compile(
    r"[\s-]+(?:\d{5}|\d{1,2}\s*(?:e|er|ère|ere|ème|eme|è)?(?:\s+arr\w*)?)$", re.IGNORECASE
)
_SAINT = re.compile(r"(?<![^\W_])s(?:ain)?t(e?)(?:\.\s*|[\s-]+)", re.IGNORECASE)


def nettoyer_commune(texte: str) -> str:
    """Le nom d'une commune sans cedex, code postal, arrondissement ni parenthèse ; « St » écrit en entier."""
    propre = nettoyer_texte(texte).replace("’", "'")
    propre = _PARENTHESE.sub("", _CEDEX.sub("", propre)).replace("/", " sur ")
    propre = _CHIFFRES_FINAUX.sub("", propre)
    propre = re.sub(r"^0(?=[A-Za-z])", "O", propre)  # « 0NET » : un zéro tapé pour un O
    propre = re.sub(r"\b([lLdD])'\s+", r"\1'", propre)
    return _BLANCS.sub(" ", _SAINT.sub(_saint_en_entier, propre)).strip(" -,")


def _saint_en_entier(trouve: re.Match[str]) -> str:
    return f"Saint{'e' if trouve[1] else ''}-"


def a_un_cedex(texte: str) -> bool:
    """Vrai quand la commune est écrite avec un cedex : son code postal lui est propre."""
    return bool(_CEDEX.search(" " + texte))


def cle_commune(texte: str) -> str:
    """La clé d'un nom de commune : comme `cle`, après `nettoyer_commune`."""
    return cle(nettoyer_commune(texte))


def nettoyer_code_postal(texte: str) -> str | None:
    """5 chiffres ; « 2800 » et « 26130.0 » sont réparés, le reste n'est pas un code postal."""
    chiffres = re.sub(r"\.0$", "", texte.strip()).replace(" ", "").removeprefix("F-")
    if not (chiffres.isascii() and chiffres.isdigit()):
        return None
    chiffres = chiffres.zfill(5) if len(chiffres) == 4 else chiffres
    return chiffres if len(chiffres) == 5 and chiffres[:2] != "00" else None


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


# --- Dates, numéros ---
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


def nettoyer_pivot(texte: str) -> str | None:
    """Un SIRET, RNA ou RIDET valide, sans séparateur ; None pour les 14 zéros et le reste."""
    pivot = re.sub(r"[\s.-]", "", texte).upper()
    return pivot if pivot != INCONNU and pivot_valide(pivot) else None


def sans_doublon[T](valeurs: Sequence[T]) -> tuple[T, ...]:
    """Les valeurs dans leur ordre, une fois chacune."""
    return tuple(dict.fromkeys(valeurs))
