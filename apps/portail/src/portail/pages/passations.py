"""Passer la main : annoncer son départ, reprendre une équipe, en réclamer une sans coordinateur."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.pages.personnes import compte_de
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_PASSATION = {"effet": Sorte.JOUR, "successeur": Sorte.TEXTE, "raison": Sorte.TEXTE}
_FAIT = {
    "reclamee": "Votre proposition est faite : les membres de l’équipe sont prévenus et lui répondent.",
    "donnee": "C’est fait. La personne désignée est prévenue.",
}
_LISTE_MAX = 200


@router.get("/espace/equipes/sans-coordinateur")
async def seules(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Les équipes que personne ne coordonne."""
    return await _seules(qui, message=_FAIT.get(fait))


@router.post("/espace/equipes/{equipe_id}/reclamer")
async def reclamer(equipe_id: UUID, qui: Connecte) -> Response:
    """Proposer de coordonner une de ces équipes."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", f"/equipes/{equipe_id}/reclamation", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _seules(qui, echec)
    return qui.aller("/espace/equipes/sans-coordinateur?fait=reclamee")


@router.post("/espace/equipes/{equipe_id}/voix")
async def donner_sa_voix(equipe_id: UUID, qui: Connecte) -> Response:
    """Dire, membre, si l'on veut de la personne qui réclame l'équipe."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"pour": Sorte.OUI_NON})
    chemin = f"/equipes/{equipe_id}/reclamation/voix"
    await qui.api.ecrire("POST", chemin, {"pour": False} | corps, csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=voix")


@router.get("/espace/equipes/{equipe_id}/passation")
async def passation(equipe_id: UUID, qui: Connecte) -> Response:
    """Quand je pars, et qui me succède ; pour le support, qui coordonnera."""
    return await _passation(qui, equipe_id, Saisie([("effet", qui.aujourd_hui.isoformat())]))


@router.post("/espace/equipes/{equipe_id}/passation")
async def annoncer(equipe_id: UUID, qui: Connecte) -> Response:
    """Annoncer un départ, ou désigner qui coordonnera."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, _PASSATION)
    try:
        if "successeur" in corps:
            corps["successeur"] = await compte_de(qui, corps["successeur"], saisie, "/successeur")
        chemin = f"/equipes/{equipe_id}/passation"
        await qui.api.ecrire("POST", chemin, corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _passation(qui, equipe_id, saisie, echec)
    if corps.get("raison"):
        # Only who serves the platform says why: they gave somebody to a team that had nobody.
        return qui.aller("/espace/equipes/sans-coordinateur?fait=donnee")
    if corps.get("effet", "") <= qui.aujourd_hui.isoformat():
        return qui.aller("/espace/equipes?fait=passee")
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=prevue")


@router.post("/espace/equipes/{equipe_id}/passation/annuler")
async def annuler(equipe_id: UUID, qui: Connecte) -> Response:
    """Rester."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/equipes/{equipe_id}/passation", csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/equipes/{equipe_id}?fait=gardee")


@router.post("/espace/equipes/{equipe_id}/passation/repondre")
async def repondre(equipe_id: UUID, qui: Connecte) -> Response:
    """Accepter de coordonner une équipe que l'on me propose, ou la décliner."""
    saisie = await recue(qui.request)
    accepte = saisie.un("accepte") == "oui"
    chemin = f"/equipes/{equipe_id}/passation/reponse"
    await qui.api.ecrire("POST", chemin, {"accepte": accepte}, csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/equipes?fait={'acceptee' if accepte else 'declinee'}")


@router.post("/espace/equipes/relations/{invitation_id}/rompre")
async def rompre(invitation_id: UUID, qui: Connecte) -> Response:
    """Mettre fin à une relation de réseau."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", f"/invitations/{invitation_id}/rupture", csrf=saisie.un("csrf"))
    return qui.aller("/espace/equipes?fait=rompue")


async def _seules(qui: Visiteur, echec: Echec | None = None, *, message: str | None = None) -> Response:
    lues = await qui.api.lire("/equipes/sans-coordinateur", limite=_LISTE_MAX)
    return qui.page(
        "equipes/sans_coordinateur.html",
        statut_de(echec),
        equipes=lues.corps,
        en_retard=lues.en_retard,
        faute=" ".join(fautes_de(echec).values()),
        message=message,
    )


async def _passation(qui: Visiteur, equipe_id: UUID, saisie: Saisie, echec: Echec | None = None) -> Response:
    """Who serves the platform gives a coordinateur to a team that has none, even if they coordinate too."""
    assert qui.moi is not None
    equipe = None
    if qui.moi["droit"] != "aucun":
        lues = (await qui.api.lire("/equipes/sans-coordinateur", limite=_LISTE_MAX)).corps["elements"]
        equipe = next((e for e in lues if e["id"] == str(equipe_id)), None)
    coordonne = equipe is None
    if equipe is None:
        equipe = (await qui.api.lire(f"/equipes/{equipe_id}")).corps
    return qui.page(
        "equipes/passation.html",
        statut_de(echec),
        e=equipe,
        coordonne=coordonne,
        saisie=saisie,
        fautes=fautes_de(echec),
    )
