"""/beneficiaires : les personnes qu'un médiateur suit. Lui seul les voit ; aucune adresse n'en dit rien."""

from collections.abc import Awaitable, Callable
from typing import Annotated, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from events.store.store import Written
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import Mediateur
from web.downloads import download, files
from web.pages import Page, PageParams, PageRequest
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import Kind, Problem, already, problems
from web.search import words
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.exports import NommerDep, auteurs_de
from activites.api.fiches import (
    TRIS,
    AccompagnementLu,
    BeneficiaireListe,
    BeneficiaireLu,
    EffacementSaisi,
    ExportDemande,
    FicheSaisie,
    LigneDEffacement,
    NouveauBeneficiaire,
    RapportDEffacement,
    RechercheBeneficiaires,
    ReferenceBeneficiaire,
    beneficiaire_lu,
)
from activites.api.jour import AujourdHui
from activites.api.retenus import RetenusParams, dits
from activites.api.statuses import DE_FICHE, STATUSES
from activites.api.telechargements import ALLURE, PLACE, REPONSES, FormatVoulu
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_commandes import CorrigerFiche, EnregistrerBeneficiaire
from activites.domain.beneficiaire_etat import Efface, Fusionne, Suivi
from activites.domain.beneficiaire_refus import (
    BeneficiaireDejaEfface,
    BeneficiaireDejaEnregistre,
    BeneficiaireInconnu,
    FicheEnDouble,
)
from activites.domain.vocabulaire import BeneficiaireId, CompteId, MediateurId
from activites.erasure import oublier
from activites.exports.beneficiaires import exporter, menees
from activites.exports.entete import blocs
from activites.policies.beneficiaires import SES_BENEFICIAIRES, SON_BENEFICIAIRE, BeneficiaireDep, SuiviParDep
from activites.policies.personne import SiensDep, en_personne
from activites.projections import activites_listees, activites_suivies, beneficiaires_suivis, emplois
from activites.projections.beneficiaires_retenus import Retenus, retenir
from activites.projections.beneficiaires_suivis import Tri
from activites.projections.tables import Rows

router = APIRouter(prefix="/beneficiaires", tags=["Bénéficiaires"], dependencies=[Depends(en_personne)])
SERVICE = "activites"
_DEMANDE = "demande de son médiateur"
_EN_DOUBLE = Kind(FicheEnDouble.__name__, STATUSES[FicheEnDouble], FicheEnDouble.title())
_A_JOUR = [Depends(after(t.table.name)) for t in (beneficiaires_suivis, activites_suivies)]


@router.post(
    "",
    status_code=201,
    responses=problems(*DE_FICHE, BeneficiaireDejaEnregistre, BeneficiaireDejaEfface)
    | already(ReferenceBeneficiaire),
    dependencies=[allow(SES_BENEFICIAIRES)],
)
async def enregistrer(
    body: NouveauBeneficiaire,
    moi: Mediateur,
    store: StoreDep,
    aujourd_hui: AujourdHui,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceBeneficiaire:
    """Suivre une personne. 200 si c'était déjà fait."""
    command = EnregistrerBeneficiaire(
        beneficiaire_id=BeneficiaireId(body.id),
        par=MediateurId(moi.mediateur_id),
        compte_id=CompteId(moi.compte_id),
        fiche=body.fiche(),
        aujourd_hui=aujourd_hui,
        maintenant=clock.now(),
    )
    outcome = await store.execute(BENEFICIAIRE(body.id), command, context)
    response.status_code = 201 if outcome.changed else 200
    return reference(response, body.id, outcome)


@router.get("", dependencies=[allow(SES_BENEFICIAIRES), *_A_JOUR])
async def lister(
    siens: SiensDep,
    database: DatabaseDep,
    page: PageParams,
    retenus: RetenusParams,
    aujourd_hui: AujourdHui,
    tri: Annotated[Tri, Query(description=TRIS)] = "nom",
) -> Page[BeneficiaireListe]:
    """Ceux qu'il suit, avec leur nombre."""
    choix = retenir(beneficiaires_suivis.du_mediateur(siens.mediateurs), retenus, aujourd_hui.year)
    return await _page(page, database, choix, tri)


@router.post("/recherche", dependencies=[allow(SES_BENEFICIAIRES), *_A_JOUR])
async def chercher(
    body: RechercheBeneficiaires,
    siens: SiensDep,
    database: DatabaseDep,
    aujourd_hui: AujourdHui,
    request: Request,
) -> Page[BeneficiaireListe]:
    """Ceux qu'il suit et qui répondent à ces mots. N'écrit rien."""
    mots = words(body.recherche, pointer="/recherche")
    choix = beneficiaires_suivis.du_mediateur(siens.mediateurs, mots, body.ids)
    choix = retenir(choix, body.retenus, aujourd_hui.year)
    filtres = [("recherche", mot) for mot in mots] + [("ids", str(un)) for un in body.ids or ()]
    filtres += dits(body.retenus).items()
    page = PageRequest(body.limite, body.apres, request, filtres)
    return await _page(page, database, choix, body.tri)


type _Telecharger = Callable[[Retenus, str, Format], Awaitable[StreamingResponse]]
"""(filtres, mots cherchés, format) -> le fichier."""


async def _telecharger(
    moi: Mediateur,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    nommer: NommerDep,
    response: Response,
) -> _Telecharger:
    async def telecharger(retenus: Retenus, recherche: str, format_: Format) -> StreamingResponse:
        mots = words(recherche, pointer="/recherche")
        choix = beneficiaires_suivis.du_mediateur(siens.mediateurs, mots)
        choix = retenir(choix, retenus, aujourd_hui.year)
        async with store.database.engine.connect() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(choix.subquery()))
            fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
        auteurs = await auteurs_de(store.database, nommer, [moi.compte_id])
        maintenant = clock.now().astimezone(fuseau)
        dessus = blocs(moi, auteurs, total or 0, maintenant, dits(retenus, recherche))
        export = exporter(store, choix, aujourd_hui.year, dessus)

        async def ecrire(fichier: BinaryIO) -> None:
            async with store.database.engine.scan() as connection:
                await export.ecrire(connection, format_, fichier)

        nom = f"coop-numerique_beneficiaires_{aujourd_hui}"
        return await download(ecrire, dict(response.headers) | en_tetes(nom, format_))

    return telecharger


_TelechargerDep = Annotated[_Telecharger, Depends(_telecharger)]


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | REPONSES,
    dependencies=[allow(SES_BENEFICIAIRES), ALLURE, PLACE, *_A_JOUR],
)
async def telecharger(
    ecrire: _TelechargerDep,
    retenus: RetenusParams,
    format_: FormatVoulu = Format.XLSX,
) -> StreamingResponse:
    """Télécharger ses bénéficiaires, tous ou ceux que l'on retient, notes comprises, dans un tableau."""
    return await ecrire(retenus, "", format_)


@router.post(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | REPONSES,
    dependencies=[allow(SES_BENEFICIAIRES), ALLURE, PLACE, *_A_JOUR],
)
async def telecharger_la_recherche(body: ExportDemande, ecrire: _TelechargerDep) -> StreamingResponse:
    """Télécharger ceux qui répondent à ces mots, que l'adresse ne dit pas. N'écrit rien."""
    return await ecrire(body.retenus, body.recherche or "", body.format)


@router.get(
    "/{beneficiaire_id:uuid}",
    responses=problems(BeneficiaireInconnu, FicheEnDouble),
    response_model=BeneficiaireLu,
    dependencies=[allow(SON_BENEFICIAIRE), Depends(after(activites_suivies.table.name))],
)
async def lire(
    beneficiaire_id: UUID,
    trouve: BeneficiaireDep,
    store: StoreDep,
    database: DatabaseDep,
    aujourd_hui: AujourdHui,
    response: Response,
) -> BeneficiaireLu:
    """Un de ses bénéficiaires, en entier. L'ETag sert à le corriger sans écraser.

    D'une fiche en double, le problème dit dans `vers` quelle est celle de la personne.
    """
    suivi, version = trouve
    if isinstance(suivi, Fusionne):
        double = BeneficiaireId(beneficiaire_id)
        vers, personne = (await menees(store, [double]))[double]
        if isinstance(personne, Suivi):
            raise Problem(_EN_DOUBLE, vers=str(vers))
    if not isinstance(suivi, Suivi):
        raise BeneficiaireInconnu
    async with database.engine.connect() as connection:
        vu = sa.select(activites_suivies.nombre(sa.literal(beneficiaire_id, sa.Uuid)))
        accompagnements = (await connection.execute(vu)).scalar_one()
    response.headers["ETag"] = f'"{version}"'
    return beneficiaire_lu(BeneficiaireId(beneficiaire_id), suivi, accompagnements, aujourd_hui)


@router.get(
    "/{beneficiaire_id:uuid}/accompagnements",
    responses=problems(BeneficiaireInconnu),
    dependencies=[
        allow(SON_BENEFICIAIRE),
        *(Depends(after(t.table.name)) for t in (activites_listees, activites_suivies)),
    ],
)
async def accompagnements(
    beneficiaire_id: UUID, database: DatabaseDep, page: PageParams
) -> Page[AccompagnementLu]:
    """L'histoire d'un de ses bénéficiaires : ses activités, les plus récentes d'abord."""
    return await page.of(
        database,
        activites_listees.de_la_personne(beneficiaire_id),
        order=activites_listees.ORDRE,
        to=AccompagnementLu.model_validate,
        previous=True,
        total=True,
    )


@router.put(
    "/{beneficiaire_id:uuid}",
    responses=problems(*DE_FICHE, BeneficiaireInconnu),
    dependencies=[allow(SON_BENEFICIAIRE)],
)
async def corriger(
    beneficiaire_id: UUID,
    body: FicheSaisie,
    suivi_par: SuiviParDep,
    store: StoreDep,
    aujourd_hui: AujourdHui,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> ReferenceBeneficiaire:
    """Corriger la fiche d'un de ses bénéficiaires : ce qui est envoyé remplace tout."""
    assert suivi_par is not None
    command = CorrigerFiche(
        beneficiaire_id=BeneficiaireId(beneficiaire_id),
        par=suivi_par,
        fiche=body.fiche(),
        aujourd_hui=aujourd_hui,
        maintenant=clock.now(),
    )
    outcome = await store.execute(BENEFICIAIRE(beneficiaire_id), command, context, expected=expected)
    return reference(response, beneficiaire_id, outcome)


@router.delete(
    "/{beneficiaire_id:uuid}",
    status_code=204,
    responses=problems(BeneficiaireInconnu),
    dependencies=[allow(SON_BENEFICIAIRE), Depends(after(beneficiaires_suivis.table.name))],
)
async def effacer(
    beneficiaire_id: UUID,
    trouve: BeneficiaireDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Effacer un de ses bénéficiaires, sans retour : ses activités restent, anonymes, et comptent."""
    if isinstance(trouve[0], Fusionne):
        # A file in double goes with its person, or is separated first.
        raise BeneficiaireInconnu
    qui = BeneficiaireId(beneficiaire_id)
    written(response, SERVICE, await oublier(store, qui, _DEMANDE, context, clock.now()))


@router.post(
    "/effacement",
    dependencies=[allow(SES_BENEFICIAIRES), Depends(after(beneficiaires_suivis.table.name))],
)
async def effacer_plusieurs(
    body: EffacementSaisi,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> RapportDEffacement:
    """Effacer plusieurs de ses bénéficiaires, sans retour. Celui d'un autre répond comme un inconnu."""
    qui = list(dict.fromkeys(body.ids))
    etats = await store.states([BENEFICIAIRE(un) for un in qui])
    lignes: list[LigneDEffacement] = []
    for un, etat in zip(qui, etats, strict=True):
        # A file in double goes with its person, or is separated first.
        sien = isinstance(etat, Suivi | Efface) and etat.mediateur_id in siens.mediateurs
        if sien:
            written(response, SERVICE, await oublier(store, un, _DEMANDE, context, clock.now()))
        lignes.append(LigneDEffacement(id=un, etat="efface" if sien else "inconnu"))
    return RapportDEffacement(
        effaces=sum(ligne.etat == "efface" for ligne in lignes),
        lignes=lignes,
        position=response.headers.get("X-Position"),
    )


async def _page(page: PageRequest, database: DatabaseDep, choix: Rows, tri: Tri) -> Page[BeneficiaireListe]:
    lus, ordre = activites_suivies.ordonnes(choix, tri)
    return await page.of(
        database,
        lus,
        order=ordre,
        to=BeneficiaireListe.model_validate,
        previous=True,
        total=True,
    )


def reference(response: Response, beneficiaire_id: UUID, outcome: Written) -> ReferenceBeneficiaire:
    """Ce que rend une écriture."""
    written(response, SERVICE, outcome)
    return ReferenceBeneficiaire(id=beneficiaire_id, position=response.headers.get("X-Position"))
