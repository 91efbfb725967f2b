"""/activites/imports : un fichier de comptes rendus, essayé à blanc puis importé, chaque faute à sa ligne."""

import base64
import datetime as dt
from typing import Annotated, Any, BinaryIO, Literal
from uuid import UUID

from events.named import fields_of, named
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import Mediateur, MediateurCaller
from web.docs import EXAMPLE_ID
from web.downloads import download, files
from web.pace import Pace, keep_pace
from web.policies import allow
from web.problems import TROP_DE_DEMANDES, answers, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites import casiers
from activites.api.activites import SERVICE, apres_les_voisins, commandes_de, en_propre
from activites.casiers import DEPOTS, OCTETS_DEPOSES, AGarder
from activites.domain.activite import EnregistrerActivite
from activites.domain.refus import (
    CorrespondanceInvalide,
    FichierIllisible,
    ImportInconnu,
    TropDImports,
)
from activites.domain.vocabulaire import MediateurId
from activites.imports.colonnes import OCTETS_MAX, Champ
from activites.imports.fichier import Fichier, examiner, lire_lignes
from activites.imports.importer import FAUTES_MAX, Bilan, Mode, importer
from activites.imports.lieux import lieux_de
from activites.imports.modele import ecrire_modele
from activites.policies import LIRE_SES_ACTIVITES, SAISIR, SON_IMPORT, DepotDep, SiensDep

CHEMIN = "/activites/imports"
CORPS_MAX = OCTETS_DEPOSES + 1000
router = APIRouter(prefix=CHEMIN, tags=["Import"])

_BASE64_MAX = (OCTETS_MAX + 2) // 3 * 4
_ALLURE = Pace("imports", 30, dt.timedelta(seconds=20))
_LIMITE = answers(TROP_DE_DEMANDES)
_EXEMPLE = base64.b64encode(
    "Date;Type;Durée;Canal;Thématique\n15/01/2026;Individuel;45;À distance;E-mail\n".encode()
).decode()
_Titre = Annotated[str, Field(max_length=32_767)]


class FichierDepose(BaseModel):
    """Un fichier xlsx, csv, ods ou json, 5 Mo et 10 000 lignes au plus. id : choisi par le client."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": EXAMPLE_ID, "fichier": _EXEMPLE}]}
    )

    id: UUID
    fichier: Annotated[
        str, Field(max_length=_BASE64_MAX, description="Le contenu du fichier, en base64"),
    ]  # fmt: skip

    def octets(self) -> bytes:
        """Raises FichierIllisible."""
        try:
            return base64.b64decode(self.fichier, validate=True)
        except ValueError:
            raise FichierIllisible("Le fichier n’est pas en base64.", field="/fichier") from None


class ColonneLue(BaseModel):
    """Une colonne du fichier. champ : ce qu'elle semble donner.   sur : faux si c'est à confirmer.

    exemples : le début de quelques-unes de ses cellules.
    """

    titre: str
    champ: Champ | None
    raison: str | None
    sur: bool
    exemples: list[str]


class FichierLu(BaseModel):
    """Ce que le fichier semble être. sur : il peut s'importer sans que personne confirme ses colonnes.

    manquants : les champs nécessaires qu'aucune colonne ne donne.   remarques : ce qui en est laissé de côté.
    """

    id: UUID
    format: str
    lignes: int
    sur: bool
    colonnes: list[ColonneLue]
    manquants: list[Champ]
    remarques: list[str]


class ColonneChoisie(BaseModel):
    """La colonne du fichier qui donne ce champ."""

    model_config = ConfigDict(extra="forbid")

    titre: _Titre
    champ: Champ


Colonnes = Annotated[tuple[ColonneChoisie, ...], Field(max_length=100)]
_CORRESPONDANCE: list[Any] = [
    {"titre": titre, "champ": champ}
    for titre, champ in {
        "Date": "date",
        "Type": "type",
        "Durée": "duree_minutes",
        "Canal": "type_lieu",
        "Thématique": "thematiques",
    }.items()
]


class Essai(BaseModel):
    """Ce qui s'importerait, sans rien écrire."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"correspondance": _CORRESPONDANCE}]}
    )

    correspondance: Annotated[
        Colonnes | None,
        Field(description="Une colonne qui n’y est pas est ignorée ; sans elle, celle qui est proposée"),
    ] = None

    def choisie(self) -> dict[str, str] | None:
        if self.correspondance is None:
            return None
        if len({une.titre for une in self.correspondance}) < len(self.correspondance):
            raise CorrespondanceInvalide("Une colonne ne peut donner qu’un champ.", field="/correspondance")
        return {une.titre: une.champ for une in self.correspondance}


class Execution(Essai):
    """Importer. mode : une ligne à corriger, et rien n'est écrit ; ou les autres le sont."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"mode": "tout_ou_rien", "correspondance": _CORRESPONDANCE}]}
    )

    mode: Literal["tout_ou_rien", "lignes_justes"]


class FauteDImport(BaseModel):
    """ligne : son numéro dans le fichier.   colonne : son titre ; vide, la ligne entière.

    valeur : le début de la cellule.
    """

    ligne: int
    colonne: str
    valeur: str
    message: str


class RapportDImport(BaseModel):
    """Ligne par ligne, ce qui est à corriger.

    ecrit : faux d'un essai, ou d'un « tout ou rien » retenu ; enregistrees compte alors ce qui le serait.
    deja_enregistrees : par un envoi précédent, rien n'y change.   exemples : les lignes du modèle, ignorées.
    fautes : les 1 000 premières ; fautes_en_tout les compte toutes.
    position : à rendre dans X-Position pour que la lecture attende tout l'import.
    """

    ecrit: bool
    lues: int
    enregistrees: int
    deja_enregistrees: int
    refusees: int
    exemples: int
    fautes: Annotated[list[FauteDImport], Field(max_length=FAUTES_MAX)]
    fautes_en_tout: int
    position: str | None = None


@router.post(
    "",
    status_code=201,
    responses=problems(FichierIllisible, TropDImports) | _LIMITE,
    dependencies=[allow(SAISIR), keep_pace(_ALLURE)],
)
async def deposer(body: FichierDepose, moi: Mediateur, store: StoreDep, clock: ClockDep) -> FichierLu:
    """Déposer un fichier de comptes rendus, gardé chiffré un jour : ses colonnes sont reconnues."""
    lu = await examiner(body.octets())
    await casiers.garder(
        store,
        DEPOTS,
        AGarder(body.id, "activites", {"fichier": body.fichier}),
        await casiers.gardien(store.database, DEPOTS, body.id, moi.compte_id),
        expected=None,
        maintenant=clock.now(),
    )
    return _fichier(body.id, lu)


@router.get(
    "/modele/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()),
    dependencies=[allow(LIRE_SES_ACTIVITES)],
)
async def modele(
    response: Response,
    format: Annotated[Format, Query(description="Celui du fichier")] = Format.XLSX,  # noqa: A002 - its name
) -> StreamingResponse:
    """Télécharger le fichier modèle : ses colonnes, et deux lignes d'exemple qui ne s'importent pas."""

    async def ecrire(fichier: BinaryIO) -> None:
        ecrire_modele(format, fichier)

    return await download(ecrire, dict(response.headers) | en_tetes("modele-comptes-rendus", format))


@router.get(
    "/{import_id:uuid}",
    responses=problems(ImportInconnu) | _LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(_ALLURE)],
)
async def lire(import_id: UUID, trouve: DepotDep, store: StoreDep) -> FichierLu:
    """Un fichier déposé, et ce que ses colonnes semblent être."""
    return _fichier(import_id, await examiner(await _octets(store, trouve)))


@router.post(
    "/{import_id:uuid}/essai",
    responses=problems(ImportInconnu, CorrespondanceInvalide) | _LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(_ALLURE), Depends(apres_les_voisins)],
)
async def essayer(
    body: Essai,
    moi: Mediateur,
    siens: SiensDep,
    trouve: DepotDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
) -> RapportDImport:
    """Essayer à blanc : chaque ligne est jugée comme une saisie, ses fautes dites, rien n'est écrit."""
    return await _importer("essai", body, moi, siens, trouve, store, clock, context)


@router.post(
    "/{import_id:uuid}/execution",
    responses=problems(ImportInconnu, CorrespondanceInvalide) | _LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(_ALLURE), Depends(apres_les_voisins)],
)
async def executer(
    body: Execution,
    moi: Mediateur,
    siens: SiensDep,
    trouve: DepotDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDImport:
    """Importer le fichier, tout ou rien ou les lignes justes. Renvoyé, le même n'écrit rien de plus."""
    rapport = await _importer(body.mode, body, moi, siens, trouve, store, clock, context)
    if rapport.position is not None:
        response.headers["X-Position"] = rapport.position
    return rapport


@router.delete("/{import_id:uuid}", status_code=204, dependencies=[allow(SAISIR)])
async def renoncer(import_id: UUID, moi: Mediateur, database: DatabaseDep) -> None:
    """Oublier un fichier déposé ; rien à faire s'il n'y est pas, ou plus."""
    gardien = await casiers.gardien(database, DEPOTS, import_id, moi.compte_id)
    await casiers.retirer(database, DEPOTS, import_id, gardien)


async def _importer(
    mode: Mode,
    demande: Essai,
    moi: MediateurCaller,
    siens: SiensDep,
    depot: Any,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
) -> RapportDImport:
    fichier = await lire_lignes(await _octets(store, depot), demande.choisie())
    lieux = await lieux_de(store.database, siens.comptes, fichier.lieux())
    bilan = await importer(
        store,
        await fichier.comprendre(lieux),
        MediateurId(moi.mediateur_id),
        lambda saisies: commandes_de(EnregistrerActivite, saisies, moi, en_propre(moi), store, clock),
        fichier.titres,
        mode,
        context,
    )
    position = f"{SERVICE}:{bilan.position}" if bilan.position is not None else None
    dit = named(fields_of(Bilan), bilan, position=position)
    return RapportDImport.model_validate(dit, from_attributes=True)


async def _octets(store: StoreDep, depot: Any) -> bytes:
    """Raises ImportInconnu, once the key of its account is destroyed."""
    contenu = await casiers.ouvrir(store, DEPOTS, depot)
    if contenu is None:
        raise ImportInconnu
    return base64.b64decode(contenu["fichier"])


def _fichier(import_id: UUID, lu: Fichier) -> FichierLu:
    trouves = {une.entete: une for une in lu.proposition.appariements}
    return FichierLu(
        id=import_id,
        format=lu.format,
        lignes=lu.lignes,
        sur=lu.proposition.sure(),
        colonnes=[
            ColonneLue(
                titre=titre,
                champ=Champ(un.champ) if (un := trouves.get(titre)) else None,
                raison=un.raison if un else None,
                sur=un is not None and un.sur,
                exemples=[*lu.exemples[titre]],
            )
            for titre in lu.colonnes
        ],
        manquants=[Champ(champ) for champ in lu.proposition.manquantes],
        remarques=[*lu.remarques],
    )
