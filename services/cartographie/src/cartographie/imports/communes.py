"""Retrouver une commune du code officiel géographique d'après ce qu'une source en dit."""

import csv
import difflib
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians
from pathlib import Path

from cartographie.domain.nettoyage import a_un_cedex, cle, cle_commune

_RESSEMBLANCE = 0.84
"""Seuil de ressemblance (difflib, 0 à 1) : une faute de frappe passe, un autre nom non."""

_PRES_KM = 30.0

type Point = tuple[float, float]
"""Latitude, longitude, degrés WGS84."""

_ARTICLES = re.compile(r"^(?:le|la|les|l|aux|au) ")


@dataclass(frozen=True, slots=True)
class Commune:
    """Une commune actuelle. latitude, longitude : centre, degrés WGS84, parfois absents."""

    code: str
    nom: str
    departement: str
    codes_postaux: tuple[str, ...]
    latitude: float | None
    longitude: float | None

    def distance_km(self, latitude: float, longitude: float) -> float | None:
        """Distance au centre, en kilomètres (approximation plane) ; None sans centre connu."""
        if self.latitude is None or self.longitude is None:
            return None
        est = (longitude - self.longitude) * cos(radians(self.latitude))
        return 111.2 * hypot(latitude - self.latitude, est)

    def est_pres(self, point: Point) -> bool:
        """Vrai si le point est à moins de 30 km du centre, quand il est connu."""
        distance = self.distance_km(*point)
        return distance is not None and distance < _PRES_KM

    def departements_postaux(self) -> frozenset[str]:
        """Les débuts de ses codes postaux, qui ne suivent pas toujours le département."""
        return frozenset(map(_departement_postal, self.codes_postaux))


@dataclass(frozen=True, slots=True)
class Trouvee:
    """La commune reconnue, le code postal à retenir, et comment elle a été reconnue."""

    commune: Commune
    code_postal: str
    moyen: str


class Referentiel:
    """Les communes, par code, par nom et par code postal."""

    def __init__(self, lignes: Iterable[dict[str, str]]) -> None:
        self.par_code: dict[str, Commune] = {}
        anciennes: list[dict[str, str]] = []
        for ligne in lignes:
            if ligne["type"] == "commune-actuelle":
                self.par_code[ligne["code"]] = _commune(ligne)
            else:
                anciennes.append(ligne)
        self._par_nom: dict[str, list[Commune]] = defaultdict(list)
        self._anciens_noms: dict[str, list[Commune]] = defaultdict(list)
        self._par_code_postal: dict[str, list[Commune]] = defaultdict(list)
        for commune in self.par_code.values():
            self._par_nom[cle_commune(commune.nom)].append(commune)
            for code_postal in commune.codes_postaux:
                self._par_code_postal[code_postal].append(commune)
        # Communes déléguées, associées, arrondissements : leur commune actuelle répond pour elles.
        self.anciens_codes: dict[str, str] = {}
        for ligne in anciennes:
            actuelle = self.par_code.get(ligne["rattachement"])
            if actuelle is not None:
                self.anciens_codes.setdefault(ligne["code"], actuelle.code)
                if ligne["type"] != "arrondissement-municipal":
                    self._anciens_noms[cle_commune(ligne["nom"])].append(actuelle)

    @cached_property
    def _sans_article(self) -> dict[str, list[Commune]]:
        index: dict[str, list[Commune]] = defaultdict(list)
        for nom, communes in self._par_nom.items():
            index[_ARTICLES.sub("", nom)] += communes
        return index

    def par_insee(self, code: str) -> Commune | None:
        """La commune actuelle de ce code, ancien ou actuel."""
        code = code.strip().upper()
        return self.par_code.get(code) or self.par_code.get(self.anciens_codes.get(code, ""))

    def par_nom(self, nom: str) -> list[Commune]:
        """Les communes de ce nom exact, sinon à l'article près, sinon les communes absorbées de ce nom."""
        return next((groupe for groupe in self._homonymes(nom) if groupe), [])

    def _homonymes(self, nom: str) -> tuple[list[Commune], ...]:
        """Les communes qui peuvent porter ce nom, par groupes du plus sûr au moins sûr."""
        recherche = cle_commune(nom)
        if not recherche:
            return ()
        sans_article = self._sans_article.get(_ARTICLES.sub("", recherche), [])
        return self._par_nom.get(recherche, []), sans_article, self._anciens_noms.get(recherche, [])

    def trouver(
        self, nom: str, code_postal: str | None, code_insee: str | None, point: Point | None = None
    ) -> Trouvee | None:
        """La commune que désignent ces indices, du plus sûr au moins sûr ; None si rien n'est sûr.

        point : (latitude, longitude) du lieu ; il départage des homonymes, et rien de plus.
        """
        groupes = self._homonymes(nom)
        insee = self.par_insee(code_insee) if code_insee else None
        locales = self._par_code_postal.get(code_postal or "", [])
        if code_postal is not None:
            for groupe in groupes:
                if commune := _seule([c for c in groupe if code_postal in c.codes_postaux], point):
                    return Trouvee(commune, code_postal, "nom et code postal")
            if insee is not None and (insee in locales or any(insee in groupe for groupe in groupes)):
                return _avec_code_postal(insee, code_postal, nom, "code INSEE")
            ici = _departement_postal(code_postal)
            for groupe in groupes:
                if commune := _seule([c for c in groupe if ici in c.departements_postaux()], point):
                    return _avec_code_postal(commune, code_postal, nom, "nom et département")
            if commune := _ressemblante(nom, locales, point):
                return Trouvee(commune, code_postal, "code postal et nom approchant")
        if insee is not None and (not nom or not any(groupes)):
            return _avec_code_postal(insee, code_postal, nom, "code INSEE")
        for groupe in groupes:
            commune = _seule(groupe, point)
            if commune is not None and (commune.est_pres(point) if point else not locales):
                return _avec_code_postal(commune, code_postal, nom, "nom")
        if code_postal is not None and (commune := _seule(locales)):
            return Trouvee(commune, code_postal, "code postal")
        return None


def _avec_code_postal(commune: Commune, code_postal: str | None, nom: str, moyen: str) -> Trouvee:
    """Le code postal donné s'il peut être celui de la commune (cedex compris), sinon le premier des siens."""
    if code_postal is not None:
        grande = (
            len(commune.codes_postaux) > 1
            and _departement_postal(code_postal) in commune.departements_postaux()
        )
        if grande or code_postal in commune.codes_postaux or a_un_cedex(nom):
            return Trouvee(commune, code_postal, moyen)
    return Trouvee(commune, next(iter(commune.codes_postaux), code_postal or ""), moyen)


def _commune(ligne: dict[str, str]) -> Commune:
    return Commune(
        ligne["code"],
        ligne["nom"],
        ligne["departement"],
        tuple(filter(None, ligne["codes_postaux"].split("|"))),
        float(ligne["latitude"]) if ligne["latitude"] else None,
        float(ligne["longitude"]) if ligne["longitude"] else None,
    )


def _seule(communes: Sequence[Commune], point: Point | None = None) -> Commune | None:
    """La seule commune de la liste ; parmi plusieurs, la plus proche du point s'il est près d'elle."""
    uniques = list({c.code: c for c in communes}.values())
    if len(uniques) == 1:
        return uniques[0]
    proches = [c for c in uniques if point is not None and c.est_pres(point)]
    return min(proches, key=lambda c: c.distance_km(*point) or 0.0) if point and proches else None


def _departement_postal(code_postal: str) -> str:
    return code_postal[:3] if code_postal.startswith(("97", "98")) else code_postal[:2]


def _note(comparer: difflib.SequenceMatcher[str], nom: str) -> float:
    comparer.set_seq2(nom)
    return comparer.ratio()


def _ressemblante(nom: str, communes: Sequence[Commune], point: Point | None) -> Commune | None:
    """La commune dont le nom contient celui-ci (« Louhans »), l'inverse, ou qui en est à une faute près."""
    recherche = cle_commune(nom)
    if not recherche:
        return None
    longues = [c for c in communes if f"{recherche} ".startswith(f"{cle(c.nom)} ")]
    if longues:
        return max(longues, key=lambda c: len(c.nom))
    mots = recherche.split()
    plus_longs = [c for c in communes if set(mots) <= set(cle(c.nom).split())]
    memes_debuts = [c for c in plus_longs if cle(c.nom).split()[0] == mots[0]]
    if seule := _seule(memes_debuts, point) or _seule(plus_longs, point):
        return seule
    comparer = difflib.SequenceMatcher(a=recherche)
    notes = [(_note(comparer, cle_commune(c.nom)), c) for c in communes]
    bonnes = sorted((n for n in notes if n[0] >= _RESSEMBLANCE), key=lambda n: n[0], reverse=True)
    if not bonnes or (len(bonnes) > 1 and bonnes[0][0] - bonnes[1][0] < 0.02):
        return None
    return bonnes[0][1]


def charger(dossier: Path) -> Referentiel:
    """Le référentiel de `data/territoires` (communes.csv.gz). Raises OSError."""
    with gzip.open(dossier / "communes.csv.gz", "rt", encoding="utf-8", newline="") as fichier:
        return Referentiel(csv.DictReader(fichier))


def noms_departements(dossier: Path) -> dict[str, str]:
    """Code -> nom des départements et collectivités. Raises OSError."""
    lus: list[dict[str, str]] = json.loads((dossier / "departements.json").read_text(encoding="utf-8"))
    return {ligne["code"]: ligne["nom"] for ligne in lus}
