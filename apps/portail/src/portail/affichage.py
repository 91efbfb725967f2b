"""Dates, nombres et durées, écrits comme on les lit en français."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from zoneinfo import ZoneInfo

from referentiels.dates import MOIS, en_lettres

JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS_COURTS = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip
_FINE = "\u202f"
_INSECABLE = "\u00a0"
_BORD_DE_BLOC = re.compile(r"</?(?:p|li|ul|ol)>|<br ?/?>")
_BALISE = re.compile(r"<[^<>]*>")
_SANS_CHERCHER = 20
PARIS = "Europe/Paris"


def _date(valeur: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(valeur[:10]) if isinstance(valeur, str) else valeur


def _instant(valeur: dt.datetime | str, fuseau: str) -> dt.datetime:
    lu = dt.datetime.fromisoformat(valeur) if isinstance(valeur, str) else valeur
    return lu.astimezone(ZoneInfo(fuseau))


def jour(valeur: dt.date | str) -> str:
    """« 27 novembre 2026 », « 1er décembre 2026 »."""
    return en_lettres(_date(valeur))


def jour_court(valeur: dt.date | str) -> str:
    """« 27 nov. 2026 », d'un seul tenant : dans une colonne."""
    lu = _date(valeur)
    premier = "1er" if lu.day == 1 else str(lu.day)
    return _INSECABLE.join((premier, MOIS_COURTS[lu.month - 1], str(lu.year)))


def jour_ecrit(valeur: str) -> str:
    """Le jour en mots ; ce qui n'en est pas un reste comme il est venu : c'est l'API qui le dit."""
    try:
        return jour(valeur)
    except ValueError:
        return valeur


def jours(du: dt.date | str, au: dt.date | str) -> str:
    """« du 1er novembre 2026 au 29 novembre 2026 » ; d'un seul, « le 29 novembre 2026 »."""
    un, autre = jour_ecrit(str(du)), jour_ecrit(str(au))
    return f"le {un}" if un == autre else f"du {un} au {autre}"


def a_la_periode(du: dt.date | str, au: dt.date | str) -> str:
    """Après « comparé » : « à la période du … au … » ; d'un seul jour, « au 29 novembre 2026 »."""
    dits = jours(du, au)
    return f"au{dits.removeprefix('le')}" if dits.startswith("le ") else f"à la période {dits}"


def jour_long(valeur: dt.date | str) -> str:
    """« vendredi 27 novembre 2026 »."""
    return f"{JOURS[_date(valeur).weekday()]} {jour(valeur)}"


def heure(valeur: dt.datetime | str, *, fuseau: str = PARIS) -> str:
    """« 14:32 », à l'heure de ce fuseau."""
    return f"{_instant(valeur, fuseau):%H:%M}"


def moment(valeur: dt.datetime | str, *, fuseau: str = PARIS) -> str:
    """« 27 novembre 2026 à 14:32 », à l'heure de ce fuseau."""
    return f"{le_jour(valeur, fuseau=fuseau)} à {heure(valeur, fuseau=fuseau)}"


def le_jour(valeur: dt.datetime | str, *, fuseau: str = PARIS) -> str:
    """Le jour d'un instant, dans ce fuseau : « 27 novembre 2026 »."""
    return jour(_instant(valeur, fuseau).date())


def quand(valeur: dt.datetime | str, maintenant: dt.datetime, *, fuseau: str = PARIS) -> str:
    """« aujourd’hui à 14:32 », « hier à 09:05 », « vendredi à 14:32 » ; au-delà de six jours, la date."""
    lu = _instant(valeur, fuseau)
    ecart = (_instant(maintenant, fuseau).date() - lu.date()).days
    match ecart:
        case 0:
            debut = "aujourd’hui"
        case 1:
            debut = "hier"
        case n if 1 < n < 7:
            debut = JOURS[lu.weekday()]
        case _:
            debut = f"le {jour(lu.date())}"
    return f"{debut} à {lu:%H:%M}"


def mois_court(code: str) -> str:
    """`2026-11` : « nov. »."""
    return MOIS_COURTS[int(code[5:7]) - 1]


def mois_long(code: str) -> str:
    """`2026-11` : « novembre 2026 »."""
    return f"{MOIS[int(code[5:7]) - 1]} {code[:4]}"


def nombre(n: float) -> str:
    """« 1 234,5 », l'espace est fine et insécable."""
    return f"{n:,}".replace(",", _FINE).replace(".", ",")


def part(n: float, total: float) -> str:
    """« 26,6 % » du total, « 0 % » si le total est nul."""
    if not total:
        return f"0{_INSECABLE}%"
    texte = f"{100 * n / total:.1f}".removesuffix(".0")
    return texte.replace(".", ",") + f"{_INSECABLE}%"


def duree(minutes: int | str) -> str:
    """« 45 min », « 1 h », « 1 h 05 »."""
    heures, reste = divmod(int(minutes), 60)
    if not heures:
        return f"{reste}{_INSECABLE}min"
    return f"{heures}{_INSECABLE}h" + (f"{_INSECABLE}{reste:02}" if reste else "")


def poids(octets: int) -> str:
    """« 12 ko », au ko supérieur."""
    return f"{nombre(-(-octets // 1000))}{_INSECABLE}ko"


def pluriel(n: int, mot: str, mots: str | None = None) -> str:
    """« 1 activité », « 2 activités » ; 0 se lit au singulier."""
    return f"{nombre(n)} {mot if abs(n) < 2 else mots or mot + 's'}"


def telephone(e164: str) -> str:
    """« +33450568749 » : « 04 50 56 87 49 » ; un numéro d'outre-mer commence par un zéro aussi."""
    for indicatif in ("+33", "+590", "+594", "+596", "+262"):
        national = e164.removeprefix(indicatif)
        if national != e164 and len(national) == 9:
            paires = f"0{national}"
            return _INSECABLE.join(paires[i : i + 2] for i in range(0, 10, 2))
    return e164


def telephone_ecrit(texte: str) -> str:
    """Le même, d'un numéro tapé comme on veut ; ce qui n'en est pas un reste comme il est venu."""
    numero = re.sub(r"[\s.()-]", "", texte)
    if re.fullmatch("0[1-9][0-9]{8}", numero, re.ASCII):
        return telephone(f"+33{numero[1:]}")
    return telephone(numero) if numero.startswith("+") else texte


def en_texte(html: str) -> str:
    """Un HTML que l'API a assaini, sans ses balises : ses blocs deviennent des lignes."""
    lignes = unescape(_BALISE.sub("", _BORD_DE_BLOC.sub("\n", html))).splitlines()
    return "\n".join(ligne for ligne in lignes if ligne.strip())


def a_cocher(mots: Mapping[str, str]) -> list[tuple[str, str]]:
    """Code et mots, comme ils viennent ; au-delà de vingt, de A à Z : on y cherche un nom."""
    lus = list(mots.items())
    return sorted(lus, key=lambda un: sans_accents(un[1])) if len(lus) > _SANS_CHERCHER else lus


def sans_accents(texte: str) -> str:
    """Pour comparer ce que deux personnes écrivent : minuscules, sans accent ni ponctuation."""
    plat = unicodedata.normalize("NFKD", texte.lower()).replace("œ", "oe")
    lettres = "".join(c for c in plat if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in lettres).split())
