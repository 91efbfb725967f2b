import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import Refusal
from events.testing import Scenario
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import emploi, emploi_faits
from identity.domain.emploi import CommencerEmploi, DeclarerEmploi, TerminerContrat
from identity.domain.emploi_faits import ContratTermine, EmploiCommence, EmploiDeclare
from identity.domain.siret import SiretInvalide, SiretMalForme, structure_de
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin

EMPLOI = EmploiId(UUID(int=10))
LEA = CompteId(UUID(int=1))
HUGO = CompteId(UUID(int=2))
STRUCTURE = structure_de("13002603200016")
AUJOURD_HUI = dt.date(2026, 9, 1)
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
UN_JOUR = dt.timedelta(days=1)

DECLARER = DeclarerEmploi(
    EMPLOI,
    LEA,
    "13002603200016",
    "Ville d'Exemple",
    dt.date(2026, 1, 5),
    None,
    QUAND,
)
DECLARE = EmploiDeclare(
    EMPLOI,
    LEA,
    STRUCTURE,
    "13002603200016",
    "Ville d'Exemple",
    dt.date(2026, 1, 5),
    None,
    QUAND,
)
COMMENCE = EmploiCommence(EMPLOI, LEA, dt.date(2026, 1, 5), QUAND)
FIN = dt.date(2026, 8, 31)
TERMINER = TerminerContrat(LEA, FIN, MotifFin.RUPTURE, QUAND)
TERMINE = ContratTermine(EMPLOI, LEA, FIN, MotifFin.RUPTURE, QUAND)


def test_un_emploi_deja_commence_est_declare_et_commence() -> None:
    Scenario(emploi).when(DECLARER).then(DECLARE, COMMENCE)


def test_un_emploi_a_venir_est_declare_seulement() -> None:
    demain = AUJOURD_HUI + UN_JOUR
    Scenario(emploi).when(replace(DECLARER, debut=demain)).then(replace(DECLARE, debut=demain))


def test_un_emploi_passe_est_declare_commence_et_termine() -> None:
    command = replace(DECLARER, fin_prevue=FIN)
    Scenario(emploi).when(command).then(
        replace(DECLARE, fin_prevue=FIN), COMMENCE, replace(TERMINE, motif=MotifFin.TERME)
    )


def test_le_dernier_jour_prevu_est_encore_travaille() -> None:
    command = replace(DECLARER, fin_prevue=AUJOURD_HUI)
    Scenario(emploi).when(command).then(replace(DECLARE, fin_prevue=AUJOURD_HUI), COMMENCE)


@pytest.mark.parametrize(
    ("debut", "fin_prevue", "refus"),
    [
        (dt.date(1900, 1, 1), None, emploi.DebutDEmploiImprobable),
        (dt.date(1, 1, 1), None, emploi.DebutDEmploiImprobable),
        (dt.date(2030, 1, 1), None, emploi.DebutDEmploiImprobable),
        (dt.date(9999, 12, 31), None, emploi.DebutDEmploiImprobable),
        (dt.date(2026, 1, 5), dt.date(2026, 1, 4), emploi.FinAvantDebut),
        (dt.date(2026, 1, 5), dt.date(9999, 12, 31), emploi.FinDEmploiImprobable),
    ],
)
def test_des_dates_improbables_sont_refusees(
    debut: dt.date, fin_prevue: dt.date | None, refus: type[Refusal]
) -> None:
    Scenario(emploi).when(replace(DECLARER, debut=debut, fin_prevue=fin_prevue)).refused(refus)


def test_declarer_deux_fois_le_meme_emploi_ne_change_rien() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE).when(DECLARER).then()
    Scenario(emploi).given(DECLARE, COMMENCE, TERMINE).when(DECLARER).then()


@pytest.mark.parametrize("autre", [replace(DECLARER, par=HUGO), replace(DECLARER, debut=dt.date(2026, 2, 1))])
def test_un_autre_emploi_au_meme_identifiant_est_refuse(autre: DeclarerEmploi) -> None:
    Scenario(emploi).given(DECLARE, COMMENCE).when(autre).refused(emploi.EmploiDejaDeclare)


def test_l_emploi_commence_le_jour_dit_une_seule_fois() -> None:
    demain = AUJOURD_HUI + UN_JOUR
    declare = replace(DECLARE, debut=demain)
    Scenario(emploi).given(declare).when(CommencerEmploi(QUAND)).then()
    commence = replace(COMMENCE, debut=demain, constate_le=QUAND + UN_JOUR)
    Scenario(emploi).given(declare).when(CommencerEmploi(QUAND + UN_JOUR)).then(commence)
    Scenario(emploi).given(declare, commence).when(CommencerEmploi(QUAND + UN_JOUR)).then()
    Scenario(emploi).given(DECLARE, COMMENCE, TERMINE).when(CommencerEmploi(QUAND + UN_JOUR)).then()


# À Nouméa il est déjà le 2 septembre, à Pointe-à-Pitre encore le 1er, quand Paris y passe.
MINUIT_A_PARIS = dt.datetime(2026, 9, 1, 22, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("instant", "code_insee", "jour"),
    [
        (dt.datetime(2026, 9, 1, 14, tzinfo=dt.UTC), "98818", dt.date(2026, 9, 2)),  # Nouméa, 1 h du matin
        (MINUIT_A_PARIS, "97120", dt.date(2026, 9, 1)),  # Pointe-à-Pitre, 18 h 30
        (MINUIT_A_PARIS, "97411", dt.date(2026, 9, 2)),  # Saint-Denis de La Réunion
        (MINUIT_A_PARIS, None, dt.date(2026, 9, 2)),
    ],
)
def test_le_jour_est_celui_du_territoire_de_l_emploi(
    instant: dt.datetime, code_insee: str | None, jour: dt.date
) -> None:
    demain = jour + UN_JOUR
    declarer = replace(DECLARER, debut=jour, code_insee=code_insee, maintenant=instant)
    Scenario(emploi).when(declarer).then(
        replace(DECLARE, debut=jour, code_insee=code_insee, declare_le=instant),
        replace(COMMENCE, debut=jour, constate_le=instant),
    )
    a_venir = replace(DECLARE, debut=demain, code_insee=code_insee)
    Scenario(emploi).given(a_venir).when(CommencerEmploi(instant)).then()
    fini = replace(TERMINER, fin=demain, maintenant=instant)
    Scenario(emploi).given(replace(DECLARE, code_insee=code_insee), COMMENCE).when(fini).refused(
        emploi.FinDansLeFutur
    )


@pytest.mark.parametrize(("saisi", "garde"), [("2a004", "2A004"), ("01039", "01138"), ("75111", "75111")])
def test_la_commune_d_un_emploi_est_celle_du_referentiel(saisi: str, garde: str) -> None:
    Scenario(emploi).when(replace(DECLARER, code_insee=saisi)).then(
        replace(DECLARE, code_insee=garde), COMMENCE
    )
    repetee = replace(DECLARER, code_insee=saisi)
    Scenario(emploi).given(replace(DECLARE, code_insee=garde), COMMENCE).when(repetee).then()


def test_toutes_les_fautes_dune_declaration_sont_dites_a_la_fois() -> None:
    faux = replace(DECLARER, siret="13002603200017", fin_prevue=DECLARER.debut - UN_JOUR)
    fautes = Scenario(emploi).when(faux).refused(SiretInvalide, emploi.FinAvantDebut)
    assert [f.field for f in fautes] == ["/siret", "/fin_prevue"]
    # La fin se juge d'après le début : elle n'est pas refusée pour un début à corriger.
    for debut in (dt.date(1900, 1, 1), dt.date(2090, 1, 1)):
        command = replace(DECLARER, siret="1", debut=debut, fin_prevue=dt.date(2026, 12, 31))
        Scenario(emploi).when(command).refused(SiretMalForme, emploi.DebutDEmploiImprobable)


def test_le_meme_emploi_se_redeclare_quelle_que_soit_l_ecriture_du_siret() -> None:
    espaces = replace(DECLARER, siret="130 026 032 00016")
    Scenario(emploi).given(DECLARE, COMMENCE).when(espaces).then()
    Scenario(emploi).when(espaces).then(DECLARE, COMMENCE)


def test_la_personne_termine_son_contrat() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE).when(TERMINER).then(TERMINE)


def test_un_contrat_peut_finir_le_jour_de_son_debut_et_aujourd_hui() -> None:
    for fin in (DECLARE.debut, AUJOURD_HUI):
        Scenario(emploi).given(DECLARE, COMMENCE).when(replace(TERMINER, fin=fin)).then(
            replace(TERMINE, fin=fin)
        )


def test_la_fin_ne_precede_pas_le_debut() -> None:
    avant = replace(TERMINER, fin=DECLARE.debut - UN_JOUR)
    [refus] = Scenario(emploi).given(DECLARE, COMMENCE).when(avant).refused(emploi.FinAvantDebut)
    assert refus.field == "/fin"


def test_la_fin_n_est_pas_annoncee_d_avance() -> None:
    demain = replace(TERMINER, fin=AUJOURD_HUI + UN_JOUR)
    Scenario(emploi).given(DECLARE, COMMENCE).when(demain).refused(emploi.FinDansLeFutur)


def test_une_declaration_faite_par_erreur_s_annule_avant_son_premier_jour() -> None:
    demain = AUJOURD_HUI + UN_JOUR
    annuler = replace(TERMINER, fin=demain, motif=MotifFin.ERREUR)
    Scenario(emploi).given(replace(DECLARE, debut=demain)).when(annuler).then(
        replace(TERMINE, fin=demain, motif=MotifFin.ERREUR)
    )


def test_une_fin_improbable_est_refusee_meme_par_erreur() -> None:
    loin = replace(TERMINER, fin=dt.date(9999, 12, 31), motif=MotifFin.ERREUR)
    Scenario(emploi).given(DECLARE, COMMENCE).when(loin).refused(emploi.FinDEmploiImprobable)


def test_l_emploi_d_un_autre_n_existe_pas_pour_moi() -> None:
    for histoire in ([DECLARE], [DECLARE, COMMENCE], [DECLARE, COMMENCE, TERMINE]):
        Scenario(emploi).given(*histoire).when(replace(TERMINER, par=HUGO)).refused(emploi.EmploiInconnu)


def test_un_emploi_inconnu_ne_se_termine_ni_ne_commence() -> None:
    Scenario(emploi).when(TERMINER).refused(emploi.EmploiInconnu)
    Scenario(emploi).when(CommencerEmploi(QUAND)).refused(emploi.EmploiInconnu)


def test_terminer_deux_fois_pareil_ne_change_rien() -> None:
    Scenario(emploi).given(DECLARE, COMMENCE, TERMINE).when(TERMINER).then()


@pytest.mark.parametrize(
    "autre", [replace(TERMINER, fin=FIN - UN_JOUR), replace(TERMINER, motif=MotifFin.TERME)]
)
def test_un_contrat_termine_ne_se_termine_pas_autrement(autre: TerminerContrat) -> None:
    Scenario(emploi).given(DECLARE, COMMENCE, TERMINE).when(autre).refused(emploi.EmploiDejaTermine)


def test_le_passage_quotidien_ne_revient_pas_sur_une_fin() -> None:
    passage = replace(TERMINER, par=None, fin=FIN - UN_JOUR, motif=MotifFin.TERME)
    Scenario(emploi).given(DECLARE, COMMENCE, TERMINE).when(passage).then()


JOURS = st.dates(dt.date(2020, 1, 1), dt.date(2027, 12, 31))


@given(
    st.lists(
        st.one_of(
            st.builds(replace, st.just(DECLARER), debut=JOURS, fin_prevue=st.none() | JOURS),
            st.builds(CommencerEmploi, st.just(QUAND) | st.just(QUAND + UN_JOUR)),
            st.builds(
                TerminerContrat,
                st.sampled_from([LEA, HUGO, None]),
                JOURS,
                st.sampled_from(MotifFin),
                st.just(QUAND),
            ),
        )
    )
)
def test_toute_suite_de_commandes_se_relit(commands: list[emploi.Command]) -> None:
    state: emploi_faits.State = emploi_faits.initial
    fins = 0
    for command in commands:
        try:
            events = emploi.decide(command, state)
        except Refusal:
            continue
        for event in events:
            state = emploi.evolve(state, event)
            fins += isinstance(event, ContratTermine)
    assert fins <= 1
