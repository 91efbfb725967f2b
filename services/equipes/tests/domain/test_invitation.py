"""Invitation : chaque réponse, chaque refus, et qui a le droit de répondre."""

import dataclasses
import datetime as dt
from uuid import UUID

import pytest
from equipes.domain import invitation
from equipes.domain.adhesion import adherer
from equipes.domain.invitation import (
    AccepterInvitation,
    AnnulerInvitation,
    ConstaterExpiration,
    DejaEnReseau,
    DejaMembre,
    EffacerInvite,
    EquipeDUnAutre,
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationDejaEnvoyee,
    InvitationDejaTraitee,
    InvitationDUnAutre,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationInconnue,
    InvitationPerimee,
    InvitationRefusee,
    InviteInconnu,
    InviterMediateur,
    NonMediateur,
    Profil,
    RefuserInvitation,
    RelationRompue,
    RompreRelation,
    SansRelation,
    TropDInvitations,
)
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
)
from events.decider import Refusal
from events.testing import Scenario

INVITATION = InvitationId(UUID(int=1))
EQUIPE = EquipeId(UUID(int=2))
COORDINATEUR = CoordinateurId(UUID(int=3))
INVITEE = CompteId(UUID(int=4))
MEDIATRICE = MediateurId(UUID(int=5))
AUTRE = CompteId(UUID(int=6))
INVITE_COORDINATEUR = CoordinateurId(UUID(int=7))
ENVOI = dt.datetime(2026, 8, 31, 9, tzinfo=dt.UTC)
LENDEMAIN = ENVOI + dt.timedelta(days=1)
EXPIRATION = dt.datetime(2027, 2, 28, 9, tzinfo=dt.UTC)

IDS = (INVITATION, EQUIPE, INVITEE)
envoyee = InvitationEnvoyee(*IDS, COORDINATEUR, ENVOI, EXPIRATION)
acceptee = InvitationAcceptee(*IDS, MEDIATRICE, LENDEMAIN)
liee = InvitationAcceptee(*IDS, None, LENDEMAIN, INVITE_COORDINATEUR)
refusee = InvitationRefusee(*IDS, LENDEMAIN)
annulee = InvitationAnnulee(*IDS, COORDINATEUR, LENDEMAIN)
expiree = InvitationExpiree(*IDS, EXPIRATION)

inviter = InviterMediateur(
    *IDS,
    COORDINATEUR,
    frozenset({COORDINATEUR}),
    Profil.MEDIATEUR,
    deja_membre=False,
    en_attente=0,
    maintenant=ENVOI,
)
accepter = AccepterInvitation(INVITEE, MEDIATRICE, LENDEMAIN)
refuser = RefuserInvitation(INVITEE, LENDEMAIN)
annuler = AnnulerInvitation(COORDINATEUR, frozenset({COORDINATEUR}), LENDEMAIN)


def test_une_invitation_vaut_six_mois_civils() -> None:
    Scenario(invitation).given().when(inviter).then(envoyee)


def test_seul_un_coordinateur_de_lequipe_invite() -> None:
    sans_mandat = dataclasses.replace(inviter, coordinateurs=frozenset())
    Scenario(invitation).given().when(sans_mandat).refused(EquipeDUnAutre)
    Scenario(invitation).given(envoyee).when(sans_mandat).refused(EquipeDUnAutre)


def test_on_ninvite_pas_un_compte_inconnu() -> None:
    Scenario(invitation).given().when(dataclasses.replace(inviter, profil=Profil.INCONNU)).refused(
        InviteInconnu
    )


def test_d3_un_coordinateur_s_invite_une_fois() -> None:
    command = dataclasses.replace(inviter, profil=Profil.COORDINATEUR)
    Scenario(invitation).given().when(command).then(envoyee)
    deja = dataclasses.replace(command, deja_en_reseau=True)
    Scenario(invitation).given().when(deja).refused(DejaEnReseau)
    # A médiateur since: a member they may be.
    Scenario(invitation).given().when(dataclasses.replace(deja, profil=Profil.MEDIATEUR)).then(envoyee)


def test_d5_qui_n_est_pas_encore_inscrit_s_invite() -> None:
    command = dataclasses.replace(inviter, profil=Profil.A_INSCRIRE)
    Scenario(invitation).given().when(command).then(envoyee)


def test_on_ninvite_pas_un_membre() -> None:
    Scenario(invitation).given().when(dataclasses.replace(inviter, deja_membre=True)).refused(DejaMembre)


def test_les_invitations_sans_reponse_sont_bornees() -> None:
    Scenario(invitation).given().when(dataclasses.replace(inviter, en_attente=500)).refused(TropDInvitations)
    Scenario(invitation).given().when(dataclasses.replace(inviter, en_attente=499)).then(envoyee)


@pytest.mark.parametrize("suite", [(), (acceptee,), (refusee,), (annulee,), (expiree,)])
def test_inviter_deux_fois_sous_le_meme_identifiant_ne_change_rien(
    suite: tuple[invitation.Event, ...],
) -> None:
    Scenario(invitation).given(envoyee, *suite).when(dataclasses.replace(inviter, deja_membre=True)).then()


def test_un_identifiant_ne_sert_quune_fois() -> None:
    autre_personne = dataclasses.replace(inviter, compte_id=AUTRE)
    Scenario(invitation).given(envoyee).when(autre_personne).refused(InvitationDejaEnvoyee)
    autre_equipe = dataclasses.replace(inviter, equipe_id=EquipeId(UUID(int=9)))
    Scenario(invitation).given(envoyee).when(autre_equipe).refused(InvitationDejaEnvoyee)


def test_linvitee_accepte() -> None:
    Scenario(invitation).given(envoyee).when(accepter).then(acceptee)


def test_linvitee_refuse() -> None:
    Scenario(invitation).given(envoyee).when(refuser).then(refusee)


def test_repondre_deux_fois_la_meme_chose_ne_change_rien() -> None:
    Scenario(invitation).given(envoyee, acceptee).when(accepter).then()
    Scenario(invitation).given(envoyee, refusee).when(refuser).then()


@pytest.mark.parametrize("suite", [(), (acceptee,), (refusee,), (annulee,), (expiree,)])
def test_seule_linvitee_repond(suite: tuple[invitation.Event, ...]) -> None:
    for command in (AccepterInvitation(AUTRE, MEDIATRICE, LENDEMAIN), RefuserInvitation(AUTRE, LENDEMAIN)):
        Scenario(invitation).given(envoyee, *suite).when(command).refused(InvitationDUnAutre)


def test_d3_un_coordinateur_qui_est_mediateur_devient_membre_sinon_il_est_du_reseau() -> None:
    les_deux = dataclasses.replace(accepter, coordinateur_id=INVITE_COORDINATEUR)
    Scenario(invitation).given(envoyee).when(les_deux).then(acceptee)
    assert adherer(acceptee) is not None
    coordinateur = dataclasses.replace(les_deux, mediateur_id=None)
    Scenario(invitation).given(envoyee).when(coordinateur).then(liee)
    assert adherer(liee) is None


@pytest.mark.parametrize(
    ("par", "coordinateur_id", "coordinateurs"),
    [
        (INVITEE, INVITE_COORDINATEUR, frozenset[CoordinateurId]()),
        (AUTRE, COORDINATEUR, frozenset({COORDINATEUR})),
    ],
    ids=["le_lie", "l_equipe"],
)
def test_d3_la_relation_finit_de_l_un_ou_l_autre_cote(
    par: CompteId, coordinateur_id: CoordinateurId, coordinateurs: frozenset[CoordinateurId]
) -> None:
    rompre = RompreRelation(par, coordinateur_id, coordinateurs, EXPIRATION)
    rompue = RelationRompue(*IDS, INVITE_COORDINATEUR, par, EXPIRATION)
    Scenario(invitation).given(envoyee, liee).when(rompre).then(rompue)
    Scenario(invitation).given(envoyee, liee, rompue).when(rompre).then()
    Scenario(invitation).given(envoyee, acceptee).when(rompre).refused(SansRelation)
    etranger = dataclasses.replace(rompre, par=AUTRE, coordinateurs=frozenset())
    Scenario(invitation).given(envoyee, liee).when(etranger).refused(InvitationDUnAutre)


def test_la_relation_finit_avec_le_compte() -> None:
    rompue = RelationRompue(*IDS, INVITE_COORDINATEUR, INVITEE, EXPIRATION)
    Scenario(invitation).given(envoyee, liee).when(EffacerInvite(EXPIRATION)).then(rompue)
    Scenario(invitation).given(envoyee, acceptee).when(EffacerInvite(EXPIRATION)).then()


def test_il_faut_un_role_pour_accepter() -> None:
    sans_role = AccepterInvitation(INVITEE, None, LENDEMAIN)
    Scenario(invitation).given(envoyee).when(sans_role).refused(NonMediateur)


def test_on_ne_change_pas_davis() -> None:
    Scenario(invitation).given(envoyee, acceptee).when(refuser).refused(InvitationDejaTraitee)
    Scenario(invitation).given(envoyee, refusee).when(accepter).refused(InvitationDejaTraitee)
    Scenario(invitation).given(envoyee, annulee).when(accepter).refused(InvitationDejaTraitee)
    Scenario(invitation).given(envoyee, annulee).when(refuser).refused(InvitationDejaTraitee)


def test_une_invitation_perimee_ne_vaut_plus() -> None:
    for command in (
        AccepterInvitation(INVITEE, MEDIATRICE, EXPIRATION),
        RefuserInvitation(INVITEE, EXPIRATION),
    ):
        Scenario(invitation).given(envoyee).when(command).refused(InvitationPerimee)
        Scenario(invitation).given(envoyee, expiree).when(command).refused(InvitationPerimee)
    derniere_seconde = AccepterInvitation(INVITEE, MEDIATRICE, EXPIRATION - dt.timedelta(seconds=1))
    Scenario(invitation).given(envoyee).when(derniere_seconde).then(
        dataclasses.replace(acceptee, acceptee_le=derniere_seconde.maintenant)
    )


def test_un_coordinateur_annule() -> None:
    Scenario(invitation).given(envoyee).when(annuler).then(annulee)
    Scenario(invitation).given(envoyee, annulee).when(annuler).then()
    Scenario(invitation).given(envoyee, expiree).when(annuler).then()


def test_on_nannule_pas_une_reponse() -> None:
    Scenario(invitation).given(envoyee, acceptee).when(annuler).refused(InvitationDejaTraitee)
    Scenario(invitation).given(envoyee, refusee).when(annuler).refused(InvitationDejaTraitee)


def test_seule_son_equipe_annule_une_invitation() -> None:
    autre = AnnulerInvitation(COORDINATEUR, frozenset(), LENDEMAIN)
    Scenario(invitation).given(envoyee).when(autre).refused(InvitationDUnAutre)
    Scenario(invitation).given(envoyee, acceptee).when(autre).refused(InvitationDUnAutre)


def test_rien_ne_se_fait_sur_une_invitation_inconnue() -> None:
    for command in (accepter, refuser, annuler, ConstaterExpiration(EXPIRATION)):
        Scenario(invitation).given().when(command).refused(InvitationInconnue)


def test_lexpiration_se_constate_a_terme_et_une_seule_fois() -> None:
    Scenario(invitation).given(envoyee).when(ConstaterExpiration(LENDEMAIN)).then()
    Scenario(invitation).given(envoyee).when(ConstaterExpiration(EXPIRATION)).then(expiree)
    for suite in (acceptee, refusee, annulee, expiree):
        Scenario(invitation).given(envoyee, suite).when(ConstaterExpiration(EXPIRATION)).then()


@pytest.mark.parametrize(
    ("champs", "refus"),
    [
        ({"recues": 10}, invitation.TropDInvitationsRecues),
        ({"du_jour": 50}, invitation.TropDInvitationsDuJour),
    ],
)
def test_les_invitations_ont_une_limite_par_invite_et_par_invitant(
    champs: dict[str, int], refus: type[Refusal]
) -> None:
    Scenario(invitation).given().when(dataclasses.replace(inviter, **champs)).refused(refus)
    (une_de_moins,) = champs.items()
    juste = dataclasses.replace(inviter, **{une_de_moins[0]: une_de_moins[1] - 1})
    assert len(Scenario(invitation).given().when(juste).decided()) == 1
