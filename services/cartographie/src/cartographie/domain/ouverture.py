"""Ouvert ou non, à un instant : lire les horaires OSM que l'on publie (docs/domaine/cartographie.md §4).

Prudent : une règle que l'on ne comprend pas rend tout inconnu, et l'inconnu ne se lit jamais « fermé ».
Les jours fériés et les vacances scolaires se disent, ils ne se calculent pas. Aucune fonction ne lève.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from referentiels.nomenclature import Nomenclature

from cartographie.domain.nettoyage_horaires import JOURS, Plage

MINUIT = 24 * 60
SEMAINE = 7 * MINUIT
_MOIS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HORIZON_JOURS = 21
"""Une réouverture plus lointaine ne se dit pas."""


class EtatOuverture(Nomenclature):
    """Ce que l'on sait d'un lieu à un instant."""

    OUVERT = "ouvert", "Ouvert"
    FERME = "ferme", "Fermé"
    INCONNU = "inconnu", "Horaires non précisés", "La source ne dit pas ses horaires, ou pas clairement."


@dataclass(frozen=True, slots=True)
class Periode:
    """Quand une règle vaut. semaines : numéros ISO.   du, au : (mois, jour), compris.   Les deux : tous."""

    semaines: frozenset[int] = frozenset()
    du: tuple[int, int] | None = None
    au: tuple[int, int] | None = None

    def vaut(self, jour: dt.date) -> bool:
        if self.semaines and jour.isocalendar().week not in self.semaines:
            return False
        if self.du is None or self.au is None:
            return True
        ici = (jour.month, jour.day)
        if self.du <= self.au:
            return self.du <= ici <= self.au
        return ici >= self.du or ici <= self.au


@dataclass(frozen=True, slots=True)
class Regle:
    """Une règle. jours : 0 pour lundi ; vide : elle ne vaut pour aucun jour de la semaine.

    rangs : (jour, rang dans le mois), -1 pour le dernier.   feries, vacances : elle les nomme.
    plages : None quand les heures ne sont pas sûres ; vide : fermé.   note : ce que la source ajoute.
    """

    jours: frozenset[int]
    plages: tuple[Plage, ...] | None
    rangs: frozenset[tuple[int, int]] = frozenset()
    feries: bool = False
    vacances: bool = False
    periode: Periode | None = None
    note: str | None = None

    @property
    def reguliere(self) -> bool:
        """Elle vaut toutes les semaines de l'année."""
        return self.periode is None and not self.rangs

    def vaut(self, jour: dt.date) -> bool:
        if self.periode is not None and not self.periode.vaut(jour):
            return False
        if jour.weekday() in self.jours:
            return True
        rang = (jour.day - 1) // 7 + 1
        dernier = (jour + dt.timedelta(days=7)).month != jour.month
        return (jour.weekday(), rang) in self.rangs or (dernier and (jour.weekday(), -1) in self.rangs)


@dataclass(frozen=True, slots=True)
class Horaires:
    """Des règles : la dernière qui vaut pour un jour l'emporte. sinon : ce qui se dit hors d'elles."""

    regles: tuple[Regle, ...]
    sinon: str | None = None

    def du_jour(self, jour: dt.date) -> tuple[Plage, ...] | None:
        """Les plages de ce jour ; vide : fermé ; None : on ne sait pas."""
        return _plages([r for r in self.regles if r.vaut(jour)])

    def d_une_semaine_ordinaire(self, jour: int) -> tuple[Plage, ...] | None:
        """Les plages de ce jour (0 : lundi), sans les règles qui ne valent qu'à certaines dates."""
        return _plages([r for r in self.regles if r.reguliere and jour in r.jours])

    def note_du_jour(self, jour: int) -> str | None:
        """Ce que la source ajoute à ce jour d'une semaine ordinaire."""
        return next((r.note for r in reversed(self.regles) if r.reguliere and jour in r.jours), None)


def _plages(regles: list[Regle]) -> tuple[Plage, ...] | None:
    return regles[-1].plages if regles else ()


# --- Lire une chaîne ---
_UN_JOUR = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
_ORDINAL = rf"{_UN_JOUR}\[-?\d(?:,-?\d)*\]"
_LISTE = rf"(?:{_ORDINAL}|{_UN_JOUR}(?:-{_UN_JOUR})?)(?:,(?:{_ORDINAL}|{_UN_JOUR}(?:-{_UN_JOUR})?))*"
_NOM_MOIS = f"(?:{'|'.join(_MOIS)})"
_DATES = rf"(?P<m1>{_NOM_MOIS})(?: (?P<j1>\d{{1,2}}))?(?:-(?P<m2>{_NOM_MOIS})?(?: ?(?P<j2>\d{{1,2}}))?)?"
_SEMAINES = r"week (?P<s1>\d{1,2})(?:-(?P<s2>\d{1,2}))?(?:/(?P<pas>\d))?"
_REGLE = re.compile(
    rf"(?:(?:{_SEMAINES}|{_DATES}):? ?)?(?P<jours>{_LISTE})?\s*"
    r"(?P<quand>off|closed|unknown|24/7|[\d:,+-]*)\s*(?:\"(?P<note>[^\"]*)\")?"
)
_PLAGE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


@lru_cache(maxsize=8192)
def lire(osm: str | None) -> Horaires | None:
    """Les règles d'une chaîne OSM ; None si elle manque, ou si un morceau n'est pas compris."""
    if not osm:
        return None
    principal, _, sinon = osm.partition("||")
    regles: list[Regle] = []
    for morceau in filter(None, (m.strip() for m in principal.split(";"))):
        regle = _regle(morceau)
        if regle is None:
            return None
        regles.append(regle)
    return Horaires(tuple(regles), sinon.strip().strip('"') or None) if regles else None


def _regle(texte: str) -> Regle | None:
    trouve = _REGLE.fullmatch(texte)
    if trouve is None:
        return None
    quand, note = trouve["quand"], trouve["note"]
    plages: tuple[Plage, ...] | None
    match quand:
        case "off" | "closed":
            plages = ()
        case "unknown" | "":
            plages = None
        case "24/7":
            plages = ((0, MINUIT),)
        case _:
            lues = [_plage(p) for p in quand.split(",")]
            # « 17:00+ » : on sait quand cela commence, pas quand cela finit.
            plages = None if None in lues else tuple(sorted(p for p in lues if p is not None))
    jours, rangs = _jours(trouve["jours"])
    return Regle(
        jours,
        plages,
        rangs,
        feries="PH" in (trouve["jours"] or ""),
        vacances="SH" in (trouve["jours"] or ""),
        periode=_periode(trouve),
        note=note,
    )


def _plage(texte: str) -> Plage | None:
    trouve = _PLAGE.fullmatch(texte)
    if trouve is None:
        return None
    h1, m1, h2, m2 = (int(g) for g in trouve.groups())
    debut, fin = h1 * 60 + m1, h2 * 60 + m2
    return (debut, fin) if debut < fin <= MINUIT else None


def _jours(liste: str | None) -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
    if liste is None:
        return frozenset(range(7)), frozenset()
    jours: set[int] = set()
    rangs: set[tuple[int, int]] = set()
    for element in re.split(r",(?=[A-Z])", liste):
        nom, _, ordinaux = element.partition("[")
        debut, _, fin = nom.partition("-")
        if debut not in JOURS:
            continue  # PH, SH
        premier = JOURS.index(debut)
        if ordinaux:
            rangs |= {(premier, int(n)) for n in ordinaux.rstrip("]").split(",")}
            continue
        dernier = JOURS.index(fin) if fin in JOURS else premier
        jours |= {(premier + n) % 7 for n in range((dernier - premier) % 7 + 1)}
    return frozenset(jours), frozenset(rangs)


def _periode(trouve: re.Match[str]) -> Periode | None:
    if trouve["s1"]:
        debut, fin = int(trouve["s1"]), int(trouve["s2"] or trouve["s1"])
        return Periode(semaines=frozenset(range(debut, fin + 1, int(trouve["pas"] or 1) or 1)))
    if trouve["m1"]:
        mois, jour = _MOIS.index(trouve["m1"]) + 1, int(trouve["j1"] or 1)
        mois_fin = _MOIS.index(trouve["m2"]) + 1 if trouve["m2"] else mois
        seul = trouve["j1"] and not trouve["j2"] and not trouve["m2"]
        return Periode(du=(mois, jour), au=(mois_fin, int(trouve["j2"] or (jour if seul else 31))))
    return None


# --- À un instant ---
@dataclass(frozen=True, slots=True)
class Situation:
    """maintenant : à l'heure du lieu.   jusqu_a : fermeture, pour un lieu ouvert ; absent : jamais fermé.

    prochaine : prochaine ouverture d'un lieu fermé ; absente si elle est trop loin, ou incertaine.
    """

    etat: EtatOuverture
    maintenant: dt.datetime
    jusqu_a: dt.datetime | None = None
    prochaine: dt.datetime | None = None


def situation(horaires: Horaires | None, maintenant: dt.datetime) -> Situation:
    """Ce qu'il en est. maintenant : dans le fuseau du lieu."""
    inconnue = Situation(EtatOuverture.INCONNU, maintenant)
    if horaires is None:
        return inconnue
    aujourd_hui = maintenant.date()
    plages = horaires.du_jour(aujourd_hui)
    if plages is None:
        return inconnue
    minute = maintenant.hour * 60 + maintenant.minute
    en_cours = [fin for debut, fin in plages if debut <= minute < fin]
    if en_cours:
        fermeture = _fermeture(horaires, aujourd_hui, max(en_cours))
        return Situation(EtatOuverture.OUVERT, maintenant, _instant(maintenant, fermeture))
    for jour, debut in _ouvertures(horaires, aujourd_hui):
        if jour > aujourd_hui or debut > minute:
            return Situation(EtatOuverture.FERME, maintenant, prochaine=_instant(maintenant, (jour, debut)))
    return Situation(EtatOuverture.FERME, maintenant)


def _ouvertures(horaires: Horaires, des: dt.date) -> Iterator[tuple[dt.date, int]]:
    """Les débuts de plage, jusqu'au premier jour dont on ne sait rien."""
    for n in range(_HORIZON_JOURS):
        jour = des + dt.timedelta(days=n)
        plages = horaires.du_jour(jour)
        if plages is None:
            return
        for debut, _ in plages:
            yield jour, debut


def _fermeture(horaires: Horaires, jour: dt.date, fin: int) -> tuple[dt.date, int] | None:
    """La fin de ce qui est ouvert, plages qui se touchent comprises ; None si rien ne ferme."""
    for n in range(_HORIZON_JOURS):
        le = jour + dt.timedelta(days=n)
        plages = horaires.du_jour(le) or ()
        if n:
            matin = [fermeture for debut, fermeture in plages if debut == 0]
            if not matin:
                return le, 0
            fin = matin[0]
        for debut, suivante in plages:
            if debut <= fin < suivante:
                fin = suivante
        if fin < MINUIT:
            return le, fin
    return None


def _instant(maintenant: dt.datetime, quand: tuple[dt.date, int] | None) -> dt.datetime | None:
    if quand is None:
        return None
    jour, minute = quand
    return dt.datetime.combine(jour + dt.timedelta(days=minute // MINUIT), dt.time(), maintenant.tzinfo) + (
        dt.timedelta(minutes=minute % MINUIT)
    )


def semaine_ordinaire(horaires: Horaires | None) -> list[Plage] | None:
    """Les plages d'une semaine, en minutes depuis lundi minuit ; None sans horaires, ou s'ils dépendent de
    la date. Un jour incertain n'en a pas."""
    if horaires is None or not all(r.reguliere for r in horaires.regles):
        return None
    plages = [
        (jour * MINUIT + debut, jour * MINUIT + fin)
        for jour in range(7)
        for debut, fin in horaires.d_une_semaine_ordinaire(jour) or ()
    ]
    incertaine = all(horaires.d_une_semaine_ordinaire(jour) is None for jour in range(7))
    return None if incertaine else plages
