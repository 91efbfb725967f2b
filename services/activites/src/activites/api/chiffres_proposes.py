"""/statistiques/choix : ce que les filtres de ces chiffres peuvent proposer, nommé."""

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from web.policies import allow
from web.problems import INTROUVABLE, answers

from activites.api.chiffres import Commune, Etiquette, Lieu
from activites.api.demandes import QuiCompter
from activites.api.etiquettes import etiquettes_lues
from activites.api.exports import LecturesDep
from activites.api.lecteur import Lecteur, LecteurDep, en_json, nommes
from activites.exports.entete import Lectures
from activites.policies.chiffres import ADMINISTRER_LES_CHIFFRES, LIRE_STATISTIQUES
from activites.projections import appartenances, emplois
from activites.statistiques.choix import LIGNES_MAX
from activites.statistiques.questions import Bloc, par_etiquette

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])

LIGNES = 100
"""De chaque liste, sauf demande contraire."""


class LignesDemandees(BaseModel):
    """Combien de lignes."""

    model_config = ConfigDict(extra="forbid")

    lignes: Annotated[int, Field(ge=1, le=LIGNES_MAX, description="De chaque liste, au plus")] = LIGNES


class ChoixDemandes(LignesDemandees, QuiCompter):
    """De qui, et combien de lignes."""


class Departement(BaseModel):
    """Où ont lieu des activités. code : deux ou trois caractères."""

    code: str
    libelle: str
    nombre: int
    proportion: float


class StructureEmployeuse(BaseModel):
    """Qui employait. nom : absent sans réponse, et de l'employeur d'un autre, sauf pour un administrateur.

    siret : s'il est connu.
    """

    structure_id: UUID
    nom: str | None
    siret: str | None
    nombre: int
    proportion: float


class MediateurCompte(BaseModel):
    """Un de ceux que l'on compte. prenom, nom : absents d'une réponse qui manque."""

    mediateur_id: UUID
    prenom: str | None
    nom: str | None
    nombre: int
    proportion: float


class ChoixDeChiffres(BaseModel):
    """Ce qui retient quelque chose, les plus accompagnés d'abord ; nombre : d'accompagnements, toutes dates.

    mediateurs : quand il y en a plusieurs.   premier_jour, dernier_jour : absents sans activité.   v1 : l'une
    en vient, ou non.   position, a_jour_au : comme `Chiffres`.
    """

    lieux: list[Lieu]
    structures_employeuses: list[StructureEmployeuse]
    departements: list[Departement]
    communes: list[Commune]
    etiquettes: list[Etiquette]
    mediateurs: list[MediateurCompte]
    premier_jour: dt.date | None
    dernier_jour: dt.date | None
    v1: bool
    position: str
    a_jour_au: dt.datetime | None


@router.get(
    "/choix",
    response_model=ChoixDeChiffres,
    responses=answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def proposer(
    demandes: Annotated[ChoixDemandes, Query()], lecteur: LecteurDep, lectures: LecturesDep
) -> Response:
    """Lieux, employeurs, départements, communes, étiquettes, membres qui retiennent quelque chose.

    Ce que proposent les filtres d’une page de statistiques, de ceux qu’elle compte.
    """
    perimetres = await lecteur.perimetres(demandes)
    equipe = len({p.personne or p.mediateur_id for p in perimetres}) > 1
    bloc = await lecteur.choix(perimetres)
    return await _nomme(bloc if equipe else bloc | {"mediateurs": []}, demandes.lignes, lecteur, lectures)


@router.get(
    "/plateforme/choix",
    response_model=ChoixDeChiffres,
    dependencies=[allow(ADMINISTRER_LES_CHIFFRES)],
)
async def proposer_la_plateforme(
    demandes: Annotated[LignesDemandees, Query()], lecteur: LecteurDep, lectures: LecturesDep
) -> Response:
    """Ce que proposent les filtres des chiffres de toute la plateforme ; un administrateur seul.

    Lieux, employeurs (nommés), départements, communes, étiquettes nationales ; aucun médiateur.
    """
    return await _nomme(await lecteur.choix(None), demandes.lignes, lecteur, lectures)


async def _nomme(bloc: Bloc, n: int, lecteur: Lecteur, lectures: Lectures) -> Response:
    """n : lignes de chaque liste, au plus."""
    lieux, structures, mediateurs, etiquettes = await asyncio.gather(
        nommes(lecteur.database, bloc["lieux"][:n]),
        _employeurs(lecteur, lectures, bloc["structures_employeuses"][:n]),
        _mediateurs(lecteur, lectures, bloc["mediateurs"][:n]),
        _etiquettes(lecteur, bloc["etiquettes"], n),
    )
    return en_json(
        bloc
        | {
            "lieux": lieux,
            "structures_employeuses": structures,
            "departements": bloc["departements"][:n],
            "communes": bloc["communes"][:n],
            "etiquettes": etiquettes,
            "mediateurs": mediateurs,
        }
    )


async def _etiquettes(lecteur: Lecteur, poses: Mapping[tuple[UUID, ...], int], lignes: int) -> list[Bloc]:
    posees = {pose for ensemble in poses for pose in ensemble}
    lues = await etiquettes_lues(lecteur.database, lecteur.moi, lecteur.clock, posees)
    nommees = {pose: (e.id, e.nom, e.portee.value) for pose, e in lues.items()}
    choix: list[Bloc] = par_etiquette(poses, nommees, lignes)["etiquettes"]
    return choix


async def _employeurs(lecteur: Lecteur, lectures: Lectures, structures: Collection[Bloc]) -> list[Bloc]:
    ids = [s["structure_id"] for s in structures]
    if not ids:
        return []
    async with lecteur.database.engine.connect() as connection:
        sirets = {un.structure_id: un.siret for un in await connection.execute(emplois.sirets(ids))}
    noms = await lectures.structures(ids)
    return [
        s | {"nom": noms.get(s["structure_id"]), "siret": sirets.get(s["structure_id"])} for s in structures
    ]


async def _mediateurs(lecteur: Lecteur, lectures: Lectures, mediateurs: Collection[Bloc]) -> list[Bloc]:
    if not mediateurs:
        return []
    choix = appartenances.comptes_de([m["mediateur_id"] for m in mediateurs])
    async with lecteur.database.engine.connect() as connection:
        comptes = {un.mediateur_id: un.compte_id for un in await connection.execute(choix)}
    if lecteur.moi.mediateur_id is not None:
        comptes[lecteur.moi.mediateur_id] = lecteur.moi.compte_id
    auteurs = await lectures.auteurs(list(comptes.values()))
    noms = {qui: auteurs[compte] for qui, compte in comptes.items() if compte in auteurs}

    def nomme(mediateur: Bloc) -> Bloc:
        prenom, nom = noms.get(mediateur["mediateur_id"], (None, None))
        return mediateur | {"prenom": prenom, "nom": nom}

    return [nomme(mediateur) for mediateur in mediateurs]
