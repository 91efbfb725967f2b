"""L'employeur que donne ProConnect et que La Coop ne connaît pas : nouveau, second, ou une erreur."""

import asyncio
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

_API = "/comptes/moi/employeur"
_ERREUR = "erreur"
_SANS_REPONSE = {"erreurs": [{"pointeur": "/reponse", "message": "Choisissez une réponse."}]}
_DIT = {"reponse": Sorte.TEXTE, "siret": Sorte.TEXTE}
_EMPLOI = {
    "emploi_id": Sorte.TEXTE,
    "nom": Sorte.TEXTE,
    "code_insee": Sorte.TEXTE,
    "type_contrat": Sorte.TEXTE,
    "debut": Sorte.JOUR,
    "fin_prevue": Sorte.JOUR,
}


@router.get("/espace/employeur")
async def demander(qui: Connecte) -> Response:
    """Ce que ProConnect dit, et mes emplois d'ici."""
    return await _page(qui, None)


@router.post("/espace/employeur")
async def repondre(qui: Connecte) -> Response:
    """Dire ce qu'il en est."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, _DIT if saisie.un("reponse") == _ERREUR else _DIT | _EMPLOI)
    try:
        if not saisie.un("reponse"):
            raise Refus(422, _SANS_REPONSE)
        await qui.api.ecrire("POST", _API, corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, saisie, echec)
    return qui.aller("/espace/profil?fait=employeur#t-emplois")


async def _page(qui: Visiteur, saisie: Saisie | None, echec: Echec | None = None) -> Response:
    propose, emplois, nomenclatures = await asyncio.gather(
        qui.api.lire(_API),
        qui.api.lire("/comptes/moi/emplois"),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    dit = propose.corps
    if dit["siret"] is None and saisie is None:
        return qui.aller("/espace/profil#t-emplois")
    trouve = dit["etablissement"] or {}
    return qui.page(
        "profil/employeur.html",
        statut_de(echec),
        propose=dit,
        en_cours=[e for e in emplois.corps if e["fin"] is None],
        reponses=nomenclatures["reponse_employeur"],
        types=nomenclatures["type_contrat"],
        saisie=saisie
        or Saisie(
            [
                ("emploi_id", str(uuid4())),
                ("siret", dit["siret"]),
                ("nom", trouve.get("nom", "")),
                ("code_insee", trouve.get("code_insee") or ""),
                ("debut", f"{qui.aujourd_hui}"),
            ]
        ),
        fautes=fautes_de(echec, "/reponse"),
    )
