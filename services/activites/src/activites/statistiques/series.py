"""Les jours d'une question : pas, courbe, période comparée (docs/domaine/statistiques.md §2.2)."""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from referentiels.nomenclature import Nomenclature

from activites.domain.regles import DATE_MINIMALE


class Pas(Nomenclature):
    """Ce qu'un point d'une courbe réunit."""

    JOUR = "jour", "Par jour"
    SEMAINE = "semaine", "Par semaine"
    MOIS = "mois", "Par mois"
    TRIMESTRE = "trimestre", "Par trimestre"
    ANNEE = "annee", "Par année"


class Comparaison(Nomenclature):
    """À quelle autre période se comparer : celle d'avant, ou la même un an plus tôt."""

    PRECEDENTE = "precedente", "À la période d’avant, de même durée"
    ANNEE_PRECEDENTE = "annee_precedente", "Aux mêmes jours, un an avant"


_PAR_DEFAUT = {Pas.JOUR: 30, Pas.SEMAINE: 12, Pas.MOIS: 12, Pas.TRIMESTRE: 8, Pas.ANNEE: 5}
"""Points d'une courbe sans période."""
_MOIS_DU_PAS = {Pas.MOIS: 1, Pas.TRIMESTRE: 3, Pas.ANNEE: 12}


def debut_de(pas: Pas, jour: dt.date) -> dt.date:
    """Le premier jour du pas où tombe ce jour ; une semaine commence le lundi."""
    match pas:
        case Pas.JOUR:
            return jour
        case Pas.SEMAINE:
            # The first day that can be written has a Monday before it.
            return jour - dt.timedelta(days=min(jour.weekday(), jour.toordinal() - 1))
        case Pas.MOIS | Pas.TRIMESTRE | Pas.ANNEE:
            mois = _MOIS_DU_PAS[pas]
            return dt.date(jour.year, (jour.month - 1) // mois * mois + 1, 1)


def decale(pas: Pas, debut: dt.date, n: int) -> dt.date:
    """Le premier jour du pas, n pas plus loin."""
    match pas:
        case Pas.JOUR | Pas.SEMAINE:
            return debut + dt.timedelta(days=n * (7 if pas == Pas.SEMAINE else 1))
        case Pas.MOIS | Pas.TRIMESTRE | Pas.ANNEE:
            return _mois_plus(debut, n * _MOIS_DU_PAS[pas])


def bornes(pas: Pas, du: dt.date | None, au: dt.date | None, aujourd_hui: dt.date) -> tuple[dt.date, dt.date]:
    """Premier et dernier jours d'une courbe. Sans dernier jour, aujourd'hui ; sans premier, quelques pas.

    Rien avant le premier jour qui se saisisse, rien après le dernier qui puisse l'être.
    """
    fin = min(au or aujourd_hui, aujourd_hui)
    debut = du or decale(pas, debut_de(pas, fin), 1 - _PAR_DEFAUT[pas])
    return max(debut, DATE_MINIMALE), fin


def points(pas: Pas, debut: dt.date, fin: dt.date) -> Iterator[dt.date]:
    """Le premier jour de chaque pas, sans trou, du premier au dernier jour ; rien à l'envers."""
    if debut > fin:
        return
    point = debut_de(pas, debut)
    while point <= fin:
        yield point
        point = decale(pas, point, 1)


def libelle(pas: Pas, point: dt.date) -> str:
    """Comment un point se lit sous une courbe."""
    match pas:
        case Pas.JOUR | Pas.SEMAINE:
            return f"{point:%d/%m}"
        case Pas.MOIS:
            return f"{point:%m/%y}"
        case Pas.TRIMESTRE:
            return f"T{(point.month + 2) // 3} {point.year}"
        case Pas.ANNEE:
            return f"{point.year}"


@dataclass(frozen=True, slots=True)
class Jours:
    """D'un jour à un jour, compris."""

    du: dt.date
    au: dt.date


def comparee(sorte: Comparaison, jours: Jours) -> Jours | None:
    """L'autre période ; absente si le calendrier n'en a pas.

    Des mois civils entiers se comparent à autant de mois civils ; d'autres jours, à autant de jours. Un an
    plus tôt, un 29 février est un 28.
    """
    try:
        match sorte:
            case Comparaison.ANNEE_PRECEDENTE:
                return Jours(_un_an_avant(jours.du), _un_an_avant(jours.au, dernier=True))
            case Comparaison.PRECEDENTE:
                veille = jours.du - dt.timedelta(days=1)
                if jours.du.day == 1 and _dernier_du_mois(jours.au):
                    mois = (jours.au.year - jours.du.year) * 12 + jours.au.month - jours.du.month + 1
                    return Jours(_mois_plus(jours.du, -mois), veille)
                return Jours(veille - (jours.au - jours.du), veille)
    except (OverflowError, ValueError):
        return None


def _un_an_avant(jour: dt.date, *, dernier: bool = False) -> dt.date:
    """dernier : d'une période ; celle qui finit avec février finit avec février, un jour de plus ou non."""
    annee = jour.year - 1
    longueur = calendar.monthrange(annee, jour.month)[1]
    finit_le_mois = dernier and jour.month == 2 and _dernier_du_mois(jour)
    return dt.date(annee, jour.month, longueur if finit_le_mois else min(jour.day, longueur))


def _dernier_du_mois(jour: dt.date) -> bool:
    return jour.day == calendar.monthrange(jour.year, jour.month)[1]


def _mois_plus(premier: dt.date, mois: int) -> dt.date:
    rang = premier.year * 12 + premier.month - 1 + mois
    return dt.date(rang // 12, rang % 12 + 1, 1)
