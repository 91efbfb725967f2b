"""« J'avais déjà un compte » : le retrouver par sa boîte. Mes identités ProConnect."""

import asyncio
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

ICI = "/inscription/rapprochement"
_DEMANDE = {"id": Sorte.TEXTE, "courriel": Sorte.TEXTE}


@router.get(ICI)
async def demander(qui: Connecte) -> Response:
    """Aviez-vous déjà un compte ?"""
    return await _demander(qui, Saisie([("id", str(uuid4()))]))


@router.post(ICI)
async def envoyer(qui: Connecte) -> Response:
    """Faire envoyer un code à l'adresse de l'autre compte."""
    saisie = await recue(qui.request)
    try:
        envoye = await qui.api.ecrire(
            "POST", "/comptes/moi/courriels", en_json(saisie, _DEMANDE), csrf=saisie.un("csrf")
        )
    except (Refus, Muette) as echec:
        return await _demander(qui, saisie, echec)
    return qui.aller(f"/espace/profil/courriels/{envoye.corps['id']}")


@router.get("/espace/profil/identites")
async def identites(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Les identités ProConnect qui ouvrent mon compte, et les comptes qui y mènent."""
    miennes, rapproches = await asyncio.gather(
        qui.api.lire_si_possible("/comptes/moi/identites"),
        qui.api.lire_si_possible("/comptes/moi/rapprochements"),
    )
    message = "Identité retirée : elle n’ouvre plus votre compte." if fait == "retiree" else None
    return qui.page("profil/identites.html", identites=miennes, rapprochements=rapproches, message=message)


@router.post("/espace/profil/identites/{identite_id}/retirer")
async def retirer(identite_id: UUID, qui: Connecte) -> Response:
    """Retirer une de mes identités, jamais la dernière."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/comptes/moi/identites/{identite_id}", csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil/identites?fait=retiree")


async def _demander(qui: Visiteur, saisie: Saisie, echec: Echec | None = None) -> Response:
    adresses, rapprochements = await asyncio.gather(
        qui.api.lire_si_possible("/comptes/moi/courriels"),
        qui.api.lire_si_possible("/comptes/moi/rapprochements"),
    )
    en_cours = [r for r in rapprochements or [] if r["etat"] in ("ouvert", "confie")]
    if adresses and echec is None and any(r["origine"] == "connexion" for r in en_cours):
        saisie = saisie.avec("courriel", adresses["principal"])
    return qui.page(
        "inscription/rapprochement.html",
        statut_de(echec),
        adresses=adresses,
        en_cours=en_cours,
        saisie=saisie,
        fautes=fautes_de(echec, "/courriel"),
    )
