"""Appartenance : entrer par son accord, sortir, revenir."""

import dataclasses
import datetime as dt
from uuid import UUID

from equipes.domain import appartenance
from equipes.domain.appartenance import (
    AppartenanceDUnAutre,
    Depart,
    MembreInconnu,
    MembreParti,
    MembreRejoint,
    QuitterEquipe,
    RejoindreEquipe,
)
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    cle_appartenance,
)
from events.testing import Scenario

EQUIPE = EquipeId(UUID(int=1))
MEDIATEUR = MediateurId(UUID(int=2))
COMPTE = CompteId(UUID(int=3))
COORDINATEUR = CoordinateurId(UUID(int=4))
COMPTE_COORDINATEUR = CompteId(UUID(int=5))
MATIN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SOIR = MATIN + dt.timedelta(hours=9)
PLUS_TARD = MATIN + dt.timedelta(days=30)

rejoindre = RejoindreEquipe(EQUIPE, MEDIATEUR, COMPTE, InvitationId(UUID(int=6)), MATIN)
revenir = RejoindreEquipe(EQUIPE, MEDIATEUR, COMPTE, InvitationId(UUID(int=7)), PLUS_TARD)
partir = QuitterEquipe(COMPTE, None, frozenset({COORDINATEUR}), SOIR)
retirer = QuitterEquipe(COMPTE_COORDINATEUR, COORDINATEUR, frozenset({COORDINATEUR}), SOIR)

rejoint = MembreRejoint(EQUIPE, MEDIATEUR, COMPTE, InvitationId(UUID(int=6)), MATIN)
parti = MembreParti(EQUIPE, MEDIATEUR, COMPTE, Depart.LUI_MEME, MATIN, SOIR)
retire = dataclasses.replace(parti, par=Depart.RETIRE)
revenu = MembreRejoint(EQUIPE, MEDIATEUR, COMPTE, InvitationId(UUID(int=7)), PLUS_TARD)


def test_on_rejoint_a_linstant_de_son_acceptation() -> None:
    Scenario(appartenance).given().when(rejoindre).then(rejoint)


def test_une_acceptation_livree_deux_fois_ne_compte_quune_fois() -> None:
    Scenario(appartenance).given(rejoint).when(rejoindre).then()
    Scenario(appartenance).given(rejoint, parti).when(rejoindre).then()
    Scenario(appartenance).given(rejoint).when(revenir).then()


def test_un_membre_sen_va() -> None:
    Scenario(appartenance).given(rejoint).when(partir).then(parti)


def test_un_coordinateur_retire_un_membre() -> None:
    Scenario(appartenance).given(rejoint).when(retirer).then(retire)


def test_partir_deux_fois_ne_change_rien() -> None:
    Scenario(appartenance).given(rejoint, parti).when(partir).then()
    Scenario(appartenance).given(rejoint, parti).when(retirer).then()


def test_un_ancien_membre_peut_revenir_et_repartir() -> None:
    Scenario(appartenance).given(rejoint, parti).when(revenir).then(revenu)
    repartir = dataclasses.replace(partir, maintenant=PLUS_TARD + dt.timedelta(days=1))
    Scenario(appartenance).given(rejoint, parti, revenu).when(repartir).then(
        MembreParti(EQUIPE, MEDIATEUR, COMPTE, Depart.LUI_MEME, PLUS_TARD, repartir.maintenant)
    )


def test_on_ne_part_jamais_avant_detre_arrive() -> None:
    en_avance = dataclasses.replace(partir, maintenant=MATIN - dt.timedelta(seconds=2))
    Scenario(appartenance).given(rejoint).when(en_avance).then(dataclasses.replace(parti, parti_le=MATIN))


def test_personne_dautre_ne_retire_un_membre() -> None:
    collegue = QuitterEquipe(CompteId(UUID(int=8)), None, frozenset({COORDINATEUR}), SOIR)
    autre_coordinateur = dataclasses.replace(
        collegue, coordinateur_id=CoordinateurId(UUID(int=9)), coordinateurs=frozenset({COORDINATEUR})
    )
    for command in (collegue, autre_coordinateur):
        Scenario(appartenance).given(rejoint).when(command).refused(AppartenanceDUnAutre)
        Scenario(appartenance).given(rejoint, parti).when(command).refused(AppartenanceDUnAutre)


def test_on_ne_quitte_pas_une_equipe_ou_lon_nest_pas() -> None:
    Scenario(appartenance).given().when(partir).refused(MembreInconnu)


def test_le_flux_est_le_meme_a_chaque_retour() -> None:
    assert cle_appartenance(EQUIPE, MEDIATEUR) == cle_appartenance(EQUIPE, MEDIATEUR)
    assert cle_appartenance(EQUIPE, MEDIATEUR) != cle_appartenance(UUID(int=12), MEDIATEUR)
