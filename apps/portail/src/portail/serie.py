"""Une série : une ligne par personne, un jour et un lieu communs, du formulaire à l'API et retour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from portail.formulaires import Saisie, entier
from portail.nomenclatures import Lues
from portail.passerelle import Passerelle
from portail.saisie_cra import Lue, lire

LIGNES, LIGNES_MAX, DE_PLUS = 12, 50, 12
COLONNES = ("thematique", "duree", "tranche_age", "genre", "statut_social", "deja_accompagne")
_COMMUNS = ("jour", "date", "ou", "commune", "commune_code", "lieu_cherche")
_CHAMPS = {
    "/thematiques": "thematique",
    "/duree_minutes": "duree",
    "/beneficiaire/tranche_age": "tranche_age",
    "/beneficiaire/genre": "genre",
    "/beneficiaire/statut_social": "statut_social",
}
"""Where, in a row, what the API names is asked; anything else is said at its subject."""
_PARTAGES = ("/date", "/lieu_id", "/type_lieu", "/commune")
_DU_LOT = re.compile(r"/activites/([0-9]{1,2})(.*)")


@dataclass(slots=True)
class Serie:
    """activites : ce qui part.   rangs : la ligne de chacune.   commune : ce qu'elles partagent."""

    activites: list[dict[str, Any]]
    rangs: list[int]
    commune: Lue


def vierge(communs: Saisie, duree: int) -> Saisie:
    """Le jour et le lieu, puis des lignes vides : chacune son identifiant, et la durée habituelle."""
    lignes = [(f"l/{n}/id", str(uuid4())) for n in range(LIGNES)]
    return communs.rempli_par([*lignes, *((f"l/{n}/duree", str(duree)) for n in range(LIGNES))])


def combien(saisie: Saisie) -> int:
    """Le nombre de lignes du formulaire reçu."""
    return min(LIGNES_MAX, sum(nom.startswith("l/") and nom.endswith("/id") for nom, _ in saisie.champs))


def remplie(saisie: Saisie, rang: int) -> bool:
    """Une ligne où rien n'est choisi que la durée proposée n'est la ligne de personne."""
    return any(saisie.un(f"l/{rang}/{nom}") for nom in COLONNES if nom != "duree")


async def lue(api: Passerelle, saisie: Saisie, nomenclatures: Lues) -> Serie:
    """Ce qui part. Le lieu et le jour se lisent une fois, comme dans le formulaire d'un seul."""
    communs = Saisie([(nom, v) for nom, v in saisie.champs if nom in _COMMUNS])
    commune = await lire(api, communs, "individuel", nomenclatures)
    partages = ("type", "date", "type_lieu", "lieu_id", "commune")
    partage = {nom: v for nom, v in commune.corps.items() if nom in partages}
    rangs = [rang for rang in range(combien(saisie)) if remplie(saisie, rang)]
    return Serie([partage | _ligne(saisie, rang) for rang in rangs], rangs, commune)


def _ligne(saisie: Saisie, rang: int) -> dict[str, Any]:
    def un(nom: str) -> str:
        return saisie.un(f"l/{rang}/{nom}")

    dits = ("tranche_age", "genre", "statut_social")
    beneficiaire: dict[str, Any] = {nom: un(nom) for nom in dits if un(nom)}
    return {
        "id": un("id") or str(uuid4()),
        "thematiques": [un("thematique")] if un("thematique") else [],
        "duree_minutes": entier(un("duree") or "0"),
        "beneficiaire": beneficiaire | {"deja_accompagne": un("deja_accompagne") == "oui"},
    }


def fautes_situees(fautes: Mapping[str, str], rangs: list[int]) -> dict[str, str]:
    """Les fautes de l'API au contrôle qui les porte, `/l/6/thematique`. Ce qui est commun se dit une fois."""
    situees: dict[str, str] = {}
    for pointeur, message in fautes.items():
        trouve = _DU_LOT.fullmatch(pointeur)
        if trouve is None or int(trouve[1]) >= len(rangs):
            situees.setdefault(pointeur, message)
        elif trouve[2].startswith(_PARTAGES):
            situees.setdefault(trouve[2], message)
        else:
            rang = rangs[int(trouve[1])]
            nom = _CHAMPS.get(trouve[2], "thematique")
            situees[f"/l/{rang}/{nom}"] = f"Ligne {rang + 1} : {message}"
    return situees


def sans(saisie: Saisie, rangs: list[int]) -> Saisie:
    """Le même formulaire, ces lignes-là vidées : elles sont enregistrées."""
    debuts = tuple(f"l/{rang}/" for rang in rangs)
    restes = Saisie([(nom, v) for nom, v in saisie.champs if not nom.startswith(debuts)])
    return restes.rempli_par((f"l/{rang}/id", str(uuid4())) for rang in rangs)
