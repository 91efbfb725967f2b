"""Mes emplois : en ajouter, corriger ce qui en est dit, dire qu'ils sont finis. Le profil les montre."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from portail.communes import commune_ecrite, nom_du_code
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_champs, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/profil/emplois")

_API = "/comptes/moi/emplois"
_EMPLOI = {
    "siret": Sorte.TEXTE,
    "nom": Sorte.TEXTE,
    "type_contrat": Sorte.TEXTE,
    "debut": Sorte.JOUR,
    "fin_prevue": Sorte.JOUR,
}
_FIN = {"fin": Sorte.JOUR, "motif": Sorte.TEXTE}


@router.get("/nouveau")
async def nouveau(qui: Connecte) -> Response:
    """Un emploi de plus."""
    return await _formulaire(qui, Saisie([("id", str(uuid4()))]))


@router.post("/nouveau")
async def ajouter(qui: Connecte) -> Response:
    """Déclarer un emploi de plus."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, _EMPLOI | {"id": Sorte.TEXTE})
    commune = await commune_ecrite(qui.api, saisie)
    try:
        await qui.api.ecrire("POST", _API, corps | commune.corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _formulaire(qui, saisie, commune.dite(echec))
    return qui.aller("/espace/profil?fait=emploi#t-emplois")


@router.get("/{emploi_id}/corriger")
async def relire(emploi_id: UUID, qui: Connecte) -> Response:
    """Ce qui est dit de cet emploi."""
    emploi = await _le_mien(qui, emploi_id)
    champs = en_champs({nom: emploi[nom] for nom in ("siret", "type_contrat", "debut", "fin_prevue")})
    champs += [
        ("nom", emploi["nom_structure"]),
        ("commune", await nom_du_code(qui.api, emploi["code_insee"])),
    ]
    return await _formulaire(qui, Saisie(champs), emploi=emploi)


@router.post("/{emploi_id}/corriger")
async def corriger(emploi_id: UUID, qui: Connecte) -> Response:
    """Remplacer ce qui en est dit."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, _EMPLOI)
    commune = await commune_ecrite(qui.api, saisie)
    try:
        await qui.api.ecrire("PUT", f"{_API}/{emploi_id}", corps | commune.corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _formulaire(qui, saisie, commune.dite(echec), emploi=await _le_mien(qui, emploi_id))
    return qui.aller("/espace/profil?fait=corrige#t-emplois")


@router.get("/{emploi_id}/terminer")
async def demander_la_fin(emploi_id: UUID, qui: Connecte) -> Response:
    """Quand et pourquoi cet emploi s'est terminé."""
    return await _terminer(qui, emploi_id, Saisie([]))


@router.post("/{emploi_id}/terminer")
async def terminer(emploi_id: UUID, qui: Connecte) -> Response:
    """Terminer un de mes emplois."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", f"{_API}/{emploi_id}/fin", en_json(saisie, _FIN), csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _terminer(qui, emploi_id, saisie, echec)
    return qui.aller("/espace/profil?fait=termine#t-emplois")


async def _formulaire(
    qui: Visiteur,
    saisie: Saisie,
    echec: Echec | None = None,
    *,
    emploi: Mapping[str, Any] | None = None,
) -> Response:
    nomenclatures = await qui.request.app.state.nomenclatures.de("comptes")
    return qui.page(
        "profil/emploi.html",
        statut_de(echec),
        emploi=emploi,
        types=nomenclatures["type_contrat"],
        saisie=saisie,
        fautes=fautes_de(echec, "/siret"),
    )


async def _terminer(qui: Visiteur, emploi_id: UUID, saisie: Saisie, echec: Echec | None = None) -> Response:
    emploi, nomenclatures = await asyncio.gather(
        _le_mien(qui, emploi_id), qui.request.app.state.nomenclatures.de("comptes")
    )
    return qui.page(
        "profil/fin.html",
        statut_de(echec),
        emploi=emploi,
        motifs=nomenclatures["motif_fin"],
        saisie=saisie,
        fautes=fautes_de(echec, "/fin"),
    )


async def _le_mien(qui: Visiteur, emploi_id: UUID) -> dict[str, Any]:
    """L'emploi ; 404 pour celui d'un autre."""
    miens: list[dict[str, Any]] = (await qui.api.lire(_API)).corps
    trouves = [e for e in miens if e["emploi_id"] == str(emploi_id)]
    if not trouves:
        raise Refus(404, {})
    return trouves[0]
