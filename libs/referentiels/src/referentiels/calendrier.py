"""Compter en mois civils."""

import calendar
import datetime as dt


def decaler[J: (dt.date, dt.datetime)](jour: J, mois: int) -> J:
    """Le même jour et la même heure, `mois` mois civils plus tard (plus tôt si négatif).

    Un jour qui n'existe pas dans le mois d'arrivée devient son dernier : 31 août + 6 = 28 ou 29 février.
    """
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    dernier = calendar.monthrange(annee, rang + 1)[1]
    return jour.replace(year=annee, month=rang + 1, day=min(jour.day, dernier))
