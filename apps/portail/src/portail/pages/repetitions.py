"""Répéter un atelier : un brouillon par date, à confirmer le jour venu."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response
from web.problems import INTROUVABLE, Problem

from portail import brouillons, repetition
from portail.erreurs import fautes_de, statut_de
from portail.formulaires import Saisie, recue
from portail.passerelle import Muette, Refus
from portail.saisie_cra import relue
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/activites/{activite_id}/repeter")

_SANS = ("notes", "si_version", "id")
"""Of that day only: what comes again takes none of it."""


@router.get("")
async def ouvrir(activite_id: UUID, qui: Connecte) -> Response:
    """À quel rythme, jusqu'à quand."""
    vierge = Saisie([("serie_id", str(uuid4())), ("rythme", "semaine"), ("fin", "fois"), ("fois", "4")])
    return _page(qui, await _atelier(qui, activite_id), vierge)


@router.post("")
async def repeter(activite_id: UUID, qui: Connecte) -> Response:
    """Un brouillon par date, tous ou aucun ; renvoyé, aucun de plus."""
    saisie = await recue(qui.request)
    atelier = await _atelier(qui, activite_id)
    voulue = repetition.lire(saisie, dt.date.fromisoformat(atelier["date"]))
    if voulue.fautes:
        return _page(qui, atelier, saisie, 422, voulue.fautes)
    gardee = Saisie([(nom, v) for nom, v in relue(atelier).champs if nom not in _SANS])
    lot = [_brouillon(saisie, gardee, jour) for jour in voulue.jours]
    try:
        ecrit = await qui.api.ecrire("POST", "/brouillons/lot", {"brouillons": lot}, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return _page(qui, atelier, saisie, statut_de(echec), fautes_de(echec))
    crees: int = ecrit.corps["nouveaux"]
    return qui.aller(f"/espace/brouillons?repetes={crees}&deja={len(lot) - crees}")


def _brouillon(saisie: Saisie, gardee: Saisie, jour: dt.date) -> dict[str, Any]:
    le = jour.isoformat()
    return {
        "id": repetition.identifiant(saisie.un("serie_id"), jour),
        "sorte": "collectif",
        "contenu": brouillons.contenu_de(gardee.avec("jour", le).avec("date", le)),
        "pour_le": le,
    }


async def _atelier(qui: Visiteur, activite_id: UUID) -> dict[str, Any]:
    """Only an atelier comes again."""
    lue: dict[str, Any] = (await qui.api.lire(f"/activites/{activite_id}")).corps
    if lue["type"] != "collectif":
        raise Problem(INTROUVABLE)
    return lue


def _page(
    qui: Visiteur,
    atelier: dict[str, Any],
    saisie: Saisie,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
) -> Response:
    return qui.page(
        "activites/repeter.html",
        statut,
        a=atelier,
        saisie=saisie,
        fautes=fautes or {},
        rythmes=_termes(repetition.RYTHMES),
        fins=_termes(repetition.FINS),
        fois_max=repetition.FOIS_MAX,
    )


def _termes(mots: dict[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "libelle": libelle} for code, libelle in mots.items()]
