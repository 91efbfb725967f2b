"""Ce qui est fait, ce qui manque, et qui le dit."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import Refusal, fold
from events.testing import Scenario
from identity.domain import prise_de_poste
from identity.domain.prise_de_poste import (
    CONDUITES,
    Avancement,
    DeclarerEtape,
    EffacerPriseDePoste,
    EtapeFranchie,
    EtapeRetiree,
    PriseDePosteEffacee,
    ReprendreEtapes,
    RetirerEtape,
    etapes,
)
from identity.domain.vocabulaire import CompteId, EtapeDePriseDePoste, SourceDuFait

LEA = CompteId(UUID(int=1))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
AUJOURD_HUI, MARS = dt.date(2026, 9, 1), dt.date(2026, 3, 2)
CCP1, CONTINUE = EtapeDePriseDePoste.CCP1, EtapeDePriseDePoste.FORMATION_CONTINUE
DECLARER = DeclarerEtape(LEA, CCP1, MARS, AUJOURD_HUI, QUAND)
DECLAREE = EtapeFranchie(LEA, CCP1, MARS, SourceDuFait.DECLARATION, QUAND)
DU_DISPOSITIF = replace(DECLAREE, source=SourceDuFait.DISPOSITIF)


def test_une_etape_se_declare_se_corrige_et_se_retire() -> None:
    Scenario(prise_de_poste).when(DECLARER).then(DECLAREE)
    Scenario(prise_de_poste).given(DECLAREE).when(DECLARER).then()
    avril = replace(DECLARER, le=dt.date(2026, 4, 1))
    Scenario(prise_de_poste).given(DECLAREE).when(avril).then(replace(DECLAREE, le=avril.le))
    retirer = RetirerEtape(LEA, CCP1, 2026, QUAND)
    Scenario(prise_de_poste).given(DECLAREE).when(retirer).then(EtapeRetiree(LEA, CCP1, MARS, QUAND))
    Scenario(prise_de_poste).when(retirer).then()


@pytest.mark.parametrize(
    ("le", "refus"),
    [
        (dt.date(2026, 9, 2), prise_de_poste.EtapeDansLeFutur),
        (dt.date(1999, 12, 31), prise_de_poste.EtapeTropAncienne),
    ],
)
def test_une_date_impossible_est_refusee(le: dt.date, refus: type[Refusal]) -> None:
    [faute] = Scenario(prise_de_poste).when(replace(DECLARER, le=le)).refused(refus)
    assert faute.field == "/le"


def test_ce_que_dit_le_dispositif_l_emporte_et_ne_se_corrige_pas_ici() -> None:
    dire = ReprendreEtapes(LEA, ((CCP1, dt.date(2026, 4, 1)),), QUAND)
    dite = replace(DU_DISPOSITIF, le=dt.date(2026, 4, 1))
    Scenario(prise_de_poste).given(DECLAREE).when(dire).then(dite)
    Scenario(prise_de_poste).given(DECLAREE, dite).when(dire).then()
    for command in (DECLARER, RetirerEtape(LEA, CCP1, 2026, QUAND)):
        Scenario(prise_de_poste).given(dite).when(command).refused(prise_de_poste.EtapeDuDispositif)
    Scenario(prise_de_poste).given(dite).when(replace(DECLARER, le=dite.le)).then()


def test_la_formation_continue_se_refait_chaque_annee() -> None:
    avant = replace(DECLAREE, etape=CONTINUE, le=dt.date(2025, 5, 5))
    cette_annee = replace(DECLARER, etape=CONTINUE)
    Scenario(prise_de_poste).given(avant).when(cette_annee).then(replace(DECLAREE, etape=CONTINUE))
    etat = fold(prise_de_poste, [avant])
    [vue] = [e for e in etapes(etat, 2026, premier_contrat=True) if e.etape is CONTINUE]
    assert (vue.avancement, vue.faite and vue.faite.le) == (Avancement.A_FAIRE, dt.date(2025, 5, 5))
    [vue] = [e for e in etapes(etat, 2025, premier_contrat=True) if e.etape is CONTINUE]
    assert vue.avancement is Avancement.FAITE
    Scenario(prise_de_poste).given(avant).when(RetirerEtape(LEA, CONTINUE, 2026, QUAND)).then()


def test_chaque_etape_dit_qui_la_fait_et_ou() -> None:
    assert CONDUITES.keys() == set(EtapeDePriseDePoste)
    vues = {e.etape: e.avancement for e in etapes(prise_de_poste.initial, 2026, premier_contrat=False)}
    assert set(vues.values()) == {Avancement.A_FAIRE}
    premier = etapes(prise_de_poste.initial, 2026, premier_contrat=True)
    sans_objet = [e.etape for e in premier if e.avancement is Avancement.SANS_OBJET]
    assert sans_objet == [EtapeDePriseDePoste.CONTRAT_PRECEDENT]


def test_une_personne_effacee_n_a_plus_d_etape() -> None:
    effacer, effacee = EffacerPriseDePoste(LEA, QUAND), PriseDePosteEffacee(LEA, QUAND)
    Scenario(prise_de_poste).given(DECLAREE).when(effacer).then(effacee)
    Scenario(prise_de_poste).when(effacer).then()
    for command in (DECLARER, effacer):
        Scenario(prise_de_poste).given(DECLAREE, effacee).when(command).then()
