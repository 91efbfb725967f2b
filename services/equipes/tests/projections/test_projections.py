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
    MandatFiniV1,
    MandatOuvertV1,
    MembrePartiV1,
    MembreRejointV1,
    SuccesseurDesigneV1,
)
from contracts.identity import (
    CompteOuvertV1,
    ComptePrepareV1,
    ConseillerNumeriqueReconnuV1,
    ContratTermineV1,
    CoordinateurDuDispositifReconnuV1,
    CoordinateurHorsDispositifV1,
    EmploiCommenceV1,
    EmploiDeclareV1,
    PersonneEffaceeV1,
    RoleChoisiV1,
)
from equipes.domain.appartenance import Depart, MembreParti, MembreRejoint
from equipes.domain.equipe_faits import (
    DepartAnnule,
    EquipeCreee,
    EquipeReclamee,
    MandatFini,
    MandatOuvert,
    PassationAcceptee,
    PassationDeclinee,
    ReclamationEcartee,
    SuccesseurDesigne,
)
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
    passations,
    reclamations,
    reconnaissances,
    reseau,
)
from events.codec import union_members
from events.projection.projection import Projection, fold_rows

EQUIPE = EquipeId(UUID(int=1))
COORDINATEUR = CoordinateurId(UUID(int=2))
COMPTE = CompteId(UUID(int=3))
MEDIATRICE = MediateurId(UUID(int=4))
LIE = CoordinateurId(UUID(int=40))
AUTRE = CompteId(UUID(int=41))
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
        {
            "equipe_id": EQUIPE,
            "coordinateur_id": COORDINATEUR,
            "compte_id": COMPTE,
            "depuis": LUNDI,
            "fini_le": None,
        }
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


@pytest.mark.parametrize(
    "projection", [equipes, mandats, invitations, membres, reseau, passations, reclamations]
)
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
    connu = {
        "compte_id": COMPTE,
        "mediateur_id": None,
        "coordinateur_id": None,
        "du_dispositif": False,
    }
    assert lignes(comptes_connus, prepare) == lignes(comptes_connus, prepare, ouvert) == [connu]
    medie = RoleChoisiV1(compte_id=COMPTE, role="mediateur", mediateur_id=MEDIATRICE, choisi_le=LUNDI)
    assert lignes(comptes_connus, medie, ouvert) == [connu | {"mediateur_id": MEDIATRICE}]


def test_un_second_role_sajoute_au_premier() -> None:
    medie = RoleChoisiV1(compte_id=COMPTE, role="mediateur", mediateur_id=MEDIATRICE, choisi_le=LUNDI)
    coordonne = RoleChoisiV1(
        compte_id=COMPTE, role="coordinateur", coordinateur_id=COORDINATEUR, choisi_le=MARDI
    )
    assert lignes(comptes_connus, medie, coordonne) == [
        {
            "compte_id": COMPTE,
            "mediateur_id": MEDIATRICE,
            "coordinateur_id": COORDINATEUR,
            "du_dispositif": False,
        }
    ]


def test_d9_qui_est_du_dispositif_se_sait_et_se_perd() -> None:
    reconnu = CoordinateurDuDispositifReconnuV1(compte_id=COMPTE, reconnu_le=LUNDI)
    hors = CoordinateurHorsDispositifV1(compte_id=COMPTE, constate_le=MARDI)
    assert [ligne["du_dispositif"] for ligne in lignes(comptes_connus, reconnu)] == [True]
    assert [ligne["du_dispositif"] for ligne in lignes(comptes_connus, reconnu, hors)] == [False]


def test_d7_les_mandats_gardent_leurs_dates_et_le_nom_suit() -> None:
    fini = MandatFini(EQUIPE, COORDINATEUR, COMPTE, LUNDI, MARDI)
    ouvert = MandatOuvert(EQUIPE, "Drôme Nord", LIE, AUTRE, MARDI)
    dates = [(m["coordinateur_id"], m["depuis"], m["fini_le"]) for m in lignes(mandats, creee, fini, ouvert)]
    assert dates == [(COORDINATEUR, LUNDI, MARDI), (LIE, MARDI, None)]
    assert [e["nom"] for e in lignes(equipes, creee, fini, ouvert)] == ["Drôme Nord"]
    publies = [to_contract(fait) for fait in (fini, ouvert)]
    ids = {"equipe_id": EQUIPE, "coordinateur_id": COORDINATEUR, "compte_id": COMPTE}
    assert publies == [
        MandatFiniV1(**ids, fini_le=MARDI),
        MandatOuvertV1(**ids | {"coordinateur_id": LIE, "compte_id": AUTRE}, depuis=MARDI),
    ]


def test_d9_une_equipe_est_proposee_jusqu_a_ce_qu_elle_passe() -> None:
    designe = SuccesseurDesigne(EQUIPE, AUTRE, None, COMPTE, JEUDI, MARDI)
    ligne = {
        "equipe_id": EQUIPE,
        "compte_id": AUTRE,
        "a_accepter": True,
        "effet_le": JEUDI,
        "designe_le": MARDI,
    }
    assert lignes(passations, designe) == [ligne]
    acceptee = PassationAcceptee(EQUIPE, AUTRE, LIE, MARDI)
    assert lignes(passations, designe, acceptee) == [ligne | {"a_accepter": False}]
    fins = (
        PassationDeclinee(EQUIPE, AUTRE, MARDI),
        DepartAnnule(EQUIPE, COORDINATEUR, COMPTE, MARDI),
        MandatOuvert(EQUIPE, "Drôme", LIE, AUTRE, JEUDI),
    )
    assert [lignes(passations, designe, fin) for fin in fins] == [[], [], []]
    publie = to_contract(designe)
    assert publie == SuccesseurDesigneV1(equipe_id=EQUIPE, compte_id=AUTRE, a_accepter=True, effet_le=JEUDI)


def test_d8_une_reclamation_dure_jusqu_a_la_reponse_des_membres() -> None:
    reclamee = EquipeReclamee(EQUIPE, LIE, AUTRE, MARDI)
    ligne = {"equipe_id": EQUIPE, "compte_id": AUTRE, "reclamee_le": MARDI}
    assert lignes(reclamations, reclamee) == [ligne]
    for fin in (ReclamationEcartee(EQUIPE, LIE, JEUDI), MandatOuvert(EQUIPE, "Drôme", LIE, AUTRE, JEUDI)):
        assert lignes(reclamations, reclamee, fin) == []


def test_d_une_personne_effacee_l_equipe_ne_sait_plus_qu_elle_etait_conseillere() -> None:
    reconnue = ConseillerNumeriqueReconnuV1(compte_id=COMPTE, effet=LUNDI.date(), reconnu_le=LUNDI)
    assert lignes(reconnaissances, reconnue) == [{"compte_id": COMPTE, "dispositif": "conseiller_numerique"}]
    assert lignes(reconnaissances, reconnue, PersonneEffaceeV1(compte_id=COMPTE, effacee_le=MARDI)) == []


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
            "departement": None,
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
