"""Les invitations : un coordinateur les envoie et les annule, la personne invitée y répond."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from events.store.store import Claim, ClaimTaken, Context, Store, Written
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from web.auth import Connecte
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import already, problems
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, apres
from equipes.api.equipes import Reference
from equipes.api.personnes import PersonnesDep
from equipes.domain import appartenance, equipe_etat, invitation
from equipes.domain.adhesion import adherer
from equipes.domain.appartenance import APPARTENANCE
from equipes.domain.equipe import EquipeInconnue
from equipes.domain.invitation import (
    INVITATION,
    AccepterInvitation,
    AnnulerInvitation,
    DejaEnReseau,
    DejaMembre,
    EquipeQuittee,
    InvitationAcceptee,
    InvitationDejaEnvoyee,
    InvitationDejaTraitee,
    InvitationEnCours,
    InvitationInconnue,
    InvitationPerimee,
    InviteInconnu,
    InviterMediateur,
    NonMediateur,
    Profil,
    RefuserInvitation,
    TropDInvitations,
    TropDInvitationsDuJour,
    TropDInvitationsRecues,
)
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    cle_appartenance,
    cle_invitation,
)
from equipes.policies import (
    ANNULER_INVITATION,
    INVITER,
    LIRE_SES_INVITATIONS,
    REPONDRE,
    EquipeDep,
    SiensDep,
    coordinateurs_de,
    est_membre,
    invitation_envoyee,
    le_sien,
    sans_reveler,
)
from equipes.projections import comptes_connus, invitations, reseau
from equipes.projections.comptes_rapproches import comptes_rapproches

router = APIRouter(tags=["Invitations"])


class NouvelleInvitation(BaseModel):
    """L'invitation à envoyer ; `id` est choisi par l'appelant, `compte_id` est la personne invitée."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"id": EXAMPLE_ID, "compte_id": "0b54ad2c-6a3e-4b1e-9d6e-2f0c5f1f4a77"}]
        },
    )

    id: NewId
    compte_id: UUID


class InvitationEnvoyeeVue(BaseModel):
    """Une invitation de l'équipe, sans réponse. Le nom de la personne invitée ne se lit qu'à sa réponse."""

    id: UUID
    compte_id: UUID
    envoyee_le: dt.datetime
    expire_le: dt.datetime


class InvitationRecue(BaseModel):
    """Une invitation à laquelle je peux répondre. invite_par : nom du coordinateur."""

    id: UUID
    equipe_id: UUID
    equipe_nom: str | None
    invite_par: str | None
    envoyee_le: dt.datetime
    expire_le: dt.datetime


@router.post(
    "/equipes/{equipe_id}/invitations",
    status_code=201,
    responses=problems(
        EquipeInconnue,
        InviteInconnu,
        DejaMembre,
        DejaEnReseau,
        InvitationEnCours,
        InvitationDejaEnvoyee,
        TropDInvitations,
        TropDInvitationsRecues,
        TropDInvitationsDuJour,
    )
    | already(Reference),
    dependencies=[allow(INVITER), Depends(apres(identity=("comptes_connus",)))],
)
async def inviter(
    equipe_id: UUID,
    body: NouvelleInvitation,
    etat: EquipeDep,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> Reference:
    """Inviter une personne, par l'identifiant de son compte : qui n'est pas inscrit y répondra une fois
    inscrit ; qui coordonne sans être médiateur sera du réseau de l'équipe, pas membre. 200 si c'était déjà
    fait."""
    maintenant = clock.now()
    coordinateurs = equipe_etat.coordinateurs(etat)
    par = le_sien(siens, coordinateurs)
    async with database.engine.connect() as connection:
        qui = await comptes_rapproches.personnes(connection, "compte", [body.compte_id])
        invitee = qui[body.compte_id]
        roles = (await connection.execute(comptes_connus.roles_de(invitee.tous))).all()
        en_attente = await connection.scalar(invitations.nombre_en_attente(EquipeId(equipe_id), maintenant))
        recues = await connection.scalar(invitations.nombre_recues(invitee.tous, maintenant))
        veille = maintenant - dt.timedelta(days=1)
        du_jour = await connection.scalar(invitations.nombre_envoyees_par(par, veille))
        en_reseau = await connection.scalar(reseau.lie(EquipeId(equipe_id), invitee.tous))
    # An invitation that another of their accounts received waits for the same person.
    for autre in invitee.tous:
        if autre != invitee.sert and await store.holder(_place_de(equipe_id, autre)):
            raise InvitationEnCours(field="/compte_id")
    mediateurs = [un.mediateur_id for un in roles if un.mediateur_id is not None]
    command = InviterMediateur(
        InvitationId(body.id),
        EquipeId(equipe_id),
        CompteId(invitee.sert),
        par,
        coordinateurs,
        _profil(roles),
        await est_membre(store, equipe_id, mediateurs),
        en_attente or 0,
        maintenant,
        recues or 0,
        du_jour or 0,
        bool(en_reseau) or any(un.coordinateur_id in coordinateurs for un in roles),
    )
    une_seule = _place_de(command.equipe_id, command.compte_id)
    try:
        with sans_reveler():
            outcome = await store.execute(INVITATION(body.id), command, context, claims=[une_seule])
    except ClaimTaken:
        raise InvitationEnCours(field="/compte_id") from None
    response.status_code = 201 if outcome.changed else 200
    written(response, SERVICE, outcome)
    return Reference(id=body.id)


@router.get(
    "/equipes/{equipe_id}/invitations",
    responses=problems(EquipeInconnue),
    dependencies=[allow(INVITER), Depends(apres(equipes=("invitations",)))],
)
async def envoyees(
    equipe_id: UUID,
    database: DatabaseDep,
    clock: ClockDep,
    page: PageParams,
) -> Page[InvitationEnvoyeeVue]:
    """Les invitations de mon équipe qui attendent une réponse."""
    select = invitations.envoyees(EquipeId(equipe_id), clock.now())
    found = await page.find(database, select, order=invitations.ordre(select))
    return found.page(
        lambda r: InvitationEnvoyeeVue(
            id=r.invitation_id,
            compte_id=r.compte_id,
            envoyee_le=r.envoyee_le,
            expire_le=r.expire_le,
        ),
    )


@router.get(
    "/invitations",
    dependencies=[
        allow(LIRE_SES_INVITATIONS),
        Depends(apres(equipes=("equipes", "mandats", "invitations", "membres"))),
    ],
)
async def recues(
    siens: SiensDep, database: DatabaseDep, clock: ClockDep, personnes: PersonnesDep, page: PageParams
) -> Page[InvitationRecue]:
    """Les invitations que j'ai reçues et auxquelles je peux répondre."""
    select = invitations.recues(siens, clock.now())
    found = await page.find(database, select, order=invitations.ordre(select))
    noms = await personnes.noms([row.par_compte_id for row in found.rows if row.par_compte_id is not None])
    return found.page(
        lambda r: InvitationRecue(
            id=r.invitation_id,
            equipe_id=r.equipe_id,
            equipe_nom=r.equipe_nom,
            invite_par=noms.get(r.par_compte_id),
            envoyee_le=r.envoyee_le,
            expire_le=r.expire_le,
        ),
    )


@router.post(
    "/invitations/{invitation_id}/acceptation",
    status_code=204,
    responses=problems(
        InvitationInconnue, InvitationPerimee, InvitationDejaTraitee, NonMediateur, EquipeQuittee
    ),
    dependencies=[allow(REPONDRE)],
)
async def accepter(
    invitation_id: UUID,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Accepter une invitation qui m'est adressée : médiateur, je deviens membre de l'équipe ; sinon,
    coordinateur, je suis de son réseau."""
    mediateur_id = None if moi.mediateur_id is None else MediateurId(moi.mediateur_id)
    parti_le = await _parti_le(store, invitation_id, siens.mediateurs)
    coordinateur_id = None if moi.coordinateur_id is None else CoordinateurId(moi.coordinateur_id)
    command = AccepterInvitation(
        CompteId(moi.compte_id), mediateur_id, clock.now(), parti_le, coordinateur_id, _comptes(siens)
    )
    outcome = await _clore(store, invitation_id, command, context)
    written(response, SERVICE, outcome)
    # The reaction `adhesions` does the same from the journal; done here too, the membership is there when we
    # answer and its position is the one to wait for. Whichever comes second changes nothing.
    for recorded in await store.load(INVITATION(invitation_id)):
        if isinstance(recorded.event, InvitationAcceptee):
            suite = adherer(recorded.event)
            if suite is None:
                continue
            flux = APPARTENANCE(cle_appartenance(suite.equipe_id, suite.mediateur_id))
            because = Context(context.author, context.request_id, causation=recorded.id)
            membre = await store.execute(flux, suite, because)
            response.headers["X-Position"] = f"{SERVICE}:{membre.position}"


@router.post(
    "/invitations/{invitation_id}/refus",
    status_code=204,
    responses=problems(InvitationInconnue, InvitationPerimee, InvitationDejaTraitee),
    dependencies=[allow(REPONDRE)],
)
async def refuser(
    invitation_id: UUID,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Refuser une invitation qui m'est adressée."""
    command = RefuserInvitation(CompteId(moi.compte_id), clock.now(), _comptes(siens))
    written(response, SERVICE, await _clore(store, invitation_id, command, context))


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    responses=problems(InvitationInconnue, InvitationDejaTraitee),
    dependencies=[allow(ANNULER_INVITATION)],
)
async def annuler(
    invitation_id: UUID,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Annuler une invitation de mon équipe, restée sans réponse."""
    envoyee, maintenant = await invitation_envoyee(store, invitation_id), clock.now()
    coordinateurs = await coordinateurs_de(store, envoyee.equipe_id, maintenant)
    command = AnnulerInvitation(le_sien(siens, coordinateurs), coordinateurs, maintenant)
    written(response, SERVICE, await _clore(store, invitation_id, command, context))


async def _clore(
    store: Store[Any], invitation_id: UUID, command: invitation.Command, context: Context
) -> Written:
    """Execute an answer, and free the place of the invitation for a later one."""
    envoyee = await invitation_envoyee(store, invitation_id)
    une_seule = _place_de(envoyee.equipe_id, envoyee.compte_id)
    with sans_reveler():
        return await store.execute(INVITATION(invitation_id), command, context, releases=[une_seule])


async def _parti_le(store: Store[Any], invitation_id: UUID, siens: Sequence[UUID]) -> dt.datetime | None:
    """Quand cette personne a quitté l'équipe qui l'invite, si elle n'y est plus."""
    envoyee = await invitation_envoyee(store, invitation_id)
    etats = await store.states([APPARTENANCE(cle_appartenance(envoyee.equipe_id, un)) for un in siens])
    if any(isinstance(etat, appartenance.Membre) for etat in etats):
        return None
    departs = [etat.parti.parti_le for etat in etats if isinstance(etat, appartenance.Ancien)]
    return max(departs, default=None)


def _place_de(equipe_id: UUID, compte_id: UUID) -> Claim:
    """De cette personne dans cette équipe, une seule invitation attend."""
    return Claim("invitation", cle_invitation(equipe_id, compte_id))


def _comptes(siens: Siens) -> frozenset[CompteId]:
    return frozenset(CompteId(un) for un in siens.comptes)


def _profil(roles: Sequence[Any]) -> Profil:
    if not roles:
        return Profil.INCONNU
    if any(un.mediateur_id is not None for un in roles):
        return Profil.MEDIATEUR
    coordonne = any(un.coordinateur_id is not None for un in roles)
    return Profil.COORDINATEUR if coordonne else Profil.A_INSCRIRE
