import datetime as dt
from uuid import UUID

import pytest
from events.testing import Scenario
from identity.domain import acces
from identity.domain.acces import (
    ChangerDroit,
    Command,
    CompteSuspendu,
    DroitDonne,
    DroitRetire,
    LeverSuspension,
    Suspendre,
    SuspensionLevee,
)
from identity.domain.vocabulaire import CompteId, Droit

LEA, ALINE = CompteId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
POURQUOI = "Rejoint l’équipe du support."
SUPPORT = DroitDonne(LEA, Droit.SUPPORT, ALINE, POURQUOI, QUAND)
SUSPENDU = CompteSuspendu(LEA, ALINE, POURQUOI, QUAND)


def changer(droit: Droit, par: CompteId | None = ALINE, raison: str = POURQUOI) -> ChangerDroit:
    return ChangerDroit(LEA, droit, par, raison, QUAND)


def test_un_droit_se_donne_se_change_et_se_retire() -> None:
    Scenario(acces).when(changer(Droit.SUPPORT)).then(SUPPORT)
    admin = DroitDonne(LEA, Droit.ADMIN, ALINE, POURQUOI, QUAND)
    Scenario(acces).given(SUPPORT).when(changer(Droit.ADMIN)).then(admin)
    retire = DroitRetire(LEA, Droit.ADMIN, ALINE, POURQUOI, QUAND)
    Scenario(acces).given(SUPPORT, admin).when(changer(Droit.AUCUN)).then(retire)


def test_donner_le_droit_que_l_on_a_ne_change_rien() -> None:
    Scenario(acces).given(SUPPORT).when(changer(Droit.SUPPORT)).then()
    Scenario(acces).when(changer(Droit.AUCUN)).then()


def test_l_exploitant_donne_le_premier_droit() -> None:
    premier = DroitDonne(LEA, Droit.ADMIN, None, POURQUOI, QUAND)
    Scenario(acces).when(changer(Droit.ADMIN, par=None)).then(premier)


def test_f4_un_compte_se_suspend_une_fois_et_se_rouvre() -> None:
    suspendre = Suspendre(LEA, ALINE, POURQUOI, QUAND)
    lever = LeverSuspension(LEA, ALINE, POURQUOI, QUAND)
    levee = SuspensionLevee(LEA, ALINE, POURQUOI, QUAND)
    Scenario(acces).when(suspendre).then(SUSPENDU)
    Scenario(acces).given(SUSPENDU).when(suspendre).then()
    Scenario(acces).given(SUSPENDU).when(lever).then(levee)
    Scenario(acces).given(SUSPENDU, levee).when(lever).then()
    Scenario(acces).given(SUSPENDU, levee).when(suspendre).then(SUSPENDU)


def test_un_droit_ne_se_donne_pas_a_un_compte_suspendu_mais_se_retire() -> None:
    Scenario(acces).given(SUSPENDU).when(changer(Droit.ADMIN)).refused(acces.DroitSuspendu)
    retire = DroitRetire(LEA, Droit.SUPPORT, ALINE, POURQUOI, QUAND)
    Scenario(acces).given(SUPPORT, SUSPENDU).when(changer(Droit.AUCUN)).then(retire)


@pytest.mark.parametrize(
    "command",
    [
        changer(Droit.AUCUN, par=LEA),
        changer(Droit.ADMIN, par=LEA),
        Suspendre(LEA, LEA, POURQUOI, QUAND),
        LeverSuspension(LEA, LEA, POURQUOI, QUAND),
    ],
)
def test_personne_ne_decide_de_son_propre_compte(command: Command) -> None:
    Scenario(acces).given(SUPPORT).when(command).refused(acces.SonPropreCompte)


@pytest.mark.parametrize("raison", ["", "  \n"])
def test_sans_motif_rien_ne_change(raison: str) -> None:
    (faute,) = Scenario(acces).when(changer(Droit.ADMIN, raison=raison)).refused(acces.RaisonAbsente)
    assert faute.field == "/raison"
