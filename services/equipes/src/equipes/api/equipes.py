"""Les équipes : en créer, retrouver les siennes, en lire une."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Coordinateur
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import already, problems
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, AujourdHui, apres
from equipes.api.personnes import PersonnesDep
from equipes.api.reseau import CoordinateurLie, lie_lu
from equipes.domain.equipe import (
    EQUIPE,
    NOM_LONGUEUR_MAX,
    CreerEquipe,
    EquipeDejaCreee,
    EquipeInconnue,
    NomInvalide,
    TropDEquipes,
)
from equipes.domain.equipe_etat import Existante
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from equipes.policies import (
    CREER_EQUIPE,
    LIRE_SES_EQUIPES,
    LIRE_SES_MANDATS,
    VOIR_EQUIPE,
    EquipeDep,
    Place,
    PlaceDep,
    SiensDep,
)
from equipes.projections import invitations, mandats, membres, reseau
from equipes.projections.membres import Instant, Statut
from equipes.projections.tables import Rows

router = APIRouter(prefix="/equipes", tags=["Équipes"])

RESEAU_MAX = 200
"""Relations données avec l'équipe."""


class NouvelleEquipe(BaseModel):
    """L'équipe à créer ; `id` est choisi par l'appelant, répéter la demande ne crée rien de plus."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": EXAMPLE_ID, "nom": "Équipe du Nord"}]}
    )

    id: NewId
    nom: Annotated[str, Field(min_length=1, max_length=NOM_LONGUEUR_MAX)]


class Reference(BaseModel):
    """Ce qui a été enregistré."""

    id: UUID


class EquipeListee(BaseModel):
    """Une de mes équipes. depuis : début de mon mandat, ou de mon appartenance."""

    id: UUID
    nom: str
    creee_le: dt.datetime
    depuis: dt.datetime


class CoordinateurActuel(BaseModel):
    """Un coordinateur de l'équipe. nom : absent si l'identité ne répond pas."""

    coordinateur_id: UUID
    compte_id: UUID
    nom: str | None
    depuis: dt.datetime


class Effectifs(BaseModel):
    """Nombre de personnes par statut."""

    actifs: int
    inactifs: int
    anciens: int


class DepartPrevu(BaseModel):
    """Un coordinateur part. successeur : compte désigné ; absent, personne ne lui succède.

    nom : du successeur ; absent s'il n'est pas inscrit, ou si l'identité ne répond pas.   accord_attendu :
    rien ne lui passe avant qu'il accepte.
    """

    coordinateur_id: UUID
    effet_le: dt.datetime
    successeur: UUID | None
    nom: str | None
    accord_attendu: bool


class ReclamationEnCours(BaseModel):
    """Qui réclame l'équipe, et les voix des membres. ma_voix : la mienne, absente si je n'ai rien dit."""

    compte_id: UUID
    nom: str | None
    pour: int
    contre: int
    ma_voix: bool | None


class EquipeLue(BaseModel):
    """Une équipe. effectifs, invitations_en_attente, depart, reseau : donnés à ses coordinateurs seulement.

    reseau : les plus anciennes relations, 200 au plus ; `/equipes/{equipe_id}/reseau` les a toutes.
    coordinateurs : aucun, si elle est sans coordinateur ; reclamation : qui voudrait l'être alors.
    """

    id: UUID
    nom: str
    je_suis: Place
    coordinateurs: list[CoordinateurActuel]
    effectifs: Effectifs | None
    invitations_en_attente: int | None
    depart: DepartPrevu | None
    reclamation: ReclamationEnCours | None
    reseau: list[CoordinateurLie] | None


@router.post(
    "",
    status_code=201,
    responses=problems(EquipeDejaCreee, NomInvalide, TropDEquipes) | already(Reference),
    dependencies=[allow(CREER_EQUIPE)],
)
async def creer(
    body: NouvelleEquipe,
    moi: Coordinateur,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> Reference:
    """Créer une équipe dont je suis le premier coordinateur. 200 si c'était déjà fait."""
    command = CreerEquipe(
        EquipeId(body.id),
        body.nom,
        CoordinateurId(moi.coordinateur_id),
        CompteId(moi.compte_id),
        clock.now(),
        await _coordonnees(database, siens),
    )
    outcome = await store.execute(EQUIPE(body.id), command, context)
    response.status_code = 201 if outcome.changed else 200
    written(response, SERVICE, outcome)
    return Reference(id=body.id)


@router.get(
    "/miennes",
    dependencies=[allow(LIRE_SES_MANDATS), Depends(apres(equipes=("equipes", "mandats")))],
)
async def miennes(siens: SiensDep, database: DatabaseDep, page: PageParams) -> Page[EquipeListee]:
    """Les équipes que je coordonne."""
    return await _page(database, page, mandats.coordonnees_par(siens.coordinateurs))


@router.get("", dependencies=[allow(LIRE_SES_EQUIPES), Depends(apres(equipes=("equipes", "membres")))])
async def rejointes(siens: SiensDep, database: DatabaseDep, page: PageParams) -> Page[EquipeListee]:
    """Les équipes dont je suis membre."""
    return await _page(database, page, membres.rejointes_par(siens.mediateurs))


@router.get(
    "/{equipe_id}",
    responses=problems(EquipeInconnue),
    dependencies=[
        allow(VOIR_EQUIPE),
        Depends(
            apres(
                equipes=("membres", "invitations", "reseau"),
                activites=("activites_vues",),
                identity=("comptes_connus", "comptes_rapproches"),
            )
        ),
    ],
)
async def lire(
    equipe_id: UUID,
    siens: SiensDep,
    etat: EquipeDep,
    place: PlaceDep,
    database: DatabaseDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    personnes: PersonnesDep,
) -> EquipeLue:
    """Lire une équipe dont je suis coordinateur ou membre."""
    assert place is not None
    effectifs, en_attente, lies = None, None, []
    if place is Place.COORDINATEUR:
        quand = Instant(clock.now(), aujourd_hui)
        async with database.engine.connect() as connection:
            par_statut: dict[str, int] = {
                row[0]: row[1]
                for row in await connection.execute(membres.effectifs(EquipeId(equipe_id), quand))
            }
            en_attente = await connection.scalar(
                invitations.nombre_en_attente(EquipeId(equipe_id), quand.maintenant)
            )
            relations = reseau.de_lequipe(EquipeId(equipe_id)).order_by(*reseau.ORDRE).limit(RESEAU_MAX)
            lies = (await connection.execute(relations)).all()
        effectifs = Effectifs(
            actifs=par_statut.get(Statut.ACTIF, 0),
            inactifs=par_statut.get(Statut.INACTIF, 0),
            anciens=par_statut.get(Statut.ANCIEN, 0),
        )
    noms = await personnes.noms(
        [
            *(mandat.compte_id for mandat in etat.mandats),
            *(qui.compte_id for qui in (etat.successeur, etat.reclamation) if qui is not None),
            *(lie.compte_id for lie in lies),
        ]
    )
    return EquipeLue(
        id=equipe_id,
        nom=etat.nom,
        je_suis=place,
        coordinateurs=[
            CoordinateurActuel(
                coordinateur_id=mandat.coordinateur_id,
                compte_id=mandat.compte_id,
                nom=noms.get(mandat.compte_id),
                depuis=mandat.depuis,
            )
            for mandat in etat.mandats
        ],
        effectifs=effectifs,
        invitations_en_attente=en_attente,
        depart=_depart(etat, noms) if place is Place.COORDINATEUR else None,
        reclamation=_reclamation(etat, noms, siens),
        reseau=[lie_lu(un, noms) for un in lies] if place is Place.COORDINATEUR else None,
    )


def _depart(etat: Existante, noms: Mapping[UUID, str]) -> DepartPrevu | None:
    if etat.depart is None:
        return None
    qui = etat.successeur
    return DepartPrevu(
        coordinateur_id=etat.depart.coordinateur_id,
        effet_le=etat.depart.effet_le,
        successeur=qui and qui.compte_id,
        nom=noms.get(qui.compte_id) if qui else None,
        accord_attendu=qui is not None and qui.coordinateur_id is None,
    )


def _reclamation(etat: Existante, noms: Mapping[UUID, str], siens: Siens) -> ReclamationEnCours | None:
    if etat.reclamation is None:
        return None
    dites, miens = etat.reclamation, set(siens.comptes)
    return ReclamationEnCours(
        compte_id=dites.compte_id,
        nom=noms.get(dites.compte_id),
        pour=len(dites.pour),
        contre=len(dites.contre),
        ma_voix=True if miens & dites.pour else False if miens & dites.contre else None,
    )


async def _coordonnees(database: DatabaseDep, siens: Siens) -> int:
    select = mandats.coordonnees_par(siens.coordinateurs)
    async with database.engine.connect() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(select.subquery())) or 0


async def _page(database: DatabaseDep, page: PageParams, miennes: Rows) -> Page[EquipeListee]:
    """Les plus anciennes d'abord."""
    vue = miennes.selected_columns
    return await page.of(database, miennes, order=(vue.depuis, vue.equipe_id), to=_listee)


def _listee(row: Any) -> EquipeListee:
    return EquipeListee(id=row.equipe_id, nom=row.nom, creee_le=row.creee_le, depuis=row.depuis)
