"""Mes activités de coordination : en saisir une, les retrouver, corriger, dupliquer, supprimer, reprendre."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail import brouillons, modeles
from portail.ecarts import Ailleurs, Ecart
from portail.equipes import LISTE_MAX, Membres, a_cocher, membres_de_mes_equipes, par_equipe
from portail.filtres import TRIS, FiltresDeCoordination, Plusieurs, Proposes, identifiants, valeurs
from portail.formulaires import Saisie, recue
from portail.nomenclatures import libelles
from portail.pages.envoi import envoyer
from portail.saisie_coordination import (
    LIGNES_MAX,
    NOMS,
    Lue,
    Type,
    ecarts,
    en_mots,
    lignes,
    lire,
    relue,
    serree,
    structures_de,
)
from portail.saisie_cra import Habitudes, a_poser
from portail.visiteur import Connecte, PourTous, Visiteur, connecte

router = APIRouter()

_PAGE = FiltresDeCoordination.PAGE
_PAR_PAGE = 50
_BROUILLONS = 3
_FAITS = 30
_ETIQUETTES = 200
"""What the API gives at most in a page."""
_DUPLIQUE = "Voici une copie, à relire : rien n’est enregistré encore."
_REPRIS = "Voici votre brouillon. Relisez-le, puis enregistrez."
_SUIVANT = "Compte rendu enregistré. Vous pouvez saisir le suivant."
_DEFAUT: Type = "animation"

Repris = Annotated[UUID | None, Query(alias="brouillon")]
Apres = Annotated[str | None, Query(max_length=2000)]


@router.get("/espace/cra")
async def choisir(qui: Connecte) -> Response:
    """« Quel type d'activité ? », pour qui a les deux rôles ; chacun ne voit que ce qu'il saisit."""
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    return qui.page("cra/choisir.html", types=libelles(nomenclatures["type_coordination"]))


@router.get("/espace/cra/coordination/{type_}")
async def ouvrir(
    type_: Type,
    qui: Connecte,
    repris: Repris = None,
    enregistre: Annotated[UUID | None, Query()] = None,
    modele: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Un nouveau compte rendu, rempli d'un modèle si l'on veut, ou un brouillon repris."""
    message = _SUIVANT if enregistre else None
    if repris is not None:
        brouillon = await brouillons.reprendre(qui, repris)
        if brouillon is not None:
            saisie = brouillon.saisie.avec("id", str(repris))
            return await formulaire(qui, type_, saisie, fautes=brouillon.fautes, message=_REPRIS)
        message = "Ce brouillon n’est plus là : il a été enregistré, ou effacé."
    vierge = Saisie([("id", str(uuid4())), ("jour", f"{qui.aujourd_hui}"), ("duree", "60")])
    if modele is not None:
        garde = await modeles.ouvrir(qui, modele)
        vierge = vierge.rempli_par(garde.champs) if garde is not None else vierge
        message = message if garde is not None else "Ce modèle n’est plus là."
    offrir = repris is None and modele is None and not enregistre
    return await formulaire(qui, type_, vierge, message=message, offrir=offrir)


@router.post("/espace/cra/coordination/{type_}")
async def enregistrer(type_: Type, qui: PourTous) -> Response:
    """Enregistrer une activité de coordination."""
    saisie = await recue(qui.request)
    return await _recevoir(qui, type_, saisie if saisie.un("id") else saisie.avec("id", str(uuid4())))


@router.get(_PAGE)
async def liste(
    qui: Connecte,
    tri: Annotated[str, Query(max_length=10)] = "recentes",
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    tag: Plusieurs = None,
    apres: Apres = None,
    enregistre: Annotated[str | None, Query(max_length=40)] = None,
    supprime: Annotated[UUID | None, Query()] = None,
    repris: Annotated[str | None, Query(max_length=5)] = None,
) -> Response:
    """Les filtres sont dans l'adresse, et rien d'autre."""
    filtres = FiltresDeCoordination(du, au, valeurs(types), tag=identifiants(tag))
    suite = {"tri": "anciennes" if tri == "anciennes" else ""}
    lue, posables, nomenclatures = await asyncio.gather(
        qui.api.lire(
            "/coordinations", **filtres.pour_l_api(()), tri=suite["tri"], apres=apres, limite=_PAR_PAGE
        ),
        etiquettes_posables(qui),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    activites: list[dict[str, Any]] = lue.corps["elements"]
    etiquettes = {str(e["id"]): str(e["nom"]) for e in posables}
    reponse = qui.page(
        "coordinations/resultats.html" if qui.veut_la_partie("resultats") else "coordinations/liste.html",
        jours=[(jour, list(du_jour)) for jour, du_jour in groupby(activites, key=lambda a: a["date"])],
        combien=len(activites),
        total=lue.corps["total"],
        tri=tri,
        tris=TRIS,
        filtres=filtres,
        actifs=filtres.actifs({}, Proposes(etiquettes=etiquettes), **suite),
        etiquettes=etiquettes,
        export=filtres.export(()),
        formats=nomenclatures["format"],
        suivante=(c := lue.corps["suivant"]) and filtres.adresse(**suite, apres=c),
        precedente=(c := lue.corps.get("precedent")) and filtres.adresse(**suite, apres=c),
        en_retard=lue.en_retard,
        message="Compte rendu enregistré." if enregistre else "Compte rendu repris." if repris else None,
        types=NOMS,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        supprime=supprime,
    )
    reponse.headers["HX-Push-Url"] = filtres.adresse(**suite, apres=apres)
    return reponse


@router.get(f"{_PAGE}/supprimees")
async def corbeille(qui: Connecte, apres: Apres = None) -> Response:
    """Celles que l'on peut encore reprendre."""
    lue = await qui.api.lire("/coordinations/supprimees", apres=apres, limite=_PAR_PAGE)
    return qui.page(
        "activites/supprimees.html",
        activites=lue.corps["elements"],
        suivante=lue.corps["suivant"],
        types=NOMS,
        page=_PAGE,
        miennes="Mes activités de coordination",
        maintenant=qui.request.app.state.clock.now(),
    )


@router.get(f"{_PAGE}/{{coordination_id}}")
async def une(
    coordination_id: UUID, qui: Connecte, corrige: Annotated[str | None, Query(max_length=5)] = None
) -> Response:
    """Tout le compte rendu."""
    lue, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/coordinations/{coordination_id}"),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    personnes = await _personnes(qui, lue.corps.get("personnes") or ())
    return qui.page(
        "coordinations/fiche.html",
        a=lue.corps,
        nom=lue.corps.get("nom") or NOMS[lue.corps["type"]],
        type=NOMS[lue.corps["type"]],
        reponses=en_mots(lue.corps, nomenclatures, personnes),
        message="Correction enregistrée." if corrige else None,
    )


@router.get(f"{_PAGE}/{{coordination_id}}/histoire")
async def histoire(coordination_id: UUID, qui: Connecte, apres: Apres = None) -> Response:
    """Ce qu'il en est advenu, et ce que chaque correction a changé."""
    lue = await qui.api.lire(f"/coordinations/{coordination_id}/histoire", limite=_FAITS, apres=apres)
    return qui.page(
        "activites/histoire.html",
        page=_PAGE,
        miennes="Mes activités de coordination",
        activite_id=coordination_id,
        faits=lue.corps["elements"],
        anciens=lue.corps["suivant"],
        debut=apres is None,
    )


@router.get(f"{_PAGE}/{{coordination_id}}/dupliquer")
async def dupliquer(coordination_id: UUID, qui: Connecte) -> Response:
    """Un nouveau compte rendu, rempli de celui-ci : tout en est repris, sauf ce qui le nomme."""
    lue = (await qui.api.lire(f"/coordinations/{coordination_id}")).corps
    type_: Type = lue["type"]
    saisie = relue(lue).avec("id", str(uuid4()))
    return await formulaire(qui, type_, saisie, message=_DUPLIQUE, chemin=Coordination(type_).chemin)


@router.get(f"{_PAGE}/{{coordination_id}}/corriger")
async def corriger(coordination_id: UUID, qui: Connecte, repris: Repris = None) -> Response:
    """Le formulaire, rempli de ce qui est enregistré, ou du brouillon de sa correction."""
    brouillon = await brouillons.reprendre(qui, coordination_id) if repris == coordination_id else None
    if brouillon is not None:
        return await formulaire(
            qui,
            type_de(brouillon.saisie),
            brouillon.saisie,
            fautes=brouillon.fautes,
            corrige=coordination_id,
            message=_REPRIS,
        )
    lue = await qui.api.lire(f"/coordinations/{coordination_id}")
    saisie = relue(lue.corps).avec("si_version", lue.etag or "")
    return await formulaire(qui, lue.corps["type"], saisie, corrige=coordination_id)


@router.post(f"{_PAGE}/{{coordination_id}}/corriger")
async def enregistrer_correction(coordination_id: UUID, qui: PourTous) -> Response:
    """Enregistrer une correction, si personne n'a corrigé entre-temps."""
    saisie = await recue(qui.request)
    return await _recevoir(qui, type_de(saisie), saisie, corrige=coordination_id)


@router.get(f"{_PAGE}/{{coordination_id}}/supprimer")
async def confirmer(coordination_id: UUID, qui: Connecte) -> Response:
    """Une page, jamais une fenêtre : elle se lit, et « Retour » en sort."""
    lue = await qui.api.lire(f"/coordinations/{coordination_id}")
    return qui.page("activites/supprimer.html", a=lue.corps, page=_PAGE)


@router.post(f"{_PAGE}/{{coordination_id}}/supprimer")
async def supprimer(coordination_id: UUID, qui: PourTous) -> Response:
    """Supprimer cette activité : elle quitte la liste."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/coordinations/{coordination_id}", csrf=saisie.un("csrf"))
    return qui.aller(f"{_PAGE}?supprime={coordination_id}")


@router.post(f"{_PAGE}/{{coordination_id}}/restaurer")
async def restaurer(coordination_id: UUID, qui: PourTous) -> Response:
    """Revenir sur une suppression."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", f"/coordinations/{coordination_id}/restauration", csrf=saisie.un("csrf"))
    return qui.aller(f"{_PAGE}?repris=oui")


async def _recevoir(qui: Visiteur, type_: Type, saisie: Saisie, *, corrige: UUID | None = None) -> Response:
    if saisie.un("plus"):
        await connecte(qui)
        return await formulaire(qui, type_, saisie, corrige=corrige)
    return await envoyer(qui, Coordination(type_), serree(saisie), corrige=corrige)


def type_de(saisie: Saisie) -> Type:
    """Celui que le formulaire porte."""
    connus: dict[str, Type] = {t: t for t in NOMS}
    return connus.get(saisie.un("type"), _DEFAUT)


async def etiquettes_posables(qui: Visiteur) -> list[dict[str, Any]]:
    """Celles que l'on peut poser, les plus posées par soi d'abord ; aucune si cette partie se tait."""
    lues = await qui.api.lire_si_possible("/tags", tri="usage", limite=_ETIQUETTES)
    return lues["elements"] if lues else []


async def _personnes(qui: Visiteur, comptes: Sequence[str]) -> dict[str, str]:
    """Nom par compte, de ceux de ces comptes qui sont ou furent de mes équipes."""
    membres = await membres_de_mes_equipes(qui, comptes=comptes[:LISTE_MAX])
    return {m["compte_id"]: m["nom"] for m in membres or () if m["nom"]}


@dataclass(frozen=True, slots=True)
class Coordination:
    """Un compte rendu de coordination, pour qui l'envoie (`envoi`)."""

    type: Type
    api: str = "/coordinations"
    liste: str = _PAGE

    @property
    def chemin(self) -> str:
        return brouillons.ADRESSES[self.type]

    async def lire(self, qui: Visiteur, saisie: Saisie) -> Lue:
        return lire(saisie, self.type)

    async def page(
        self,
        qui: Visiteur,
        saisie: Saisie,
        *,
        statut: int = 200,
        fautes: dict[str, str] | None = None,
        lue: Lue | None = None,
        corrige: UUID | None = None,
        message: str | None = None,
        ailleurs: Ailleurs | None = None,
    ) -> Response:
        return await formulaire(
            qui,
            self.type,
            saisie,
            statut=statut,
            fautes=fautes,
            corrige=corrige,
            message=message,
            ailleurs=ailleurs,
        )

    async def ecarts(
        self, qui: Visiteur, corps: dict[str, Any], enregistre: dict[str, Any]
    ) -> Sequence[Ecart]:
        personnes, etiquettes, nomenclatures = await asyncio.gather(
            _personnes(qui, [*(corps.get("personnes") or ()), *(enregistre.get("personnes") or ())]),
            etiquettes_posables(qui),
            qui.request.app.state.nomenclatures.de("activites"),
        )
        noms = personnes | {e["id"]: e["nom"] for e in etiquettes}
        return ecarts(corps, enregistre, nomenclatures, noms)


async def formulaire(
    qui: Visiteur,
    type_: Type,
    saisie: Saisie,
    *,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
    corrige: UUID | None = None,
    message: str | None = None,
    chemin: str | None = None,
    ailleurs: Ailleurs | None = None,
    offrir: bool = False,
) -> Response:
    """La page. chemin : où elle envoie, si ce n'est pas à son adresse.   offrir : un brouillon laissé."""
    nomenclatures, liables, etiquettes, laisses = await asyncio.gather(
        qui.request.app.state.nomenclatures.de("activites"),
        a_cocher(qui, saisie.tous("personnes")),
        etiquettes_posables(qui),
        _laisses(qui, offrir),
    )
    connues = {m["compte_id"] for m in liables.membres}
    return qui.page(
        "coordinations/formulaire.html",
        statut,
        type=type_,
        nom=NOMS[type_],
        saisie=saisie,
        fautes=fautes or {},
        n=nomenclatures,
        h=Habitudes(qui.aujourd_hui),
        aujourd_hui=qui.aujourd_hui,
        hier=qui.aujourd_hui - dt.timedelta(days=1),
        equipes=_presents(liables.membres, saisie),
        liables=liables,
        hors_de_mes_equipes=[p for p in saisie.tous("personnes") if p not in connues],
        etiquettes=a_poser(etiquettes, saisie),
        modele_id=saisie.un("modele_id") or str(uuid4()),
        structures=structures_de(type_),
        lignes=lignes(saisie, type_),
        lignes_max=LIGNES_MAX,
        chemins={t: (NOMS[t], Coordination(t).chemin) for t in NOMS},
        sorte="correction_coordination" if corrige else type_,
        fiche=_PAGE,
        corrige=corrige,
        message=message,
        laisses=laisses,
        ailleurs=ailleurs,
        hors_ligne=False,
        chemin=chemin or qui.request.url.path,
        maintenant=qui.request.app.state.clock.now(),
    )


async def _laisses(qui: Visiteur, offrir: bool) -> list[dict[str, Any]]:
    return await brouillons.derniers(qui, _BROUILLONS) if offrir else []


def _presents(membres: Membres, saisie: Saisie) -> list[tuple[str, list[dict[str, Any]]]]:
    """Par équipe, ceux que l'on peut cocher : les membres d'aujourd'hui, et les anciens déjà cochés."""
    coches = set(saisie.tous("personnes"))
    vus: set[str] = set()
    montres: list[tuple[str, list[dict[str, Any]]]] = []
    for equipe, eux in par_equipe(membres):
        # Once each: a person of two teams is ticked once.
        ici = [
            m
            for m in eux
            if m["compte_id"] not in vus and (m["statut"] != "ancien" or m["compte_id"] in coches)
        ]
        vus |= {m["compte_id"] for m in ici}
        if ici:
            montres.append((equipe, ici))
    return montres
