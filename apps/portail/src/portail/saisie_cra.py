"""Un compte rendu, du formulaire à l'API et retour. Trois questions de la page remplissent plusieurs champs :
« Combien de temps ? » (duree), « Où ? » (ou), « Quel jour ? » (jour)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from portail.affichage import sans_accents
from portail.formulaires import Saisie, Sorte, chiffres_a_redire, en_champs, en_json, entier, jour_iso
from portail.nomenclatures import Lues
from portail.notes import notes_lues, notes_relues
from portail.passerelle import Passerelle
from portail.suivis import CHERCHE, designes

type Type = Literal["individuel", "collectif"]

_COMMUNS = {
    "thematiques": Sorte.LISTE,
    "precisions_demarche": Sorte.TEXTE,
    "materiels": Sorte.LISTE,
    "notes": Sorte.TEXTE,
    "tags": Sorte.LISTE,
}
_INDIVIDUEL = {
    "autonomie": Sorte.TEXTE,
    "oriente_vers_structure": Sorte.OUI_NON,
    "structure_de_redirection": Sorte.TEXTE,
    "beneficiaire/id": Sorte.TEXTE,
    "beneficiaire/deja_accompagne": Sorte.OUI_NON,
    "beneficiaire/genre": Sorte.TEXTE,
    "beneficiaire/tranche_age": Sorte.TEXTE,
    "beneficiaire/statut_social": Sorte.TEXTE,
    "beneficiaire/commune_residence/nom": Sorte.TEXTE,
    "beneficiaire/commune_residence/code_postal": Sorte.TEXTE,
    "beneficiaire/commune_residence/code_insee": Sorte.TEXTE,
}
_COLLECTIF = {
    "titre_atelier": Sorte.TEXTE,
    "niveau": Sorte.TEXTE,
    "suivis": Sorte.LISTE,
    "participants/total": Sorte.NOMBRE,
    "participants/deja_accompagnes": Sorte.NOMBRE,
}
REPARTITIONS = {"genres": "genre", "tranches_age": "tranche_age", "statuts": "statut_social"}
"""Field of the participants -> its nomenclature."""

MOTS_MAX = 8
"""Ce que la recherche de lieux accepte de mots."""
AVEC_COMMUNE = ("domicile", "autre")
DEMARCHES = "aide_aux_demarches_administratives"
SUJETS = (
    "prendre_en_main_du_materiel",
    "navigation_sur_internet",
    "email",
    DEMARCHES,
    "securite_numerique",
    "bureautique",
)
"""Montrés d'abord à qui n'a encore rien saisi."""
_MINUTES_MAX = 59
DUREES = (15, 30, 45, 60, 90, 120)
JOUR_REFUSE = "9999-12-31"
"""What leaves in the place of what cannot be read: a day that the rules always refuse; nobody, too, by an
identifier drawn on the spot. So the API says all the rest that is wrong, and writes nothing."""
D_AUCUNE = "00000"
"""Le code d'aucune commune : l'API le refuse toujours, et dit avec lui tout ce qui est à corriger d'autre."""
UNE_SEULE = "Un accompagnement individuel est avec une seule personne : n’en gardez qu’une."
SANS_JOUR = "Choisissez un jour, ou écrivez-le comme 27/11/2026."
DUREE_VIDE = "Veuillez renseigner une durée personnalisée"
SANS_DUREE = "Écrivez la durée en chiffres : des heures, et de 0 à 59 minutes."


@dataclass(frozen=True, slots=True)
class Habitudes:
    """Ce que la personne saisit d'ordinaire. duree : minutes.   lieux : `{id, nom, commune, code_postal}`.
    commune : `{nom, code_postal, code_insee}`, celle où elle se déplace le plus.
    etiquettes : `{id, nom, portee}`, celles qu'elle voit, les plus posées d'abord.
    aujourd_hui : le jour civil de son territoire."""

    aujourd_hui: dt.date
    durees: Sequence[int] = DUREES
    duree: int = 30
    sujets: Sequence[str] = ()
    lieux: Sequence[Mapping[str, Any]] = ()
    ou: str = "a_distance"
    commune: Mapping[str, Any] | None = None
    etiquettes: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Lue:
    """Le compte rendu lu d'un formulaire. fautes : celles que la page voit elle-même, par pointeur.
    redites : là où l'API les dira aussi.   communes, residences, lieux, suivis : propositions, quand ce qui
    est écrit en désigne plusieurs."""

    corps: dict[str, Any]
    fautes: dict[str, str] = field(default_factory=dict[str, str])
    redites: frozenset[str] = frozenset()
    communes: Sequence[Mapping[str, Any]] = ()
    residences: Sequence[Mapping[str, Any]] = ()
    lieux: Sequence[Mapping[str, Any]] = ()
    suivis: Sequence[Mapping[str, Any]] = ()


def vierge(habitudes: Habitudes, identifiant: str) -> Saisie:
    """Le formulaire que l'on ouvre : rien que des habitudes."""
    ou = habitudes.commune
    return Saisie(
        [
            ("id", identifiant),
            ("duree", str(habitudes.duree)),
            ("ou", habitudes.ou),
            ("jour", habitudes.aujourd_hui.isoformat()),
            *([("commune", nom_de_commune(ou))] if ou else []),
        ]
    )


def relue(activite: Mapping[str, Any]) -> Saisie:
    """Le formulaire qui montre ce que l'API donne d'une activité."""
    lieu = (
        f"lieu:{activite['lieu_id']}" if activite["type_lieu"] == "lieu_activite" else activite["type_lieu"]
    )
    commune = activite.get("commune")
    propres = [
        *("type", "id", "beneficiaires", "etiquettes", "lieu_id", "type_lieu"),
        *("commune", "date", "duree_minutes"),
    ]
    champs = en_champs({nom: v for nom, v in activite.items() if nom not in [*propres, "notes"]})
    champs += notes_relues(activite.get("notes"))
    if commune:
        champs += [("commune", nom_de_commune(commune)), ("commune_code", commune["code_insee"])]
    residence = (activite.get("beneficiaire") or {}).get("commune_residence")
    if residence:
        champs.append(("residence", _residence_relue(residence)))
    return Saisie(
        [
            *champs,
            ("duree", str(activite["duree_minutes"])),
            ("ou", lieu),
            ("jour", activite["date"]),
            ("date", activite["date"]),
        ]
    )


async def lire(api: Passerelle, saisie: Saisie, type_: Type, nomenclatures: Lues) -> Lue:
    """Le corps à envoyer. Ce que l'API refuserait part tel quel : c'est elle qui le dit. Avec une faute, il
    porte de quoi être refusé : rien ne s'écrit de ce qui reste à choisir."""
    schema = _COMMUNS | (_INDIVIDUEL if type_ == "individuel" else _COLLECTIF | _repartitions(nomenclatures))
    corps: dict[str, Any] = {"type": type_} | en_json(saisie, schema)
    lue = Lue(corps)
    _sans_demarche_cachee(corps, nomenclatures)
    if "notes" in corps:
        corps["notes"] = notes_lues(saisie)
    lue.fautes |= chiffres_a_redire(corps, schema) | jour_et_duree(saisie, corps)
    if type_ == "collectif":
        corps.setdefault("participants", {}).setdefault("total", 0)
    await _ou(api, saisie, lue)
    await _suivis(api, saisie, lue, type_)
    if type_ == "individuel":
        await _residence(api, saisie, lue)
    return lue


def _sans_demarche_cachee(corps: dict[str, Any], nomenclatures: Lues) -> None:
    """Which démarche is asked under its subject, hidden without it: it does not leave without it either."""
    if DEMARCHES in corps["thematiques"]:
        return
    demarches = {terme["code"] for terme in nomenclatures["thematiques_administratives"]}
    corps["thematiques"] = [t for t in corps["thematiques"] if t not in demarches]
    corps.pop("precisions_demarche", None)


async def _suivis(api: Passerelle, saisie: Saisie, lue: Lue, type_: Type) -> None:
    ecrits = await designes(api, saisie)
    lue.suivis = ecrits.proposes
    ids, faute = ecrits.ids, ecrits.faute
    if type_ == "individuel" and len({*ids, *saisie.tous("beneficiaire/id")} - {""}) > 1:
        faute = f"{faute} {UNE_SEULE}".strip()
    if faute:
        lue.fautes[f"/{CHERCHE}"] = faute
        ids = [*ids, str(uuid4())]
    if type_ == "collectif":
        lue.corps["suivis"] = list(dict.fromkeys([*lue.corps["suivis"], *ids]))
    elif ids:
        lue.corps.setdefault("beneficiaire", {})["id"] = ids[-1]
    if faute:
        ou = f"/suivis/{len(lue.corps['suivis']) - 1}" if type_ == "collectif" else "/beneficiaire/id"
        lue.redites |= {ou}


async def _residence(api: Passerelle, saisie: Saisie, lue: Lue) -> None:
    """Celle d'un anonyme : qui est suivi a la sienne dans sa fiche. Inchangée, elle ne se cherche pas."""
    beneficiaire = lue.corps.get("beneficiaire", {})
    gardee = beneficiaire.pop("commune_residence", None)
    ecrite, code = saisie.un("residence"), saisie.un("residence_code")
    if beneficiaire.get("id") or not (ecrite or code):
        return
    if gardee and ecrite == _residence_relue(gardee):
        beneficiaire["commune_residence"] = gardee
        return
    trouvee, lue.residences, faute = await _communes(api, ecrite, code)
    if faute:
        lue.fautes["/residence"] = faute
        lue.redites |= {"/beneficiaire/commune_residence/code_insee"}
    lue.corps.setdefault("beneficiaire", {})["commune_residence"] = trouvee or {"code_insee": D_AUCUNE}


def _residence_relue(residence: Mapping[str, Any]) -> str:
    return _nommee(residence) or str(residence["code_insee"])


def communes_proposees(saisie: Saisie, corps: Mapping[str, Any], de_la_personne: str = "") -> Saisie:
    """À domicile, la commune de l'activité et celle de la personne se proposent l'une l'autre, si l'une est
    vide. corps : ce qui a été lu ; une commune dont on ne sait pas laquelle n'en propose aucune.
    de_la_personne : celle de la fiche choisie, comme la page l'écrit."""
    if saisie.un("ou") != "domicile":
        return saisie
    residence = de_la_personne or _nommee(corps.get("beneficiaire", {}).get("commune_residence"))
    commune = _nommee(corps.get("commune"))
    if not saisie.un("commune") and residence:
        return saisie.avec("commune", residence)
    ici = saisie.un("residence") or de_la_personne
    return saisie.avec("residence", commune) if commune and not ici else saisie


def _nommee(commune: Mapping[str, Any] | None) -> str:
    return nom_de_commune(commune) if commune and commune.get("nom") and commune.get("code_postal") else ""


def _repartitions(nomenclatures: Lues) -> dict[str, Sorte]:
    return {
        f"participants/{champ}/{terme['code']}": Sorte.NOMBRE
        for champ, nom in REPARTITIONS.items()
        for terme in nomenclatures[nom]
    }


def jour_lu(saisie: Saisie) -> str:
    """Ce que répond « Quel jour ? » ; vide sans réponse."""
    return jour_iso(saisie.un("date") if saisie.un("jour") in ("autre", "") else saisie.un("jour"))


def jour_et_duree(saisie: Saisie, corps: dict[str, Any], *, duree: bool = True) -> dict[str, str]:
    """Met les deux dans le corps, et rend les fautes de ce qui ne s'y lit pas. duree : si elle se demande."""
    fautes: dict[str, str] = {}
    if duree:
        minutes = duree_lue(saisie)
        if not isinstance(minutes, int):
            fautes["/duree_minutes"] = SANS_DUREE
        elif minutes == 0 and saisie.un("duree") == "autre":
            fautes["/duree_minutes"] = DUREE_VIDE
        corps["duree_minutes"] = minutes if isinstance(minutes, int) else 0
    corps["date"] = jour_lu(saisie)
    try:
        dt.date.fromisoformat(corps["date"])
    except ValueError:
        corps["date"], fautes["/date"] = JOUR_REFUSE, SANS_JOUR
    return fautes


def duree_lue(saisie: Saisie) -> int | str:
    if (choix := saisie.un("duree")) != "autre":
        return entier(choix or "0")
    heures, minutes = entier(saisie.un("duree_heures") or "0"), entier(saisie.un("duree_min") or "0")
    if not isinstance(heures, int) or not isinstance(minutes, int) or min(heures, minutes) < 0:
        return "?"
    # « 90 » alone is clear; beside hours, it is a slip of the hand.
    return "?" if saisie.un("duree_heures") and minutes > _MINUTES_MAX else heures * 60 + minutes


async def _ou(api: Passerelle, saisie: Saisie, lue: Lue) -> None:
    choix, _, lieu = saisie.un("ou").partition(":")
    match choix:
        case "lieu":
            lue.corps |= {"type_lieu": "lieu_activite", "lieu_id": lieu}
        case "chercher":
            lue.corps["type_lieu"] = "lieu_activite"
            await _lieu(api, saisie.un("lieu_cherche"), lue)
        case _:
            lue.corps["type_lieu"] = choix or "lieu_activite"
    if choix in AVEC_COMMUNE:
        await _commune(api, saisie, lue)


async def _lieu(api: Passerelle, cherche: str, lue: Lue) -> None:
    if not cherche:
        return
    mots = " ".join(sans_accents(cherche).split()[:MOTS_MAX])[:100]
    trouves = (await api.lire("/lieux", q=mots or cherche, limite=10)).corps["elements"]
    exacts = [lieu for lieu in trouves if nom_de_lieu(lieu) == cherche]
    if len(trouves) == 1 or len(exacts) == 1:
        lue.corps["lieu_id"] = (exacts or trouves)[0]["id"]
    elif trouves:
        lue.lieux = trouves
        lue.fautes["/lieu_id"] = "Plusieurs lieux répondent à ces mots : choisissez le vôtre."
    else:
        lue.fautes["/lieu_id"] = "Aucun lieu ne répond à ces mots. Essayez la commune, ou une partie du nom."


async def _commune(api: Passerelle, saisie: Saisie, lue: Lue) -> None:
    ecrite = saisie.un("commune")
    if not ecrite and not saisie.un("commune_code"):
        return
    trouvee, lue.communes, faute = await _communes(api, ecrite, saisie.un("commune_code"))
    if trouvee:
        lue.corps["commune"] = trouvee
    else:
        lue.fautes["/commune"] = faute


async def _communes(
    api: Passerelle, ecrite: str, code: str
) -> tuple[dict[str, Any] | None, Sequence[Mapping[str, Any]], str]:
    """Celle que désigne ce qui est écrit, ou coché ; sinon celles qui se proposent, et ce qu'il faut dire."""
    trouvees = (await api.lire("/carte/communes", q=ecrite or code, limite=10)).corps["elements"]
    exactes = [c for c in trouvees if code == c["code_insee"] or nom_de_commune(c) == ecrite]
    if len(exactes) == 1 or len(trouvees) == 1:
        retenue = exactes[0] if len(exactes) == 1 else trouvees[0]
        return {nom: retenue[nom] for nom in ("nom", "code_postal", "code_insee")}, (), ""
    if trouvees:
        return None, trouvees, "Plusieurs communes répondent à ces mots : choisissez la bonne."
    return None, (), "Aucune commune ne répond à ce nom ou à ce code postal."


def nom_de_commune(commune: Mapping[str, Any]) -> str:
    """« Lille (59000) », comme la page l'écrit et le relit."""
    return f"{commune['nom']} ({commune['code_postal']})"


def nom_de_lieu(lieu: Mapping[str, Any]) -> str:
    """« Médiathèque, Dijon », comme la page l'écrit et le relit."""
    return f"{lieu['nom']}, {lieu['commune']}"


def a_poser(connues: Sequence[Mapping[str, Any]], saisie: Saisie) -> list[dict[str, str]]:
    """Les étiquettes à choisir, comme des termes.

    Une choisie qui n'est pas connue ici le reste : l'API dit ce qu'elle en pense.
    """
    noms = {str(e["id"]): str(e["nom"]) for e in connues}
    inconnues = dict.fromkeys((t for t in saisie.tous("tags") if t not in noms), "Une étiquette déjà choisie")
    return [{"code": code, "libelle": nom} for code, nom in (inconnues | noms).items()]
