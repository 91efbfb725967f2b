"""Les emplois d'un compte, corrigés par un administrateur à la place de sa personne, avec une raison."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from portail.communes import Ecrite, commune_ecrite, nom_du_code
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_champs, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion/utilisateurs/{compte_id}/emplois")

_API = "/comptes/gestion/utilisateurs"
_RAISON = {"raison": Sorte.TEXTE}
_DIT = dict.fromkeys(("siret", "nom", "debut", "fin_prevue", "type_contrat"), Sorte.TEXTE) | dict.fromkeys(
    ("debut", "fin_prevue"), Sorte.JOUR
)


@dataclass(frozen=True, slots=True)
class Geste:
    """Ce qui se fait d'un emploi. methode, suite : ce que l'API reçoit.   champs : du formulaire."""

    titre: str
    explication: str
    bouton: str
    methode: str
    suite: str
    champs: Mapping[str, Sorte]


AJOUTER = Geste(
    "Ajouter un emploi",
    "Il s’ajoute à ceux de la personne, qui le verra dans son profil avec votre raison.",
    "Ajouter cet emploi",
    "POST",
    "",
    {"id": Sorte.TEXTE, **_DIT, **_RAISON},
)
GESTES: Mapping[str, Geste] = {
    "corriger": Geste(
        "Corriger un emploi",
        "Ce qui était dit reste dans l’histoire du compte. Les comptes rendus déjà saisis gardent leur date.",
        "Corriger cet emploi",
        "PUT",
        "",
        {**_DIT, **_RAISON},
    ),
    "terminer": Geste(
        "Terminer un emploi",
        "La fin d’un emploi n’ôte aucun accès à la personne.",
        "Terminer cet emploi",
        "POST",
        "/fin",
        {"fin": Sorte.JOUR, "motif": Sorte.TEXTE, **_RAISON},
    ),
    "retirer": Geste(
        "Retirer un emploi",
        "Il n’aurait pas dû être déclaré : il ne vaudra plus pour aucun jour. Il reste dans l’histoire du "
        "compte.",
        "Retirer cet emploi",
        "POST",
        "/retrait",
        _RAISON,
    ),
}
type Quoi = Literal["corriger", "terminer", "retirer"]


@router.get("/nouveau")
async def demander_un_emploi(compte_id: UUID, qui: Connecte) -> Response:
    """Ce que l'on sait d'un emploi de plus."""
    return await _nouveau(qui, compte_id, Saisie([("id", str(uuid4()))]))


@router.post("/nouveau")
async def ajouter(compte_id: UUID, qui: Connecte) -> Response:
    """L'ajouter."""
    saisie = await recue(qui.request)
    corps = {"raison": ""} | en_json(saisie, AJOUTER.champs)
    commune = await commune_ecrite(qui.api, saisie)
    adresse = f"{_API}/{compte_id}/emplois"
    try:
        await qui.api.ecrire("POST", adresse, corps | commune.corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _nouveau(qui, compte_id, saisie, commune.dite(echec))
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait=emploi-ajoute")


@router.get("/{emploi_id}/{quoi}")
async def demander(compte_id: UUID, emploi_id: UUID, quoi: Quoi, qui: Connecte) -> Response:
    """Ce qui va se passer, et pourquoi : avant de décider."""
    return await _un(qui, compte_id, emploi_id, quoi)


@router.post("/{emploi_id}/{quoi}")
async def decider(compte_id: UUID, emploi_id: UUID, quoi: Quoi, qui: Connecte) -> Response:
    """Décider."""
    saisie, geste = await recue(qui.request), GESTES[quoi]
    corps = {"raison": ""} | en_json(saisie, geste.champs)
    adresse = f"{_API}/{compte_id}/emplois/{emploi_id}{geste.suite}"
    commune = await commune_ecrite(qui.api, saisie) if "siret" in geste.champs else Ecrite()
    try:
        await qui.api.ecrire(geste.methode, adresse, corps | commune.corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _un(qui, compte_id, emploi_id, quoi, saisie, commune.dite(echec))
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait=emploi-{quoi}")


async def _nouveau(qui: Visiteur, compte_id: UUID, saisie: Saisie, echec: Echec | None = None) -> Response:
    compte, nomenclatures = await _lus(qui, compte_id)
    return _page(qui, AJOUTER, compte, None, nomenclatures, saisie, echec)


async def _un(
    qui: Visiteur,
    compte_id: UUID,
    emploi_id: UUID,
    quoi: Quoi,
    saisie: Saisie | None = None,
    echec: Echec | None = None,
) -> Response:
    compte, nomenclatures = await _lus(qui, compte_id)
    emploi = next((e for e in compte["emplois"] if e["emploi_id"] == str(emploi_id)), None)
    if emploi is None:
        raise Refus(404, {})
    if saisie is None:
        dit = {nom: emploi["nom_structure" if nom == "nom" else nom] for nom in _DIT}
        saisie = Saisie([*en_champs(dit), ("commune", await nom_du_code(qui.api, emploi["code_insee"]))])
    return _page(qui, GESTES[quoi], compte, emploi, nomenclatures, saisie, echec)


async def _lus(qui: Visiteur, compte_id: UUID) -> tuple[Any, Any]:
    compte, nomenclatures = await asyncio.gather(
        qui.api.lire(f"{_API}/{compte_id}"), qui.request.app.state.nomenclatures.de("comptes")
    )
    return compte.corps, nomenclatures


def _page(
    qui: Visiteur,
    geste: Geste,
    compte: Any,
    emploi: Any,
    nomenclatures: Any,
    saisie: Saisie,
    echec: Echec | None,
) -> Response:
    return qui.page(
        "gestion/emploi.html",
        statut_de(echec),
        u=compte,
        emploi=emploi,
        g=geste,
        types=nomenclatures["type_contrat"],
        motifs=nomenclatures["motif_fin"],
        saisie=saisie,
        fautes=fautes_de(echec, "/raison"),
    )
