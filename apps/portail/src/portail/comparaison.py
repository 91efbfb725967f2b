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
_PRENABLES = {*QUESTIONS, *_DE_CHAQUE_CHAMP} - {"residence"}


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une question, et ce qu'en dit chaque fiche, en mots ; vide = rien.

    prendre : le champ de l'API où la fiche en double l'emporterait ; vide quand rien ne se choisit.
    repris : sans choix, ce que dit la double est gardé.
    """

    nom: str
    question: str
    reste: str
    double: str
    prendre: str = ""
    repris: bool = False

    @property
    def differe(self) -> bool:
        return self.reste != self.double


def comparees(
    reste: Mapping[str, Any], double: Mapping[str, Any], noms: Mapping[str, Mapping[str, str]]
) -> list[Ligne]:
    """reste, double : deux fiches, comme l'API les donne.   noms : celui de chaque code, par champ."""
    return [_ligne(nom, reste, double, noms) for nom in QUESTIONS]


def choisis(saisie: Saisie) -> list[str]:
    """Les champs de l'API que l'on prend de la fiche en double, dans l'ordre de la page."""
    return [champ for nom in QUESTIONS if (champ := saisie.un(nom)) in _PRENABLES and question(champ) == nom]


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
    if ici == la_bas or not la_bas:
        return Ligne(nom, QUESTIONS[nom], ici, la_bas)
    prendre = _a_prendre(nom, reste, double) if ici else ""
    # Two files that complete each other: the API keeps the number, and the street.
    complete = nom != "residence" or not reste["adresse"]
    return Ligne(nom, QUESTIONS[nom], ici, la_bas, prendre, not prendre and complete)


def _a_prendre(nom: str, reste: Mapping[str, Any], double: Mapping[str, Any]) -> str:
    match nom:
        case "telephone" if not double["telephone"]:
            return "pas_de_telephone"
        case "telephone":
            return "telephone" if reste["telephone"] else ""
        case "residence" if reste["commune"] != double["commune"]:
            return "commune"
        case "residence":
            return "adresse" if reste["adresse"] and double["adresse"] else ""
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
