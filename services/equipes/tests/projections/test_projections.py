"""Chaque table de lecture est une fonction pure : un fait, une ligne."""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from contracts.activites import ActiviteCorrigeeV1, ActiviteEnregistreeV1, ActiviteSupprimeeV1, ParticipantsV1
from contracts.equipes import (
    EquipeCreeeV1,
    InvitationAccepteeV1,
    InvitationEnvoyeeV1,
    InvitationRefuseeV1,
    MembrePartiV1,
    MembreRejointV1,
)
from contracts.identity import (
    CompteOuvertV1,
    ComptePrepareV1,
    ContratTermineV1,
    EmploiCommenceV1,
    EmploiDeclareV1,
    RoleChoisiV1,
)
from equipes.domain.appartenance import Depart, MembreParti, MembreRejoint
from equipes.domain.equipe import EquipeCreee
from equipes.domain.evenements import Event
from equipes.domain.invitation import (
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationRefusee,
    RelationRompue,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId, InvitationId, MediateurId
from equipes.messaging import to_contract
from equipes.projections import (
    activites_vues,
    comptes_connus,
    emplois,
    equipes,
    invitations,
    mandats,
    membres,
    reseau,
)
from events.codec import union_members
from events.projection.projection import Projection, fold_rows

EQUIPE = EquipeId(UUID(int=1))
COORDINATEUR = CoordinateurId(UUID(int=2))
COMPTE = CompteId(UUID(int=3))
MEDIATRICE = MediateurId(UUID(int=4))
LIE = CoordinateurId(UUID(int=40))
INVITATION = InvitationId(UUID(int=5))
LUNDI = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MARDI = LUNDI + dt.timedelta(days=1)
JEUDI = LUNDI + dt.timedelta(days=3)

IDS = (INVITATION, EQUIPE, COMPTE)
creee = EquipeCreee(EQUIPE, "Drôme", COORDINATEUR, COMPTE, LUNDI)
envoyee = InvitationEnvoyee(*IDS, COORDINATEUR, LUNDI, JEUDI)
acceptee = InvitationAcceptee(*IDS, MEDIATRICE, MARDI)
refusee = InvitationRefusee(*IDS, MARDI)
annulee = InvitationAnnulee(*IDS, COORDINATEUR, MARDI)
expiree = InvitationExpiree(*IDS, JEUDI)
rejoint = MembreRejoint(EQUIPE, MEDIATRICE, COMPTE, INVITATION, MARDI)
parti = MembreParti(EQUIPE, MEDIATRICE, COMPTE, Depart.RETIRE, MARDI, JEUDI)
revenu = MembreRejoint(EQUIPE, MEDIATRICE, COMPTE, INVITATION, JEUDI + dt.timedelta(days=1))

TOUS: list[Event] = [creee, envoyee, acceptee, refusee, annulee, expiree, rejoint, parti]


def lignes(projection: Projection[Any], *faits: object) -> list[dict[str, Any]]:
    return [row for row in fold_rows(projection, {}, faits).values() if row is not None]


def test_une_equipe_et_son_premier_mandat() -> None:
    assert lignes(equipes, *TOUS) == [{"equipe_id": EQUIPE, "nom": "Drôme", "creee_le": LUNDI}]
    assert lignes(mandats, *TOUS) == [
        {"equipe_id": EQUIPE, "coordinateur_id": COORDINATEUR, "compte_id": COMPTE, "depuis": LUNDI}
    ]


@pytest.mark.parametrize(
    ("suite", "reponse"),
    [
        ((), "en_attente"),
        ((acceptee,), "acceptee"),
        ((refusee,), "refusee"),
        ((annulee,), "annulee"),
        ((expiree,), "expiree"),
    ],
)
def test_une_invitation_et_sa_reponse(suite: tuple[Event, ...], reponse: str) -> None:
    [ligne] = lignes(invitations, creee, envoyee, *suite, rejoint)
    assert ligne == {
        "invitation_id": INVITATION,
        "equipe_id": EQUIPE,
        "compte_id": COMPTE,
        "par": COORDINATEUR,
        "envoyee_le": LUNDI,
        "expire_le": JEUDI,
        "reponse": reponse,
    }


def test_chaque_periode_dappartenance_garde_ses_dates() -> None:
    periodes = lignes(membres, *TOUS, revenu)
    assert [(p["depuis"], p["ancien_depuis"]) for p in periodes] == [(MARDI, JEUDI), (revenu.depuis, None)]


@pytest.mark.parametrize("projection", [equipes, mandats, invitations, membres, reseau])
def test_un_fait_qui_ne_la_concerne_pas_n_atteint_pas_la_table(projection: Projection[Any]) -> None:
    lus = union_members(projection.reads)
    assert lignes(projection, *TOUS) == lignes(projection, *(f for f in TOUS if type(f) in lus))


def test_d3_une_relation_de_reseau_dure_jusqua_sa_fin() -> None:
    liee = replace(acceptee, mediateur_id=None, coordinateur_id=LIE)
    ligne = {
        "equipe_id": EQUIPE,
        "compte_id": COMPTE,
        "coordinateur_id": LIE,
        "invitation_id": INVITATION,
        "depuis": MARDI,
    }
    assert lignes(reseau, liee) == [ligne]
    rompue = RelationRompue(*IDS, LIE, COMPTE, JEUDI)
    assert lignes(reseau, liee, rompue) == []
    # Linked again by a later invitation, or a member since: the end of the first says nothing of it.
    plus_tard = replace(liee, invitation_id=InvitationId(UUID(int=50)))
    assert lignes(reseau, liee, plus_tard, rompue) == [ligne | {"invitation_id": UUID(int=50)}]
    assert lignes(reseau, liee, acceptee) == []
    assert to_contract(rompue) is None


def test_d5_un_compte_est_connu_avant_son_role() -> None:
    prepare = ComptePrepareV1(compte_id=COMPTE, prepare_le=LUNDI)
    ouvert = CompteOuvertV1(compte_id=COMPTE, ouvert_le=MARDI)
    connu = {"compte_id": COMPTE, "mediateur_id": None, "coordinateur_id": None}
    assert lignes(comptes_connus, prepare) == lignes(comptes_connus, prepare, ouvert) == [connu]
    medie = RoleChoisiV1(compte_id=COMPTE, role="mediateur", mediateur_id=MEDIATRICE, choisi_le=LUNDI)
    assert lignes(comptes_connus, medie, ouvert) == [connu | {"mediateur_id": MEDIATRICE}]


def test_un_second_role_sajoute_au_premier() -> None:
    medie = RoleChoisiV1(compte_id=COMPTE, role="mediateur", mediateur_id=MEDIATRICE, choisi_le=LUNDI)
    coordonne = RoleChoisiV1(
        compte_id=COMPTE, role="coordinateur", coordinateur_id=COORDINATEUR, choisi_le=MARDI
    )
    assert lignes(comptes_connus, medie, coordonne) == [
        {"compte_id": COMPTE, "mediateur_id": MEDIATRICE, "coordinateur_id": COORDINATEUR}
    ]


def emploi(fin_prevue: dt.date | None) -> EmploiDeclareV1:
    return EmploiDeclareV1(
        emploi_id=UUID(int=8),
        compte_id=COMPTE,
        structure_id=UUID(int=9),
        siret="13002603200016",
        debut=dt.date(2026, 1, 5),
        fin_prevue=fin_prevue,
        declare_le=LUNDI,
    )


def test_un_emploi_se_declare_commence_et_se_termine() -> None:
    declare = emploi(dt.date(2027, 1, 4))
    commence = EmploiCommenceV1(emploi_id=UUID(int=8), compte_id=COMPTE, debut=dt.date(2026, 1, 6))
    termine = ContratTermineV1(
        emploi_id=UUID(int=8),
        compte_id=COMPTE,
        fin=dt.date(2026, 6, 30),
        motif="rupture",
        constate_le=JEUDI,
    )
    assert lignes(emplois, declare, commence, termine) == [
        {
            "emploi_id": UUID(int=8),
            "compte_id": COMPTE,
            "debut": dt.date(2026, 1, 6),
            "fin_prevue": dt.date(2027, 1, 4),
            "commence": True,
            "fin": dt.date(2026, 6, 30),
            "fuseau": None,
        }
    ]
    assert lignes(emplois, declare, termine.model_copy(update={"motif": "erreur"})) == []


def activite(**change: Any) -> dict[str, Any]:
    return {
        "activite_id": UUID(int=7),
        "mediateur_id": MEDIATRICE,
        "compte_id": COMPTE,
        "type": "individuel",
        "date": dt.date(2026, 3, 1),
        "duree_minutes": 60,
        "type_lieu": "a_distance",
        "structure_employeuse_id": UUID(int=9),
        "thematiques": [],
        "participants": ParticipantsV1(total=1),
        "accompagnements": 1,
    } | change


def test_un_cra_garde_son_dernier_geste_et_disparait_sil_est_supprime() -> None:
    enregistre = ActiviteEnregistreeV1(**activite(enregistree_le=LUNDI))
    corrige = ActiviteCorrigeeV1(**activite(date=dt.date(2026, 2, 28), corrigee_le=MARDI))
    supprime = ActiviteSupprimeeV1(
        activite_id=UUID(int=7), mediateur_id=MEDIATRICE, compte_id=COMPTE, supprimee_le=JEUDI
    )
    ligne = {"activite_id": UUID(int=7), "mediateur_id": MEDIATRICE}
    assert lignes(activites_vues, enregistre) == [ligne | {"date": dt.date(2026, 3, 1), "vue_le": LUNDI}]
    assert lignes(activites_vues, enregistre, corrige) == [
        ligne | {"date": dt.date(2026, 2, 28), "vue_le": MARDI}
    ]
    assert lignes(activites_vues, enregistre, corrige, supprime) == []


def test_seules_les_equipes_et_les_appartenances_sont_publiques() -> None:
    assert to_contract(creee) == EquipeCreeeV1(equipe_id=EQUIPE, coordinateur_id=COORDINATEUR, creee_le=LUNDI)
    qui = {"equipe_id": EQUIPE, "mediateur_id": MEDIATRICE, "compte_id": COMPTE}
    assert to_contract(rejoint) == MembreRejointV1(**qui, depuis=MARDI)
    assert to_contract(parti) == MembrePartiV1(**qui, parti_le=JEUDI)
    invitee = to_contract(envoyee)
    assert isinstance(invitee, InvitationEnvoyeeV1)
    assert (invitee.invitation_id, invitee.expire_le) == (envoyee.invitation_id, envoyee.expire_le)
    # Whoever invited is told the answer: by whom, and no name.
    assert invitee.par == COORDINATEUR
    reponses = [to_contract(e) for e in (acceptee, refusee)]
    assert [type(r) for r in reponses] == [InvitationAccepteeV1, InvitationRefuseeV1]
    assert [to_contract(e) for e in (annulee, expiree)] == [None] * 2
