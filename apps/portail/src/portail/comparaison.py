"""Deux fiches d'une même personne, côte à côte : ce que dit chacune, et ce que l'on peut choisir."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portail.affichage import en_texte, telephone
from portail.formulaires import Saisie

QUESTIONS = {
    "prenom": "Prénom",
    "nom": "Nom",
    "telephone": "Téléphone",
    "courriel": "Courriel",
    "residence": "Adresse et commune",
    "annee_naissance": "Année de naissance",
    "genre": "Genre",
    "statut_social": "Situation",
    "notes": "Notes",
}
"""Toutes celles d'une fiche, dans l'ordre de la page : le nom du contrôle, et ce qu'on lit."""
_DE_CHAQUE_CHAMP = {"pas_de_telephone": "telephone", "commune": "residence", "adresse": "residence"}
"""Ceux de l'API dont la question a un autre nom."""
_CHAMPS = {*QUESTIONS, *_DE_CHAQUE_CHAMP} - {"residence"}
_GARDER, _PRENDRE = "garder", "prendre"
"""What a control says first, whatever the files have become since; then the field asked of the API."""
_GESTES = {_GARDER: "laisser", _PRENDRE: "prendre"}
"""Asked how."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une question, et ce qu'en dit chaque fiche, en mots ; vide = rien.

    prendre : le champ de l'API où la fiche en double l'emporterait, même vide ; sans ce choix, l'autre garde.
    laisser : celui que la fiche qui reste ne prendrait pas ; sans ce choix, la double la complète.
    L'un ou l'autre, ou aucun quand elles disent la même chose.
    """

    nom: str
    question: str
    reste: str
    double: str
    prendre: str = ""
    laisser: str = ""

    @property
    def garder(self) -> str:
        """Ce que vaut le contrôle de la fiche qui reste."""
        return f"{_GARDER}.{self.laisser}"

    @property
    def double_prise(self) -> str:
        """Ce que vaut celui de la double."""
        return f"{_PRENDRE}.{self.prendre}"

    def est_prise(self, saisie: Saisie) -> bool:
        """Si la double l'emporte : ce que l'on a choisi, quoi qu'elles disent ; sinon, si elle complète."""
        geste = saisie.un(self.nom).partition(".")[0]
        return geste == _PRENDRE if geste in _GESTES else bool(self.laisser)


def comparees(
    reste: Mapping[str, Any], double: Mapping[str, Any], noms: Mapping[str, Mapping[str, str]]
) -> list[Ligne]:
    """reste, double : deux fiches, comme l'API les donne.   noms : celui de chaque code, par champ."""
    return [_ligne(nom, reste, double, noms) for nom in QUESTIONS]


def choisis(saisie: Saisie) -> dict[str, list[str]]:
    """prendre, laisser : les champs de l'API, dans l'ordre de la page."""
    choix: dict[str, list[str]] = {"prendre": [], "laisser": []}
    for nom in QUESTIONS:
        geste, _, champ = saisie.un(nom).partition(".")
        if geste in _GESTES and champ in _CHAMPS and question(champ) == nom:
            choix[_GESTES[geste]].append(champ)
    return choix


def question(champ: str) -> str:
    """Le contrôle qui fait prendre ce champ."""
    return _DE_CHAQUE_CHAMP.get(champ, champ)


def _ligne(
    nom: str,
    reste: Mapping[str, Any],
    double: Mapping[str, Any],
    noms: Mapping[str, Mapping[str, str]],
) -> Ligne:
    ici, la_bas = (_dite(nom, fiche, noms) for fiche in (reste, double))
    if ici == la_bas:
        return Ligne(nom, QUESTIONS[nom], ici, la_bas)
    champ = _champ(nom, reste, double)
    # The API completes what is empty, and lets a number win over its absence.
    complete = not ici or (champ != "pas_de_telephone" and not reste[champ])
    return Ligne(nom, QUESTIONS[nom], ici, la_bas, **{"laisser" if complete else "prendre": champ})


def _champ(nom: str, reste: Mapping[str, Any], double: Mapping[str, Any]) -> str:
    """Celui de l'API dont dépend la question."""
    match nom:
        case "telephone" if double["telephone"] or (reste["telephone"] and not double["pas_de_telephone"]):
            return "telephone"
        case "telephone":
            return "pas_de_telephone"
        case "residence" if reste["commune"] != double["commune"]:
            return "commune"
        case "residence":
            return "adresse"
        case _:
            return nom


def _dite(nom: str, fiche: Mapping[str, Any], noms: Mapping[str, Mapping[str, str]]) -> str:
    match nom:
        case "telephone" if fiche["telephone"]:
            return telephone(fiche["telephone"])
        case "telephone":
            return "N’a pas de téléphone" if fiche["pas_de_telephone"] else ""
        case "residence":
            commune = fiche["commune"]
            ville = f"{commune['code_postal']} {commune['nom']}" if commune else ""
            return ", ".join(filter(None, (fiche["adresse"], ville)))
        case "notes":
            return en_texte(fiche["notes"] or "")
        case _:
            valeur = "" if fiche[nom] is None else str(fiche[nom])
            return noms.get(nom, {}).get(valeur, valeur)
