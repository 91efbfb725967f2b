"""Les communes du code officiel géographique : code, nom, codes postaux, anciennes, arrondissements.

Seules les lignes du tableau sont gardées en mémoire ; une commune est lue quand on la demande, les index par
nom et par code postal sont faits à leur premier usage.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, hypot, radians

from referentiels.cles import cle
from referentiels.ecritures import cle_commune
from referentiels.tableaux import lignes

type Point = tuple[float, float]
"""Latitude, longitude, degrés WGS84."""

RAYON_KM = 50.0
"""Aucune commune de métropole ne s'étend aussi loin de son centre."""

_NUMEROTE = re.compile(r"(paris|lyon|marseille) (\d{1,2}) ?(?:er|e|eme|ieme|nd|nde)?(?: arr\w*)?", re.ASCII)

_ARTICLES = re.compile(r"^(?:le|la|les|l|aux|au) ")

_DEVENUES_COLLECTIVITES = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy et Saint-Martin, communes de la Guadeloupe jusqu'en 2007."""


@dataclass(frozen=True, slots=True)
class Commune:
    """Une commune actuelle, ou un arrondissement de Paris, Lyon ou Marseille.

    ville : le code de la commune elle-même, ou de celle dont l'arrondissement fait partie.
    departement, region, epci : codes ; epci vide si elle n'en a pas.   codes_postaux : du plus petit au plus
    grand le plus souvent, vide aux Terres australes.   population : habitants, 0 si elle est inconnue.
    latitude, longitude : centre, degrés WGS84, parfois absents.
    """

    code: str
    nom: str
    ville: str
    departement: str
    region: str
    epci: str
    codes_postaux: tuple[str, ...]
    population: int
    latitude: float | None
    longitude: float | None

    def libelle(self, code_postal: str | None = None) -> str:
        """Ce que lit une personne : « Brest · 29200 » ; le code postal donné s'il est l'un des siens."""
        postal = code_postal if code_postal in self.codes_postaux else next(iter(self.codes_postaux), None)
        return f"{self.nom} · {postal}" if postal else self.nom

    def distance_km(self, latitude: float, longitude: float) -> float | None:
        """Distance au centre, en kilomètres (approximation plane) ; None sans centre connu."""
        if self.latitude is None or self.longitude is None:
            return None
        est = (longitude - self.longitude) * cos(radians(self.latitude))
        return 111.2 * hypot(latitude - self.latitude, est)


def par_code(code: str) -> Commune | None:
    """La commune ou l'arrondissement de ce code INSEE ; un ancien code mène à la commune actuelle.

    Casse et blancs sans importance (« 2a004 ») ; None pour un code inconnu.
    """
    code = code.strip().upper()
    if code in _arrondissements():
        return _arrondissements()[code]
    return _commune(code if code in _actuelles() else _anciens_codes().get(code, ""))


def ville_de(code: str) -> Commune | None:
    """La commune de ce code, actuelle ou ancienne ; pour un arrondissement, sa ville."""
    trouvee = par_code(code)
    return trouvee if trouvee is None or trouvee.code == trouvee.ville else _commune(trouvee.ville)


def arrondissements(ville: str) -> tuple[Commune, ...]:
    """Les arrondissements d'une ville d'après son code, dans l'ordre ; vide pour les autres communes."""
    return tuple(a for a in _arrondissements().values() if a.ville == ville)


def avec_arrondissements(code: str) -> tuple[str, ...]:
    """Le code actuel de cette commune, puis ceux de ses arrondissements ; vide pour un code inconnu."""
    commune = par_code(code)
    return (commune.code, *(a.code for a in arrondissements(commune.code))) if commune else ()


def toutes() -> list[Commune]:
    """Les communes actuelles, par code."""
    return [_lire(ligne) for ligne in _actuelles().values()]


def arrondissement(nom: str) -> Commune | None:
    """L'arrondissement qu'un nom désigne : « Paris 11e », « lyon 3 », « Marseille 1er arrondissement »."""
    trouve = _NUMEROTE.fullmatch(cle(nom))
    return _numerotes().get((trouve[1], int(trouve[2]))) if trouve else None


def rayon_km(commune: Commune) -> float:
    """Jusqu'où s'étend une commune autour de son centre, au plus large, en kilomètres.

    Faute de surface dans les données : 50 km, ou la distance à sa troisième voisine du même département
    quand elle est plus grande (Maripasoula, Camopi).
    """
    if commune.latitude is None or commune.longitude is None:
        return RAYON_KM
    voisines = sorted(
        d
        for autre in _du_departement(commune.departement)
        if autre.code != commune.ville and (d := autre.distance_km(commune.latitude, commune.longitude))
    )
    return max(RAYON_KM, voisines[2]) if len(voisines) > 2 else RAYON_KM


def par_code_postal(code_postal: str) -> list[Commune]:
    """Les communes actuelles servies par ce code postal."""
    return _communes(_par_code_postal().get(code_postal, ()))


def par_nom(nom: str) -> list[Commune]:
    """Les communes de ce nom, sinon à l'article près, sinon celles qui ont absorbé une commune de ce nom."""
    return next((groupe for groupe in homonymes(nom) if groupe), [])


def homonymes(nom: str) -> tuple[list[Commune], ...]:
    """Les communes qui peuvent porter ce nom, par groupes du plus sûr au moins sûr."""
    recherche = cle_commune(nom)
    if not recherche:
        return ()
    noms = _noms()
    codes = (
        noms.exacts.get(recherche, ()),
        noms.sans_article.get(_ARTICLES.sub("", recherche), ()),
        noms.anciens.get(recherche, ()),
    )
    return tuple(map(_communes, codes))


def chercher(texte: str, limite: int = 10) -> list[Commune]:
    """Communes et arrondissements d'après le début d'un nom ou d'un de ses mots, ou d'un code postal.

    D'abord le nom exact, puis ceux qui commencent ainsi, puis ceux dont un mot commence ainsi ; à égalité,
    les plus peuplés.   limite : nombre de réponses, de 1 à 100.
    """
    limite = max(1, min(limite, 100))
    if re.fullmatch(r"[0-9]{2,5}", texte.strip(), re.ASCII):
        return _par_debut_de_code_postal(texte.strip(), limite)
    formes = list(filter(None, dict.fromkeys((cle(texte), cle_commune(texte)))))
    notees: list[tuple[int, int, str]] = []
    for nom, population, code in _noms().a_chercher:
        rang = _rang(nom, formes)
        if rang is not None:
            notees.append((rang, -population, code))
    return [c for _, _, code in sorted(notees)[:limite] if (c := par_code(code))]


def _rang(nom: str, formes: list[str]) -> int | None:
    """0 pour le nom exact ; « Lyon 3e » préfère l'arrondissement à Lyon, sa forme nettoyée."""
    for ecart, forme in enumerate(formes):
        if nom == forme:
            return 3 * ecart
        if nom.startswith(forme):
            return 3 * ecart + 1
        if f" {forme}" in nom:
            return 3 * ecart + 2
    return None


def _par_debut_de_code_postal(debut: str, limite: int) -> list[Commune]:
    codes = {c for postal, groupe in _par_code_postal().items() if postal.startswith(debut) for c in groupe}
    trouvees = [*_communes(tuple(codes))]
    trouvees += [a for a in _arrondissements().values() if any(p.startswith(debut) for p in a.codes_postaux)]
    # Un code postal entier désigne l'arrondissement avant sa ville.
    entier = len(debut) == 5
    return sorted(trouvees, key=lambda c: (entier and c.code == c.ville, -c.population, c.code))[:limite]


# --- Les tableaux, lus une fois ---
@cache
def _actuelles() -> dict[str, str]:
    return {ligne[:5]: ligne for ligne in lignes("communes")}


@cache
def _parties() -> list[list[str]]:
    """Les champs de parties.tsv.gz : code, nom, genre, ville, codes postaux, population."""
    return [ligne.split("\t") for ligne in lignes("parties")]


@cache
def _arrondissements() -> dict[str, Commune]:
    trouves: dict[str, Commune] = {}
    for code, nom, genre, code_ville, postaux, population in _parties():
        if genre == "arrondissement" and (ville := _commune(code_ville)):
            trouves[code] = Commune(
                code, nom, ville.code, ville.departement, ville.region, ville.epci, tuple(postaux.split()),
                int(population or 0), None, None,
            )  # fmt: skip
    return trouves


@cache
def _numerotes() -> dict[tuple[str, int], Commune]:
    """(« paris », 11) -> son arrondissement."""
    numerotes: dict[tuple[str, int], Commune] = {}
    for commune in _arrondissements().values():
        ville, numero, _ = commune.nom.split()
        numerotes[cle(ville), int(re.sub(r"\D", "", numero))] = commune
    return numerotes


@cache
def _du_departement(departement: str) -> list[Commune]:
    lues = (ligne for ligne in _actuelles().values() if ligne.split("\t", 3)[2] == departement)
    return [_lire(ligne) for ligne in lues]


@cache
def _anciens_codes() -> dict[str, str]:
    """Code disparu, délégué ou associé -> code de la commune actuelle."""
    anciens = {code: ville for code, _, _, ville, _, _ in _parties()}
    for actuelle, ligne in _actuelles().items():
        for ancien in ligne.rpartition("\t")[2].split():
            anciens.setdefault(ancien, actuelle)
    return anciens | _DEVENUES_COLLECTIVITES


@cache
def _par_code_postal() -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for code, ligne in _actuelles().items():
        for postal in ligne.split("\t")[5].split():
            index[postal] = (*index.get(postal, ()), code)
    return index


@dataclass(frozen=True, slots=True)
class _Noms:
    """Clé d'un nom -> codes des communes actuelles ; et (clé, population, code) de tout ce qui se cherche."""

    exacts: dict[str, tuple[str, ...]]
    sans_article: dict[str, tuple[str, ...]]
    anciens: dict[str, tuple[str, ...]]
    a_chercher: list[tuple[str, int, str]]


@cache
def _noms() -> _Noms:
    noms = _Noms({}, {}, {}, [])
    for code, ligne in _actuelles().items():
        champs = ligne.split("\t", 7)
        noms.a_chercher.append((cle(champs[1]), int(champs[6] or 0), code))
        nom = cle(champs[1].partition(" (")[0])  # « Castillon (Canton de Lembeye) »
        _ajouter(noms.exacts, nom, code)
        _ajouter(noms.sans_article, _ARTICLES.sub("", nom), code)
    for _, nom, genre, ville, _, _ in _parties():
        if genre != "arrondissement":
            _ajouter(noms.anciens, cle(nom), ville)
    noms.a_chercher.extend((cle(a.nom), a.population, a.code) for a in _arrondissements().values())
    return noms


def _ajouter(index: dict[str, tuple[str, ...]], nom: str, code: str) -> None:
    index[nom] = (*index.get(nom, ()), code)


def _communes(codes: tuple[str, ...]) -> list[Commune]:
    return [c for code in codes if (c := _commune(code))]


@lru_cache(maxsize=4096)
def _commune(code: str) -> Commune | None:
    ligne = _actuelles().get(code)
    return _lire(ligne) if ligne is not None else None


def _lire(ligne: str) -> Commune:
    code, nom, departement, region, epci, postaux, population, latitude, longitude, _ = ligne.split("\t")
    return Commune(
        code, nom, code, departement, region, epci, tuple(postaux.split()), int(population or 0),
        float(latitude) if latitude else None, float(longitude) if longitude else None,
    )  # fmt: skip
