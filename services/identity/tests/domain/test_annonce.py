import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import annonce, maintenance
from identity.domain.annonce import (
    AnnonceDejaPubliee,
    AnnonceInconnue,
    AnnoncePubliee,
    AnnonceRetiree,
    FinAvantLeDebut,
    PublierAnnonce,
    RetirerAnnonce,
)
from identity.domain.maintenance import (
    CommencerMaintenance,
    MaintenanceCommencee,
    MaintenanceTerminee,
    TerminerMaintenance,
)
from identity.domain.vocabulaire import AnnonceId, CompteId

ICI, ALINE = AnnonceId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
DEMAIN = QUAND + dt.timedelta(days=1)
PUBLIEE = AnnoncePubliee(ICI, "Carte fermée mardi.", QUAND, None, ALINE, QUAND)
RETIREE = AnnonceRetiree(ICI, ALINE, DEMAIN)


def publier(
    texte: str = "Carte fermée mardi.", du: dt.datetime = QUAND, au: dt.datetime | None = None
) -> PublierAnnonce:
    return PublierAnnonce(ICI, texte, du, au, ALINE, QUAND)


def test_une_annonce_se_publie_une_fois_et_se_retire() -> None:
    Scenario(annonce).when(publier()).then(PUBLIEE)
    Scenario(annonce).given(PUBLIEE).when(publier(du=DEMAIN)).then()
    Scenario(annonce).given(PUBLIEE).when(publier("Autre chose.")).refused(AnnonceDejaPubliee)
    retirer = RetirerAnnonce(ALINE, DEMAIN)
    Scenario(annonce).given(PUBLIEE).when(retirer).then(RETIREE)
    Scenario(annonce).given(PUBLIEE, RETIREE).when(retirer).then()
    Scenario(annonce).given(PUBLIEE, RETIREE).when(publier()).refused(AnnonceDejaPubliee)
    Scenario(annonce).when(retirer).refused(AnnonceInconnue)


def test_une_annonce_finit_apres_son_debut() -> None:
    (faute,) = Scenario(annonce).when(publier(du=DEMAIN, au=DEMAIN)).refused(FinAvantLeDebut)
    assert faute.field == "/au"


def test_la_maintenance_commence_change_de_message_et_finit() -> None:
    commencee = MaintenanceCommencee("Jusqu’à 20 h.", ALINE, QUAND)
    commencer = CommencerMaintenance("Jusqu’à 20 h.", ALINE, QUAND)
    terminer = TerminerMaintenance(ALINE, DEMAIN)
    Scenario(maintenance).when(commencer).then(commencee)
    Scenario(maintenance).given(commencee).when(commencer).then()
    autre = MaintenanceCommencee("Jusqu’à 21 h.", ALINE, QUAND)
    plus_tard = CommencerMaintenance("Jusqu’à 21 h.", ALINE, QUAND)
    Scenario(maintenance).given(commencee).when(plus_tard).then(autre)
    Scenario(maintenance).given(commencee).when(terminer).then(MaintenanceTerminee(ALINE, DEMAIN))
    Scenario(maintenance).when(terminer).then()
