"""/activites/imports : un fichier de comptes rendus, essayé à blanc puis importé, chaque faute à sa ligne."""

from typing import Annotated, Any, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import Mediateur, MediateurCaller
from web.downloads import download, files
from web.pace import keep_pace
from web.policies import allow
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from activites.api import depots
from activites.api.activites import SERVICE, apres_les_voisins, commandes_de, en_propre
from activites.api.depots import (
    ALLURE,
    LIMITE,
    Essai,
    Execution,
    FichierDepose,
    FichierLu,
    RapportDImport,
    fichier_lu,
    octets_de,
)
from activites.casiers import OCTETS_DEPOSES
from activites.domain.activite import EnregistrerActivite
from activites.domain.refus import CorrespondanceInvalide, FichierIllisible, ImportInconnu, TropDImports
from activites.domain.vocabulaire import MediateurId
from activites.imports.colonnes import ACTIVITES, Champ
from activites.imports.comptes_rendus import comptes_rendus
from activites.imports.fichier import examiner, lire_lignes
from activites.imports.importer import Bilan, Mode, importer
from activites.imports.lieux import lieux_de
from activites.imports.ligne import lire as lire_ligne
from activites.imports.modele import ecrire_modele
from activites.policies.activites import LIRE_SES_ACTIVITES, SAISIR
from activites.policies.imports import DE_COMPTES_RENDUS, SON_IMPORT, DepotDep
from activites.policies.personne import SiensDep

CHEMIN = "/activites/imports"
CORPS_MAX = OCTETS_DEPOSES + 1000
router = APIRouter(prefix=CHEMIN, tags=["Import"])


@router.post(
    "",
    status_code=201,
    responses=problems(FichierIllisible, TropDImports) | LIMITE,
    dependencies=[allow(SAISIR), keep_pace(ALLURE)],
)
async def deposer(body: FichierDepose, moi: Mediateur, store: StoreDep, clock: ClockDep) -> FichierLu:
    """Déposer un fichier de comptes rendus, gardé chiffré un jour : ses colonnes sont reconnues."""
    lu = await depots.deposer(store, clock, moi, body, DE_COMPTES_RENDUS, ACTIVITES)
    return fichier_lu(body.id, lu, Champ)


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
    responses=problems(ImportInconnu) | LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(ALLURE)],
)
async def lire(import_id: UUID, trouve: DepotDep, store: StoreDep) -> FichierLu:
    """Un fichier déposé, et ce que ses colonnes semblent être."""
    return fichier_lu(import_id, await examiner(await octets_de(store, trouve), ACTIVITES), Champ)


@router.post(
    "/{import_id:uuid}/essai",
    responses=problems(ImportInconnu, CorrespondanceInvalide) | LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(ALLURE), Depends(apres_les_voisins)],
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
    bilan = await _importer("essai", body, moi, siens, trouve, store, clock, context)
    return depots.rapport(RapportDImport, SERVICE, bilan, None)


@router.post(
    "/{import_id:uuid}/execution",
    responses=problems(ImportInconnu, CorrespondanceInvalide) | LIMITE,
    dependencies=[allow(SON_IMPORT), keep_pace(ALLURE), Depends(apres_les_voisins)],
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
    bilan = await _importer(body.mode, body, moi, siens, trouve, store, clock, context)
    return depots.rapport(RapportDImport, SERVICE, bilan, response)


@router.delete("/{import_id:uuid}", status_code=204, dependencies=[allow(SAISIR)])
async def renoncer(import_id: UUID, moi: Mediateur, store: StoreDep) -> None:
    """Oublier un fichier déposé ; rien à faire s'il n'y est pas, ou plus."""
    await depots.renoncer(store, moi, import_id)


async def _importer(
    mode: Mode,
    demande: Essai,
    moi: MediateurCaller,
    siens: SiensDep,
    depot: Any,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
) -> Bilan:
    fichier = await lire_lignes(await octets_de(store, depot), demande.choisie(), ACTIVITES)
    lieux = await lieux_de(store.database, siens.comptes, fichier.textes(Champ.LIEU))
    return await importer(
        store,
        await fichier.comprendre(lambda saisie: lire_ligne(saisie, lieux)),
        comptes_rendus(
            MediateurId(moi.mediateur_id),
            lambda saisies: commandes_de(EnregistrerActivite, saisies, moi, en_propre(moi), store, clock),
        ),
        fichier.titres,
        mode,
        context,
    )
