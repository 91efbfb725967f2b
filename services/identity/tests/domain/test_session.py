import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import session
from identity.domain.session import OuvrirSession, RevoquerSession, SessionOuverte, SessionRevoquee
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId

ICI = SessionId(UUID(int=1))
LEA = CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
OUVERTE = SessionOuverte(ICI, LEA, "eidas1", QUAND)
REVOQUEE = SessionRevoquee(ICI, LEA, MotifRevocation.DECONNEXION, QUAND)
REVOQUER = RevoquerSession(LEA, MotifRevocation.DECONNEXION, QUAND)
OUVRIR = OuvrirSession(ICI, LEA, "eidas1", QUAND)


def test_une_session_s_ouvre_une_fois() -> None:
    Scenario(session).when(OUVRIR).then(OUVERTE)
    Scenario(session).given(OUVERTE).when(OUVRIR).refused(session.SessionDejaOuverte)
    Scenario(session).given(OUVERTE, REVOQUEE).when(OUVRIR).refused(session.SessionDejaOuverte)


def test_son_titulaire_la_ferme_et_la_refermer_ne_change_rien() -> None:
    Scenario(session).given(OUVERTE).when(REVOQUER).then(REVOQUEE)
    Scenario(session).given(OUVERTE, REVOQUEE).when(REVOQUER).then()


def test_seul_son_titulaire_ferme_une_session() -> None:
    autre = RevoquerSession(CompteId(UUID(int=9)), MotifRevocation.DECONNEXION, QUAND)
    Scenario(session).given(OUVERTE).when(autre).refused(session.SessionInconnue)
    Scenario(session).when(REVOQUER).refused(session.SessionInconnue)
