import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import demandes
from identity.domain.demandes import (
    DemanderRectification,
    DonneesExportees,
    ExporterDonnees,
    LimitationDemandee,
    LimitationLevee,
    LimiterDonnees,
    RectificationDemandee,
)
from identity.domain.vocabulaire import CompteId

LEA = CompteId(UUID(int=1))
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


def test_une_limitation_se_demande_et_se_leve_une_fois() -> None:
    limiter, lever = LimiterDonnees(LEA, True, QUAND), LimiterDonnees(LEA, False, QUAND)
    limitee, levee = LimitationDemandee(LEA, QUAND), LimitationLevee(LEA, QUAND)
    Scenario(demandes).when(lever).then()
    Scenario(demandes).when(limiter).then(limitee)
    Scenario(demandes).given(limitee).when(limiter).then()
    Scenario(demandes).given(limitee).when(lever).then(levee)
