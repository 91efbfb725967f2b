"""/activites : rendre compte d'un accompagnement, le corriger, le supprimer, retrouver les siens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from events.postgres.database import Database
from events.store.store import Store, Written
from fastapi import APIRouter, Depends, Query, Response
from process.clock import Clock
from referentiels.territoires import fuseau_de
from web.auth import Mediateur, MediateurCaller
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import already, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.choix import ChoixParams
from activites.api.etiquettes import etiquettes_lues, tags_vus
from activites.api.lectures import (
    SANS_LIEU,
    ActiviteLue,
    ActiviteSupprimeeLue,
    AtelierLu,
    DuLieu,
    IndividuelLu,
    PageActivites,
    ReferenceActivite,
    activite_lue,
    listee,
)
from activites.api.saisies import CorrectionActivite, NouvelleActivite
from activites.api.statuses import DE_SAISIE
from activites.api.suivis import ceux_de, personnes, vus
from activites.api.voisins import Copies, Voisins, VoisinsDep
from activites.domain.activite import (
    ACTIVITE,
    Active,
    Auteur,
    CorrigerActivite,
    Effacee,
    EnregistrerActivite,
    RestaurerActivite,
    SupprimerActivite,
)
from activites.domain.emploi import Emploi, emploi_du_jour
from activites.domain.faits import ActiviteDecrite, Contenu
from activites.domain.refus import (
    ActiviteDejaEnregistree,
    ActiviteDejaSupprimee,
    ActiviteEffacee,
    ActiviteInconnue,
    AucunEmploi,
    SuppressionDefinitive,
    TypeNonModifiable,
)
from activites.domain.vocabulaire import (
    ActiviteId,
    CompteId,
    LieuConnu,
    LieuId,
    MediateurId,
)
from activites.policies.activites import LIRE_SES_ACTIVITES, SAISIR, SON_ACTIVITE, ActiviteDep, AuteurDep
from activites.policies.personne import SiensDep
from activites.projections import (
    activites_listees,
    activites_suivies,
    activites_supprimees,
    emplois,
    lieux_choisis,
    lieux_connus,
)
from activites.rdv import agenda

router = APIRouter(prefix="/activites", tags=["Activités"])
SERVICE = "activites"
_TRI = "Par date, durée, type ou nom de lieu ; par lieu, celles qui n’en ont pas sont à la fin"


@router.post(
    "",
    status_code=201,
    responses=problems(*DE_SAISIE, AucunEmploi, ActiviteDejaEnregistree, ActiviteDejaSupprimee)
    | already(ReferenceActivite),
    dependencies=[allow(SAISIR)],
)
async def enregistrer(
    body: NouvelleActivite,
    moi: Mediateur,
    voisins: VoisinsDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceActivite:
    """Enregistrer un accompagnement individuel ou un atelier collectif. 200 si c'était déjà fait."""
    saisie = [(body.id, body.contenu())]
    [command] = await commandes_de(EnregistrerActivite, saisie, moi, en_propre(moi), store, clock, voisins)
    outcome = await store.execute(ACTIVITE(body.id), command, context)
    response.status_code = 201 if outcome.changed else 200
    return _reference(response, body.id, outcome)


@router.put(
    "/{activite_id:uuid}",
    responses=problems(
        *DE_SAISIE, AucunEmploi, TypeNonModifiable, ActiviteInconnue, ActiviteDejaSupprimee, ActiviteEffacee
    ),
    dependencies=[allow(SON_ACTIVITE)],
)
async def corriger(
    activite_id: UUID,
    body: CorrectionActivite,
    trouvee: ActiviteDep,
    moi: Mediateur,
    auteur: AuteurDep,
    voisins: VoisinsDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> ReferenceActivite:
    """Corriger une de ses activités : le contenu envoyé remplace tout l'ancien."""
    saisie = [(activite_id, body.contenu())]
    assert auteur is not None
    etat, _ = trouvee
    avant = etat.derniere if isinstance(etat, Active) else None
    [command] = await commandes_de(CorrigerActivite, saisie, moi, auteur, store, clock, voisins, avant)
    command = replace(command, personnes=await personnes(store, avant.suivis if avant else ()))
    outcome = await store.execute(ACTIVITE(activite_id), command, context, expected=expected)
    return _reference(response, activite_id, outcome)


@router.delete(
    "/{activite_id:uuid}",
    status_code=204,
    responses=problems(ActiviteInconnue),
    dependencies=[allow(SON_ACTIVITE)],
)
async def supprimer(
    activite_id: UUID,
    auteur: AuteurDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Supprimer une de ses activités ; elle se reprend pendant 30 jours (restauration)."""
    assert auteur is not None
    command = SupprimerActivite(
        activite_id=ActiviteId(activite_id),
        par=auteur.mediateur_id,
        compte_id=auteur.compte_id,
        maintenant=clock.now(),
    )
    outcome = await store.execute(ACTIVITE(activite_id), command, context, expected=expected)
    written(response, SERVICE, outcome)


@router.post(
    "/{activite_id:uuid}/restauration",
    responses=problems(ActiviteInconnue, SuppressionDefinitive),
    dependencies=[allow(SON_ACTIVITE)],
)
async def restaurer(
    activite_id: UUID,
    auteur: AuteurDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceActivite:
    """Revenir sur une suppression, dans les 30 jours : l'activité compte de nouveau, telle qu'elle était."""
    assert auteur is not None
    command = RestaurerActivite(
        activite_id=ActiviteId(activite_id), par=auteur.mediateur_id, maintenant=clock.now()
    )
    return _reference(response, activite_id, await store.execute(ACTIVITE(activite_id), command, context))


@router.get(
    "/supprimees",
    dependencies=[allow(LIRE_SES_ACTIVITES), Depends(after(activites_supprimees.table.name))],
)
async def lister_les_supprimees(
    siens: SiensDep, database: DatabaseDep, clock: ClockDep, page: PageParams
) -> Page[ActiviteSupprimeeLue]:
    """Celles qu'il peut encore reprendre, la dernière supprimée d'abord."""
    choix = activites_supprimees.du_mediateur(siens.mediateurs, clock.now())
    return await page.of(
        database, choix, order=activites_supprimees.ORDRE, to=ActiviteSupprimeeLue.model_validate
    )


@router.get("", dependencies=[allow(LIRE_SES_ACTIVITES), Depends(after(activites_listees.table.name))])
async def lister(
    moi: Mediateur,
    siens: SiensDep,
    database: DatabaseDep,
    clock: ClockDep,
    page: PageParams,
    choix: ChoixParams,
    tri: Annotated[activites_listees.Tri, Query(description=_TRI)] = "recentes",
    sommes: Annotated[bool, Query(description="Compter aussi tous les accompagnements")] = False,
) -> PageActivites:
    """Ses activités, avec leur nombre."""
    retenues = activites_listees.du_mediateur(siens.mediateurs, choix)
    ordonnees, ordre = activites_listees.ordonnees(retenues, tri)
    trouvees = await page.find(database, ordonnees, order=ordre, previous=True, total=True)
    lues = await etiquettes_lues(database, moi, clock, {pose for row in trouvees.rows for pose in row.tags})
    accompagnements: int | None = None
    if sommes:
        async with database.engine.connect() as connection:
            accompagnements = await connection.scalar(activites_listees.accompagnements(retenues))
    return PageActivites(
        **dict(trouvees.page(lambda row: listee(row, lues))), accompagnements=accompagnements
    )


@router.get(
    "/{activite_id:uuid}",
    responses=problems(ActiviteInconnue),
    response_model=ActiviteLue,
    dependencies=[allow(SON_ACTIVITE), Depends(after(activites_suivies.table.name))],
)
async def lire(
    trouvee: ActiviteDep, moi: Mediateur, store: StoreDep, clock: ClockDep, response: Response
) -> IndividuelLu | AtelierLu:
    """Une de ses activités en entier, avec qui y était. L'ETag sert à la corriger sans écraser."""
    match trouvee:
        case (Active() | Effacee()) as etat, version:
            response.headers["ETag"] = f'"{version}"'
            derniere = etat.derniere
            lieu = await _du_lieu(store.database, derniere.lieu_id)
            lues = await etiquettes_lues(store.database, moi, clock, derniere.tags)
            presents = await vus(store, moi, derniere.activite_id, derniere.suivis)
            return activite_lue(etat, lieu, presents, lues)
        case _:
            raise ActiviteInconnue


async def commandes_de[C: (EnregistrerActivite, CorrigerActivite)](
    sorte: type[C],
    saisies: Sequence[tuple[UUID, Contenu]],
    moi: MediateurCaller,
    auteur: Auteur,
    store: Store[Any],
    clock: Clock,
    voisins: Voisins,
    avant: ActiviteDecrite | None = None,
) -> list[C]:
    """Les commandes, avec ce que la porte sait de plus : emploi, lieu, suivis, jour, tags, rendez-vous.

    Autant de lectures, quel que soit leur nombre.   auteur : sous quels identifiants de la personne.
    avant : l'activité que l'on corrige.
    """
    suivis = await ceux_de(store, moi, {un for _, contenu in saisies for un in contenu.suivis})
    lieux = {contenu.lieu_id for _, contenu in saisies if contenu.lieu_id is not None}
    d_ailleurs = await _d_ailleurs(store.database, CompteId(moi.compte_id), lieux)
    attendues = d_ailleurs.attendues(lieux - {avant.lieu_id} if avant else lieux)
    if attendues and await voisins.attendre(attendues):
        d_ailleurs = await _d_ailleurs(store.database, CompteId(moi.compte_id), lieux)
    async with store.database.engine.connect() as connection:
        ids = [activite_id for activite_id, _ in saisies]
        sur_rendez_vous = set(await connection.scalars(agenda.comptes_rendus(moi.compte_id, ids)))
    posees = {*(avant.tags if avant else ()), *(tag for _, contenu in saisies for tag in contenu.tags)}
    visibles = await tags_vus(store.database, moi, clock, posees)
    commandes: list[C] = []
    for activite_id, contenu in saisies:
        emploi = emploi_du_jour(d_ailleurs.emplois, contenu.date)
        lieu = d_ailleurs.lieux.get(contenu.lieu_id)
        commandes.append(
            sorte(
                activite_id=ActiviteId(activite_id),
                par=auteur.mediateur_id,
                compte_id=auteur.compte_id,
                contenu=contenu,
                emploi=emploi.structure_id if emploi else None,
                employeur_insee=emploi.code_insee if emploi else None,
                lieu=lieu,
                lieux_siens=d_ailleurs.siens,
                suivis=suivis,
                tags_visibles=visibles,
                sur_rendez_vous=activite_id in sur_rendez_vous,
                aujourd_hui=clock.today(_fuseau(emploi, lieu, contenu)),
                maintenant=clock.now(),
            )
        )
    return commandes


@dataclass(frozen=True, slots=True)
class _DAilleurs:
    """Ce que d'autres services ont dit : ses emplois, les lieux saisis, ceux où la personne a exercé."""

    emplois: Sequence[Emploi]
    lieux: Mapping[LieuId | None, LieuConnu]
    siens: frozenset[LieuId]

    def attendues(self, lieux: Collection[LieuId]) -> Copies:
        """Les copies d'identity sans quoi ces lieux, ou tout, seraient refusés."""
        d_un_autre = any(lieu in self.lieux and lieu not in self.siens for lieu in lieux)
        return [*([] if self.emplois else [emplois]), *([lieux_choisis] if d_un_autre else [])]


async def _d_ailleurs(database: Database, compte_id: CompteId, lieux: Collection[LieuId]) -> _DAilleurs:
    async with database.engine.connect() as connection:
        miens = [emplois.emploi(row) for row in await connection.execute(emplois.du_compte(compte_id))]
        if not lieux:
            return _DAilleurs(miens, {}, frozenset())
        lus = await connection.execute(lieux_connus.ceux_ci(lieux))
        connus = {row.lieu_id: lieux_connus.lieu_connu(row) for row in lus}
        siens = frozenset(await connection.scalars(lieux_choisis.ou_elle_exerce(compte_id, lieux)))
    return _DAilleurs(miens, connus, siens)


def en_propre(moi: MediateurCaller) -> Auteur:
    """Ce qui s'enregistre l'est au compte d'aujourd'hui, et le reste."""
    return Auteur(MediateurId(moi.mediateur_id), CompteId(moi.compte_id))


async def _du_lieu(database: Database, lieu_id: LieuId | None) -> DuLieu:
    if lieu_id is None:
        return SANS_LIEU
    async with database.engine.connect() as connection:
        row = (await connection.execute(lieux_connus.noms(lieu_id))).one_or_none()
    return DuLieu.model_validate(row) if row is not None else SANS_LIEU


def _fuseau(emploi: Emploi | None, lieu: LieuConnu | None, contenu: Contenu) -> str:
    """Le territoire de la personne : celui de son emploi, à défaut celui où l'activité a eu lieu."""
    if emploi is not None and emploi.fuseau is not None:
        return emploi.fuseau
    if lieu is not None:
        return fuseau_de(lieu.code_insee or lieu.departement)
    return fuseau_de(contenu.commune.code_insee if contenu.commune else None)


def _reference(response: Response, activite_id: UUID, outcome: Written) -> ReferenceActivite:
    written(response, SERVICE, outcome)
    return ReferenceActivite(id=activite_id, position=response.headers.get("X-Position"))
