"""Une saisie commencée, du formulaire à l'API et retour : seul ce module sait relire ce que l'API garde."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from portail.formulaires import Saisie
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.saisie_cra import jour_lu
from portail.visiteur import Visiteur

ADRESSES = {
    "individuel": "/espace/cra/individuel",
    "collectif": "/espace/cra/atelier",
    "correction": "/espace/activites/{}/corriger",
    "serie": "/espace/cra/serie",
    "animation": "/espace/cra/coordination/animation",
    "evenement": "/espace/cra/coordination/evenement",
    "partenariat": "/espace/cra/coordination/partenariat",
    "correction_coordination": "/espace/coordinations/{}/corriger",
}
"""Where each kind of form opens; a correction bears the identifier of its activité."""
NOMS = {
    "individuel": "Accompagnement individuel",
    "collectif": "Atelier collectif",
    "correction": "Correction d’un compte rendu",
    "serie": "Série d’accompagnements individuels",
    "animation": "Animation",
    "evenement": "Évènement",
    "partenariat": "Partenariat",
    "correction_coordination": "Correction d’une activité de coordination",
}
_COMMENCES = {
    "individuel": "un compte rendu commencé",
    "collectif": "un compte rendu d’atelier commencé",
    "serie": "une série commencée",
    "animation": "un compte rendu d’animation commencé",
    "evenement": "un compte rendu d’évènement commencé",
    "partenariat": "un compte rendu de partenariat commencé",
}
_CORRECTION = "une correction commencée"
_PREVISION = dt.timedelta(days=5 * 365)
PASSAGERS = (
    "csrf",
    "sorte",
    "brouillon_version",
    "retrouver",
    "suite",
    "modele_id",
    "modele_nom",
    "personne_id",
)
"""Fields of a sending, not of what was typed."""


@dataclass(frozen=True, slots=True)
class Brouillon:
    """saisie : ce qui était tapé.   fautes : par pointeur, quand un envoi hors ligne a été refusé."""

    saisie: Saisie
    fautes: dict[str, str] = field(default_factory=dict[str, str])


def adresse(sorte: str, brouillon_id: str) -> str:
    """La page qui reprend ce brouillon."""
    return f"{ADRESSES[sorte].format(brouillon_id)}?brouillon={brouillon_id}"


def page_de(saisie: Saisie, brouillon_id: object) -> str:
    """La page du formulaire d'où vient cette saisie."""
    return ADRESSES[_sorte(saisie)].format(brouillon_id)


def montres(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les brouillons que ces pages savent reprendre, avec leur nom et leur adresse."""
    return [
        {
            **b,
            "nom": NOMS[b["sorte"]],
            "commence": _COMMENCES.get(b["sorte"], _CORRECTION),
            "adresse": adresse(b["sorte"], b["id"]),
        }
        for b in elements
        if b["sorte"] in ADRESSES
    ]


async def derniers(qui: Visiteur, combien: int) -> list[dict[str, Any]]:
    """Les derniers touchés, hors ceux prévus pour un jour ; aucun si cette partie ne répond pas : un
    formulaire s'ouvre sans elle."""
    lus = await qui.api.lire_si_possible("/brouillons", prevus="false", limite=combien)
    return montres(lus["elements"]) if lus else []


async def reprendre(qui: Visiteur, brouillon_id: object) -> Brouillon | None:
    """Ce qui était tapé ; None si le brouillon n'est plus là."""
    try:
        lu = (await qui.api.lire(f"/brouillons/{brouillon_id}")).corps
    except Refus as refus:
        if refus.statut == 404:
            return None
        raise
    return _relu(lu["contenu"], str(lu["version"]))


async def garder(qui: Visiteur, brouillon_id: object, saisie: Saisie) -> dict[str, Any]:
    """Ce que l'API en dit. Lève Refus (412 : un autre onglet l'a changé), SessionAbsente, Muette."""
    version = saisie.un("brouillon_version")
    corps = {"sorte": _sorte(saisie), "contenu": contenu_de(saisie), "pour_le": _a_venir(qui, saisie)}
    lue = await qui.api.ecrire(
        "PUT",
        f"/brouillons/{brouillon_id}",
        corps,
        csrf=saisie.un("csrf"),
        si_version=f'"{version}"' if version else None,
    )
    garde: dict[str, Any] = lue.corps
    return garde


async def oublier(qui: Visiteur, brouillon_id: object, saisie: Saisie) -> None:
    """Le compte rendu est enregistré : son brouillon, s'il y en a un, ne sert plus.

    What waited for the network does not always know that its draft reached us: our script is not believed."""
    if not (saisie.un("brouillon_version") or qui.par_script):
        return
    try:
        await qui.api.ecrire("DELETE", f"/brouillons/{brouillon_id}", csrf=saisie.un("csrf"))
    except (Refus, Muette, SessionAbsente):
        return  # already gone; else it is offered once more, and goes in 90 days


async def renommer(qui: Visiteur, saisie: Saisie) -> Saisie:
    """La même saisie sous un identifiant neuf, et avec elle son brouillon : le sien est pris."""
    neuve = saisie.avec("id", str(uuid4())).avec("brouillon_version", "")
    if not saisie.un("brouillon_version"):
        return neuve
    try:
        garde = await garder(qui, neuve.un("id"), neuve)
    except (Refus, Muette, SessionAbsente):
        return neuve  # what was typed is on the page all the same
    await oublier(qui, saisie.un("id"), saisie)
    return neuve.avec("brouillon_version", str(garde["version"]))


def _sorte(saisie: Saisie) -> str:
    sorte = saisie.un("sorte")
    return sorte if sorte in ADRESSES else "individuel"


def _a_venir(qui: Visiteur, saisie: Saisie) -> str | None:
    """Le jour de la saisie, s'il n'est pas encore venu : elle attend jusque-là."""
    try:
        jour = dt.date.fromisoformat(jour_lu(saisie))
    except ValueError:
        return None
    # Beyond, it is a slip of the hand: the draft is kept as any other.
    return jour.isoformat() if qui.aujourd_hui < jour <= qui.aujourd_hui + _PREVISION else None


def contenu_de(saisie: Saisie) -> dict[str, Any]:
    """Ce que l'API garde d'un formulaire."""
    fautes = {n.removeprefix("faute:"): v for n, v in saisie.champs if n.startswith("faute:")}
    champs = [[n, v] for n, v in saisie.champs if n not in PASSAGERS and not n.startswith("faute:") and v]
    return {"champs": champs, "fautes": fautes}


def champs_de(contenu: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Les champs gardés ; rien de ce qu'un autre programme y aurait mis."""
    champs = contenu.get("champs")
    if not isinstance(champs, list):
        return []
    return [(str(c[0]), str(c[1])) for c in champs if isinstance(c, list) and len(c) == 2]


def _relu(contenu: Mapping[str, Any], version: str) -> Brouillon:
    """Ce qu'un autre programme y aurait mis ne fait pas tomber la page."""
    fautes = contenu.get("fautes")
    dites = {str(p): str(m) for p, m in fautes.items()} if isinstance(fautes, dict) else {}
    return Brouillon(Saisie([*champs_de(contenu), ("brouillon_version", version)]), dites)
