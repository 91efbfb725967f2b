"""Un atelier qui revient : à quelles dates, d'après ce que le formulaire dit."""

import calendar
import datetime as dt
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID, uuid4, uuid5

from portail.affichage import pluriel
from portail.formulaires import Saisie, entier, jour_iso

RYTHMES = {
    "semaine": "Chaque semaine",
    "quinzaine": "Toutes les deux semaines",
    "mois": "Chaque mois",
}
FINS = {"fois": "Un nombre de fois", "date": "Jusqu’à une date"}
FOIS_MAX = 52
_JOURS = {"semaine": 7, "quinzaine": 14}


@dataclass(slots=True)
class Repetition:
    """jours : dans l'ordre, sans celui de l'atelier lui-même.   fautes : par pointeur."""

    jours: list[dt.date]
    fautes: dict[str, str] = field(default_factory=dict[str, str])


def dire(crees: int, deja: int) -> str:
    """Ce qu'une répétition a fait : renvoyée, elle ne crée rien de plus. deja : ceux qui y étaient."""
    if not crees:
        return "Ces brouillons y étaient déjà : rien de plus n’est créé."
    faits = f"{pluriel(crees, 'brouillon créé', 'brouillons créés')}, à confirmer le jour venu."
    etaient = pluriel(deja, "autre y était déjà", "autres y étaient déjà")
    return f"{faits} {etaient}." if deja else faits


def lire(saisie: Saisie, depuis: dt.date) -> Repetition:
    """depuis : le jour de l'atelier qui revient."""
    rythme = saisie.un("rythme")
    if rythme not in RYTHMES:
        return Repetition([], {"/rythme": "Choisissez à quel rythme il revient."})
    if saisie.un("fin") == "date":
        return _jusqu_a(saisie, depuis, rythme)
    fois = entier(saisie.un("fois"))
    if not isinstance(fois, int) or not 1 <= fois <= FOIS_MAX:
        return Repetition([], {"/fois": f"Un nombre de fois, de 1 à {FOIS_MAX}."})
    return Repetition([le(depuis, rythme, n) for n in range(1, fois + 1)])


def _jusqu_a(saisie: Saisie, depuis: dt.date, rythme: str) -> Repetition:
    try:
        au = dt.date.fromisoformat(jour_iso(saisie.un("au")))
    except ValueError:
        return Repetition([], {"/au": "Veuillez renseigner une date."})
    suite = (le(depuis, rythme, n) for n in range(1, FOIS_MAX + 2))
    jours = list(takewhile(lambda jour: jour <= au, suite))
    if not jours:
        return Repetition([], {"/au": "Il ne revient pas avant cette date."})
    if len(jours) > FOIS_MAX:
        return Repetition([], {"/au": f"Cela fait plus de {FOIS_MAX} dates : choisissez-en une plus proche."})
    return Repetition(jours)


def le(depuis: dt.date, rythme: str, n: int) -> dt.date:
    """La n-ième fois. D'un mois plus court, le dernier jour : le 31 janvier revient le 28 février.

    Une date au-delà du calendrier est son dernier jour.
    """
    if rythme in _JOURS:
        jours = _JOURS[rythme] * n
        return depuis + dt.timedelta(jours) if (dt.date.max - depuis).days >= jours else dt.date.max
    annee, mois = divmod(depuis.month - 1 + n, 12)
    annee += depuis.year
    if annee > dt.MAXYEAR:
        return dt.date.max
    dernier = calendar.monthrange(annee, mois + 1)[1]
    return dt.date(annee, mois + 1, min(depuis.day, dernier))


def identifiant(serie_id: str, jour: dt.date) -> str:
    """Celui du brouillon de ce jour : renvoyée, la même demande n'en fait pas d'autre."""
    try:
        serie = UUID(serie_id)
    except ValueError:
        serie = uuid4()
    return str(uuid5(serie, jour.isoformat()))
