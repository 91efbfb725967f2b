import datetime as dt
from uuid import UUID

import pytest
from events.testing import Scenario
from identity.domain import acces, usurpation
from identity.domain.acces import RaisonAbsente
from identity.domain.usurpation import (
    CommencerUsurpation,
    TerminerUsurpation,
    UsurpationCommencee,
    UsurpationImpossible,
    UsurpationTerminee,
)
from identity.domain.vocabulaire import CompteId, Droit, SessionId

LEA, YANN = CompteId(UUID(int=1)), CompteId(UUID(int=2))
ICI, AILLEURS = SessionId(UUID(int=3)), SessionId(UUID(int=4))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
POURQUOI = "Ne trouve plus ses comptes rendus."
COMMENCEE = UsurpationCommencee(LEA, YANN, ICI, POURQUOI, QUAND + dt.timedelta(minutes=30), QUAND)


def commencer(
    *, vu: acces.State = acces.initial, qui: CompteId = YANN, raison: str = POURQUOI
) -> CommencerUsurpation:
    return CommencerUsurpation(LEA, vu, qui, ICI, raison, QUAND)


def test_f5_voir_comme_une_personne_dure_trente_minutes_et_se_dit() -> None:
    Scenario(usurpation).when(commencer()).then(COMMENCEE)


def test_f5_sans_raison_c_est_refuse() -> None:
    Scenario(usurpation).when(commencer(raison=" ")).refused(RaisonAbsente)


@pytest.mark.parametrize(
    "command",
    [
        commencer(qui=LEA),
        commencer(vu=acces.State(droit=Droit.ADMIN)),
        commencer(vu=acces.State(droit=Droit.SUPPORT)),
        commencer(vu=acces.State(suspendu=True)),
    ],
)
def test_ni_soi_ni_un_compte_qui_a_un_droit_ni_un_compte_suspendu(command: CommencerUsurpation) -> None:
    Scenario(usurpation).when(command).refused(UsurpationImpossible)


def test_elle_finit_une_fois_et_elle_seule() -> None:
    finir = TerminerUsurpation(ICI, QUAND)
    terminee = UsurpationTerminee(LEA, YANN, ICI, QUAND)
    Scenario(usurpation).given(COMMENCEE).when(finir).then(terminee)
    Scenario(usurpation).given(COMMENCEE, terminee).when(finir).then()
    Scenario(usurpation).given(COMMENCEE).when(TerminerUsurpation(AILLEURS, QUAND)).then()
