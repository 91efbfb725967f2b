"""Mes données : les télécharger, corriger, en limiter l'usage ; fermer mon compte, et le rouvrir."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.passerelle import Muette, Refus
from portail.visiteur import COMPTE_FERME, Connecte, Visiteur

router = APIRouter()

ICI = "/espace/profil/donnees"
_FAIT = {
    "rectification": "Votre demande est enregistrée : le support vous répond sous un mois.",
    "limitee": "Votre nom ne se lit plus ailleurs que chez vous.",
    "levee": "Votre nom se lit de nouveau.",
}


@router.get(ICI)
async def donnees(qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Mes droits sur mes données."""
    return await _page(qui, Saisie([]), message=_FAIT.get(fait))


@router.post(f"{ICI}/rectification")
async def rectifier(qui: Connecte) -> Response:
    """Signaler ce qui est faux."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"texte": Sorte.TEXTE})
    try:
        await qui.api.ecrire("POST", "/comptes/moi/rectification", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _page(qui, saisie, echec)
    return qui.aller(f"{ICI}?fait=rectification")


@router.post(f"{ICI}/limitation")
async def limiter(qui: Connecte) -> Response:
    """Limiter l'usage de mes données, ou lever la limitation."""
    saisie = await recue(qui.request)
    corps = {"limitation": saisie.un("limitation") == "oui"}
    await qui.api.ecrire("PUT", "/comptes/moi/limitation", corps, csrf=saisie.un("csrf"))
    return qui.aller(f"{ICI}?fait={'limitee' if corps['limitation'] else 'levee'}")


@router.get("/espace/profil/fermer")
async def demander_a_fermer(qui: Connecte) -> Response:
    """Ce que fermer mon compte veut dire."""
    return qui.page("profil/fermer.html", fautes={})


@router.post("/espace/profil/fermer")
async def fermer(qui: Connecte) -> Response:
    """Fermer mon compte."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", "/comptes/moi/fermeture", csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return qui.page("profil/fermer.html", statut_de(echec), fautes=fautes_de(echec))
    return qui.aller("/connexion?fait=ferme")


@router.get(COMPTE_FERME)
async def compte_ferme(qui: Connecte) -> Response:
    """Mon compte est fermé : le rouvrir, ou repartir."""
    assert qui.moi is not None
    if not qui.moi["effacement_le"]:
        return qui.aller("/espace")
    return qui.page("profil/ferme.html")


@router.post(COMPTE_FERME)
async def rouvrir(qui: Connecte) -> Response:
    """Rouvrir mon compte."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", "/comptes/moi/reouverture", csrf=saisie.un("csrf"))
    return qui.aller("/espace")


async def _page(
    qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, message: str | None = None
) -> Response:
    return qui.page(
        "profil/donnees.html",
        statut_de(echec),
        demandes=await qui.api.lire_si_possible("/comptes/moi/demandes"),
        saisie=saisie,
        fautes=fautes_de(echec, "/texte"),
        message=message,
    )
