"""/beneficiaires/imports : un fichier de bénéficiaires, essayé à blanc puis importé. Rien dans l'adresse."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse
from tableurs import Format
from web.auth import Mediateur, MediateurCaller
from web.policies import allow
from web.positions import after
from web.problems import already
from web.wiring import ClockDep, ContextDep, StoreDep

from activites.api import depots
from activites.api.beneficiaires import SERVICE
from activites.api.depots import (
    ALLURE,
    Essai,
    Execution,
    FichierDepose,
    FichierLu,
    RapportDImport,
    SorteDeDepot,
)
from activites.api.jour import AujourdHui
from activites.api.telechargements import FormatVoulu
from activites.domain.beneficiaire_commandes import EnregistrerBeneficiaire
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.doublons import Comparee
from activites.domain.vocabulaire import BeneficiaireId, CompteId, MediateurId
from activites.imports.fiches.colonnes import FICHES, ChampDeFiche
from activites.imports.fiches.fichier import USAGE, beneficiaires, ressemblances
from activites.imports.fiches.ligne import lire as lire_fiche
from activites.imports.fiches.modele import ecrire_modele
from activites.imports.importer import FAUTES_MAX, Mode, importer
from activites.policies.beneficiaires import SES_BENEFICIAIRES
from activites.policies.imports import DE_BENEFICIAIRES, SON_IMPORT_DE_BENEFICIAIRES, DepotDeBeneficiairesDep
from activites.policies.personne import SiensDep, en_personne
from activites.projections import beneficiaires_suivis

CHEMIN = "/beneficiaires/imports"
router = APIRouter(prefix=CHEMIN, tags=["Import"], dependencies=[Depends(en_personne)])
BENEFICIAIRES = SorteDeDepot(
    DE_BENEFICIAIRES, FICHES, ChampDeFiche, "coop-numerique_import-beneficiaires", ecrire_modele
)

_COMPARES_MAX = 20_000
"""Those whom the médiateur follows, the last touched first, that the lines are compared to."""
_CORRESPONDANCE: list[Any] = [{"titre": "Nom", "champ": "nom"}, {"titre": "Prénom", "champ": "prenom"}]
Doublons = Annotated[
    Literal["importer", "laisser"],
    Field(description="Les lignes qui ressemblent à quelqu’un : les importer aussi, ou les laisser de côté"),
]


class EssaiDeBeneficiaires(Essai):
    """Ce qui s'importerait, sans rien écrire."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"correspondance": _CORRESPONDANCE}]})

    doublons: Doublons = "importer"


class ExecutionDeBeneficiaires(Execution):
    """Importer. mode : une ligne à corriger, et rien n'est écrit ; ou les autres le sont."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"mode": "tout_ou_rien", "correspondance": _CORRESPONDANCE}]}
    )

    doublons: Doublons = "importer"


class RessemblanceDite(BaseModel):
    """Une ligne qui est peut-être d'une personne déjà connue. message : laquelle, et en quoi."""

    ligne: int
    message: str


class RapportDeBeneficiaires(RapportDImport):
    """Ligne par ligne, ce qui est à corriger, et qui est peut-être déjà connu.

    ressemblances : les 1 000 premières ; ressemblances_en_tout les compte toutes.
    laissees : celles de ces lignes qui sont laissées de côté.
    """

    ressemblances: Annotated[list[RessemblanceDite], Field(max_length=FAUTES_MAX)]
    ressemblances_en_tout: int
    laissees: int


@router.post(
    "",
    status_code=201,
    responses=depots.DEPOSER | already(FichierLu),
    dependencies=[allow(SES_BENEFICIAIRES), ALLURE],
)
async def deposer(
    body: FichierDepose, moi: Mediateur, store: StoreDep, clock: ClockDep, response: Response
) -> FichierLu:
    """Déposer un fichier de bénéficiaires, gardé chiffré un jour : ses colonnes sont reconnues.

    200 s'il y en avait un sous cet identifiant : celui-ci prend sa place.
    """
    return await depots.deposer(store, clock, moi, body, BENEFICIAIRES, response)


@router.get(
    "/modele/export",
    response_class=StreamingResponse,
    responses=depots.MODELE,
    dependencies=[allow(SES_BENEFICIAIRES)],
)
async def modele(response: Response, format_: FormatVoulu = Format.XLSX) -> StreamingResponse:
    """Télécharger le fichier modèle : ses colonnes, et deux personnes d'exemple qui ne s'importent pas."""
    return await depots.telecharger_le_modele(BENEFICIAIRES, format_, response)


@router.get(
    "/{import_id:uuid}",
    responses=depots.LIRE,
    dependencies=[allow(SON_IMPORT_DE_BENEFICIAIRES), ALLURE],
)
async def lire(import_id: UUID, trouve: DepotDeBeneficiairesDep, store: StoreDep) -> FichierLu:
    """Un fichier déposé, et ce que ses colonnes semblent être."""
    return await depots.relire(store, import_id, trouve, BENEFICIAIRES)


_AVANT = [
    allow(SON_IMPORT_DE_BENEFICIAIRES),
    ALLURE,
    Depends(after(beneficiaires_suivis.table.name)),
]


@router.post(
    "/{import_id:uuid}/essai",
    responses=depots.IMPORTER,
    dependencies=_AVANT,
)
async def essayer(
    body: EssaiDeBeneficiaires,
    moi: Mediateur,
    siens: SiensDep,
    trouve: DepotDeBeneficiairesDep,
    store: StoreDep,
    aujourd_hui: AujourdHui,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDeBeneficiaires:
    """Essayer à blanc : chaque fiche est jugée comme une saisie, ses fautes dites, rien n'est écrit."""
    return await _importer("essai", body, moi, siens, trouve, store, aujourd_hui, clock, context, response)


@router.post(
    "/{import_id:uuid}/execution",
    responses=depots.IMPORTER,
    dependencies=_AVANT,
)
async def executer(
    body: ExecutionDeBeneficiaires,
    moi: Mediateur,
    siens: SiensDep,
    trouve: DepotDeBeneficiairesDep,
    store: StoreDep,
    aujourd_hui: AujourdHui,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDeBeneficiaires:
    """Importer le fichier, tout ou rien ou les lignes justes. Renvoyé, le même n'ajoute personne."""
    return await _importer(body.mode, body, moi, siens, trouve, store, aujourd_hui, clock, context, response)


@router.delete("/{import_id:uuid}", status_code=204, dependencies=[allow(SES_BENEFICIAIRES)])
async def renoncer(import_id: UUID, moi: Mediateur, store: StoreDep) -> None:
    """Oublier un fichier déposé ; rien à faire s'il n'y est pas, ou plus."""
    await depots.renoncer(store, moi, import_id)


async def _importer(
    mode: Mode,
    demande: EssaiDeBeneficiaires | ExecutionDeBeneficiaires,
    moi: MediateurCaller,
    siens: SiensDep,
    depot: Any,
    store: StoreDep,
    aujourd_hui: AujourdHui,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDeBeneficiaires:
    assert store.vault is not None
    fichier = await depots.lignes_de(store, depot, demande, BENEFICIAIRES)
    lues = await fichier.comprendre(lire_fiche)
    secret = await store.vault.secret("compte", moi.compte_id, USAGE)
    choix = beneficiaires_suivis.du_mediateur(siens.mediateurs)
    recents = choix.order_by(*beneficiaires_suivis.ORDRES["recents"]).limit(_COMPARES_MAX)
    async with store.database.engine.connect() as connection:
        connues = [
            Comparee(row.beneficiaire_id, row.prenom, row.nom, row.telephone, row.courriel)
            for row in await connection.execute(recents)
        ]
    dites = ressemblances(lues, secret, connues)
    laissees = dites.keys() if demande.doublons == "laisser" else set[int]()

    async def commander(saisies: Sequence[tuple[UUID, Fiche]]) -> list[EnregistrerBeneficiaire]:
        return [
            EnregistrerBeneficiaire(
                beneficiaire_id=BeneficiaireId(un),
                par=MediateurId(moi.mediateur_id),
                compte_id=CompteId(moi.compte_id),
                fiche=fiche,
                aujourd_hui=aujourd_hui,
                maintenant=clock.now(),
            )
            for un, fiche in saisies
        ]

    bilan = await importer(
        store,
        [ligne for ligne in lues if ligne.numero not in laissees],
        beneficiaires(secret, commander),
        fichier.titres,
        mode,
        context,
    )
    bilan.lues = len(lues)
    return depots.rapport(
        RapportDeBeneficiaires,
        SERVICE,
        bilan,
        response,
        ressemblances=[
            RessemblanceDite(ligne=ligne, message=message) for ligne, message in [*dites.items()][:FAUTES_MAX]
        ],
        ressemblances_en_tout=len(dites),
        laissees=len(laissees),
    )
