import datetime as dt
from dataclasses import replace
from uuid import UUID

from events.testing import Scenario
from identity.domain import preuve
from identity.domain.preuve import BoiteProuvee, CodeDemande, CodeRefuse, DemanderCode, RendreCode
from identity.domain.vocabulaire import CompteId, PreuveId

ICI = PreuveId(UUID(int=1))
LEA = CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
TERME = QUAND + dt.timedelta(minutes=10)
DEMANDER = DemanderCode(ICI, LEA, "lea@ailleurs.fr", "juste", QUAND)
DEMANDE = CodeDemande(ICI, LEA, "lea@ailleurs.fr", "juste", QUAND, TERME)
REFUSE = CodeRefuse(ICI, LEA, QUAND)
PROUVEE = BoiteProuvee(ICI, LEA, QUAND)
JUSTE = RendreCode(LEA, "juste", QUAND)
FAUX = RendreCode(LEA, "faux", QUAND)


def test_un_code_demande_vaut_dix_minutes_et_le_redemander_ne_change_rien() -> None:
    Scenario(preuve).when(DEMANDER).then(DEMANDE)
    Scenario(preuve).given(DEMANDE).when(DEMANDER).then()
    Scenario(preuve).given(DEMANDE).when(replace(DEMANDER, courriel="b@c.fr")).refused(preuve.CodeDejaDemande)
    a_une_autre = replace(DEMANDER, compte_id=CompteId(UUID(int=9)))
    Scenario(preuve).given(DEMANDE).when(a_une_autre).refused(preuve.CodeDejaDemande)


def test_le_bon_code_prouve_la_boite_une_fois() -> None:
    Scenario(preuve).given(DEMANDE).when(JUSTE).then(PROUVEE)
    Scenario(preuve).given(DEMANDE, PROUVEE).when(JUSTE).then()
    Scenario(preuve).given(DEMANDE, PROUVEE).when(FAUX).refused(preuve.CodeFaux)


def test_un_code_faux_est_compte_et_le_cinquieme_ferme_la_preuve() -> None:
    Scenario(preuve).given(DEMANDE).when(FAUX).then(REFUSE)
    Scenario(preuve).given(DEMANDE, *[REFUSE] * 4).when(JUSTE).then(PROUVEE)
    for rendu in (FAUX, JUSTE):
        Scenario(preuve).given(DEMANDE, *[REFUSE] * 5).when(rendu).refused(preuve.CodePerime)


def test_un_code_ne_vaut_plus_apres_dix_minutes_meme_prouve() -> None:
    for faits in ((DEMANDE,), (DEMANDE, PROUVEE)):
        Scenario(preuve).given(*faits).when(replace(JUSTE, maintenant=TERME)).refused(preuve.CodePerime)


def test_le_code_d_une_autre_n_existe_pas() -> None:
    Scenario(preuve).given(DEMANDE).when(replace(JUSTE, par=CompteId(UUID(int=9)))).refused(
        preuve.CodeInconnu
    )
    Scenario(preuve).when(JUSTE).refused(preuve.CodeInconnu)
