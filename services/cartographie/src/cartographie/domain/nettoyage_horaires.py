"""Horaires : relire une chaîne OSM, ou écrire en OSM des heures données jour par jour.

Prudent : ce qui n'est pas compris n'est pas deviné, il est rendu à part pour le rapport
(docs/domaine/cartographie.md §4). Aucune fonction ne lève.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

JOURS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MINUIT = 24 * 60
_FERME = frozenset({"", "-", "x", "/", "ferme", "fermé", "fermée", "off", "closed", "non", "néant", "neant"})

A_VERIFIER = 'unknown "à vérifier"'
"""Dit d'un jour dont les heures sont illisibles : ni ouvert, ni fermé. Le rapport garde l'original."""

type Plage = tuple[int, int]
"""Minutes depuis minuit : ouverture, fermeture."""


@dataclass(frozen=True, slots=True)
class Horaires:
    """osm : chaîne opening_hours, ou None.   incompris : morceaux laissés de côté, tels qu'écrits.

    repare : vrai si la chaîne a été corrigée sans rien perdre.
    """

    osm: str | None
    incompris: tuple[str, ...] = ()
    repare: bool = False


_HEURE = r"(?<!\d)(\d{1,2})(?:\s*(?:h(?:eures?)?|:)\s*(\d{2})?)?(?![\dh:])"
_ZERO = re.compile(r"0?0[h:]00\s*-\s*0?0[h:]00")
_PLAGE = re.compile(rf"(?:de\s+)?{_HEURE}\s*(?:-|–|—|à|a|/)\s*{_HEURE}")
_ENTRE_PLAGES = re.compile(r"\s*(?:[;,/]|et|puis|\s)\s*")
_TIRET_POUR_DEUX_POINTS = re.compile(r"(\d{1,2}[h:]\d{2}\s*-\s*\d{1,2})-(\d{2})(?!\d)")


def lire_plages(texte: str) -> tuple[list[Plage], list[str]]:
    """Les plages d'un jour (« 9h-12h / 13:30 - 17:00 »), triées et fusionnées, et ce qui reste incompris.

    Une heure seule (« 14h ») n'est pas une plage ; rien n'est deviné.
    """
    plages: list[Plage] = []
    incompris: list[str] = []
    entier = _suite(texte.strip().lower())
    if entier is not None:
        return _fusionner(entier), []
    for morceau in re.split(r"\s+/\s+|[;,]|\s+et\s+", texte.strip().lower()):
        propre = morceau.strip()
        if propre in _FERME:
            continue
        lues = _suite(propre)
        if lues is None:
            incompris.append(propre)
        else:
            plages += lues
    return _fusionner(plages), incompris


def _suite(texte: str) -> list[Plage] | None:
    """Le texte entier comme une suite de plages (« 9h/12h et 14h/18h »), dans l'ordre ; None sinon."""
    texte = _TIRET_POUR_DEUX_POINTS.sub(r"\1:\2", texte)
    plages: list[Plage] = []
    place = 0
    while (trouve := _PLAGE.match(texte, place)) is not None:
        plage = _plage(trouve)
        if plage is None:
            return None
        plages.append(plage)
        place = trouve.end()
        if place == len(texte):
            return plages
        entre = _ENTRE_PLAGES.match(texte, place)
        if entre is None:
            return None
        place = entre.end()
    return None


def _plage(trouve: re.Match[str]) -> Plage | None:
    if not re.search(r"[h:]", trouve[0]):
        return None  # « 9-12 » peut être une date
    h1, m1, h2, m2 = (int(g or 0) for g in trouve.groups())
    debut, fin = h1 * 60 + m1, h2 * 60 + m2
    valide = m1 < 60 and m2 < 60 and debut < fin <= _MINUIT
    return (debut, fin) if valide else None


def _fusionner(plages: Sequence[Plage]) -> list[Plage]:
    """Les plages qui se chevauchent n'en font qu'une ; celles qui se touchent restent distinctes."""
    fusion: list[Plage] = []
    for debut, fin in sorted(set(plages)):
        if fusion and debut < fusion[-1][1]:
            fusion[-1] = (fusion[-1][0], max(fin, fusion[-1][1]))
        else:
            fusion.append((debut, fin))
    return fusion


def depuis_jours(jours: Mapping[str, Sequence[str]]) -> Horaires:
    """OSM d'une semaine écrite jour par jour. jours : « Mo »…« Su » -> textes du jour (matin, après-midi)."""
    semaine: list[str] = []
    incompris: list[str] = []
    for jour in JOURS:
        plages: list[Plage] = []
        illisible = False
        for texte in jours.get(jour, ()):
            lues, reste = lire_plages(texte)
            plages += lues
            incompris += [f"{jour} : {morceau}" for morceau in reste]
            illisible = illisible or any(_change_les_heures(morceau, lues) for morceau in reste)
        ecrites = ",".join(f"{_hhmm(a)}-{_hhmm(b)}" for a, b in _fusionner(plages))
        # Des heures incomplètes diraient fermé le reste du jour.
        semaine.append(A_VERIFIER if illisible else ecrites)
    if not any(jour not in ("", A_VERIFIER) for jour in semaine):
        return Horaires(None, tuple(incompris))
    return Horaires(_ecrire(semaine), tuple(incompris))


def _change_les_heures(incompris: str, lues: Sequence[Plage]) -> bool:
    """Faux pour « 0h00-0h00 », et pour des mots à côté d'heures lues (« 9h-12h, sur rendez-vous »)."""
    if _ZERO.fullmatch(incompris):
        return False
    return not lues or any(c.isdigit() for c in incompris)


def _ecrire(semaine: Sequence[str]) -> str | None:
    """Une règle par suite de jours voisins qui ont les mêmes heures."""
    regles: list[str] = []
    rang = 0
    while rang < 7:
        dernier = rang
        while dernier + 1 < 7 and semaine[dernier + 1] == semaine[rang]:
            dernier += 1
        if semaine[rang]:
            jours = JOURS[rang] if dernier == rang else f"{JOURS[rang]}-{JOURS[dernier]}"
            regles.append(f"{jours} {semaine[rang]}")
        rang = dernier + 1
    return "; ".join(regles) or None


def _hhmm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


# --- Une chaîne OSM toute faite ---
_JOUR = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
_UN_JOUR = rf"{_JOUR}(?:\[-?\d(?:[,-]-?\d)*\])?"
_LISTE_JOURS = rf"{_UN_JOUR}(?:-{_JOUR})?(?:,{_UN_JOUR}(?:-{_JOUR})?)*"
_MOIS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PERIODE = rf"(?:week \d{{1,2}}(?:-\d{{1,2}})?(?:/\d)?|{_MOIS}(?: \d{{1,2}})?(?:-{_MOIS}?(?: ?\d{{1,2}})?)?)"
_REGLE = re.compile(
    rf"(?P<qui>(?:{_PERIODE}:? ?)?(?:{_LISTE_JOURS})?)\s*"
    r"(?P<quand>off|closed|unknown|24/7|[\d:,+-]*)\s*(?P<note>\"[^\"]*\")?"
)
_NOMS_JOURS = {j.lower(): j for j in (*JOURS, "PH", "SH")}


def relire_osm(texte: str) -> Horaires:
    """Une chaîne OSM vérifiée et réparée règle à règle ; l'illisible va dans `incompris`.

    Réparations : « 9h30 », minuscules, espaces dans une liste de jours, jour manquant après « ; » (la plage
    rejoint alors la règle d'avant, car « ; » seul voudrait dire tous les jours).
    """
    avant = " ".join(texte.split())
    if not avant or avant == "24/7":
        return Horaires(avant or None)
    regles: list[str] = []
    incompris: list[str] = []
    lisible = False
    for morceau in re.split(r"\s*(?:;|\|\|)\s*", avant):
        if not morceau:
            continue
        regle, reste = _relire_regle(_normaliser(morceau))
        incompris += [f"{morceau} ({raison})" for raison in reste]
        if regle is None:
            continue
        lisible = lisible or A_VERIFIER not in regle
        if re.match(r"\d\d:", regle):
            if regles and re.search(r"\d\d:\d\d$", regles[-1]):
                regles[-1] += f",{regle}"
                continue
            incompris.append(f"{morceau} (jour absent)")
            continue
        regles.append(regle)
    osm = "; ".join(regles) if lisible else None
    if "||" in avant and not incompris:
        osm = avant
    return Horaires(osm, tuple(incompris), repare=not incompris and osm != avant.rstrip("; "))


def _normaliser(regle: str) -> str:
    regle = re.sub(r"\b(\d{1,2})\s*[hH]\s*(\d{2})?(?!\d)", lambda m: f"{int(m[1]):02}:{m[2] or '00'}", regle)
    regle = re.sub(r"(?<![\d:])(\d):(\d{2})", r"0\1:\2", regle)
    regle = re.sub(
        r"\b(mo|tu|we|th|fr|sa|su|ph|sh)\b", lambda m: _NOMS_JOURS[m[1].lower()], regle, flags=re.I
    )
    regle = re.sub(r"[–—]", "-", regle)
    regle = re.sub(r"\s*([,-])\s*(?=[A-Z\d])", r"\1", regle)
    return re.sub(r"(\d{2}:\d{2}-\d{2})-(\d{2})(?![\d:])", r"\1:\2", regle)


def _relire_regle(regle: str) -> tuple[str | None, list[str]]:
    trouve = _REGLE.fullmatch(regle)
    if trouve is None:
        return None, ["illisible"]
    qui, quand, note = trouve["qui"].strip(), trouve["quand"], trouve["note"]
    if quand in ("off", "closed", "unknown", "24/7", ""):
        if not qui or (quand == "" and note is None):
            return (f"{qui} {A_VERIFIER}" if qui else None), ["heures absentes"]
        return " ".join(filter(None, (qui, quand, note))), []
    plages: list[str] = []
    raisons: list[str] = []
    for plage in quand.split(","):
        correct = re.fullmatch(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)(\+)?", plage)
        ouverte = re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d\+", plage)
        if (correct is None and ouverte is None) or (correct and int(correct[3] + correct[4]) > 2400):
            raisons.append(f"« {plage} » n'est pas une plage")
        elif correct and plage[:5] == plage[6:11]:
            raisons.append(f"« {plage} » ne dure rien")
        elif correct and plage[:5] > plage[6:11]:
            raisons.append(f"« {plage} » finit avant de commencer")
        else:
            plages.append(plage)
    if raisons:
        # Incomplètes, elles diraient fermé le reste du jour ; sans règle, celles d'avant vaudraient.
        return (f"{qui} {A_VERIFIER}" if qui else None), raisons
    return " ".join(filter(None, (qui, ",".join(plages), note))), raisons
