"""Coordonner, et rendre compte aussi : ajouter la médiation à son rôle, ou la rendre."""

from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/profil/mediation")

_API = "/comptes/moi/role"
_CHOIX = {"id": Sorte.TEXTE, "cgu_acceptees": Sorte.OUI_NON, "version_cgu": Sorte.TEXTE}


@router.get("")
async def mediation(qui: Connecte) -> Response:
    """Ce que le rôle donne, ou ce que le rendre enlève."""
    if not qui.a_le_role("coordinateur"):
        return qui.aller("/espace/profil")
    return await _page(qui, Saisie([("id", str(uuid4()))]))


@router.post("/ajouter")
async def ajouter(qui: Connecte) -> Response:
    """Devenir médiateur aussi."""
    saisie = await recue(qui.request)
    corps = {"role": "mediateur", "cgu_acceptees": False} | en_json(saisie, _CHOIX)
    try:
        await qui.api.ecrire("POST", _API, corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, saisie, echec)
    return qui.aller("/espace/profil?fait=mediation")


@router.post("/rendre")
async def rendre(qui: Connecte) -> Response:
    """Ne garder que la coordination."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("DELETE", f"{_API}/mediateur", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, saisie, echec)
    return qui.aller("/espace/profil?fait=mediation_rendue")


async def _page(qui: Visiteur, saisie: Saisie, echec: Echec | None = None) -> Response:
    return qui.page(
        "profil/mediation.html",
        statut_de(echec),
        cgu=(await qui.api.lire("/auth/cgu")).corps,
        saisie=saisie,
        fautes=fautes_de(echec),
    )
