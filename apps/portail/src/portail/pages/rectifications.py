"""Les rectifications que les personnes demandent : les lire, y répondre."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion/rectifications")

_ICI = "/gestion/rectifications"
_API = "/comptes/gestion/rectifications"
_PAR_PAGE = 50
_REPONSE = {"acceptee": Sorte.OUI_NON, "raison": Sorte.TEXTE}
ISSUES = (
    {"code": "oui", "libelle": "Acceptée : c’est corrigé"},
    {"code": "non", "libelle": "Refusée"},
)


@router.get("")
async def liste(
    qui: Connecte,
    traitees: Annotated[str, Query(max_length=3)] = "",
    apres: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Celles qui attendent une réponse, la plus ancienne d'abord ; ou celles qui en ont une."""
    oui = traitees == "oui"
    page = await qui.api.lire(_API, traitees="true" if oui else None, apres=apres, limite=_PAR_PAGE)
    suite = {"traitees": "oui"} if oui else {}
    suivant = page.corps["suivant"]
    return qui.page(
        "gestion/rectifications.html",
        demandes=page.corps["elements"],
        total=page.corps["total"],
        en_retard=page.en_retard,
        traitees=oui,
        suivante=suivant and f"{_ICI}?{urlencode({**suite, 'apres': suivant})}",
    )


@router.get("/{rectification_id}")
async def une(
    rectification_id: UUID, qui: Connecte, fait: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Une demande, et sa réponse."""
    message = "La réponse est enregistrée : la personne la lit avec ses données." if fait else None
    return await _une(qui, rectification_id, Saisie([]), message=message)


@router.post("/{rectification_id}")
async def repondre(rectification_id: UUID, qui: Connecte) -> Response:
    """Y répondre."""
    saisie = await recue(qui.request)
    corps = {"raison": ""} | en_json(saisie, _REPONSE)
    try:
        await qui.api.ecrire("POST", f"{_API}/{rectification_id}/reponse", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _une(qui, rectification_id, saisie, echec)
    return qui.aller(f"{_ICI}/{rectification_id}?fait=reponse")


async def _une(
    qui: Visiteur,
    rectification_id: UUID,
    saisie: Saisie,
    echec: Echec | None = None,
    *,
    message: str | None = None,
) -> Response:
    lue = await qui.api.lire(f"{_API}/{rectification_id}")
    return qui.page(
        "gestion/rectification.html",
        statut_de(echec),
        d=lue.corps,
        en_retard=lue.en_retard,
        issues=ISSUES,
        saisie=saisie,
        fautes=fautes_de(echec, "/raison"),
        message=message,
    )
