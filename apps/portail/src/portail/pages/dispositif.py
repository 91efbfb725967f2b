"""Le dispositif et moi : ma reconnaissance comme conseiller numérique, et les étapes d'une prise de poste."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_RECONNAISSANCE = "/espace/reconnaissance"
_PRISE_DE_POSTE = "/espace/prise-de-poste"
_FAIT = {
    "verifiee": "La source du dispositif vient d’être interrogée.",
    "demandee": "Votre demande est notée. La source est interrogée chaque nuit.",
    "etape": "Étape enregistrée.",
    "retiree": "Étape retirée.",
}
_TROP_TOT = "Vous venez de vérifier : attendez une minute, puis réessayez."
_MEMBRES_MAX = 200
"""Le plus que l'API donne en une page."""

Fait = Annotated[str, Query(max_length=20)]
Etape = Annotated[str, Path(max_length=40)]


@router.get("/espace/reconnaissance")
async def reconnaissance(qui: Connecte, fait: Fait = "") -> Response:
    """Ce que le dispositif dit de moi, pourquoi, et que faire."""
    return await _reconnaissance(qui, message=_FAIT.get(fait))


@router.post("/espace/reconnaissance/verifier")
async def verifier(qui: Connecte) -> Response:
    """Interroger la source maintenant."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", "/comptes/moi/reconnaissance/verification", csrf=saisie.un("csrf"))
    except Refus as refus:
        if refus.statut != 429:
            raise
        return await _reconnaissance(qui, statut=429, message=_TROP_TOT)
    return qui.aller(f"{_RECONNAISSANCE}?fait=verifiee")


@router.post("/espace/reconnaissance/demander")
async def demander(qui: Connecte) -> Response:
    """Me dire conseiller numérique."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", "/comptes/moi/reconnaissance", csrf=saisie.un("csrf"))
    return qui.aller(f"{_RECONNAISSANCE}?fait=demandee")


@router.get("/espace/prise-de-poste")
async def prise_de_poste(qui: Connecte, fait: Fait = "") -> Response:
    """Ce qui est fait de ma prise de poste, ce qui manque, qui peut le faire et où."""
    return await _prise_de_poste(qui, "/comptes/moi/prise-de-poste", message=_FAIT.get(fait))


@router.get("/espace/prise-de-poste/{etape}")
async def une_etape(etape: Etape, qui: Connecte) -> Response:
    """Dire quand cette étape a été faite."""
    return await _etape(qui, etape, Saisie([]))


@router.post("/espace/prise-de-poste/{etape}")
async def declarer(etape: Etape, qui: Connecte) -> Response:
    """Enregistrer le jour où cette étape a été faite."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"le": Sorte.JOUR})
    try:
        await qui.api.ecrire("PUT", f"/comptes/moi/prise-de-poste/{etape}", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        if isinstance(echec, Refus) and echec.statut == 404:
            raise
        return await _etape(qui, etape, saisie, echec)
    return qui.aller(f"{_PRISE_DE_POSTE}?fait=etape")


@router.post("/espace/prise-de-poste/{etape}/retirer")
async def retirer(etape: Etape, qui: Connecte) -> Response:
    """Retirer une étape déclarée par erreur."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/comptes/moi/prise-de-poste/{etape}", csrf=saisie.un("csrf"))
    return qui.aller(f"{_PRISE_DE_POSTE}?fait=retiree")


@router.get("/espace/equipes/{equipe_id}/membres/{mediateur_id}/prise-de-poste")
async def d_un_membre(equipe_id: UUID, mediateur_id: UUID, qui: Connecte) -> Response:
    """Où en est un membre d'une équipe que je coordonne."""
    membres = await qui.api.lire(f"/equipes/{equipe_id}/membres", limite=_MEMBRES_MAX)
    trouves = [m for m in membres.corps["elements"] if m["mediateur_id"] == str(mediateur_id)]
    if not trouves:
        raise Refus(404, {})
    chemin = f"/comptes/{trouves[0]['compte_id']}/prise-de-poste"
    return await _prise_de_poste(qui, chemin, membre=trouves[0], equipe_id=equipe_id)


async def _reconnaissance(qui: Visiteur, *, statut: int = 200, message: str | None = None) -> Response:
    lue, noms = await asyncio.gather(qui.api.lire("/comptes/moi/reconnaissance"), _noms(qui))
    return qui.page("dispositif/reconnaissance.html", statut, r=lue.corps, noms=noms, message=message)


async def _prise_de_poste(
    qui: Visiteur,
    chemin: str,
    *,
    membre: dict[str, Any] | None = None,
    equipe_id: UUID | None = None,
    message: str | None = None,
) -> Response:
    lue, noms, nomenclatures = await asyncio.gather(
        qui.api.lire(chemin), _noms(qui), qui.request.app.state.nomenclatures.de("comptes")
    )
    return qui.page(
        "dispositif/prise_de_poste.html",
        p=lue.corps,
        phases=nomenclatures["phase"],
        aides={terme["code"]: terme["aide"] for terme in nomenclatures["etape"]},
        noms=noms,
        membre=membre,
        equipe_id=equipe_id,
        message=message,
    )


async def _etape(qui: Visiteur, etape: str, saisie: Saisie, echec: Echec | None = None) -> Response:
    lue, nomenclatures = await asyncio.gather(
        qui.api.lire("/comptes/moi/prise-de-poste"), qui.request.app.state.nomenclatures.de("comptes")
    )
    siennes = [e for e in lue.corps["etapes"] if e["etape"] == etape and e["modifiable"]]
    if not siennes:
        raise Refus(404, {})
    [terme] = [t for t in nomenclatures["etape"] if t["code"] == etape]
    if echec is None and siennes[0]["avancement"] == "faite":
        saisie = Saisie([("le", siennes[0]["le"])])
    return qui.page(
        "dispositif/etape.html",
        statut_de(echec),
        e=siennes[0],
        terme=terme,
        saisie=saisie,
        fautes=fautes_de(echec, "/le"),
    )


async def _noms(qui: Visiteur) -> dict[str, dict[str, str]]:
    nomenclatures = await qui.request.app.state.nomenclatures.de("comptes")
    return {champ: libelles(termes) for champ, termes in nomenclatures.items()}
