"""Mes activités : par jour ou en tableau, une par une."""

import asyncio
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.activites import montrees
from portail.formulaires import recue
from portail.nomenclatures import libelles
from portail.visiteur import Connecte, PourTous

router = APIRouter()

_PAR_PAGE = 50


@router.get("/espace/activites")
async def liste(
    qui: Connecte,
    vue: Annotated[str, Query(max_length=10)] = "jour",
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    apres: Annotated[str | None, Query(max_length=2000)] = None,
    enregistre: Annotated[str | None, Query(max_length=40)] = None,
    supprime: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Les plus récentes d'abord ; les filtres sont dans l'adresse."""
    filtres: dict[str, Any] = {"du": du, "au": au, "types": types or []}
    lue, nomenclatures = await asyncio.gather(
        qui.api.lire("/activites", **filtres, apres=apres, limite=_PAR_PAGE),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    activites = montrees(lue.corps["elements"], nomenclatures)
    choisis = [(nom, v) for nom, v in filtres.items() if v]
    message = "Compte rendu enregistré." if enregistre else "Compte rendu supprimé." if supprime else None
    return qui.page(
        "activites/resultats.html" if qui.veut_la_partie("resultats") else "activites/liste.html",
        activites=activites,
        jours=[(jour, list(du_jour)) for jour, du_jour in groupby(activites, key=lambda a: a["date"])],
        vue=vue,
        filtres=filtres,
        suivante=lue.corps["suivant"]
        and "?" + urlencode([*choisis, ("vue", vue), ("apres", lue.corps["suivant"])], doseq=True),
        en_retard=lue.en_retard,
        message=message,
        requete=urlencode(choisis, doseq=True),
        n=nomenclatures,
    )


@router.get("/espace/activites/{activite_id}")
async def une(
    activite_id: UUID, qui: Connecte, corrige: Annotated[str | None, Query(max_length=5)] = None
) -> Response:
    """Tout le compte rendu."""
    lue, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/activites/{activite_id}"), qui.request.app.state.nomenclatures.de("activites")
    )
    return qui.page(
        "activites/fiche.html",
        a=lue.corps,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        message="Correction enregistrée." if corrige else None,
    )


@router.get("/espace/activites/{activite_id}/supprimer")
async def confirmer(activite_id: UUID, qui: Connecte) -> Response:
    """Une page, jamais une fenêtre : elle se lit, et « Retour » en sort."""
    lue = await qui.api.lire(f"/activites/{activite_id}")
    return qui.page("activites/supprimer.html", a=lue.corps)


@router.post("/espace/activites/{activite_id}/supprimer")
async def supprimer(activite_id: UUID, qui: PourTous) -> Response:
    """Supprimer cette activité : elle quitte la liste et les chiffres."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"/activites/{activite_id}", csrf=saisie.un("csrf"))
    return qui.aller(f"/espace/activites?supprime={activite_id}")
