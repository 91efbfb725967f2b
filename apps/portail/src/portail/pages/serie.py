"""Une série de comptes rendus : une ligne par personne, le jour et le lieu une seule fois."""

import datetime as dt
from contextlib import suppress
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail import brouillons, mes_lieux, serie
from portail.affichage import duree, pluriel
from portail.formulaires import Saisie, recue
from portail.nomenclatures import libelles
from portail.pages.cra import les_habitudes
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.saisie_cra import Habitudes, Lue
from portail.saisie_cra import vierge as individuel_vierge
from portail.visiteur import Connecte, PourTous, Visiteur, connecte

router = APIRouter()

CHEMIN = "/espace/cra/serie"
MODES = {
    "ligne_a_ligne": "Enregistrer les lignes justes, garder ici celles à corriger",
    "tout_ou_rien": "Ne rien enregistrer tant qu’une ligne est à corriger",
}


@router.get(CHEMIN)
async def ouvrir(qui: Connecte, repris: Annotated[UUID | None, Query(alias="brouillon")] = None) -> Response:
    """Douze lignes ; d'autres à la demande."""
    brouillon = await brouillons.reprendre(qui, repris) if repris is not None else None
    if brouillon is not None:
        saisie = brouillon.saisie.avec("id", str(repris))
        return await _page(qui, saisie, fautes=brouillon.fautes, message="Voici votre brouillon.")
    message = None if repris is None else "Ce brouillon n’est plus là : il a été enregistré, ou effacé."
    habitudes = await les_habitudes(qui)
    communs = individuel_vierge(habitudes, str(uuid4())).avec("mode", "ligne_a_ligne")
    return await _page(qui, serie.vierge(communs, habitudes.duree), habitudes=habitudes, message=message)


@router.post(CHEMIN)
async def enregistrer(qui: PourTous) -> Response:
    """Enregistrer la série, comme le médiateur l'a choisi : tout ou rien, ou ligne à ligne."""
    saisie = await recue(qui.request)
    if saisie.un("plus") or saisie.un("retrouver"):
        await connecte(qui)
        debut, fin = serie.combien(saisie), min(serie.LIGNES_MAX, serie.combien(saisie) + serie.DE_PLUS)
        plus = [(f"l/{n}/id", str(uuid4())) for n in range(debut, fin)] if saisie.un("plus") else []
        return await _page(qui, saisie.avec("plus", "").avec("retrouver", "").rempli_par(plus))
    lue = serie.Serie([], [], Lue({}))
    try:
        lue = await serie.lue(qui.api, saisie, await qui.request.app.state.nomenclatures.de("activites"))
        if not lue.activites:
            vide = {"": "Aucune ligne n’est remplie."}
            return await _refusee(qui, saisie, 422, vide | lue.commune.fautes, lue)
        mode = saisie.un("mode") if saisie.un("mode") in MODES else "ligne_a_ligne"
        corps = {"mode": mode, "activites": lue.activites}
        envoyer = partial(_envoyer, qui, corps, saisie.un("csrf"))
        lieu_id = lue.commune.corps.get("lieu_id")
        rapport, ajoute = await mes_lieux.avec_le_lieu(qui.api, lieu_id, saisie.un("csrf"), envoyer)
    except SessionAbsente:
        if qui.par_script:
            raise
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=CHEMIN)
    except Muette:
        message = "Le service ne répond pas. Votre série est toujours là : réessayez dans un moment."
        return await _refusee(qui, saisie, 503, {"": message} | lue.commune.fautes, lue)
    except Refus as refus:
        # What is common comes first: said of each row too, it is said once, in the words of this page.
        return await _refusee(qui, saisie, refus.statut, lue.commune.fautes | refus.fautes(), lue)
    return await _apres(qui, saisie, lue, rapport, lieu_ajoute=ajoute)


async def _envoyer(qui: Visiteur, corps: dict[str, Any], csrf: str) -> dict[str, Any]:
    """Le rapport. Raises Refus, et pour une ligne qui n'a de faute que son lieu : il est à toutes."""
    rapport: dict[str, Any] = (await qui.api.ecrire("POST", "/activites/lot", corps, csrf=csrf)).corps
    for ligne in rapport["lignes"]:
        if ligne["erreurs"] and not mes_lieux.sans_le_lieu(ligne["erreurs"]):
            raise Refus(422, {"erreurs": ligne["erreurs"]})
    return rapport


async def _apres(
    qui: Visiteur, saisie: Saisie, lue: serie.Serie, rapport: dict[str, Any], *, lieu_ajoute: bool
) -> Response:
    faits = [r for r, ligne in zip(lue.rangs, rapport["lignes"], strict=True) if ligne["etat"] != "refusee"]
    if not rapport["refusees"]:
        await brouillons.oublier(qui, saisie.un("id"), saisie)
        return qui.aller(f"/espace/activites?serie={len(faits)}{'&ajout=lieu' if lieu_ajoute else ''}")
    erreurs = [e for ligne in rapport["lignes"] for e in mes_lieux.sans_le_lieu(ligne["erreurs"])]
    fautes = lue.commune.fautes | {erreur["pointeur"]: erreur["message"] for erreur in erreurs}
    return await _refusee(qui, serie.sans(saisie, faits), 422, fautes, lue, faits=len(faits))


async def _refusee(
    qui: Visiteur, saisie: Saisie, statut: int, fautes: dict[str, str], lue: serie.Serie, *, faits: int = 0
) -> Response:
    situees = serie.fautes_situees(fautes, lue.rangs)
    if qui.par_script:
        return qui.dire({"fautes": situees}, statut)
    with suppress(Muette):
        await connecte(qui)
    message = f"{pluriel(faits, 'compte rendu enregistré', 'comptes rendus enregistrés')}." if faits else None
    return await _page(qui, saisie, statut=statut, fautes=situees, lue=lue.commune, message=message)


async def _page(
    qui: Visiteur,
    saisie: Saisie,
    *,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
    lue: Lue | None = None,
    message: str | None = None,
    habitudes: Habitudes | None = None,
) -> Response:
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    habitudes = habitudes or await les_habitudes(qui)
    noms = {champ: libelles(termes) for champ, termes in nomenclatures.items()}
    d_abord = [t for t in habitudes.sujets if t in noms["thematiques"]]
    return qui.page(
        "cra/serie.html",
        statut,
        saisie=saisie,
        fautes=fautes or {},
        lue=lue or Lue({}),
        h=habitudes,
        sujets=[(t, noms["thematiques"][t]) for t in dict.fromkeys([*d_abord, *noms["thematiques"]])],
        durees=[(d, duree(d)) for d in habitudes.durees],
        ages=[a for a in reversed(noms["tranche_age"].items()) if a[0] != "non_communique"],
        genres=list(noms["genre"].items()),
        statuts=[s for s in noms["statut_social"].items() if s[0] != "non_communique"],
        lignes=serie.combien(saisie) or serie.LIGNES,
        lignes_max=serie.LIGNES_MAX,
        modes=[{"code": code, "libelle": libelle} for code, libelle in MODES.items()],
        aujourd_hui=habitudes.aujourd_hui,
        hier=habitudes.aujourd_hui - dt.timedelta(days=1),
        message=message,
    )
