"""Un emploi se corrige, se reprend de la source, s'annonce avant sa fin."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import fold
from events.testing import Scenario
from identity.domain import emploi
from identity.domain.emploi import (
    AlerterFinDeContrat,
    CloreEmploi,
    CommencerEmploi,
    CorrigerEmploi,
    EmploiDuDispositif,
    ReprendreEmploi,
    RetirerEmploi,
    TerminerContrat,
)
from identity.domain.emploi_faits import (
    ContratTermine,
    EmploiCommence,
    EmploiCorrige,
    EmploiDeclare,
    EmploiEfface,
    EnCours,
    FinDeContratApprochee,
)
from identity.domain.siret import SiretInvalide, structure_de
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin, SeuilDeFin, SourceDuFait, TypeContrat

EMPLOI, LEA, HUGO = EmploiId(UUID(int=10)), CompteId(UUID(int=1)), CompteId(UUID(int=2))
SIRET, AUTRE_SIRET = "13002603200016", "35600000009075"
DEBUT, FIN = dt.date(2026, 1, 5), dt.date(2026, 12, 31)
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
AUJOURD_HUI = dt.date(2026, 9, 1)
DECLARE = EmploiDeclare(EMPLOI, LEA, structure_de(SIRET), SIRET, "Ville", DEBUT, FIN, QUAND, "75056")
COMMENCE = EmploiCommence(EMPLOI, LEA, DEBUT, QUAND)
ROMPU = ContratTermine(EMPLOI, LEA, dt.date(2026, 8, 15), MotifFin.RUPTURE, QUAND)

CORRIGER = CorrigerEmploi(LEA, AUTRE_SIRET, "Association", DEBUT, FIN, QUAND, "75056", TypeContrat.CDD)
CORRIGE = EmploiCorrige(
    EMPLOI, LEA, structure_de(AUTRE_SIRET), AUTRE_SIRET, "Association", DEBUT, FIN, QUAND, "75056",
    TypeContrat.CDD, SourceDuFait.DECLARATION, temporaire=False,
)  # fmt: skip

REPRENDRE = ReprendreEmploi(
    EMPLOI, LEA, SIRET, "Ville", DEBUT, FIN, None, MotifFin.TERME, "75056", TypeContrat.CDD,
    temporaire=False, maintenant=QUAND,
)  # fmt: skip
REPRIS = replace(DECLARE, type_contrat=TypeContrat.CDD, source=SourceDuFait.DISPOSITIF)
REPRIS_CORRIGE = EmploiCorrige(
    EMPLOI, LEA, structure_de(SIRET), SIRET, "Ville", DEBUT, FIN, QUAND, "75056", TypeContrat.CDD,
    SourceDuFait.DISPOSITIF, temporaire=False,
)  # fmt: skip


def test_corriger_remplace_ce_qui_etait_dit() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE).when(CORRIGER).then(CORRIGE, COMMENCE)
    Scenario(emploi).given(DECLARE, COMMENCE, CORRIGE, COMMENCE).when(CORRIGER).then()
    etat = fold(emploi, [DECLARE, COMMENCE, CORRIGE, COMMENCE])
    assert isinstance(etat, EnCours)
    assert (etat.declaration.siret, etat.declaration.declare_le) == (AUTRE_SIRET, QUAND)


def test_une_rupture_reste_apres_une_correction_un_terme_suit_le_nouveau() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE, ROMPU).when(CORRIGER).then(CORRIGE, COMMENCE, ROMPU)
    fini = replace(ROMPU, motif=MotifFin.TERME)
    Scenario(emploi).given(DECLARE, COMMENCE, fini).when(CORRIGER).then(CORRIGE, COMMENCE)
    hier = AUJOURD_HUI - dt.timedelta(days=1)
    Scenario(emploi).given(DECLARE, COMMENCE).when(replace(CORRIGER, fin_prevue=hier)).then(
        replace(CORRIGE, fin_prevue=hier), COMMENCE, replace(ROMPU, fin=hier, motif=MotifFin.TERME)
    )
    tard = replace(CORRIGER, debut=dt.date(2026, 8, 20))
    Scenario(emploi).given(DECLARE, COMMENCE, ROMPU).when(tard).refused(emploi.FinAvantDebut)


def test_on_ne_corrige_que_ses_emplois_declares_et_toutes_les_fautes_sont_dites() -> None:
    avant = (DECLARE, COMMENCE)
    Scenario(emploi).given(*avant).when(replace(CORRIGER, par=HUGO)).refused(emploi.EmploiInconnu)
    Scenario(emploi).when(CORRIGER).refused(emploi.EmploiInconnu)
    Scenario(emploi).given(REPRIS, COMMENCE).when(CORRIGER).refused(EmploiDuDispositif)
    faux = replace(CORRIGER, siret="13002603200017", fin_prevue=dt.date(2026, 1, 4))
    Scenario(emploi).given(*avant).when(faux).refused(SiretInvalide, emploi.FinAvantDebut)


def test_c1_un_contrat_de_la_source_devient_un_emploi() -> None:
    Scenario(emploi).when(REPRENDRE).then(REPRIS, COMMENCE)
    Scenario(emploi).given(REPRIS, COMMENCE).when(REPRENDRE).then()


def test_un_emploi_declare_que_la_source_connait_devient_le_sien() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE).when(REPRENDRE).then(REPRIS_CORRIGE, COMMENCE)
    sans_commune = replace(REPRENDRE, code_insee=None, type_contrat=None)
    Scenario(emploi).given(REPRIS, COMMENCE).when(sans_commune).then()


def test_c9_la_rupture_de_la_source_termine_l_emploi_et_son_retour_le_rouvre() -> None:
    rupture = replace(REPRENDRE, fin=ROMPU.fin, motif=MotifFin.RUPTURE)
    Scenario(emploi).given(REPRIS, COMMENCE).when(rupture).then(ROMPU)
    Scenario(emploi).given(REPRIS, COMMENCE, ROMPU).when(rupture).then()
    Scenario(emploi).given(REPRIS, COMMENCE, ROMPU).when(REPRENDRE).then(REPRIS_CORRIGE, COMMENCE)
    autre = replace(rupture, fin=dt.date(2026, 8, 20))
    Scenario(emploi).given(REPRIS, COMMENCE, ROMPU).when(autre).then(
        REPRIS_CORRIGE, COMMENCE, replace(ROMPU, fin=dt.date(2026, 8, 20))
    )


def test_c9_le_passage_ne_termine_pas_un_emploi_du_dispositif_la_source_seule_le_fait() -> None:
    passage = TerminerContrat(None, FIN, MotifFin.TERME, QUAND + dt.timedelta(days=200))
    Scenario(emploi).given(REPRIS, COMMENCE).when(passage).then()
    Scenario(emploi).given(DECLARE, COMMENCE).when(passage).then(
        ContratTermine(EMPLOI, LEA, FIN, MotifFin.TERME, passage.maintenant)
    )


def test_un_emploi_temporaire_garde_son_premier_jour_et_disparait_quand_la_source_ne_le_dit_plus() -> None:
    dire = replace(REPRENDRE, temporaire=True, fin_prevue=None)
    dit = replace(REPRIS, temporaire=True, fin_prevue=None)
    Scenario(emploi).when(dire).then(dit, COMMENCE)
    Scenario(emploi).given(dit, COMMENCE).when(replace(dire, debut=AUJOURD_HUI)).then()
    disparu = ContratTermine(EMPLOI, LEA, DEBUT, MotifFin.ERREUR, QUAND)
    Scenario(emploi).given(dit, COMMENCE).when(CloreEmploi(QUAND)).then(disparu)
    clos = ContratTermine(EMPLOI, LEA, AUJOURD_HUI, MotifFin.TERME, QUAND)
    Scenario(emploi).given(REPRIS, COMMENCE).when(CloreEmploi(QUAND)).then(clos)
    Scenario(emploi).given(REPRIS, COMMENCE, clos).when(CloreEmploi(QUAND)).then()


def test_un_contrat_impossible_de_la_source_est_refuse() -> None:
    loin = replace(REPRENDRE, debut=dt.date(2050, 1, 1), fin_prevue=None)
    Scenario(emploi).when(loin).refused(emploi.DebutDEmploiImprobable)


@pytest.mark.parametrize(
    ("seuil", "veille", "jour"),
    [
        (SeuilDeFin.TROIS_MOIS, dt.date(2026, 9, 29), dt.date(2026, 9, 30)),
        (SeuilDeFin.UN_MOIS, dt.date(2026, 11, 29), dt.date(2026, 11, 30)),
    ],
)
def test_une_fin_s_annonce_trois_mois_puis_un_mois_avant(
    seuil: SeuilDeFin, veille: dt.date, jour: dt.date
) -> None:
    def alerter(quand: dt.date) -> AlerterFinDeContrat:
        return AlerterFinDeContrat(seuil, FIN, dt.datetime.combine(quand, dt.time(9), dt.UTC))

    annonce = FinDeContratApprochee(EMPLOI, LEA, seuil, FIN, alerter(jour).maintenant)
    avant = Scenario(emploi).given(DECLARE, COMMENCE)
    avant.when(alerter(veille)).then()
    avant.when(alerter(jour)).then(annonce)
    Scenario(emploi).given(DECLARE, COMMENCE, annonce).when(alerter(jour)).then()
    prolonge = replace(DECLARE, fin_prevue=FIN + dt.timedelta(days=90))
    Scenario(emploi).given(prolonge, COMMENCE).when(alerter(jour)).then()
    Scenario(emploi).given(DECLARE, COMMENCE, ROMPU).when(alerter(jour)).then()


def test_l_alerte_d_un_mois_dispense_de_celle_de_trois() -> None:
    decembre = dt.datetime(2026, 12, 5, 9, tzinfo=dt.UTC)
    annonce = FinDeContratApprochee(EMPLOI, LEA, SeuilDeFin.UN_MOIS, FIN, decembre)
    trois = AlerterFinDeContrat(SeuilDeFin.TROIS_MOIS, FIN, decembre)
    Scenario(emploi).given(DECLARE, COMMENCE, annonce).when(trois).then()


def test_rien_ne_se_fait_sur_un_emploi_efface() -> None:
    efface = EmploiEfface(EMPLOI, LEA, QUAND)
    commandes = (
        REPRENDRE,
        CloreEmploi(QUAND),
        CommencerEmploi(QUAND),
        AlerterFinDeContrat(SeuilDeFin.UN_MOIS, FIN, QUAND),
    )
    for commande in commandes:
        Scenario(emploi).given(DECLARE, efface).when(commande).then()
    Scenario(emploi).given(DECLARE, efface).when(CORRIGER).refused(emploi.EmploiInconnu)


def test_e8_la_source_fait_foi_tant_que_la_personne_est_en_contrat() -> None:
    rompre = TerminerContrat(LEA, dt.date(2026, 8, 15), MotifFin.RUPTURE, QUAND)
    for commande in (CORRIGER, rompre):
        Scenario(emploi).given(REPRIS, COMMENCE).when(commande).refused(EmploiDuDispositif)
    corriger, rompre = replace(CORRIGER, source_fait_foi=False), replace(rompre, source_fait_foi=False)
    Scenario(emploi).given(REPRIS, COMMENCE).when(corriger).then(CORRIGE, COMMENCE)
    Scenario(emploi).given(REPRIS, COMMENCE).when(rompre).then(ROMPU)


def test_le_nombre_d_emplois_est_borne() -> None:
    emploi.admettre(emploi.EMPLOIS_AU_PLUS - 1)
    with pytest.raises(emploi.TropDEmplois):
        emploi.admettre(emploi.EMPLOIS_AU_PLUS)


def test_un_emploi_se_retire_meme_termine_une_seule_fois_et_par_son_titulaire() -> None:
    retirer = RetirerEmploi(LEA, True, QUAND)
    retire = ContratTermine(EMPLOI, LEA, DEBUT, MotifFin.ERREUR, QUAND)
    for avant in ((DECLARE,), (DECLARE, COMMENCE), (DECLARE, COMMENCE, ROMPU)):
        Scenario(emploi).given(*avant).when(retirer).then(retire)
    Scenario(emploi).given(DECLARE, COMMENCE, retire).when(retirer).then()
    Scenario(emploi).given(DECLARE).when(replace(retirer, par=HUGO)).refused(emploi.EmploiInconnu)
