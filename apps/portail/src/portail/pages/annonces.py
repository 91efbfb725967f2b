"""La gestion de ce qui est dit à tous : les annonces, et la maintenance qui coupe les écritures."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.rendu import fuseau_de
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion")

_API = "/comptes/gestion"
FAIT = {
    "publiee": "L’annonce est en tête de chaque page.",
    "retiree": "L’annonce est retirée.",
    "commencee": "Les écritures sont coupées.",
    "terminee": "On peut de nouveau enregistrer.",
}
_ANNONCE = {"id": Sorte.TEXTE, "texte": Sorte.TEXTE, "au": Sorte.JOUR}
_MAINTENANCE = {"message": Sorte.TEXTE}
_UN_JOUR = "Un jour est attendu, comme 2026-11-29."

Fait = Annotated[str, Query(max_length=20)]


@router.get("/annonces")
async def liste(qui: Connecte, fait: Fait = "") -> Response:
    """Les annonces, et une nouvelle."""
    return await _liste(qui, Saisie([("id", str(uuid4()))]), fait=fait)


@router.post("/annonces")
async def publier(qui: Connecte) -> Response:
    """Publier une annonce."""
    saisie = await recue(qui.request)
    corps = {"texte": ""} | en_json(saisie, _ANNONCE)
    if "au" in corps:
        corps["au"] = _fin_du_jour(corps["au"], fuseau_de(qui.moi))
    try:
        await qui.api.ecrire("POST", f"{_API}/annonces", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _liste(qui, saisie, echec)
    return await _dite(qui, "annonces?fait=publiee")


@router.post("/annonces/{annonce_id}/retirer")
async def retirer(annonce_id: UUID, qui: Connecte) -> Response:
    """Retirer une annonce."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"{_API}/annonces/{annonce_id}", csrf=saisie.un("csrf"))
    return await _dite(qui, "annonces?fait=retiree")


@router.get("/maintenance")
async def maintenance(qui: Connecte, fait: Fait = "") -> Response:
    """Si l'on peut écrire, et de quoi en décider."""
    return await _maintenance(qui, Saisie([]), fait=fait)


@router.post("/maintenance")
async def commencer(qui: Connecte) -> Response:
    """Couper les écritures."""
    saisie = await recue(qui.request)
    corps = {"message": ""} | en_json(saisie, _MAINTENANCE)
    try:
        await qui.api.ecrire("PUT", f"{_API}/maintenance", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _maintenance(qui, saisie, echec)
    return await _dite(qui, "maintenance?fait=commencee")


@router.post("/maintenance/fin")
async def terminer(qui: Connecte) -> Response:
    """Rouvrir les écritures."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"{_API}/maintenance", csrf=saisie.un("csrf"))
    return await _dite(qui, "maintenance?fait=terminee")


async def _dite(qui: Visiteur, page: str) -> Response:
    """Back to the page, which says already what has just been decided."""
    await qui.request.app.state.annonces.lire()
    return qui.aller(f"/gestion/{page}")


async def _liste(qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, fait: str = "") -> Response:
    lues = await qui.api.lire(f"{_API}/annonces", limite=50)
    return qui.page(
        "gestion/annonces.html",
        statut_de(echec),
        annonces_publiees=lues.corps["elements"],
        en_retard=lues.en_retard,
        maintenant=qui.request.app.state.clock.now().isoformat(),
        saisie=saisie,
        fautes={ou: _UN_JOUR if ou == "/au" else m for ou, m in fautes_de(echec, "/texte").items()},
        message=FAIT.get(fait),
    )


async def _maintenance(
    qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, fait: str = ""
) -> Response:
    # Read by who may only: the state itself is open to all.
    await qui.api.lire(f"{_API}/annonces", limite=1)
    etat: dict[str, Any] = (await qui.api.lire("/auth/annonces")).corps
    return qui.page(
        "gestion/maintenance.html",
        statut_de(echec),
        maintenance=etat["maintenance"],
        saisie=saisie,
        fautes=fautes_de(echec, "/message"),
        message=FAIT.get(fait),
    )


def _fin_du_jour(jour: str, fuseau: str) -> str:
    """The end of this day there; what is no day stays as typed, and the API says so."""
    try:
        fin = dt.datetime.combine(dt.date.fromisoformat(jour), dt.time(23, 59, 59), ZoneInfo(fuseau))
    except ValueError:
        return jour
    return fin.isoformat()
