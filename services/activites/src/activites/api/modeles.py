"""/modeles : un compte rendu que l'on refait souvent, gardé sous un nom, à compléter."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from web.auth import Connecte
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch
from web.problems import problems
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites import casiers
from activites.api.brouillons import Contenu, Sorte
from activites.api.textes import une_ligne
from activites.casiers import MODELES, AGarder
from activites.domain.refus import ContenuTropLourd, ModeleInconnu, TropDeModeles
from activites.policies.casiers import SES_MODELES, SON_MODELE, ModeleDep

router = APIRouter(prefix="/modeles", tags=["Modèles"])

_C = MODELES.table.c
_ANCIENS = (_C.commence_le, _C.id)


def _nom(texte: str) -> str:
    propre = une_ligne(texte)
    if propre is None:
        raise PydanticCustomError("string_too_short", "au moins 1", {"min_length": 1})
    return propre


Nom = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_nom)]


class ModeleSaisi(BaseModel):
    """nom : celui que l'on lira.   contenu : seul le formulaire qui l'a écrit sait le relire."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"nom": "Impôts au guichet", "sorte": "individuel", "contenu": {"duree": "30"}}]
        },
    )

    nom: Nom
    sorte: Sorte
    contenu: Contenu


class ModeleGarde(BaseModel):
    """Un modèle, sans ce qu'il contient. version : celle de son ETag."""

    id: UUID
    nom: str
    sorte: Sorte
    version: int
    modifie_le: dt.datetime


class ModeleLu(ModeleGarde):
    """Un modèle entier."""

    contenu: Contenu


@router.get("", dependencies=[allow(SES_MODELES)])
async def lister(moi: Connecte, store: StoreDep, page: PageParams) -> Page[ModeleGarde]:
    """Ses modèles, dans l'ordre où ils furent gardés ; 30 au plus."""
    trouves = await page.find(store.database, MODELES.scelles(moi.compte_id), order=_ANCIENS)
    lus = {row.id: await _lu(store, row) for row in trouves.rows}
    elements = [ModeleGarde(**lu.model_dump(exclude={"contenu"})) for lu in lus.values() if lu is not None]
    return Page(elements=elements, suivant=trouves.suivant)


@router.get("/{modele_id:uuid}", responses=problems(ModeleInconnu), dependencies=[allow(SON_MODELE)])
async def lire(trouve: ModeleDep, store: StoreDep, response: Response) -> ModeleLu:
    """Un de ses modèles."""
    lu = await _lu(store, trouve)
    if lu is None:
        raise ModeleInconnu
    response.headers["ETag"] = f'"{lu.version}"'
    return lu


@router.put(
    "/{modele_id:uuid}",
    responses=problems(ContenuTropLourd, TropDeModeles),
    dependencies=[allow(SES_MODELES)],
)
async def garder(
    modele_id: NewId,
    body: ModeleSaisi,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    expected: IfMatch,
    response: Response,
) -> ModeleGarde:
    """Garder un modèle : le premier envoi le crée, les suivants le remplacent."""
    garde = await casiers.garder(
        store,
        MODELES,
        AGarder(modele_id, body.sorte, {"nom": body.nom, "contenu": body.contenu}),
        await casiers.gardien(store.database, MODELES, modele_id, moi.compte_id),
        expected=expected,
        maintenant=clock.now(),
    )
    response.headers["ETag"] = f'"{garde.version}"'
    return ModeleGarde(
        id=garde.id, nom=body.nom, sorte=garde.sorte, version=garde.version, modifie_le=garde.modifie_le
    )


@router.delete(
    "/{modele_id:uuid}",
    status_code=204,
    dependencies=[allow(SES_MODELES)],
)
async def effacer(modele_id: UUID, moi: Connecte, database: DatabaseDep) -> None:
    """Effacer un de ses modèles ; rien à faire s'il n'y est pas, ou plus."""
    gardien = await casiers.gardien(database, MODELES, modele_id, moi.compte_id)
    await casiers.retirer(database, MODELES, modele_id, gardien)


async def _lu(store: Any, row: Any) -> ModeleLu | None:
    """None once the key of its account is destroyed."""
    garde = await casiers.ouvrir(store, MODELES, row)
    if garde is None:
        return None
    return ModeleLu(
        id=row.id,
        nom=garde["nom"],
        sorte=row.sorte,
        version=row.version,
        modifie_le=row.modifie_le,
        contenu=garde["contenu"],
    )
