"""Ce qu'un administrateur fait pour une personne : avec une raison, jamais pour lui-même."""

import datetime as dt
from uuid import UUID

import pytest
from events.testing import Scenario
from identity.domain import intervention
from identity.domain.acces import RaisonAbsente, SonPropreCompte
from identity.domain.histoire import auteur, phrase
from identity.domain.intervention import Geste, Intervenir, InterventionFaite
from identity.domain.vocabulaire import CompteId

LEA, ALINE = CompteId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)


def intervenir(par: CompteId | None = ALINE, raison: str = "Demandé au téléphone.") -> Intervenir:
    return Intervenir(LEA, Geste.EMPLOI_CORRIGE, par, raison, QUAND)


@pytest.mark.parametrize("par", [ALINE, None])
def test_l_intervention_dit_qui_et_pourquoi(par: CompteId | None) -> None:
    faite = InterventionFaite(LEA, Geste.EMPLOI_CORRIGE, par, "Demandé au téléphone.", QUAND)
    Scenario(intervention).when(intervenir(par)).then(faite)
    assert phrase(faite, lambda qui: str(qui)) == f"Emploi corrigé par {par}. Raison : Demandé au téléphone."
    assert auteur(faite) == par


def test_sans_raison_ou_pour_soi_meme_c_est_refuse() -> None:
    Scenario(intervention).when(intervenir(raison=" ")).refused(RaisonAbsente)
    Scenario(intervention).when(intervenir(par=LEA)).refused(SonPropreCompte)
