"""L'inscription : son profil et les conditions, puis son employeur. Une étape ne se saute pas."""

import asyncio
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_PROFIL = {"role": Sorte.TEXTE, "id": Sorte.TEXTE, "cgu_acceptees": Sorte.OUI_NON, "version_cgu": Sorte.TEXTE}
EMPLOYEUR = {
    "id": Sorte.TEXTE,
    "siret": Sorte.TEXTE,
    "nom": Sorte.TEXTE,
    "debut": Sorte.TEXTE,
    "fin_prevue": Sorte.TEXTE,
}


@router.get("/inscription")
async def reprendre(qui: Connecte) -> Response:
    """L'étape où la personne en est."""
    assert qui.moi is not None
    if qui.moi["inscription"] != "terminee":
        return await _profil(qui, Saisie([("id", str(uuid4()))]))
    if (await qui.api.lire("/comptes/moi/emplois")).corps:
        return qui.aller("/espace")
    propose = qui.moi["siret"] or ""
    return _employeur(qui, Saisie([("id", str(uuid4())), ("siret", propose)]))


@router.post("/inscription/profil")
async def choisir(qui: Connecte) -> Response:
    """Choisir son rôle et accepter les conditions."""
    saisie = await recue(qui.request)
    corps = {"cgu_acceptees": False} | en_json(saisie, _PROFIL)
    try:
        await qui.api.ecrire("POST", "/comptes/moi/role", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _profil(qui, saisie, echec)
    return qui.aller("/inscription")


@router.post("/inscription/employeur")
async def declarer(qui: Connecte) -> Response:
    """Déclarer l'emploi en cours."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire(
            "POST", "/comptes/moi/emplois", en_json(saisie, EMPLOYEUR), csrf=saisie.un("csrf")
        )
    except (Refus, Muette) as echec:
        return _employeur(qui, saisie, echec)
    return qui.aller("/espace")


async def _profil(qui: Visiteur, saisie: Saisie, echec: Echec | None = None) -> Response:
    cgu, nomenclatures = await asyncio.gather(
        qui.api.lire("/auth/cgu"), qui.request.app.state.nomenclatures.de("comptes")
    )
    return qui.page(
        "inscription/profil.html",
        statut_de(echec),
        saisie=saisie,
        fautes=fautes_de(echec),
        cgu=cgu.corps,
        roles=nomenclatures["role"],
    )


def _employeur(qui: Visiteur, saisie: Saisie, echec: Echec | None = None) -> Response:
    return qui.page("inscription/employeur.html", statut_de(echec), saisie=saisie, fautes=fautes_de(echec))
