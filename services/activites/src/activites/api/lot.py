"""/activites/lot : plusieurs accompagnements individuels d'un même jour, en une fois."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from events.decider import Refusal, Refusals, refuse
from events.store.store import Conflict, Context, Intent, SomeRefused, Store, Written
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Mediateur
from web.docs import EXAMPLE_ID
from web.policies import allow
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from activites.api.activites import SERVICE, commandes_de, en_propre
from activites.api.saisies import INDIVIDUEL, NouvelIndividuel
from activites.api.statuses import DE_SAISIE
from activites.api.voisins import VoisinsDep
from activites.domain.activite import ACTIVITE, EnregistrerActivite
from activites.domain.refus import (
    ActiviteDejaEnregistree,
    AucunEmploi,
    IdentifiantRepete,
    LotDePlusieursJours,
)
from activites.policies.activites import SAISIR

router = APIRouter(prefix="/activites", tags=["Activités"])

AU_PLUS = 50


class LotSaisi(BaseModel):
    """Des accompagnements individuels d'un même jour, chacun avec l'identifiant que le client a choisi."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"mode": "tout_ou_rien", "activites": [{"id": EXAMPLE_ID, **INDIVIDUEL}]}]
        },
    )

    mode: Annotated[
        Literal["tout_ou_rien", "ligne_a_ligne"],
        Field(description="Une ligne refusée : rien n’est écrit, ou les autres le sont"),
    ]
    activites: Annotated[tuple[NouvelIndividuel, ...], Field(min_length=1, max_length=AU_PLUS)]


class Faute(BaseModel):
    """Ce qui est à corriger. pointeur : JSON Pointer dans le corps envoyé."""

    pointeur: str
    message: str
    type: str


class Ligne(BaseModel):
    """Ce qu'il est advenu d'une ligne du lot, dans son ordre."""

    id: UUID
    etat: Literal["enregistree", "deja_enregistree", "refusee"]
    erreurs: list[Faute] = []


class RapportDuLot(BaseModel):
    """Ligne par ligne. position : à rendre dans X-Position pour que la lecture attende tout le lot."""

    enregistrees: int
    refusees: int
    lignes: list[Ligne]
    position: str | None


@router.post(
    "/lot",
    responses=problems(
        *DE_SAISIE, AucunEmploi, ActiviteDejaEnregistree, LotDePlusieursJours, IdentifiantRepete
    ),
    dependencies=[allow(SAISIR)],
)
async def enregistrer(
    body: LotSaisi,
    moi: Mediateur,
    voisins: VoisinsDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDuLot:
    """Enregistrer une série d'accompagnements individuels, tout ou rien ou ligne à ligne, en une écriture.

    Ligne à ligne, les lignes refusées sont dites dans la réponse. Le même lot renvoyé n'écrit rien deux fois.
    """
    refuse(_du_lot(body.activites))
    saisies = [(a.id, a.contenu()) for a in body.activites]
    commandes = await commandes_de(EnregistrerActivite, saisies, moi, en_propre(moi), store, clock, voisins)
    intentions = [Intent(ACTIVITE(commande.activite_id), commande) for commande in commandes]
    issues: list[Issue]
    if body.mode == "tout_ou_rien":
        issues = await _ensemble(store, intentions, context)
    else:
        issues = await store.execute_many(intentions, context)
    ecrites = enumerate(zip(body.activites, issues, strict=True))
    lignes = [_ligne(rang, activite.id, issue) for rang, (activite, issue) in ecrites]
    positions = [issue.position for issue in issues if isinstance(issue, Written) and issue.position]
    if positions:
        response.headers["X-Position"] = f"{SERVICE}:{max(positions)}"
    return RapportDuLot(
        enregistrees=sum(ligne.etat == "enregistree" for ligne in lignes),
        refusees=sum(ligne.etat == "refusee" for ligne in lignes),
        lignes=lignes,
        position=response.headers.get("X-Position"),
    )


def _du_lot(activites: Sequence[NouvelIndividuel]) -> list[Refusal]:
    """Les fautes de l'ensemble : un seul jour, et chacun son identifiant."""
    jour, vus = activites[0].date, set[UUID]()
    fautes: list[Refusal] = []
    for rang, activite in enumerate(activites):
        if activite.date != jour:
            fautes.append(LotDePlusieursJours(field=f"/activites/{rang}/date"))
        if activite.id in vus:
            fautes.append(IdentifiantRepete(field=f"/activites/{rang}/id"))
        vus.add(activite.id)
    return fautes


type Issue = Written | Refusal | Conflict


async def _ensemble(
    store: Store[Any], intentions: Sequence[Intent[Any, Any, Any]], context: Context
) -> list[Issue]:
    """Toutes, ou aucune : lève les refus, chacun à sa place."""
    try:
        return [*await store.execute_whole(intentions, context)]
    except SomeRefused as refusees:
        refuse(s for rang, refus in refusees.refusals.items() for s in _situees(rang, refus))
        raise


def _situees(rang: int, refus: Refusal) -> list[Refusal]:
    """Les mêmes refus, chacun à sa place dans le lot."""
    seuls = refus.refusals if isinstance(refus, Refusals) else (refus,)
    return [type(un)(un.detail, field=f"/activites/{rang}{un.field or ''}") for un in seuls]


def _ligne(rang: int, activite_id: UUID, issue: Issue) -> Ligne:
    match issue:
        case Written():
            return Ligne(id=activite_id, etat="enregistree" if issue.changed else "deja_enregistree")
        case Refusal():
            fautes = [
                Faute(pointeur=un.field or "", message=str(un), type=type(un).__name__)
                for un in _situees(rang, issue)
            ]
            return Ligne(id=activite_id, etat="refusee", erreurs=fautes)
        case Conflict():
            faute = Faute(
                pointeur=f"/activites/{rang}",
                message="Cette activité vient de changer ailleurs : renvoyez-la.",
                type="VersionDepassee",
            )
            return Ligne(id=activite_id, etat="refusee", erreurs=[faute])
