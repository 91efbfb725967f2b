import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import demandes
from identity.domain.acces import RaisonAbsente, SonPropreCompte
from identity.domain.demandes import (
    DemanderRectification,
    DonneesExportees,
    ExporterDonnees,
    LimitationDemandee,
    LimitationLevee,
    LimiterDonnees,
    RectificationDemandee,
    RectificationTraitee,
    TraiterRectification,
)
from identity.domain.vocabulaire import CompteId

LEA, ALINE = CompteId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
DEMAIN = QUAND + dt.timedelta(days=1)
EXPORTEES = DonneesExportees(LEA, QUAND)
RECTIFICATION = RectificationDemandee(LEA, "deux t", QUAND)


def test_chaque_archive_est_notee_et_cinq_par_jour_suffisent() -> None:
    Scenario(demandes).given(*[EXPORTEES] * 4).when(ExporterDonnees(LEA, QUAND)).then(EXPORTEES)
    Scenario(demandes).given(*[EXPORTEES] * 5).when(ExporterDonnees(LEA, QUAND)).refused(
        demandes.TropDArchives
    )
    Scenario(demandes).given(*[EXPORTEES] * 5).when(ExporterDonnees(LEA, DEMAIN)).then(
        DonneesExportees(LEA, DEMAIN)
    )


def test_une_rectification_demandee_est_gardee() -> None:
    demander = DemanderRectification(LEA, "deux t", QUAND)
    Scenario(demandes).when(demander).then(RECTIFICATION)
    Scenario(demandes).given(*[RECTIFICATION] * 5).when(demander).refused(demandes.TropDeRectifications)


def traiter(
    demandee: RectificationDemandee = RECTIFICATION, par: CompteId = ALINE, reponse: str = "C’est fait."
) -> TraiterRectification:
    return TraiterRectification(LEA, demandes.identifiant(demandee), True, par, reponse, DEMAIN)


def test_une_rectification_recoit_une_reponse_et_une_seule() -> None:
    traitee = RectificationTraitee(
        LEA, demandes.identifiant(RECTIFICATION), True, ALINE, "C’est fait.", DEMAIN
    )
    Scenario(demandes).given(RECTIFICATION).when(traiter()).then(traitee)
    Scenario(demandes).given(RECTIFICATION, traitee).when(traiter()).refused(
        demandes.RectificationDejaTraitee
    )
    autre = RectificationDemandee(LEA, "un seul t", DEMAIN)
    assert demandes.rectifications([RECTIFICATION, autre, traitee]) == {
        demandes.identifiant(RECTIFICATION): (RECTIFICATION, traitee),
        demandes.identifiant(autre): (autre, None),
    }


def test_une_reponse_vide_a_soi_meme_ou_a_rien_est_refusee() -> None:
    Scenario(demandes).given(RECTIFICATION).when(traiter(reponse=" ")).refused(RaisonAbsente)
    Scenario(demandes).given(RECTIFICATION).when(traiter(par=LEA)).refused(SonPropreCompte)
    Scenario(demandes).when(traiter()).refused(demandes.RectificationInconnue)


def test_une_limitation_se_demande_et_se_leve_une_fois() -> None:
    limiter, lever = LimiterDonnees(LEA, True, QUAND), LimiterDonnees(LEA, False, QUAND)
    limitee, levee = LimitationDemandee(LEA, QUAND), LimitationLevee(LEA, QUAND)
    Scenario(demandes).when(lever).then()
    Scenario(demandes).when(limiter).then(limitee)
    Scenario(demandes).given(limitee).when(limiter).then()
    Scenario(demandes).given(limitee).when(lever).then(levee)
