"""Mes activités : par jour ou en tableau, une par une."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail import mes_lieux
from portail.activites import montrees
from portail.affichage import pluriel
from portail.annuaire import DEPARTEMENTS
from portail.filtres import (
    DEMARCHES,
    DISPOSITIF,
    RDV,
    SOURCES,
    TRIS,
    TRIS_DU_TABLEAU,
    VUES,
    Filtres,
    Plusieurs,
    connu,
    identifiants,
    plusieurs_communes,
    proposes,
    reproches,
    sujets_groupes,
    valeurs,
)
from portail.formulaires import recue
from portail.nomenclatures import libelles
from portail.passerelle import Refus, Reponse
from portail.rendez_vous import Meles, fenetre, par_journees, par_semaines, parmi
from portail.visiteur import Connecte, PourTous, Visiteur

router = APIRouter()

_PAGE = Filtres.PAGE
_PAR_PAGE = 50
_FAITS = 30


@router.get("/espace/activites")
async def liste(
    qui: Connecte,
    vue: Annotated[str, Query(max_length=10)] = "jour",
    tri: Annotated[str, Query(max_length=20)] = "recentes",
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    sujet: Plusieurs = None,
    lieu: Plusieurs = None,
    commune: Annotated[str, Query(max_length=500)] = "",
    tag: Plusieurs = None,
    departement: Plusieurs = None,
    beneficiaire: Plusieurs = None,
    employeur: Plusieurs = None,
    dispositif: Annotated[str, Query(max_length=1)] = "",
    demarches: Annotated[str, Query(max_length=1)] = "",
    source: Annotated[str, Query(max_length=2)] = "",
    rdv: Annotated[str, Query(max_length=1)] = "",
    rdvs: Annotated[list[str] | None, Query(max_length=6)] = None,
    apres: Annotated[str | None, Query(max_length=2000)] = None,
    rdvs_apres: Annotated[str | None, Query(max_length=2000)] = None,
    enregistre: Annotated[str | None, Query(max_length=40)] = None,
    supprime: Annotated[UUID | None, Query()] = None,
    repris: Annotated[str | None, Query(max_length=5)] = None,
    serie: Annotated[int | None, Query(ge=1, le=50)] = None,
    ajout: mes_lieux.AjoutParam = "",
    tous: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Les filtres sont dans l'adresse, et rien d'autre. tous : avec ceux qui se chargent après la page.
    rdvs_apres : la suite des rendez-vous de ses jours, quand ils sont trop."""
    ou, nomenclatures = await asyncio.gather(
        plusieurs_communes(qui.api, commune), qui.request.app.state.nomenclatures.de("activites")
    )
    etats = libelles(nomenclatures["etat_rdv"])
    filtres = Filtres(
        du=du,
        au=au,
        types=valeurs(types),
        sujet=valeurs(sujet),
        lieu=identifiants(lieu),
        commune=commune.strip(),
        tag=identifiants(tag),
        departement=valeurs(un.strip().upper() for un in departement or ()),
        beneficiaire=identifiants(beneficiaire),
        employeur=identifiants(employeur),
        dispositif=connu(dispositif, DISPOSITIF),
        demarches=connu(demarches, DEMARCHES),
        source=connu(source, SOURCES),
        rdv=connu(rdv, RDV),
        rdvs=tuple(etat for etat in etats if etat in (rdvs or ())),
    )
    vue = vue if vue in VUES else "jour"
    tri = tri if tri in TRIS or (vue == "tableau" and tri in TRIS_DU_TABLEAU) else "recentes"
    suite = {"vue": "" if vue == "jour" else vue, "tri": "" if tri == "recentes" else tri}
    par_jour = vue != "tableau" and filtres.avec_les_rdv
    demande = filtres.pour_l_api(ou.codes) | {"tri": suite["tri"], "sommes": "true", "apres": apres}
    (lue, faute), habitudes, meles = await asyncio.gather(
        _lue(qui, demande, ou.faute),
        qui.api.lire_si_possible("/activites/habitudes"),
        parmi(qui, filtres.rdvs, filtres.du, filtres.au) if par_jour else _aucun(),
    )
    partie = qui.veut_la_partie("resultats")
    choisis = bool(tous or filtres.beneficiaire or filtres.employeur)
    choix = replace(await proposes(qui.api, filtres, habitudes, entiers=choisis and not partie), etats=etats)
    activites = montrees(lue.corps["elements"], nomenclatures)
    ou_l_on_est = {
        "recentes": tri != "anciennes",
        "avant": apres is not None,
        "apres": lue.corps["suivant"] is not None,
    }
    if faute:
        meles = Meles()
    elif meles.autres:
        # Too many for one answer: those of the days of this page, then.
        dates = [str(a["date"]) for a in activites]
        bornes = fenetre(dates, filtres.du, filtres.au, **ou_l_on_est)
        meles = await parmi(qui, filtres.rdvs, *bornes, rdvs_apres)
    jours = par_journees(activites, meles.rdvs, **ou_l_on_est)
    message = "Compte rendu enregistré." if enregistre else "Compte rendu repris." if repris else None
    if serie:
        message = f"{pluriel(serie, 'compte rendu enregistré', 'comptes rendus enregistrés')}."
    message = mes_lieux.avec_l_ajout(message, ajout)
    reponse = qui.page(
        "activites/resultats.html" if partie else "activites/liste.html",
        422 if faute else 200,
        activites=activites,
        total=lue.corps["total"],
        accompagnements=lue.corps["accompagnements"],
        jours=jours,
        semaines=par_semaines(jours) if vue == "semaine" else (),
        meles=meles,
        vue=vue,
        tri=tri,
        tris=TRIS | TRIS_DU_TABLEAU,
        colonnes=filtres.tries(tri),
        vues=VUES,
        filtres=filtres,
        actifs=filtres.actifs(libelles(nomenclatures["thematiques"]), choix, **suite),
        faute=faute,
        # A coordinateur's own export holds their équipes too: this list does not.
        export=filtres.export(ou.codes, mediateurs=(qui.moi or {}).get("mediateur_id")),
        choix=choix,
        choisis=choisis,
        departements=DEPARTEMENTS,
        dispositif=DISPOSITIF,
        demarches=DEMARCHES,
        sources=SOURCES,
        rdv=RDV,
        suivante=(c := lue.corps["suivant"]) and filtres.adresse(**suite, apres=c),
        precedente=(c := lue.corps.get("precedent")) and filtres.adresse(**suite, apres=c),
        rdvs_d_avant=(c := meles.precedent) and filtres.adresse(**suite, apres=apres, rdvs_apres=c),
        rdvs_d_apres=(c := meles.suivant) and filtres.adresse(**suite, apres=apres, rdvs_apres=c),
        en_retard=lue.en_retard,
        message=message,
        sujets=sujets_groupes(nomenclatures),
        n=nomenclatures,
        supprime=supprime,
    )
    reponse.headers["HX-Push-Url"] = filtres.adresse(**suite, apres=apres, rdvs_apres=rdvs_apres)
    return reponse


async def _lue(qui: Visiteur, demande: dict[str, Any], faute: str) -> tuple[Reponse, str]:
    """La page de la liste ; ou aucune, et ce qu'il faut dire : mal demandée, elle en montrerait d'autres.

    faute : dans ce qui est écrit."""
    aucune = Reponse(422, {"elements": [], "total": 0, "accompagnements": 0, "suivant": None}, {})
    if faute:
        return aucune, faute
    try:
        return await qui.api.lire("/activites", **demande, limite=_PAR_PAGE), ""
    except Refus as refus:
        if refus.statut != 422:
            raise
        return aucune, reproches(refus)


async def _aucun() -> Meles:
    """Quand la page n'en montre pas."""
    return Meles()


@router.get("/espace/activites/choix")
async def choix_de_filtres(qui: Connecte) -> Response:
    """Les filtres par personne et par employeur, que la page n'attend pas pour s'ouvrir."""
    filtres = Filtres()
    choix = await proposes(qui.api, filtres, None, entiers=True)
    return qui.page("activites/choix.html", choix=choix, filtres=filtres)


@router.get("/espace/activites/supprimees")
async def corbeille(qui: Connecte, apres: Annotated[str | None, Query(max_length=2000)] = None) -> Response:
    """Celles que l'on peut encore reprendre."""
    lue, nomenclatures = await asyncio.gather(
        qui.api.lire("/activites/supprimees", apres=apres, limite=_PAR_PAGE),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    return qui.page(
        "activites/supprimees.html",
        activites=lue.corps["elements"],
        suivante=lue.corps["suivant"],
        types=libelles(nomenclatures["type"]),
        page=_PAGE,
        miennes="Mes activités",
        maintenant=qui.request.app.state.clock.now(),
    )


@router.get("/espace/activites/{activite_id}")
async def une(
    activite_id: UUID,
    qui: Connecte,
    corrige: Annotated[str | None, Query(max_length=5)] = None,
    ajout: mes_lieux.AjoutParam = "",
) -> Response:
    """Tout le compte rendu."""
    lue, emplois, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/activites/{activite_id}"),
        qui.api.lire_si_possible("/comptes/moi/emplois"),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    employeurs = {e["structure_id"]: e["nom_structure"] for e in emplois or ()}
    return qui.page(
        "activites/fiche.html",
        a=lue.corps,
        employeur=employeurs.get(lue.corps["structure_employeuse_id"]),
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        message=mes_lieux.avec_l_ajout("Correction enregistrée." if corrige else None, ajout),
    )


@router.get("/espace/activites/{activite_id}/histoire")
async def histoire(
    activite_id: UUID, qui: Connecte, apres: Annotated[str | None, Query(max_length=40)] = None
) -> Response:
    """Ce qu'il en est advenu, et ce que chaque correction a changé."""
    lue = await qui.api.lire(f"/activites/{activite_id}/histoire", limite=_FAITS, apres=apres)
    return qui.page(
        "activites/histoire.html",
        page=_PAGE,
        miennes="Mes activités",
        activite_id=activite_id,
        faits=lue.corps["elements"],
        anciens=lue.corps["suivant"],
        debut=apres is None,
    )


@router.get("/espace/activites/{activite_id}/supprimer")
async def confirmer(activite_id: UUID, qui: Connecte) -> Response:
    """Une page, jamais une fenêtre : elle se lit, et « Retour » en sort."""
    lue = await qui.api.lire(f"/activites/{activite_id}")
    return qui.page("activites/supprimer.html", a=lue.corps, page=_PAGE)


@router.post("/espace/activites/{activite_id}/supprimer")
async def supprimer(activite_id: UUID, qui: PourTous) -> Response:
    """Supprimer cette activité : elle quitte la liste et les chiffres."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/activites/{activite_id}", csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/activites?supprime={activite_id}")


@router.post("/espace/activites/{activite_id}/restaurer")
async def restaurer(activite_id: UUID, qui: PourTous) -> Response:
    """Revenir sur une suppression : l'activité et ses chiffres reviennent."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", f"/activites/{activite_id}/restauration", csrf=saisie.un("csrf"))
    return qui.aller("/espace/activites?repris=oui")
