"""Les modèles : un formulaire gardé sous un nom, qui en ouvre un nouveau presque rempli."""

from collections.abc import Sequence
from typing import Any

from portail.brouillons import ADRESSES, NOMS, PASSAGERS, champs_de
from portail.formulaires import Saisie
from portail.notes import NOTES_HTML
from portail.passerelle import Refus
from portail.suivis import CHERCHE
from portail.visiteur import Visiteur

_PROPRES = (
    *("id", "type", "jour", "date", "notes", NOTES_HTML, "precisions_demarche", "si_version"),
    *(f"beneficiaire/commune_residence/{un}" for un in ("nom", "code_postal", "code_insee")),
    *("beneficiaire/id", "suivis", "personnes", CHERCHE, "residence", "residence_code"),
)
"""Of one day, or of one person: a model takes none of it."""
SORTES = ("individuel", "collectif", "animation", "evenement", "partenariat")


def sorte_de(saisie: Saisie) -> str:
    """Celle du formulaire d'où il vient."""
    return saisie.un("type") if saisie.un("type") in SORTES else SORTES[0]


def montres(elements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les modèles que ces pages savent ouvrir, avec leur adresse."""
    return [
        {**m, "type": NOMS[m["sorte"]], "adresse": f"{ADRESSES[m['sorte']]}?modele={m['id']}"}
        for m in elements
        if m["sorte"] in SORTES
    ]


async def ouvrir(qui: Visiteur, modele_id: object) -> Saisie | None:
    """Ce qu'il remplit ; None s'il n'est plus là."""
    try:
        lu = (await qui.api.lire(f"/modeles/{modele_id}")).corps
    except Refus as refus:
        if refus.statut == 404:
            return None
        raise
    return Saisie(champs_de(lu["contenu"]))


async def garder(qui: Visiteur, saisie: Saisie) -> None:
    """Lève Refus, SessionAbsente, Muette."""
    champs = [[n, v] for n, v in saisie.champs if n not in (*_PROPRES, *PASSAGERS) and v]
    corps = {"nom": saisie.un("modele_nom"), "sorte": sorte_de(saisie), "contenu": {"champs": champs}}
    await qui.api.ecrire("PUT", f"/modeles/{saisie.un('modele_id')}", corps, csrf=saisie.un("csrf"))
