"""Deux versions côte à côte, d'un compte rendu ou d'une fiche : ce qui allait l'être, ce qui l'est."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portail.affichage import duree, en_texte, jour_ecrit, telephone_ecrit
from portail.formulaires import Saisie, en_champs
from portail.nomenclatures import Lues, libelles
from portail.saisie_cra import REPARTITIONS

OUVERT = "ouvert/"
"""Before the name of a control: what it said when its form was opened."""
_VIDES = ("", "non", "0")
"""What a form leaves out, and the API writes."""
_QUESTIONS = {
    "titre_atelier": "Titre de l’atelier",
    "niveau": "Niveau",
    "thematiques": "Sujets",
    "precisions_demarche": "Précisions sur la démarche",
    "duree_minutes": "Durée",
    "type_lieu": "Où",
    "commune/nom": "Commune",
    "date": "Jour",
    "beneficiaire/deja_accompagne": "Déjà accompagné·e",
    "beneficiaire/tranche_age": "Âge",
    "beneficiaire/genre": "Genre",
    "beneficiaire/statut_social": "Situation",
    "beneficiaire/commune_residence/nom": "Commune de résidence",
    "autonomie": "Autonomie",
    "oriente_vers_structure": "Orientée vers une autre structure",
    "structure_de_redirection": "Structure de redirection",
    "participants/total": "Participants",
    "participants/deja_accompagnes": "dont déjà accompagnés",
    "tags": "Étiquettes",
    "materiels": "Matériel",
    "notes": "Notes",
}
"""By pointer, in the order of the form. What is not one of them, nor of a repartition, is not compared."""
_REPARTITIONS = {
    f"participants/{champ}/": nom
    for champ, nom in (("genres", "Genre"), ("tranches_age", "Âge"), ("statuts", "Situation"))
}


@dataclass(frozen=True, slots=True)
class Ecart:
    """Une question dont les deux réponses diffèrent, en mots ; vide = sans réponse."""

    question: str
    ici: str
    enregistre: str


@dataclass(frozen=True, slots=True)
class Ailleurs:
    """Une autre correction, faite pendant que l'on remplissait celle-ci. le : instant, si on le sait.

    reprise : ce que l'on n'avait pas touché est devenu, dans le formulaire, ce qu'elle en dit.
    """

    ecarts: Sequence[Ecart]
    le: str | None = None
    reprise: bool = False


def ouverts(champs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Les contrôles qui disent, à l'envoi, ce que le formulaire disait à son ouverture."""
    return [(f"{OUVERT}{nom}", valeur) for nom, valeur in champs]


def reprise(
    saisie: Saisie, enregistres: Iterable[tuple[str, str]], ensemble: Iterable[Sequence[str]]
) -> tuple[Saisie, set[str]]:
    """La saisie, où ce qui n'a pas été touché depuis l'ouverture est ce qui est enregistré ; les autres noms.

    enregistres : les contrôles, remplis de ce qui l'est.   ensemble : tous, avec ceux qui vont ensemble.
    """
    la_bas, changes = Saisie(enregistres), set[str]()
    for noms in ensemble:
        if any(_ecrit(saisie, nom) != _ecrit(saisie, f"{OUVERT}{nom}") for nom in noms):
            changes |= {*noms}
        else:
            saisie = saisie.rempli_par((nom, la_bas.un(nom)) for nom in noms)
        saisie = saisie.rempli_par((f"{OUVERT}{nom}", la_bas.un(nom)) for nom in noms)
    return saisie, changes


def _ecrit(saisie: Saisie, nom: str) -> str:
    """Une case vide n'envoie rien ; un navigateur finit les lignes à sa façon."""
    valeur = saisie.un(nom)
    return "" if valeur == "non" else "\n".join(valeur.splitlines())


def ecarts_d_une_fiche(
    corps: Mapping[str, Any],
    enregistre: Mapping[str, Any],
    questions: Mapping[str, str],
    noms: Mapping[str, Mapping[str, str]],
) -> list[Ecart]:
    """questions : leur nom, par champ, dans l'ordre de la page.   noms : celui de chaque code, par champ."""

    def dite(document: Mapping[str, Any], champ: str) -> str:
        valeur = document.get(champ)
        if isinstance(valeur, bool):
            return "Oui" if valeur else ""
        texte = "" if valeur is None else str(valeur)
        if champ == "telephone":
            return telephone_ecrit(texte)
        return en_texte(texte) if champ == "notes" else noms.get(champ, {}).get(texte, texte)

    deux = ((nom, dite(corps, champ), dite(enregistre, champ)) for champ, nom in questions.items())
    return [Ecart(nom, ici, la_bas) for nom, ici, la_bas in deux if ici != la_bas]


def ecarts(
    corps: Mapping[str, Any],
    enregistre: Mapping[str, Any],
    nomenclatures: Lues,
    lieux: Mapping[str, str],
    etiquettes: Mapping[str, str] | None = None,
) -> list[Ecart]:
    """corps : ce qui allait partir.   enregistre : ce que l'API donne.   lieux, etiquettes : nom par
    identifiant."""
    noms = _noms(nomenclatures) | {"tags": dict(etiquettes or {})}
    lieux = {**lieux, str(enregistre.get("lieu_id")): enregistre.get("lieu_nom") or ""}
    ici = _reponses(corps, noms, lieux)
    la_bas = _reponses(enregistre, noms, lieux)
    questions = [*_QUESTIONS, *sorted({*ici, *la_bas} - {*_QUESTIONS})]
    return [
        Ecart(_question(q, noms), ici.get(q, ""), la_bas.get(q, ""))
        for q in questions
        if ici.get(q, "") != la_bas.get(q, "")
    ]


def _reponses(
    document: Mapping[str, Any], noms: Mapping[str, Mapping[str, str]], lieux: Mapping[str, str]
) -> dict[str, str]:
    reponses: dict[str, list[str]] = {}
    for pointeur, valeur in en_champs(document):
        connue = pointeur in _QUESTIONS or pointeur.startswith(tuple(_REPARTITIONS))
        if connue and valeur not in _VIDES:
            reponses.setdefault(pointeur, []).append(valeur)
    lues = {q: _en_mots(q, valeurs, noms) for q, valeurs in reponses.items()}
    if lieu := document.get("lieu_id"):
        lues["type_lieu"] = lieux.get(str(lieu)) or "Un autre lieu"
    return lues


def _en_mots(question: str, valeurs: list[str], noms: Mapping[str, Mapping[str, str]]) -> str:
    match question:
        case "duree_minutes" if valeurs[0].isdecimal():
            return duree(int(valeurs[0]))
        case "date":
            return jour_ecrit(valeurs[0])
        case "notes":
            return en_texte(valeurs[0])
        case _:
            codes = noms.get(question.rpartition("/")[2], {})
            return ", ".join(sorted("Oui" if v == "oui" else codes.get(v, v) for v in valeurs))


def _question(pointeur: str, noms: Mapping[str, Mapping[str, str]]) -> str:
    if pointeur in _QUESTIONS:
        return _QUESTIONS[pointeur]
    _, champ, code = pointeur.split("/", 2)
    return f"{_REPARTITIONS[f'participants/{champ}/']} : {noms[REPARTITIONS[champ]].get(code, code)}"


def _noms(nomenclatures: Lues) -> dict[str, dict[str, str]]:
    return {champ: libelles(termes) for champ, termes in nomenclatures.items()}
