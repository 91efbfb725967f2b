"""Départements, régions, intercommunalités ; fuseau et jour civil d'un territoire."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from referentiels import communes
from referentiels.tableaux import lignes


@dataclass(frozen=True, slots=True)
class Region:
    """Une région, ou une collectivité d'outre-mer qui en tient lieu."""

    code: str
    nom: str


@dataclass(frozen=True, slots=True)
class Departement:
    """Un département, ou une collectivité d'outre-mer. region : code."""

    code: str
    nom: str
    region: str


@dataclass(frozen=True, slots=True)
class Epci:
    """Une intercommunalité. code : son SIREN.   type : CC, CA, CU, METRO, MET69."""

    code: str
    nom: str
    type: str


@cache
def regions() -> dict[str, Region]:
    """Les régions, par code."""
    return {r.code: r for r in (Region(*ligne.split("\t")) for ligne in lignes("regions"))}


@cache
def departements() -> dict[str, Departement]:
    """Les départements et collectivités, par code (« 2A », « 974 », « 988 »)."""
    return {d.code: d for d in (Departement(*ligne.split("\t")) for ligne in lignes("departements"))}


@cache
def epci() -> dict[str, Epci]:
    """Les intercommunalités, par code."""
    return {e.code: e for e in (Epci(*ligne.split("\t")) for ligne in lignes("epci"))}


def departement_de(code_insee: str) -> str:
    """Le code du département d'une commune, ancienne ou actuelle : 2 caractères, 3 outre-mer.

    Une commune inconnue se lit d'après le début de son code.
    """
    commune = communes.ville_de(code_insee)
    return commune.departement if commune else code_de_departement(code_insee.strip().upper())


def code_de_departement(code: str) -> str:
    """Le département que dit le début d'un code INSEE ou d'un code postal (qui ne le suit pas toujours)."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]


PARIS = "Europe/Paris"

_FUSEAUX = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne",
    "974": "Indian/Reunion", "975": "America/Miquelon", "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy", "978": "America/Marigot", "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea",
    "989": "Etc/GMT+8",  # Clipperton n'a pas de fuseau à son nom
    # La Polynésie en a trois.
    "98718": "Pacific/Marquesas", "98723": "Pacific/Marquesas", "98731": "Pacific/Marquesas",
    "98746": "Pacific/Marquesas", "98756": "Pacific/Marquesas", "98757": "Pacific/Marquesas",
    "98719": "Pacific/Gambier",
}  # fmt: skip


def fuseau_de(code: str | None) -> str:
    """Le fuseau (base IANA) d'une commune ou d'un département, d'après son code ; Paris s'il est inconnu."""
    if code is None:
        return PARIS
    code = code.strip().upper()
    return _FUSEAUX.get(code) or _FUSEAUX.get(code if len(code) < 5 else departement_de(code), PARIS)


def jour_civil(instant: dt.datetime, fuseau: str) -> dt.date:
    """Le jour que montre un calendrier dans ce fuseau. Lève ValueError si l'instant n'a pas de décalage.

    Lève ZoneInfoNotFoundError si le fuseau n'existe pas.
    """
    if instant.tzinfo is None:
        raise ValueError("un instant sans fuseau n’a pas de jour civil")
    return instant.astimezone(ZoneInfo(fuseau)).date()


def instant_de(jour: dt.date, fuseau: str, heure: dt.time = dt.time()) -> dt.datetime:
    """L'instant UTC où cette heure vient, ce jour civil, dans ce fuseau (nom IANA) ; minuit UTC aux bouts du
    calendrier, au-delà desquels rien ne s'écrit."""
    try:
        return dt.datetime.combine(jour, heure, ZoneInfo(fuseau)).astimezone(dt.UTC)
    except OverflowError:
        return dt.datetime.combine(jour, dt.time(), dt.UTC)
