"""La question que posent les chiffres publiés : des mois entiers, dans l'adresse de la page."""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from referentiels.dates import MOIS

from portail.affichage import jour, jours, sans_accents

PERIODES = {
    "12m": "12 derniers mois",
    "annee": "Cette année",
    "passee": "L’an dernier",
    "debut": "Depuis le début",
    "libre": "Autres mois",
}
COMPARER = ("", "precedente", "annee_precedente")
PAR_DEFAUT = "12m"
MOTS_MAX = 20
_ECRITS = (
    re.compile(r"(?P<an>\d{4})-(?P<mois>\d{1,2})(?:-\d{1,2})?", re.ASCII),
    re.compile(r"(?P<mois>\d{1,2})[/.-](?P<an>\d{4})", re.ASCII),
    re.compile(r"(?P<nom>[a-z]+) (?P<an>\d{4})", re.ASCII),
)
_NOMS = {sans_accents(nom): rang for rang, nom in enumerate(MOIS, 1)}
_DITS = {"du": "premier", "au": "dernier"}
_RANG_MIN = 12
"""Celui du premier mois du calendrier."""
_A_L_ENVERS = "Le dernier mois est avant le premier."
_PAS_COMMENCE = "Ce mois n’est pas encore commencé."


@dataclass(frozen=True, slots=True)
class Bornes:
    """Premier jour d'un mois, dernier jour d'un mois ; sans l'un, depuis le début ou jusqu'à maintenant."""

    du: dt.date | None = None
    au: dt.date | None = None

    def pour_l_api(self) -> dict[str, str]:
        """Ses paramètres."""
        return {nom: v.isoformat() for nom, v in (("du", self.du), ("au", self.au)) if v is not None}

    @property
    def mois(self) -> int:
        """Combien ; 0 sans début ou sans fin."""
        return _rang(self.au) - _rang(self.du) + 1 if self.du and self.au else 0

    def recul(self, avant: "Bornes | None") -> int:
        """De combien de mois cette autre période commence plus tôt ; 0 sans elle."""
        return _rang(self.du) - _rang(avant.du) if self.du and avant and avant.du else 0

    def inachevee(self, aujourd_hui: dt.date) -> bool:
        """Son dernier mois n'est pas fini."""
        return self.au is None or self.au > aujourd_hui

    def pour_un_nom(self) -> str:
        """De fichier : « 2025-12_2026-11 », « depuis-2026-01 », « depuis-le-debut »."""
        du, au = (f"{v:%Y-%m}" if v else "" for v in (self.du, self.au))
        if du and au:
            return f"{du}_{au}"
        return f"depuis-{du}" if du else f"jusqu-a-{au}" if au else "depuis-le-debut"

    def en_mots(self) -> str:
        """« Du 1er décembre 2025 au 30 novembre 2026 »."""
        if self.du and self.au:
            return jours(self.du, self.au).capitalize()
        if self.du:
            return f"Depuis le {jour(self.du)}"
        return f"Jusqu’au {jour(self.au)}" if self.au else "Depuis le début"


@dataclass(frozen=True, slots=True)
class MoisChoisis:
    """Ce que la personne a choisi. du, au : l'écrit, d'une période libre."""

    periode: str = PAR_DEFAUT
    du: str = ""
    au: str = ""
    comparer: str = ""

    def propre(self) -> "MoisChoisis":
        """Sans ce que la page ne propose pas, ni les mois d'une période qui n'en a pas besoin."""
        libre = self.periode == "libre"
        return replace(
            self,
            periode=self.periode if self.periode in PERIODES else PAR_DEFAUT,
            du=self.du.strip() if libre else "",
            au=self.au.strip() if libre else "",
            comparer=self.comparer if self.comparer in COMPARER else "",
        )

    def fautes(self, aujourd_hui: dt.date) -> dict[str, str]:
        """Ce qui ne se lit pas, par champ. Sans dernier mois, le premier est commencé."""
        fautes = {
            nom: f"Le {dit} mois ne se lit pas : écrivez-le comme 2026-09 ou septembre 2026."
            for nom, dit in _DITS.items()
            if (v := getattr(self, nom)) and mois_lu(v) is None
        }
        du, au = mois_lu(self.du), mois_lu(self.au)
        if not fautes and du and au is None and du > aujourd_hui:
            return {"du": _PAS_COMMENCE}
        return fautes or ({"au": _A_L_ENVERS} if du and au and au < du else {})

    def bornes(self, aujourd_hui: dt.date) -> Bornes:
        """Le mois en cours compris, jusqu'à son dernier jour ; l'an dernier, ses douze mois."""
        ce_mois = aujourd_hui.replace(day=1)
        match self.periode:
            case "debut":
                return Bornes()
            case "annee":
                return Bornes(aujourd_hui.replace(month=1, day=1), _fin(ce_mois))
            case "passee":
                return Bornes(dt.date(aujourd_hui.year - 1, 1, 1), dt.date(aujourd_hui.year - 1, 12, 31))
            case "libre":
                return Bornes(mois_lu(self.du), _fin(mois_lu(self.au) or ce_mois))
            case _:
                return Bornes(decale(ce_mois, -11), _fin(ce_mois))

    def avant(self, bornes: Bornes) -> Bornes | None:
        """La période à laquelle se comparer : autant de mois ; None s'il n'y en a pas."""
        if not self.comparer or bornes.du is None or bornes.au is None or bornes.mois < 1:
            return None
        recul = 12 if self.comparer == "annee_precedente" else bornes.mois
        if _rang(bornes.du) - recul < _RANG_MIN:
            return None
        fin = _fin(decale(bornes.au.replace(day=1), -recul))
        return Bornes(decale(bornes.du, -recul), fin)

    def choisis(self) -> list[tuple[str, str]]:
        """Ce qui n'est pas le défaut, pour une adresse."""
        defaut = type(self)()
        lus = [(champ.name, str(getattr(self, champ.name))) for champ in fields(self)]
        return [(nom, v) for nom, v in lus if v != getattr(defaut, nom)]

    def adresse(self, page: str, **autres: str) -> str:
        """De cette page, avec ces mois."""
        dits = [*self.choisis(), *autres.items()]
        return f"{page}?{urlencode(dits)}" if dits else page


def mois_lu(ecrit: str) -> dt.date | None:
    """Le premier jour du mois écrit (« 2026-09 », « 09/2026 », « septembre 2026 »), ou None."""
    for forme, texte in zip(_ECRITS, (ecrit, ecrit, sans_accents(ecrit)), strict=True):
        if lu := forme.fullmatch(texte.strip()):
            return _premier(lu.groupdict())
    return None


def _premier(lus: Mapping[str, str]) -> dt.date | None:
    mois = _NOMS.get(lus["nom"], 0) if "nom" in lus else int(lus["mois"])
    annee = int(lus["an"])
    return dt.date(annee, mois, 1) if 1 <= mois <= 12 and annee > 0 else None


def _rang(jour_lu: dt.date | None) -> int:
    return jour_lu.year * 12 + jour_lu.month - 1 if jour_lu else 0


def decale(premier: dt.date, mois: int) -> dt.date:
    """Le premier jour, tant de mois plus tard. Raises ValueError hors du calendrier."""
    rang = _rang(premier) + mois
    return dt.date(rang // 12, rang % 12 + 1, 1)


def _fin(premier: dt.date) -> dt.date:
    return premier.replace(day=monthrange(premier.year, premier.month)[1])
