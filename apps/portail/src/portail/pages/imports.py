"""Importer des comptes rendus : un fichier, ses colonnes, un essai à blanc, puis l'import."""

import base64
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, recue, recue_avec_fichier
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

CHEMIN = "/espace/activites/importer"
FICHIER_MAX = 5_000_000
FORMULAIRE_MAX = FICHIER_MAX + 10_000
_API = "/activites/imports"
_SECONDES = 60.0
_FAUTES_MONTREES = 200
MODES = {
    "lignes_justes": "Importer les lignes justes, laisser celles à corriger",
    "tout_ou_rien": "Ne rien importer tant qu’une ligne est à corriger",
}
_DITS = {
    "perdu": "Ce fichier n’est plus gardé : déposez-le de nouveau.",
    "renonce": "Ce fichier est oublié : rien n’en a été importé de plus.",
}


@router.get(CHEMIN)
async def ouvrir(qui: Connecte, dit: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Choisir un fichier."""
    return _depot(qui, str(uuid4()), message=_DITS.get(dit))


@router.post(CHEMIN)
async def deposer(qui: Connecte) -> Response:
    """Déposer le fichier : ses colonnes sont reconnues à la page suivante."""
    saisie, fichier = await recue_avec_fichier(qui.request, "fichier")
    if not fichier:
        return _depot(qui, saisie.un("id"), 422, {"/fichier": "Choisissez un fichier."})
    depot = {"id": saisie.un("id"), "fichier": base64.b64encode(fichier).decode()}
    try:
        await qui.api.ecrire("POST", _API, depot, csrf=saisie.un("csrf"), secondes=_SECONDES)
    except (Refus, Muette) as echec:
        return _depot(qui, saisie.un("id"), statut_de(echec), fautes_de(echec, "/fichier"))
    return qui.aller(f"{CHEMIN}/{saisie.un('id')}")


@router.get(f"{CHEMIN}/{{import_id}}")
async def colonnes(qui: Connecte, import_id: UUID) -> Response:
    """Ce que chaque colonne du fichier donne : à confirmer ou à corriger."""
    return await _colonnes(qui, import_id)


@router.post(f"{CHEMIN}/{{import_id}}")
async def avancer(qui: Connecte, import_id: UUID) -> Response:
    """Essayer à blanc, puis importer ; renvoyé, le même fichier n'ajoute rien."""
    saisie = await recue(qui.request)
    etape = saisie.un("etape")
    if etape == "renoncer":
        await qui.api.ecrire("DELETE", f"{_API}/{import_id}", csrf=saisie.un("csrf"))
        return qui.aller(f"{CHEMIN}?dit=renonce")
    demande: dict[str, Any] = {"correspondance": _choisies(saisie)}
    if etape == "importer":
        demande["mode"] = saisie.un("mode") if saisie.un("mode") in MODES else "tout_ou_rien"
    chemin = f"{_API}/{import_id}/{'execution' if etape == 'importer' else 'essai'}"
    try:
        lu = await qui.api.ecrire("POST", chemin, demande, csrf=saisie.un("csrf"), secondes=_SECONDES)
    except (Refus, Muette) as echec:
        if isinstance(echec, Refus) and echec.nom == "ImportInconnu":
            return qui.aller(f"{CHEMIN}?dit=perdu")
        return await _colonnes(qui, import_id, saisie, echec)
    rapport = lu.corps
    return qui.page(
        "activites/importer/rapport.html",
        import_id=import_id,
        r=rapport,
        essai=etape != "importer",
        montrees=rapport["fautes"][:_FAUTES_MONTREES],
        choisies=[(nom, valeur) for nom, valeur in saisie.champs if nom.startswith(("t/", "c/"))],
        modes=[{"code": code, "libelle": libelle} for code, libelle in MODES.items()],
        saisie=Saisie([("mode", saisie.un("mode") or "lignes_justes")]),
        fautes={},
    )


def _choisies(saisie: Saisie) -> list[dict[str, str]]:
    """Les colonnes dont on fait quelque chose."""
    titres = {nom.removeprefix("t/"): titre for nom, titre in saisie.champs if nom.startswith("t/")}
    donnes = {rang: saisie.un(f"c/{rang}") for rang in titres}
    return [{"titre": titres[rang], "champ": champ} for rang, champ in donnes.items() if champ]


def _depot(
    qui: Visiteur,
    import_id: str,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
    message: str | None = None,
) -> Response:
    return qui.page(
        "activites/importer/depot.html", statut, import_id=import_id, fautes=fautes or {}, message=message
    )


async def _colonnes(
    qui: Visiteur, import_id: UUID, saisie: Saisie | None = None, echec: Echec | None = None
) -> Response:
    try:
        lu = (await qui.api.lire(f"{_API}/{import_id}")).corps
    except Refus as refus:
        if refus.nom != "ImportInconnu":
            raise
        return qui.aller(f"{CHEMIN}?dit=perdu")
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    champs = nomenclatures["colonnes_importees"]
    proposees = [(f"c/{n}", c["champ"] or "") for n, c in enumerate(lu["colonnes"])]
    # What is wrong with the columns is wrong with them all: said above them, tied to none.
    fautes = {"": " ".join(fautes_de(echec).values())} if echec else {}
    return qui.page(
        "activites/importer/colonnes.html",
        statut_de(echec),
        import_id=import_id,
        lu=lu,
        champs=champs,
        noms=libelles(champs),
        saisie=saisie or Saisie(proposees),
        fautes=fautes,
    )
