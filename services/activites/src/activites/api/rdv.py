"""/rdv : les rendez-vous pris dans RDV Service Public, de la liaison du compte au compte rendu."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from events.store.store import Context, Store
from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from web.auth import Connecte, Mediateur, MediateurCaller
from web.days import PeriodParams
from web.pace import Pace, keep_pace
from web.pages import Page, PageParams
from web.policies import PUBLIC, allow
from web.positions import after
from web.problems import TROP_DE_DEMANDES, answers, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.jour import AujourdHui
from activites.domain import activite as activites
from activites.domain.activite import ACTIVITE
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_commandes import EnregistrerBeneficiaire
from activites.domain.beneficiaire_etat import Absent, Efface, Fusionne, Suivi
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.doublons import Comparee
from activites.domain.rdv import EtatRdv, Rdv, StatutRdv, deja_suivi, fiche_de, nom_compare
from activites.domain.rdv_refus import (
    AdresseRdvDifferente,
    CompteRdvNonLie,
    LiaisonPerimee,
    LiaisonRefusee,
    MessageDejaRecu,
    MessagePerime,
    RdvAVenir,
    RdvInconnu,
    RdvNonProposes,
    RdvServicePublicMuet,
    SignatureRefusee,
    StatutRdvRefuse,
)
from activites.domain.vocabulaire import BeneficiaireId, CompteId, MediateurId, TypeActivite
from activites.policies.personne import SiensDep, en_personne
from activites.policies.rdv import SES_RDV, SON_RDV, RdvDep
from activites.projections import activites_listees, beneficiaires_suivis, emplois
from activites.rdv import agenda, comptes
from activites.rdv.copie import RANGS
from activites.rdv.ensemble import Rendezvous
from activites.rdv.messages import ENTETE
from activites.rdv.service import Muet

router = APIRouter(prefix="/rdv", tags=["Rendez-vous"], dependencies=[Depends(en_personne)])
messages = APIRouter(prefix="/rdv", tags=["Rendez-vous"])

MESSAGE_MAX = 262_144
"""Bytes of what RDV Service Public tells: one rendez-vous, with all who are to come."""
_GESTES = Pace("rdv", 60, dt.timedelta(seconds=1))
_LIAISONS = Pace("rdv_liaisons", 10, dt.timedelta(minutes=1))
_RETOURS = Pace("rdv_retours", 10, dt.timedelta(minutes=1))
_PREMIER, _DERNIER = dt.date(1970, 1, 1), dt.date(2999, 12, 31)
_CANDIDATS = 100


async def _rendezvous(request: Request) -> Rendezvous | None:
    return request.app.state.rdv


PeutEtreRdv = Annotated[Rendezvous | None, Depends(_rendezvous)]


async def _propose(rendezvous: PeutEtreRdv) -> Rendezvous:
    if rendezvous is None:
        raise RdvNonProposes
    return rendezvous


RendezvousDep = Annotated[Rendezvous, Depends(_propose)]
"""What speaks to RDV Service Public. Raises RdvNonProposes where nothing does."""


async def _fuseau(moi: Connecte, database: DatabaseDep) -> ZoneInfo:
    async with database.engine.connect() as connection:
        return ZoneInfo(await emplois.fuseau(connection, moi.compte_id))


Fuseau = Annotated[ZoneInfo, Depends(_fuseau)]
"""Where the person works."""


class CompteRdv(BaseModel):
    """Où en est la liaison. lu_le : dernière lecture réussie de ses rendez-vous.

    rompu : RDV Service Public ne reconnaît plus notre autorisation, il faut relier de nouveau.
    """

    etat: Literal["non_propose", "non_lie", "lie", "rompu"]
    lie_le: dt.datetime | None = None
    lu_le: dt.datetime | None = None


class Liaison(BaseModel):
    """adresse : où envoyer le navigateur, qui revient à `/espace/rdv/retour` avec `code` et `state`."""

    adresse: str


class RetourDeLiaison(BaseModel):
    """Ce que RDV Service Public a ajouté à l'adresse de retour."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"code": "abc", "state": "def"}]}
    )

    code: Annotated[str, Field(min_length=1, max_length=2000)]
    state: Annotated[str, Field(min_length=1, max_length=200)]


class ParticipantLu(BaseModel):
    """Une personne attendue."""

    prenom: str
    nom: str
    statut: StatutRdv


class RdvLu(BaseModel):
    """Un rendez-vous. titre : son nom, à défaut son motif.   activite_id : son compte rendu, s'il est fait.

    a_rendre : passé, sans compte rendu, ni annulé, ni dit honoré d'un geste.
    """

    id: int
    debut: dt.datetime
    duree_minutes: int
    collectif: bool
    titre: str | None
    lieu: str | None
    statut: StatutRdv
    participants: list[ParticipantLu]
    activite_id: UUID | None
    a_rendre: bool


class PageRdv(Page[RdvLu]):
    """Une page de rendez-vous. compte : où en est la liaison, relue avec eux."""

    compte: CompteRdv


class StatutChange(BaseModel):
    """Ce qu'il en est advenu. `seen` le retire de ce qu'il reste à rendre, sans compte rendu."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"statut": "noshow"}]})

    statut: StatutRdv


class BeneficiairePrepare(BaseModel):
    """Une personne suivie, déjà connue ou enregistrée à cette occasion."""

    id: UUID
    prenom: str
    nom: str


class Preparation(BaseModel):
    """Ce que le rendez-vous dit déjà de son compte rendu. id : à donner à ce compte rendu, et à nul autre."""

    id: UUID
    type: TypeActivite
    date: dt.date
    duree_minutes: int
    titre_atelier: str | None
    beneficiaires: list[BeneficiairePrepare]


@router.get("/compte", dependencies=[allow(SES_RDV)])
async def lire_le_compte(moi: Mediateur, rendezvous: PeutEtreRdv) -> CompteRdv:
    """Où en est la liaison avec RDV Service Public."""
    return compte_lu(None if rendezvous is None else await rendezvous.comptes.lu(moi.compte_id), rendezvous)


@router.post(
    "/compte/liaison",
    responses=problems(RdvNonProposes) | answers(TROP_DE_DEMANDES),
    dependencies=[allow(SES_RDV), keep_pace(_LIAISONS)],
)
async def demander_la_liaison(moi: Mediateur, rendezvous: RendezvousDep, clock: ClockDep) -> Liaison:
    """Commencer à relier son compte : la demande vaut dix minutes, pour ce compte seul."""
    return Liaison(adresse=await rendezvous.comptes.demander(moi.compte_id, clock.now()))


@router.post(
    "/compte/retour",
    responses=problems(
        RdvNonProposes, LiaisonPerimee, LiaisonRefusee, AdresseRdvDifferente, RdvServicePublicMuet
    )
    | answers(TROP_DE_DEMANDES),
    dependencies=[allow(SES_RDV), keep_pace(_RETOURS)],
)
async def finir_la_liaison(
    body: RetourDeLiaison,
    moi: Mediateur,
    rendezvous: RendezvousDep,
    clock: ClockDep,
    ensuite: BackgroundTasks,
) -> CompteRdv:
    """Finir de relier son compte : RDV Service Public doit y connaître la même adresse électronique."""
    try:
        await rendezvous.comptes.relier(moi.compte_id, body.code, body.state, clock.now())
    except Muet:
        raise RdvServicePublicMuet from None
    except AdresseRdvDifferente:
        # Somebody else's, given by mistake: not kept until the next passage.
        await rendezvous.revocations.reprendre(clock.now(), de=moi.compte_id)
        raise
    await rendezvous.agenda.relire_si_besoin(moi.compte_id, clock.now())
    ensuite.add_task(rendezvous.agenda.accueillir, moi.compte_id, clock.now())
    ensuite.add_task(rendezvous.revocations.reprendre, clock.now(), de=moi.compte_id)
    return compte_lu(await rendezvous.comptes.lu(moi.compte_id), rendezvous)


@router.delete("/compte", status_code=204, dependencies=[allow(SES_RDV)])
async def delier(
    moi: Mediateur, store: StoreDep, rendezvous: PeutEtreRdv, clock: ClockDep, ensuite: BackgroundTasks
) -> None:
    """Ne plus relier son compte : ce qui est gardé ici est effacé, l'autorisation révoquée là-bas ensuite."""
    await comptes.oublier(store, moi.compte_id, clock.now())
    if rendezvous is not None:
        ensuite.add_task(rendezvous.revocations.reprendre, clock.now(), de=moi.compte_id)


@router.get("", dependencies=[allow(SES_RDV), Depends(after(activites_listees.table.name))])
async def lister(
    moi: Mediateur,
    siens: SiensDep,
    rendezvous: PeutEtreRdv,
    database: DatabaseDep,
    clock: ClockDep,
    fuseau: Fuseau,
    page: PageParams,
    periode: PeriodParams,
    statuts: Annotated[
        list[EtatRdv] | None, Query(max_length=6, description="Répéter pour en demander plusieurs")
    ] = None,
    a_rendre: Annotated[bool, Query(description="Ceux qui attendent leur compte rendu")] = False,
    sans_compte_rendu: Annotated[bool, Query(description="Ceux dont il n’est pas enregistré")] = False,
) -> PageRdv:
    """Ses rendez-vous, du plus ancien au plus récent ; relus s'ils ont plus de cinq minutes."""
    maintenant = clock.now()
    compte = None
    if rendezvous is not None:
        compte = await rendezvous.agenda.relire_si_besoin(moi.compte_id, maintenant)
    choix = agenda.du_compte(
        moi.compte_id,
        siens.mediateurs,
        maintenant,
        du=periode.du and _minuit(periode.du, fuseau),
        avant=periode.au and _minuit(min(periode.au, _DERNIER) + dt.timedelta(days=1), fuseau),
        statuts=statuts or (),
        a_rendre=a_rendre,
        sans_compte_rendu=sans_compte_rendu,
    )
    trouves = await page.find(database, choix, order=agenda.ORDRE, previous=True, total=True)
    lus = await rendezvous.agenda.ouvrir(trouves.rows) if rendezvous is not None else []
    elements = [rdv_lu(row, rdv, maintenant) for row, rdv in zip(trouves.rows, lus, strict=False)]
    return PageRdv(
        elements=elements,
        suivant=trouves.suivant,
        precedent=trouves.precedent,
        total=trouves.total,
        compte=compte_lu(compte, rendezvous),
    )


@router.put(
    "/{rdv_id:int}/statut",
    status_code=204,
    responses=problems(RdvNonProposes, RdvInconnu, CompteRdvNonLie, StatutRdvRefuse, RdvServicePublicMuet)
    | answers(TROP_DE_DEMANDES),
    dependencies=[allow(SON_RDV), keep_pace(_GESTES)],
)
async def changer_statut(
    rdv_id: int, body: StatutChange, moi: Mediateur, rendezvous: RendezvousDep, clock: ClockDep
) -> None:
    """Dire ce qu'il en est advenu : à RDV Service Public d'abord, ici ensuite."""
    await rendezvous.agenda.changer_statut(moi.compte_id, rdv_id, body.statut, clock.now())


@router.post(
    "/{rdv_id:int}/preparation",
    responses=problems(RdvNonProposes, RdvInconnu, RdvAVenir) | answers(TROP_DE_DEMANDES),
    dependencies=[allow(SON_RDV), keep_pace(_GESTES), Depends(after(beneficiaires_suivis.table.name))],
)
async def preparer(
    rdv_id: int,
    trouve: RdvDep,
    moi: Mediateur,
    siens: SiensDep,
    rendezvous: RendezvousDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    fuseau: Fuseau,
    aujourd_hui: AujourdHui,
) -> Preparation:
    """Préparer son compte rendu : qui y était est retrouvé parmi ceux que l'on suit, ou le devient."""
    if trouve is None:
        raise RdvInconnu
    [rdv] = await rendezvous.agenda.ouvrir([trouve])
    jour = rdv.debut.astimezone(fuseau).date()
    if jour > aujourd_hui:
        raise RdvAVenir
    registre = _Registre(store, rendezvous, moi, siens.mediateurs, aujourd_hui, clock.now(), context)
    presents = [
        suivi for participant in rdv.presents if (suivi := await registre.suivre(participant)) is not None
    ]
    return Preparation(
        id=await _identifiant(store, rendezvous, trouve),
        type=TypeActivite.COLLECTIF if rdv.collectif else TypeActivite.INDIVIDUEL,
        date=jour,
        duree_minutes=min(rdv.duree_minutes, 1439),
        titre_atelier=rdv.titre if rdv.collectif else None,
        beneficiaires=list({suivi.id: suivi for suivi in presents}.values()),
    )


@messages.post(
    "/webhooks",
    status_code=204,
    responses=problems(RdvNonProposes, SignatureRefusee, MessagePerime, MessageDejaRecu, RdvInconnu),
    dependencies=[allow(PUBLIC)],
)
async def recevoir(request: Request, rendezvous: RendezvousDep, clock: ClockDep) -> None:
    """Recevoir ce que RDV Service Public dit d'un rendez-vous, signé (`X-Lapin-Signature`) : on le relit.

    Son corps, `data` et `meta`, est du JSON de 256 Kio au plus : sa forme n'est pas la nôtre.
    """
    signatures = request.headers.getlist(ENTETE)
    if len(signatures) != 1:
        raise SignatureRefusee
    await rendezvous.messages.recevoir(await request.body(), signatures[0], clock.now())


class _Registre:
    """Ceux que le médiateur suit, où l'on cherche et où l'on inscrit."""

    def __init__(
        self,
        store: Store[Any],
        rendezvous: Rendezvous,
        moi: MediateurCaller,
        siens: Sequence[UUID],
        aujourd_hui: dt.date,
        maintenant: dt.datetime,
        context: Context,
    ) -> None:
        self._store = store
        self._rendezvous = rendezvous
        self._moi = moi
        self._siens = siens
        self._aujourd_hui = aujourd_hui
        self._maintenant = maintenant
        self._context = context

    async def suivre(self, participant: Any) -> BeneficiairePrepare | None:
        """The bénéficiaire that this participant is, or becomes; None for one without a name."""
        fiche = fiche_de(participant, self._aujourd_hui)
        if fiche is None:
            return None
        libre: BeneficiaireId | None = None
        for rang in range(RANGS):
            qui = BeneficiaireId(
                await self._rendezvous.agenda.usager(self._moi.compte_id, participant.usager_id, rang)
            )
            etat, _ = await self._store.state(BENEFICIAIRE(qui))
            while isinstance(etat, Fusionne):
                qui = etat.vers
                etat, _ = await self._store.state(BENEFICIAIRE(qui))
            match etat:
                case Suivi(mediateur_id=mediateur_id, derniere=derniere) if mediateur_id in self._siens:
                    return BeneficiairePrepare(id=qui, prenom=derniere.prenom, nom=derniere.nom)
                case Absent():
                    libre = qui
                    break
                case Efface():
                    # Erased: only the médiateur follows them again, by hand.
                    break
                case Suivi():
                    continue
        connu = deja_suivi(fiche, await self._semblables(fiche))
        if connu is not None:
            etat, _ = await self._store.state(BENEFICIAIRE(connu))
            if isinstance(etat, Suivi):
                return BeneficiairePrepare(id=connu, prenom=etat.derniere.prenom, nom=etat.derniere.nom)
        if libre is None:
            return None
        command = EnregistrerBeneficiaire(
            beneficiaire_id=libre,
            par=MediateurId(self._moi.mediateur_id),
            compte_id=CompteId(self._moi.compte_id),
            fiche=fiche,
            aujourd_hui=self._aujourd_hui,
            maintenant=self._maintenant,
        )
        await self._store.execute(BENEFICIAIRE(libre), command, self._context)
        return BeneficiairePrepare(id=libre, prenom=fiche.prenom, nom=fiche.nom)

    async def _semblables(self, fiche: Fiche) -> list[Comparee]:
        """Those that may be the same person: the same name, the same telephone, the same e-mail."""
        c = beneficiaires_suivis.table.c
        memes = [sa.func.replace(c.par_nom, " ", "") == nom_compare(f"{fiche.nom} {fiche.prenom}")]
        memes += [c.telephone == fiche.telephone] if fiche.telephone else []
        memes += [c.courriel == fiche.courriel] if fiche.courriel else []
        choix = beneficiaires_suivis.du_mediateur(self._siens).where(sa.or_(*memes))
        async with self._store.database.engine.connect() as connection:
            rows = await connection.execute(choix.order_by(c.beneficiaire_id).limit(_CANDIDATS))
            return [
                Comparee(BeneficiaireId(r.beneficiaire_id), r.prenom, r.nom, r.telephone, r.courriel)
                for r in rows
            ]


async def _identifiant(store: Store[Any], rendezvous: Rendezvous, row: Any) -> UUID:
    """That of its CRA; of another one when the first was deleted."""
    efface = False
    if row.activite_id is not None:
        etat, _ = await store.state(ACTIVITE(row.activite_id))
        efface = isinstance(etat, activites.Supprimee)
    return await rendezvous.agenda.reserver(row, efface=efface)


def compte_lu(row: Any | None, rendezvous: Rendezvous | None) -> CompteRdv:
    """Où en est la liaison. row : sa ligne, s'il y en a une."""
    if rendezvous is None:
        return CompteRdv(etat="non_propose")
    if row is None:
        return CompteRdv(etat="non_lie")
    return CompteRdv(etat="rompu" if row.rompu else "lie", lie_le=row.lie_le, lu_le=row.lu_le)


def rdv_lu(row: Any, rdv: Rdv, maintenant: dt.datetime) -> RdvLu:
    """Un rendez-vous, et son compte rendu. row : sa ligne (`agenda.du_compte`)."""
    venu = rdv.statut in (StatutRdv.A_VENIR, StatutRdv.HONORE)
    return RdvLu(
        id=rdv.rdv_id,
        debut=rdv.debut,
        duree_minutes=rdv.duree_minutes,
        collectif=rdv.collectif,
        titre=rdv.titre,
        lieu=rdv.lieu,
        statut=rdv.statut,
        participants=[ParticipantLu(prenom=p.prenom, nom=p.nom, statut=p.statut) for p in rdv.participants],
        activite_id=row.rendu,
        a_rendre=venu and row.rendu is None and not row.ecarte and rdv.debut <= maintenant,
    )


def _minuit(jour: dt.date, fuseau: ZoneInfo) -> dt.datetime:
    """When this day begins there; of a day that no rendez-vous has, the nearest that one may have."""
    return dt.datetime.combine(min(max(jour, _PREMIER), _DERNIER), dt.time(), fuseau)
