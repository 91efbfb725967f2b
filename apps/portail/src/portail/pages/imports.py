"""Importer un fichier de comptes rendus ou de bénéficiaires : ses colonnes, un essai à blanc, l'import."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, recue, recue_avec_fichier
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

FICHIER_MAX = 5_000_000
FORMULAIRE_MAX = FICHIER_MAX + 10_000
_SECONDES = 60.0
_FAUTES_MONTREES = 200
MODES = {
    "lignes_justes": "Importer les lignes justes, laisser celles à corriger",
    "tout_ou_rien": "Ne rien importer tant qu’une ligne est à corriger",
}
DOUBLONS = {
    "laisser": "Laisser de côté les lignes qui ressemblent à quelqu’un",
    "importer": "Les importer aussi : ce sont d’autres personnes",
}
_DITS = {
    "perdu": "Ce fichier n’est plus gardé : déposez-le de nouveau.",
    "renonce": "Ce fichier est oublié : rien n’en a été importé de plus.",
}


@dataclass(frozen=True, slots=True)
class Sorte:
    """Ce que l'on importe. chemin, api : la page, et ce qu'elle demande.   colonnes : la nomenclature.

    liste : où l'on retrouve ce qui est importé.   noms, et la suite : au singulier, puis au pluriel.
    """

    chemin: str
    api: str
    colonnes: str
    liste: tuple[str, str]
    noms: tuple[str, str]
    ecrits: tuple[str, str]
    prets: tuple[str, str]
    deja: tuple[str, str]
    doublons: bool = False


COMPTES_RENDUS = Sorte(
    "/espace/activites/importer",
    "/activites/imports",
    "colonnes_importees",
    ("/espace/activites", "Mes activités"),
    ("compte rendu", "comptes rendus"),
    ("compte rendu enregistré", "comptes rendus enregistrés"),
    ("compte rendu prêt", "comptes rendus prêts"),
    ("était déjà enregistré", "étaient déjà enregistrés"),
)
BENEFICIAIRES = Sorte(
    "/espace/beneficiaires/importer",
    "/beneficiaires/imports",
    "colonnes_de_beneficiaires",
    ("/espace/beneficiaires", "Mes bénéficiaires"),
    ("bénéficiaire", "bénéficiaires"),
    ("bénéficiaire enregistré", "bénéficiaires enregistrés"),
    ("bénéficiaire prêt", "bénéficiaires prêts"),
    ("était déjà suivi ou effacé", "étaient déjà suivis ou effacés"),
    doublons=True,
)
CHEMINS = (COMPTES_RENDUS.chemin, BENEFICIAIRES.chemin)


def pages(s: Sorte) -> APIRouter:
    """Les pages d'une sorte d'import."""
    router = APIRouter()

    @router.get(s.chemin)
    async def ouvrir(qui: Connecte, dit: Annotated[str, Query(max_length=10)] = "") -> Response:
        """Choisir un fichier."""
        return _depot(qui, s, str(uuid4()), message=_DITS.get(dit))

    @router.post(s.chemin)
    async def deposer(qui: Connecte) -> Response:
        """Déposer le fichier : ses colonnes sont reconnues à la page suivante."""
        saisie, fichier = await recue_avec_fichier(qui.request, "fichier")
        if not fichier:
            return _depot(qui, s, saisie.un("id"), 422, {"/fichier": "Choisissez un fichier."})
        depot = {"id": saisie.un("id"), "fichier": base64.b64encode(fichier).decode()}
        try:
            await qui.api.ecrire("POST", s.api, depot, csrf=saisie.un("csrf"), secondes=_SECONDES)
        except (Refus, Muette) as echec:
            return _depot(qui, s, saisie.un("id"), statut_de(echec), fautes_de(echec, "/fichier"))
        return qui.aller(f"{s.chemin}/{saisie.un('id')}")

    @router.get(f"{s.chemin}/{{import_id}}")
    async def colonnes(qui: Connecte, import_id: UUID) -> Response:
        """Ce que chaque colonne du fichier donne : à confirmer ou à corriger."""
        return await _colonnes(qui, s, import_id)

    @router.post(f"{s.chemin}/{{import_id}}")
    async def avancer(qui: Connecte, import_id: UUID) -> Response:
        """Essayer à blanc, puis importer ; renvoyé, le même fichier n'ajoute rien."""
        saisie = await recue(qui.request)
        if saisie.un("etape") == "renoncer":
            await qui.api.ecrire("DELETE", f"{s.api}/{import_id}", csrf=saisie.un("csrf"))
            return qui.aller(f"{s.chemin}?dit=renonce")
        return await _avancer(qui, s, import_id, saisie)

    del ouvrir, deposer, colonnes, avancer
    return router


async def _avancer(qui: Visiteur, s: Sorte, import_id: UUID, saisie: Saisie) -> Response:
    etape = saisie.un("etape")
    demande: dict[str, Any] = {"correspondance": _choisies(saisie)}
    if etape == "importer":
        demande["mode"] = saisie.un("mode") if saisie.un("mode") in MODES else "tout_ou_rien"
        if s.doublons and saisie.un("doublons") in DOUBLONS:
            demande["doublons"] = saisie.un("doublons")
    chemin = f"{s.api}/{import_id}/{'execution' if etape == 'importer' else 'essai'}"
    try:
        lu = await qui.api.ecrire("POST", chemin, demande, csrf=saisie.un("csrf"), secondes=_SECONDES)
    except (Refus, Muette) as echec:
        if isinstance(echec, Refus) and echec.nom == "ImportInconnu":
            return qui.aller(f"{s.chemin}?dit=perdu")
        return await _colonnes(qui, s, import_id, saisie, echec)
    rapport = lu.corps
    return qui.page(
        "activites/importer/rapport.html",
        s=s,
        import_id=import_id,
        r=rapport,
        essai=etape != "importer",
        montrees=rapport["fautes"][:_FAUTES_MONTREES],
        semblables=rapport.get("ressemblances", [])[:_FAUTES_MONTREES],
        choisies=[(nom, valeur) for nom, valeur in saisie.champs if nom.startswith(("t/", "c/"))],
        modes=[{"code": code, "libelle": libelle} for code, libelle in MODES.items()],
        doublons=[{"code": code, "libelle": libelle} for code, libelle in DOUBLONS.items()],
        saisie=Saisie(
            [
                ("mode", saisie.un("mode") or "lignes_justes"),
                ("doublons", saisie.un("doublons") or "laisser"),
            ]
        ),
        fautes={},
    )


def _choisies(saisie: Saisie) -> list[dict[str, str]]:
    """Les colonnes dont on fait quelque chose."""
    titres = {nom.removeprefix("t/"): titre for nom, titre in saisie.champs if nom.startswith("t/")}
    donnes = {rang: saisie.un(f"c/{rang}") for rang in titres}
    return [{"titre": titres[rang], "champ": champ} for rang, champ in donnes.items() if champ]


def _depot(
    qui: Visiteur,
    s: Sorte,
    import_id: str,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
    message: str | None = None,
) -> Response:
    return qui.page(
        "activites/importer/depot.html",
        statut,
        s=s,
        import_id=import_id,
        fautes=fautes or {},
        message=message,
    )


async def _colonnes(
    qui: Visiteur, s: Sorte, import_id: UUID, saisie: Saisie | None = None, echec: Echec | None = None
) -> Response:
    try:
        lu = (await qui.api.lire(f"{s.api}/{import_id}")).corps
    except Refus as refus:
        if refus.nom != "ImportInconnu":
            raise
        return qui.aller(f"{s.chemin}?dit=perdu")
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    champs = nomenclatures[s.colonnes]
    proposees = [(f"c/{n}", c["champ"] or "") for n, c in enumerate(lu["colonnes"])]
    # What is wrong with the columns is wrong with them all: said above them, tied to none.
    fautes = {"": " ".join(fautes_de(echec).values())} if echec else {}
    return qui.page(
        "activites/importer/colonnes.html",
        statut_de(echec),
        s=s,
        import_id=import_id,
        lu=lu,
        champs=champs,
        noms=libelles(champs),
        saisie=saisie or Saisie(proposees),
        fautes=fautes,
    )


router = pages(COMPTES_RENDUS)
router_de_beneficiaires = pages(BENEFICIAIRES)
