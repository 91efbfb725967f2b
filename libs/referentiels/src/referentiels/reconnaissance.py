"""Reconnaître une commune d'après ce qu'une source en dit : du plus sûr au moins sûr, sans deviner."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from referentiels import communes
from referentiels.cles import cle
from referentiels.communes import Commune, Point
from referentiels.ecritures import a_un_cedex, cle_commune
from referentiels.territoires import code_de_departement

_RESSEMBLANCE = 0.84
"""Seuil de ressemblance (difflib, 0 à 1) : une faute de frappe passe, un autre nom non."""

_PRES_KM = 30.0


@dataclass(frozen=True, slots=True)
class Trouvee:
    """La commune reconnue, le code postal à retenir, et comment elle a été reconnue."""

    commune: Commune
    code_postal: str
    moyen: str


def reconnaitre(
    nom: str, code_postal: str | None, code_insee: str | None, point: Point | None = None
) -> Trouvee | None:
    """La commune que désignent ces indices ; None si rien n'est sûr.

    point : (latitude, longitude) du lieu ; il départage des homonymes, et rien de plus.
    """
    groupes = communes.homonymes(nom)
    insee = communes.ville_de(code_insee) if code_insee else None
    locales = communes.par_code_postal(code_postal) if code_postal else []
    if code_postal is not None:
        for groupe in groupes:
            if commune := _seule([c for c in groupe if code_postal in c.codes_postaux], point):
                return Trouvee(commune, code_postal, "nom et code postal")
        if insee is not None and (insee in locales or any(insee in groupe for groupe in groupes)):
            return _avec_code_postal(insee, code_postal, nom, "code INSEE")
        ici = code_de_departement(code_postal)
        for groupe in groupes:
            if commune := _seule([c for c in groupe if ici in _departements_postaux(c)], point):
                return _avec_code_postal(commune, code_postal, nom, "nom et département")
        if commune := _ressemblante(nom, locales, point):
            return Trouvee(commune, code_postal, "code postal et nom approchant")
    if insee is not None and (not nom or not any(groupes)):
        return _avec_code_postal(insee, code_postal, nom, "code INSEE")
    for groupe in groupes:
        commune = _seule(groupe, point)
        if commune is not None and (_est_pres(commune, point) if point else not locales):
            return _avec_code_postal(commune, code_postal, nom, "nom")
    if code_postal is not None and (commune := _seule(locales)):
        return Trouvee(commune, code_postal, "code postal")
    return None


def _departements_postaux(commune: Commune) -> frozenset[str]:
    """Les débuts de ses codes postaux, qui ne suivent pas toujours le département."""
    return frozenset(map(code_de_departement, commune.codes_postaux))


def _est_pres(commune: Commune, point: Point) -> bool:
    """Vrai si le point est à moins de 30 km du centre, quand il est connu."""
    distance = commune.distance_km(*point)
    return distance is not None and distance < _PRES_KM


def _avec_code_postal(commune: Commune, code_postal: str | None, nom: str, moyen: str) -> Trouvee:
    """Le code postal donné s'il peut être celui de la commune (cedex compris), sinon le premier des siens."""
    if code_postal is not None:
        grande = len(commune.codes_postaux) > 1 and (
            code_de_departement(code_postal) in _departements_postaux(commune)
        )
        if grande or code_postal in commune.codes_postaux or a_un_cedex(nom):
            return Trouvee(commune, code_postal, moyen)
    return Trouvee(commune, next(iter(commune.codes_postaux), code_postal or ""), moyen)


def _seule(trouvees: Sequence[Commune], point: Point | None = None) -> Commune | None:
    """La seule commune de la liste ; parmi plusieurs, la plus proche du point s'il est près d'elle."""
    uniques = list({c.code: c for c in trouvees}.values())
    if len(uniques) == 1:
        return uniques[0]
    proches = [c for c in uniques if point is not None and _est_pres(c, point)]
    return min(proches, key=lambda c: c.distance_km(*point) or 0.0) if point and proches else None


def _ressemblante(nom: str, locales: Sequence[Commune], point: Point | None) -> Commune | None:
    """La commune dont le nom contient celui-ci (« Louhans »), l'inverse, ou qui en est à une faute près."""
    recherche = cle_commune(nom)
    if not recherche:
        return None
    longues = [c for c in locales if f"{recherche} ".startswith(f"{cle(c.nom)} ")]
    if longues:
        return max(longues, key=lambda c: len(c.nom))
    mots = recherche.split()
    plus_longs = [c for c in locales if set(mots) <= set(cle(c.nom).split())]
    memes_debuts = [c for c in plus_longs if cle(c.nom).split()[0] == mots[0]]
    if seule := _seule(memes_debuts, point) or _seule(plus_longs, point):
        return seule
    comparer = difflib.SequenceMatcher(a=recherche)
    notes = [(_note(comparer, cle(c.nom)), c) for c in locales]
    bonnes = sorted((n for n in notes if n[0] >= _RESSEMBLANCE), key=lambda n: n[0], reverse=True)
    if not bonnes or (len(bonnes) > 1 and bonnes[0][0] - bonnes[1][0] < 0.02):
        return None
    return bonnes[0][1]


def _note(comparer: difflib.SequenceMatcher[str], nom: str) -> float:
    comparer.set_seq2(nom)
    return comparer.ratio()
