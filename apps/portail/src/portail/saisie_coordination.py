"""Un compte rendu de coordination, du formulaire à l'API et retour, et ce qui s'en lit.

Deux questions de la page remplissent un champ d'un autre nom : « Combien de temps ? » et « Quel jour ? ».
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from portail.affichage import duree, en_texte, jour_ecrit, nombre
from portail.ecarts import Ecart
from portail.formulaires import Saisie, Sorte, chiffres_a_redire, en_champs, en_json
from portail.nomenclatures import Lues, libelles
from portail.notes import notes_lues, notes_relues
from portail.saisie_cra import jour_et_duree

type Type = Literal["animation", "evenement", "partenariat"]

NOMS: dict[Type, str] = {"animation": "Animation", "evenement": "Évènement", "partenariat": "Partenariat"}
"""En tête de page : le libellé entier est une phrase, que la liste des types donne."""
AUTRE = "autre"

_SCHEMAS: dict[Type, dict[str, Sorte]] = {
    "animation": {
        "mediateurs": Sorte.NOMBRE,
        "structures": Sorte.NOMBRE,
        "autres_acteurs": Sorte.NOMBRE,
        "type_animation": Sorte.TEXTE,
        "type_animation_autre": Sorte.TEXTE,
        "initiative": Sorte.TEXTE,
        "thematiques_animation": Sorte.LISTE,
        "thematique_animation_autre": Sorte.TEXTE,
    },
    "evenement": {
        "nom": Sorte.TEXTE,
        "participants": Sorte.NOMBRE,
        "type_evenement": Sorte.TEXTE,
        "type_evenement_autre": Sorte.TEXTE,
        "organisateurs": Sorte.LISTE,
        "organisateur_autre": Sorte.TEXTE,
        "echelon_territorial": Sorte.TEXTE,
    },
    "partenariat": {
        "nom": Sorte.TEXTE,
        "natures_partenariat": Sorte.LISTE,
        "nature_partenariat_autre": Sorte.TEXTE,
        "echelon_territorial": Sorte.TEXTE,
    },
}
_COMMUNS = {"personnes": Sorte.LISTE, "tags": Sorte.LISTE, "notes": Sorte.TEXTE}
_EXIGES = ("type_animation", "type_evenement", "participants")
"""Sent as null when not answered: the API says so in its own words, with all the rest."""
_PRECISES = {
    "type_animation_autre": "type_animation",
    "thematique_animation_autre": "thematiques_animation",
    "type_evenement_autre": "type_evenement",
    "organisateur_autre": "organisateurs",
    "nature_partenariat_autre": "natures_partenariat",
}
"""The text of an « Autre », and the question that it completes."""

_CASES: dict[str, tuple[str, ...]] = {
    "structures_concernees": ("nom", "siret"),
    "structures_partenaires": ("nom", "type", "type_autre", "siret"),
}
"""The rows of structures of a form, and their columns."""
_DU_TYPE: dict[Type, str] = {
    "animation": "structures_concernees",
    "evenement": "structures_concernees",
    "partenariat": "structures_partenaires",
}
_RANG = re.compile(r"(structures_concernees|structures_partenaires)/([0-9]{1,2})/")
LIGNES_MAX = 50
_VIERGES = 1
"""Empty rows that a form offers."""


@dataclass(slots=True)
class Lue:
    """Le compte rendu lu d'un formulaire. fautes : celles que la page voit elle-même, par pointeur."""

    corps: dict[str, Any]
    fautes: dict[str, str] = field(default_factory=dict[str, str])
    redites: frozenset[str] = frozenset()


def structures_de(type_: Type) -> str:
    """Le champ de ses structures."""
    return _DU_TYPE[type_]


def lignes(saisie: Saisie, type_: Type) -> int:
    """Combien de lignes de structures montrer : les remplies, et une vierge."""
    remplies = {int(m[2]) for nom, v in saisie.champs if v.strip() and (m := _RANG.match(nom))}
    demandees = 3 if saisie.un("plus") else _VIERGES
    return min(max(remplies, default=-1) + 1 + demandees, LIGNES_MAX)


def serree(saisie: Saisie) -> Saisie:
    """La même, les lignes de structures laissées vides retirées : le rang de chacune est celui de l'API."""
    champs: list[tuple[str, str]] = []
    rangs: dict[tuple[str, str], int] = {}
    remplies = {(m[1], m[2]) for nom, v in saisie.champs if v.strip() and (m := _RANG.match(nom))}
    for nom, valeur in saisie.champs:
        trouve = _RANG.match(nom)
        if trouve is None:
            champs.append((nom, valeur))
        elif (ligne := (trouve[1], trouve[2])) in remplies:
            rang = rangs.setdefault(ligne, sum(liste == ligne[0] for liste, _ in rangs))
            champs.append((f"{ligne[0]}/{rang}/{nom[trouve.end() :]}", valeur))
    return Saisie(champs)


def lire(saisie: Saisie, type_: Type) -> Lue:
    """Le corps à envoyer. saisie : serrée. Ce que l'API refuserait part tel quel : c'est elle qui le dit."""
    schema = _SCHEMAS[type_] | _COMMUNS
    corps: dict[str, Any] = {"type": type_} | en_json(saisie, schema)
    corps |= {nom: None for nom in _EXIGES if nom in schema and nom not in corps}
    # What a choice made without object, and the page hides, does not leave.
    for precision, question in _PRECISES.items():
        if AUTRE not in saisie.tous(question):
            corps.pop(precision, None)
    lue = Lue(corps)
    if "notes" in corps:
        corps["notes"] = notes_lues(saisie)
    lue.fautes |= chiffres_a_redire(corps, schema)
    lue.fautes |= jour_et_duree(saisie, corps, duree=type_ == "animation")
    champ = structures_de(type_)
    corps[champ] = _structures(saisie, champ)
    return lue


def _structures(saisie: Saisie, champ: str) -> list[dict[str, Any]]:
    structures: list[dict[str, Any]] = []
    while any(saisie.un(f"{champ}/{len(structures)}/{case}") for case in _CASES[champ]):
        cases = {case: saisie.un(f"{champ}/{len(structures)}/{case}") or None for case in _CASES[champ]}
        if cases.get("type") != AUTRE:
            cases.pop("type_autre", None)
        structures.append(cases)
    return structures


def relue(activite: Mapping[str, Any]) -> Saisie:
    """Le formulaire qui montre ce que l'API donne d'une activité de coordination."""
    a_part = ("id", "date", "duree_minutes", "notes", "etiquettes", *_CASES)
    champs = en_champs({nom: v for nom, v in activite.items() if nom not in a_part})
    for champ in _CASES:
        for rang, structure in enumerate(activite.get(champ) or ()):
            champs += en_champs(structure, f"{champ}/{rang}/")
    champs += notes_relues(activite.get("notes"))
    if minutes := activite.get("duree_minutes"):
        champs.append(("duree", str(minutes)))
    return Saisie([*champs, ("jour", activite["date"]), ("date", activite["date"])])


# --- Ce qui s'en lit ---
_QUESTIONS = {
    "date": "Jour",
    "duree_minutes": "Durée",
    "nom": "Nom",
    "type_animation": "Type d’animation",
    "type_evenement": "Type d’évènement",
    "natures_partenariat": "Nature du partenariat",
    "thematiques_animation": "Thématiques",
    "participants": "Participants",
    "mediateurs": "Médiateur·ice·s numériques",
    "structures": "Structures",
    "autres_acteurs": "Autres acteur·ice·s",
    "personnes": "Personnes concernées",
    "structures_concernees": "Structures concernées",
    "structures_partenaires": "Structures partenaires",
    "organisateurs": "Organisé par",
    "echelon_territorial": "Échelon territorial",
    "initiative": "Initiative",
    "tags": "Étiquettes",
    "notes": "Notes",
}
"""By field, in the order of the page."""
_TEXTE_AUTRE = {question: precision for precision, question in _PRECISES.items()}


def en_mots(document: Mapping[str, Any], n: Lues, noms: Mapping[str, str]) -> dict[str, str]:
    """Question -> réponse en mots, celles qui en ont une.

    noms : des personnes, par compte, et des étiquettes, par identifiant, ceux que l'on connaît.
    """
    lues = {q: _reponse(champ, document, n, noms) for champ, q in _QUESTIONS.items() if document.get(champ)}
    if document.get("participants") == 0:
        lues[_QUESTIONS["participants"]] = "0"
    return lues


def ecarts(
    ici: Mapping[str, Any], enregistre: Mapping[str, Any], n: Lues, noms: Mapping[str, str]
) -> Sequence[Ecart]:
    """Les questions dont les deux réponses diffèrent."""
    une, autre = en_mots(ici, n, noms), en_mots(enregistre, n, noms)
    return [
        Ecart(q, une.get(q, ""), autre.get(q, ""))
        for q in _QUESTIONS.values()
        if une.get(q, "") != autre.get(q, "")
    ]


def _reponse(champ: str, document: Mapping[str, Any], n: Lues, noms: Mapping[str, str]) -> str:
    valeur = document[champ]
    match champ:
        case "date":
            return jour_ecrit(valeur)
        case "duree_minutes":
            return duree(valeur) if isinstance(valeur, int) else str(valeur)
        case "notes":
            return en_texte(valeur)
        case "personnes":
            connues = [noms[p] for p in valeur if p in noms]
            reste = len(valeur) - len(connues)
            autres = [f"{reste} autre{'s' if reste > 1 else ''}, hors de vos équipes"] if reste else []
            return ", ".join([*sorted(connues), *autres])
        case "tags":
            lues = {e["id"]: e["nom"] for e in document.get("etiquettes") or ()}
            return ", ".join(sorted(lues.get(t) or noms.get(t) or "une étiquette" for t in valeur))
        case "structures_concernees" | "structures_partenaires":
            return " ; ".join(_structure(s, libelles(n["type_partenaire"])) for s in valeur)
        case "mediateurs" | "structures" | "autres_acteurs" | "participants":
            return nombre(valeur) if isinstance(valeur, int) else str(valeur)
        case "nom":
            return str(valeur)
        case _:
            codes = valeur if isinstance(valeur, list) else [valeur]
            precise = document.get(_TEXTE_AUTRE.get(champ, ""))
            mots = libelles(n[champ])
            return ", ".join(
                f"Autre : {precise}" if code == AUTRE and precise else mots.get(code, code) for code in codes
            )


def _structure(structure: Mapping[str, Any], types: Mapping[str, str]) -> str:
    type_ = structure.get("type")
    precise = structure.get("type_autre") or types.get(type_ or "", "")
    details = [precise, f"SIRET {structure['siret']}" if structure.get("siret") else ""]
    entre = ", ".join(filter(None, details))
    return f"{structure.get('nom') or ''} ({entre})" if entre else str(structure.get("nom") or "")
