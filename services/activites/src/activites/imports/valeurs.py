"""Ce que veut dire une cellule : une date, une durée, un mot d'une nomenclature, comme on les écrit."""

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from html import escape

from referentiels.cles import cle

from activites.domain.vocabulaire import (
    Autonomie,
    Genre,
    Materiel,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)

_FRANCAISE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:\s.*)?", re.ASCII | re.DOTALL)
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T\s].*)?", re.ASCII | re.DOTALL)
_MINUTES = re.compile(r"([0-9]{1,6})(?:[.,]0+)?\s*(?:min|mn|minutes?|m)?", re.ASCII | re.IGNORECASE)
_HEURES = re.compile(
    r"([0-9]{1,3})\s*(?:h|heures?|:)\s*([0-9]{0,2})\s*(?:min|mn|m)?(?::[0-9]{2})?", re.ASCII | re.IGNORECASE
)
_SEPARATEURS = re.compile(r"[;|\n\r]+")
_COMPTE = re.compile(r"(.+?)\s*[:=]\s*([0-9]{1,9})", re.ASCII | re.DOTALL)
_NIVEAU = re.compile(r"([1-3])\s*(?:/\s*3)?", re.ASCII)
_RESSEMBLE = 0.75
_MOT_MAX = 200
"""Characters of a date, a number or a choice: a longer one is none, and costs nothing."""
_CHOIX_MAX, INCOMPRIS_MAX = 50, 5
_NON_DIT = ("nc", "non renseigne", "non precise", "inconnu", "ne sait pas")

_SYNONYMES: Mapping[type[Nomenclature], Mapping[Nomenclature, Sequence[str]]] = {
    TypeActivite: {
        TypeActivite.INDIVIDUEL: ("accompagnements individuels", "ponctuel"),
        TypeActivite.COLLECTIF: ("atelier", "ateliers", "ateliers collectifs"),
    },
    TypeLieu: {
        TypeLieu.LIEU_ACTIVITE: ("lieu", "sur place", "rattachement", "permanence"),
        TypeLieu.AUTRE: ("autres lieux", "ailleurs"),
        TypeLieu.DOMICILE: ("chez la personne",),
        TypeLieu.A_DISTANCE: ("distance", "telephone", "visio", "visioconference"),
    },
    Materiel: {
        Materiel.ORDINATEUR: ("pc", "ordinateur portable"),
        Materiel.TELEPHONE: ("smartphone", "mobile"),
    },
    Genre: {
        Genre.MASCULIN: ("homme", "hommes", "h", "m"),
        Genre.FEMININ: ("femme", "femmes", "f"),
        Genre.NON_COMMUNIQUE: _NON_DIT,
    },
    TrancheAge: {
        TrancheAge.SOIXANTE_DIX_PLUS: ("70", "plus de 70 ans", "70 ans"),
        TrancheAge.DOUZE_DIX_HUIT: ("12 18",),
        TrancheAge.NON_COMMUNIQUE: _NON_DIT,
    },
    StatutSocial: {
        StatutSocial.SANS_EMPLOI: ("demandeur d emploi", "chomage", "chomeur"),
        StatutSocial.SCOLARISE: ("etudiant", "eleve"),
        StatutSocial.NON_COMMUNIQUE: ("non communique", "heterogene", *_NON_DIT),
    },
    StructureDeRedirection: {
        StructureDeRedirection.ADMINISTRATION: ("mairie", "prefecture"),
        StructureDeRedirection.AIDE_AUX_DEMARCHES_ADMINISTRATIVES: ("france services",),
        StructureDeRedirection.INSERTION_PROFESSIONNELLE: ("france travail", "pole emploi", "mission locale"),
    },
}
"""Ce que l'on écrit aussi, sous sa clé de recherche."""


class Incomprise(ValueError):
    """Une cellule qui ne veut rien dire ici ; le message le dit à la personne."""


def date(texte: str) -> dt.date:
    """31/12/2025, 2025-12-31, avec ou sans heure. Raises Incomprise."""
    propre = _court(texte)
    if trouvee := _ISO.fullmatch(propre):
        annee, mois, jour = trouvee.groups()
    elif trouvee := _FRANCAISE.fullmatch(propre):
        jour, mois, annee = trouvee.groups()
    else:
        raise Incomprise("Veuillez renseigner une date valide, comme 31/12/2025")
    try:
        return dt.date(int(annee), int(mois), int(jour))
    except ValueError:
        raise Incomprise("Veuillez renseigner une date valide, comme 31/12/2025") from None


def minutes(texte: str) -> int:
    """90, « 90 min », « 1h30 », 1:30. Raises Incomprise."""
    propre = _court(texte)
    if trouvees := _MINUTES.fullmatch(propre):
        return int(trouvees[1])
    if trouvees := _HEURES.fullmatch(propre):
        return int(trouvees[1]) * 60 + int(trouvees[2] or 0)
    raise Incomprise("Veuillez renseigner une durée, comme 90 ou 1h30")


def nombre(texte: str) -> int:
    """Raises Incomprise."""
    propre = _court(texte).replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,9}", propre, re.ASCII):
        raise Incomprise("Veuillez renseigner un nombre entier")
    return int(propre)


def oui_non(texte: str) -> bool:
    """Raises Incomprise."""
    match cle(_court(texte)):
        case "oui" | "o" | "yes" | "vrai" | "true" | "1" | "x":
            return True
        case "non" | "n" | "no" | "faux" | "false" | "0":
            return False
        case _:
            raise Incomprise("Oui ou non est attendu")


def mot[N: Nomenclature](nomenclature: type[N], texte: str) -> N:
    """Un code, ou ce qui s'en lit, à l'accent et à la casse près. Raises Incomprise."""
    connus = _connus(nomenclature)
    cherche = cle(_court(texte))
    trouve = connus.get(cherche) or connus.get(cherche.removesuffix(" ans"))
    if trouve is not None:
        return nomenclature(trouve.value)
    proche = _proche(nomenclature, cherche)
    conseil = f" : est-ce « {connus[proche].libelle} » ?" if proche is not None else ""
    raise Incomprise(f"Ce choix n’existe pas{conseil}")


def mots[N: Nomenclature](nomenclature: type[N], texte: str) -> tuple[tuple[N, ...], list[tuple[str, str]]]:
    """Plusieurs, séparés par une ligne, un point-virgule, une barre ou une virgule ; et les incompris."""
    trouves: list[N] = []
    incompris: list[tuple[str, str]] = []
    elements = _elements(nomenclature, texte)
    if len(elements) > _CHOIX_MAX:
        return (), [(elements[0], f"Plus de {_CHOIX_MAX} choix dans une cellule")]
    for element in elements:
        try:
            trouves.append(mot(nomenclature, element))
        except Incomprise as faute:
            incompris.append((element, str(faute)))
    return tuple(trouves), incompris[:INCOMPRIS_MAX]


def comptes[N: Nomenclature](nomenclature: type[N], texte: str) -> tuple[dict[N, int], list[tuple[str, str]]]:
    """« Féminin : 7 ; Masculin : 5 », et ce qui n'est pas compris."""
    trouves: dict[N, int] = {}
    incompris: list[tuple[str, str]] = []
    elements = _separes(_SEPARATEURS, texte)
    if len(elements) > _CHOIX_MAX:
        return {}, [(elements[0], f"Plus de {_CHOIX_MAX} choix dans une cellule")]
    for element in elements:
        try:
            compte = _COMPTE.fullmatch(_court(element))
            if compte is None:
                raise Incomprise("Pour un atelier, combien de chacun : « Féminin : 7 ; Masculin : 5 »")
            code = mot(nomenclature, compte[1])
            trouves[code] = trouves.get(code, 0) + int(compte[2])
        except Incomprise as faute:
            incompris.append((element, str(faute)))
    return trouves, incompris[:INCOMPRIS_MAX]


def niveau[N: (Autonomie, NiveauAtelier)](echelle: type[N], texte: str) -> N:
    """Un mot de l'échelle, ou son rang : 2/3. Raises Incomprise."""
    rang = _NIVEAU.fullmatch(_court(texte))
    return list(echelle)[int(rang[1]) - 1] if rang else mot(echelle, texte)


def en_html(texte: str) -> str | None:
    """Un texte de cellule tel que les notes le gardent : un paragraphe par ligne."""
    lignes = [ligne.strip() for ligne in texte.splitlines() if ligne.strip()]
    return "".join(f"<p>{escape(ligne, quote=False)}</p>" for ligne in lignes) or None


def _elements(nomenclature: type[Nomenclature], texte: str) -> list[str]:
    """Une virgule sépare aussi, sauf dans un libellé qui en contient."""
    elements = _separes(_SEPARATEURS, texte)
    return [
        partie
        for element in elements
        for partie in (
            [element] if cle(element) in _connus(nomenclature) else _separes(re.compile(","), element)
        )
    ]


def _court(texte: str) -> str:
    """Each run of blanks is one space: what follows tries several ways to split them. Raises Incomprise."""
    if len(texte) > _MOT_MAX:
        raise Incomprise("C’est trop long pour cette colonne")
    return " ".join(texte.split())


@lru_cache(maxsize=4096)
def _proche(nomenclature: type[Nomenclature], cherche: str) -> str | None:
    """What was perhaps meant. A file repeats its mistakes."""
    return next(iter(difflib.get_close_matches(cherche, _connus(nomenclature), 1, _RESSEMBLE)), None)


def _separes(separateur: re.Pattern[str], texte: str) -> list[str]:
    return [element.strip() for element in separateur.split(texte) if element.strip()]


@cache
def _connus(nomenclature: type[Nomenclature]) -> dict[str, Nomenclature]:
    connus: dict[str, Nomenclature] = {}
    for membre in nomenclature:
        code = cle(membre.value)
        autres = _SYNONYMES.get(nomenclature, {}).get(membre, ())
        # « DiagnosticNumerique », the name of the old API, is one word.
        noms = (cle(membre.libelle), cle(membre.libelle).removesuffix(" ans"), code, code.replace(" ", ""))
        connus |= dict.fromkeys((*noms, *map(cle, autres)), membre)
    return connus
