"""Mes rendez-vous : relier son compte, sa journée, dire d'un geste ce qu'il en fut, en rendre compte."""

import asyncio
import datetime as dt
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import recue
from portail.nomenclatures import libelles
from portail.pages.cra import preparer
from portail.passerelle import Muette, Refus
from portail.rendez_vous import GESTES, Lus, lus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/rdv")

_FAIT = {
    "relie": "Votre compte RDV Service Public est relié. Vos rendez-vous sont ici.",
    "delie": "Votre compte n’est plus relié : vos rendez-vous sont effacés d’ici, pas de RDV Service Public.",
}
_MUET = (
    "RDV Service Public, ou La Coop, ne répond pas : nous ne savons pas si c’est fait. "
    "Rechargez cette page pour le voir."
)
_REFUSE = "Vous n’avez pas autorisé La Coop : rien n’est relié."
_ANNEE = dt.timedelta(days=366)
Jour = Annotated[str, Query(max_length=10)]
Suite = Annotated[str, Query(max_length=2000)]
"""Où commence une page de rendez-vous, que l'API a donné."""


@router.get("")
async def journee(
    qui: Connecte,
    jour: Jour = "",
    apres: Suite = "",
    du_jour: Suite = "",
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Une journée, puis ce qui attend un compte rendu. apres, du_jour : la suite de l'un, de l'autre."""
    message = _FAIT.get(fait)
    if fait in GESTES:
        statuts = libelles((await qui.request.app.state.nomenclatures.de("activites"))["statut_rdv"])
        message = f"C’est noté, ici et dans RDV Service Public : {statuts[fait].lower()}."
    return await _page(qui, jour, apres=apres, du_jour=du_jour, message=message)


@router.post("/relier")
async def relier(qui: Connecte) -> Response:
    """Partir l'autoriser chez RDV Service Public."""
    saisie = await recue(qui.request)
    try:
        demande = await qui.api.ecrire("POST", "/rdv/compte/liaison", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, "", echec)
    return qui.aller(demande.corps["adresse"])


@router.get("/retour")
async def revenir(
    qui: Connecte,
    code: Annotated[str, Query(max_length=2000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    error: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """RDV Service Public renvoie ici : un bouton finit, pour que nul autre site ne puisse le faire."""
    if error or not (code and state):
        return await _page(qui, "", faute=_REFUSE)
    return qui.page("rdv/retour.html", code=code, state=state)


@router.post("/retour")
async def finir(qui: Connecte) -> Response:
    """Relier, avec ce que RDV Service Public a donné."""
    saisie = await recue(qui.request)
    corps = {nom: saisie.un(nom) for nom in ("code", "state")}
    try:
        # Three questions to RDV Service Public, one to identity, and a first reading that does not last.
        await qui.api.ecrire("POST", "/rdv/compte/retour", corps, csrf=saisie.un("csrf"), secondes=30)
    except (Refus, Muette) as echec:
        return await _page(qui, "", echec)
    return qui.aller("/espace/rdv?fait=relie")


@router.post("/delier")
async def delier(qui: Connecte) -> Response:
    """Ne plus relier : tout ce qui est gardé ici s'efface."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("DELETE", "/rdv/compte", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, "", echec)
    return qui.aller("/espace/rdv?fait=delie")


@router.post("/{rdv_id:int}/statut")
async def dire(rdv_id: int, qui: Connecte) -> Response:
    """Ce qu'il en fut, d'un bouton."""
    saisie = await recue(qui.request)
    statut, jour = saisie.un("statut"), _jour(qui, saisie.un("jour")).isoformat()
    suites = {nom: suite for nom in ("apres", "du_jour") if (suite := saisie.un(nom))}
    try:
        await qui.api.ecrire("PUT", f"/rdv/{rdv_id}/statut", {"statut": statut}, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, jour, echec, rdv_id=rdv_id, **suites)
    fait = statut if statut in GESTES else ""
    return qui.aller(f"/espace/rdv?{urlencode({'jour': jour, **suites, 'fait': fait})}")


@router.get("/{rdv_id:int}/{geste}")
async def reouvrir(rdv_id: int, geste: str, qui: Connecte) -> Response:
    """L'adresse d'un geste, rouverte : la journée."""
    return qui.aller("/espace/rdv")


@router.post("/{rdv_id:int}/compte-rendu")
async def rendre_compte(rdv_id: int, qui: Connecte) -> Response:
    """Le formulaire du compte rendu, rempli de ce que l'on sait déjà."""
    saisie = await recue(qui.request)
    try:
        prete = await qui.api.ecrire("POST", f"/rdv/{rdv_id}/preparation", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        suites = {nom: saisie.un(nom) for nom in ("apres", "du_jour")}
        return await _page(qui, saisie.un("jour"), echec, rdv_id=rdv_id, **suites)
    return await preparer(qui, prete.corps)


async def _page(
    qui: Visiteur,
    jour: str,
    echec: Echec | None = None,
    *,
    apres: str = "",
    du_jour: str = "",
    rdv_id: int | None = None,
    faute: str = "",
    message: str | None = None,
) -> Response:
    """apres, du_jour : la suite de ce qui attend, de la journée.   rdv_id : celui dont le geste n'a pas été
    pris, dont la carte dit pourquoi."""
    if not qui.a_le_role("mediateur"):
        await qui.api.lire("/rdv/compte")  # which says to whom this is closed
    choisi = _jour(qui, jour)
    iso = choisi.isoformat()
    journee, a_rendre = await asyncio.gather(
        _suite(qui, du_jour, du=iso, au=iso), _suite(qui, apres, a_rendre="true")
    )
    en_attente = [rdv for rdv in (a_rendre.rdvs if a_rendre else ()) if rdv["jour"] != iso]
    dites = faute or " ".join(fautes_de(echec).values())
    if isinstance(echec, Muette):
        dites = _MUET
    return qui.page(
        "rdv/page.html",
        statut_de(echec),
        compte=journee and journee.compte,
        rdvs=journee.rdvs if journee else (),
        en_attente=en_attente,
        pages={"du_jour": journee, "apres": a_rendre},
        suites={"du_jour": du_jour, "apres": apres},
        attente_muette=a_rendre is None,
        jour=iso,
        aujourd_hui=qui.aujourd_hui.isoformat(),
        veille=(choisi - dt.timedelta(days=1)).isoformat(),
        lendemain=(choisi + dt.timedelta(days=1)).isoformat(),
        rdv_id=rdv_id,
        faute=dites,
        message=message,
        maintenant=qui.request.app.state.clock.now(),
    )


async def _suite(qui: Visiteur, apres: str, **choix: str) -> Lus | None:
    """Cette page ; la première quand il n'y a plus rien où elle commençait."""
    lue = await lus(qui, apres=apres, **choix)
    return lue if not apres or (lue and lue.rdvs) else await lus(qui, **choix)


def _jour(qui: Visiteur, texte: str) -> dt.date:
    """Celui de l'adresse, à un an près ; aujourd'hui sinon."""
    try:
        choisi = dt.date.fromisoformat(texte)
    except ValueError:
        return qui.aujourd_hui
    return choisi if abs(choisi - qui.aujourd_hui) <= _ANNEE else qui.aujourd_hui
