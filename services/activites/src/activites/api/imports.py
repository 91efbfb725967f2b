"""/activites/imports : un fichier de comptes rendus, essayé à blanc puis importé, chaque faute à sa ligne."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse
from tableurs import Format
from web.auth import Mediateur, MediateurCaller
from web.policies import allow
from web.problems import already
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, StoreDep

from activites.api import depots
from activites.api.activites import SERVICE, commandes_de, en_propre
from activites.api.depots import (
    ALLURE,
    Essai,
    Execution,
    FichierDepose,
    FichierLu,
    RapportDImport,
    SorteDeDepot,
)
from activites.api.etiquettes import etiquettes_lues
from activites.api.telechargements import FormatVoulu
from activites.api.voisins import Voisins, VoisinsDep
from activites.casiers import OCTETS_DEPOSES
from activites.domain.activite import EnregistrerActivite
from activites.domain.vocabulaire import MediateurId
from activites.imports.colonnes import ACTIVITES, Champ
from activites.imports.comptes_rendus import comptes_rendus
from activites.imports.connus import Connus
from activites.imports.deja import deja_enregistrees
from activites.imports.fichier import Lignes
from activites.imports.identifiants import USAGE
from activites.imports.importer import Bilan, Mode, importer
from activites.imports.lieux import lieux_de
from activites.imports.ligne import lire as lire_ligne
from activites.imports.modele import ecrire_modele
from activites.imports.noms import etiquettes, etiquettes_de, suivis_de
from activites.policies.activites import LIRE_SES_ACTIVITES, SAISIR
from activites.policies.imports import DE_COMPTES_RENDUS, SON_IMPORT, DepotDep
from activites.policies.personne import SiensDep
from activites.policies.tags import place_de
from activites.projections import lieux_choisis

CHEMIN = "/activites/imports"
CORPS_MAX = OCTETS_DEPOSES + 1000
router = APIRouter(prefix=CHEMIN, tags=["Import"])
COMPTES_RENDUS = SorteDeDepot(DE_COMPTES_RENDUS, ACTIVITES, Champ, "modele-comptes-rendus", ecrire_modele)


@router.post(
    "",
    status_code=201,
    responses=depots.DEPOSER | already(FichierLu),
    dependencies=[allow(SAISIR), ALLURE],
)
async def deposer(
    body: FichierDepose, moi: Mediateur, store: StoreDep, clock: ClockDep, response: Response
) -> FichierLu:
    """Déposer un fichier de comptes rendus, gardé chiffré un jour : ses colonnes sont reconnues.

    200 s'il y en avait un sous cet identifiant : celui-ci prend sa place.
    """
    return await depots.deposer(store, clock, moi, body, COMPTES_RENDUS, response)


@router.get(
    "/modele/export",
    response_class=StreamingResponse,
    responses=depots.MODELE,
    dependencies=[allow(LIRE_SES_ACTIVITES)],
)
async def modele(response: Response, format_: FormatVoulu = Format.XLSX) -> StreamingResponse:
    """Télécharger le fichier modèle : ses colonnes, et deux lignes d'exemple qui ne s'importent pas."""
    return await depots.telecharger_le_modele(COMPTES_RENDUS, format_, response)


@router.get(
    "/{import_id:uuid}",
    responses=depots.LIRE,
    dependencies=[allow(SON_IMPORT), ALLURE],
)
async def lire(import_id: UUID, trouve: DepotDep, store: StoreDep) -> FichierLu:
    """Un fichier déposé, et ce que ses colonnes semblent être."""
    return await depots.relire(store, import_id, trouve, COMPTES_RENDUS)


@router.post(
    "/{import_id:uuid}/essai",
    responses=depots.IMPORTER,
    dependencies=[allow(SON_IMPORT), ALLURE],
)
async def essayer(
    body: Essai,
    moi: Mediateur,
    siens: SiensDep,
    voisins: VoisinsDep,
    trouve: DepotDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
) -> RapportDImport:
    """Essayer à blanc : chaque ligne est jugée comme une saisie, ses fautes dites, rien n'est écrit."""
    bilan = await _importer("essai", body, moi, siens, voisins, trouve, store, clock, context)
    return depots.rapport(RapportDImport, SERVICE, bilan, None)


@router.post(
    "/{import_id:uuid}/execution",
    responses=depots.IMPORTER,
    dependencies=[allow(SON_IMPORT), ALLURE],
)
async def executer(
    body: Execution,
    moi: Mediateur,
    siens: SiensDep,
    voisins: VoisinsDep,
    trouve: DepotDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDImport:
    """Importer le fichier, tout ou rien ou les lignes justes. Renvoyé, le même n'écrit rien de plus."""
    bilan = await _importer(body.mode, body, moi, siens, voisins, trouve, store, clock, context)
    return depots.rapport(RapportDImport, SERVICE, bilan, response)


@router.delete("/{import_id:uuid}", status_code=204, dependencies=[allow(SAISIR)])
async def renoncer(import_id: UUID, moi: Mediateur, store: StoreDep) -> None:
    """Oublier un fichier déposé ; rien à faire s'il n'y est pas, ou plus."""
    await depots.renoncer(store, moi, import_id)


async def _importer(
    mode: Mode,
    demande: Essai,
    moi: MediateurCaller,
    siens: Siens,
    voisins: Voisins,
    depot: Any,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
) -> Bilan:
    assert store.vault is not None
    fichier = await depots.lignes_de(store, depot, demande, COMPTES_RENDUS)
    connus = await _connus(fichier, moi, siens, voisins, store, clock)
    return await importer(
        store,
        await fichier.comprendre(lambda saisie: lire_ligne(saisie, connus)),
        comptes_rendus(
            MediateurId(moi.mediateur_id),
            await store.vault.secret("compte", moi.compte_id, USAGE),
            lambda saisies: commandes_de(
                EnregistrerActivite, saisies, moi, en_propre(moi), store, clock, voisins
            ),
        ),
        fichier.titres,
        mode,
        context,
    )


async def _connus(
    fichier: Lignes,
    moi: MediateurCaller,
    siens: Siens,
    voisins: Voisins,
    store: StoreDep,
    clock: ClockDep,
) -> Connus:
    """Ce que les lignes nomment, en autant de lectures quel que soit leur nombre."""
    database = store.database
    lieux = await lieux_de(database, siens.comptes)
    if not lieux.connus(fichier.textes(Champ.LIEU)) and await voisins.attendre([lieux_choisis]):
        lieux = await lieux_de(database, siens.comptes)
    nommees = fichier.textes(Champ.TAGS) - {""}
    return Connus(
        lieux,
        await etiquettes_de(database, await place_de(database, moi, clock), nommees)
        if nommees
        else etiquettes(),
        await suivis_de(database, siens.mediateurs, fichier.textes(Champ.BENEFICIAIRE)),
        await deja_enregistrees(
            store,
            siens.mediateurs,
            fichier.textes(Champ.IDENTIFIANT),
            partial(etiquettes_lues, database, moi, clock),
        ),
    )
