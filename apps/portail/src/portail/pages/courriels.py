"""Mes adresses : celles qui me trouvent, et une de plus, prouvée par un code."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/profil/courriels")

_DEMANDE = {"id": Sorte.TEXTE, "courriel": Sorte.TEXTE}
_CODE = {"code": Sorte.TEXTE}
_SUITE = {
    "ajoute": "/espace/profil/courriels?fait=ajoute",
    "rapproche": "/espace/profil/courriels?fait=rapproche",
    "confie": "/inscription/rapprochement",
}
"""Where the code leads, by what it allowed."""
_FAIT = {
    "rapproche": "Votre compte est retrouvé : cette adresse et votre identité y mènent.",
    "ajoute": "Cette adresse est à vous : elle trouve désormais votre compte.",
    "retire": "Adresse retirée.",
}


@router.get("")
async def courriels(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Les adresses qui trouvent mon compte."""
    return await _page(qui, Saisie([("id", str(uuid4()))]), message=_FAIT.get(fait))


@router.post("")
async def demander(qui: Connecte) -> Response:
    """Faire envoyer un code à une autre adresse."""
    saisie = await recue(qui.request)
    try:
        envoye = await qui.api.ecrire(
            "POST", "/comptes/moi/courriels", en_json(saisie, _DEMANDE), csrf=saisie.un("csrf")
        )
    except (Refus, Muette) as echec:
        return await _page(qui, saisie, echec)
    return qui.aller(f"/espace/profil/courriels/{envoye.corps['id']}")


@router.post("/retirer")
async def retirer(qui: Connecte) -> Response:
    """Retirer une de mes autres adresses."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"courriel": Sorte.TEXTE})
    await qui.api.ecrire("POST", "/comptes/moi/courriels/retrait", corps, csrf=saisie.un("csrf"))
    return qui.aller("/espace/profil/courriels?fait=retire")


@router.get("/{preuve_id}")
async def attendre(preuve_id: UUID, qui: Connecte) -> Response:
    """Où rendre le code reçu."""
    return qui.page("profil/code.html", saisie=Saisie([]), fautes={})


@router.post("/{preuve_id}")
async def rendre(preuve_id: UUID, qui: Connecte) -> Response:
    """Rendre le code reçu."""
    saisie = await recue(qui.request)
    try:
        preuve = await qui.api.ecrire(
            "POST",
            f"/comptes/moi/courriels/{preuve_id}/code",
            en_json(saisie, _CODE),
            csrf=saisie.un("csrf"),
        )
    except (Refus, Muette) as echec:
        return qui.page("profil/code.html", statut_de(echec), saisie=saisie, fautes=fautes_de(echec, "/code"))
    return qui.aller(_SUITE[preuve.corps["resultat"]])


async def _page(
    qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, message: str | None = None
) -> Response:
    return qui.page(
        "profil/courriels.html",
        statut_de(echec),
        adresses=await qui.api.lire_si_possible("/comptes/moi/courriels"),
        saisie=saisie,
        fautes=fautes_de(echec, "/courriel"),
        message=message,
    )
