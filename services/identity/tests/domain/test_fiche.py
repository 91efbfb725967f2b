import datetime as dt
from uuid import UUID

from events.testing import Scenario
from identity.domain import fiche
from identity.domain.fiche import (
    AccordDonne,
    AccordRetire,
    ChoisirCeQuiSeMontre,
    CompetencesDeclarees,
    DeclarerCompetences,
)
from identity.domain.vocabulaire import Competence, CompteId, Montrable

LEA = CompteId(UUID(int=1))
HIER = dt.datetime(2026, 11, 27, 8, tzinfo=dt.UTC)
QUAND = dt.datetime(2026, 11, 28, 8, tzinfo=dt.UTC)
VISIBLE = AccordDonne(LEA, Montrable.ANNUAIRE, HIER)
JOIGNABLE = AccordDonne(LEA, Montrable.COURRIEL, HIER)


def montrer(*montre: Montrable) -> ChoisirCeQuiSeMontre:
    return ChoisirCeQuiSeMontre(LEA, frozenset(montre), QUAND)


def test_sans_rien_dire_rien_ne_se_montre() -> None:
    assert fiche.initial.accords == frozenset()
    Scenario(fiche).when(montrer()).then()


def test_chaque_accord_est_un_fait_date_champ_par_champ() -> None:
    Scenario(fiche).given(VISIBLE).when(
        montrer(Montrable.TELEPHONE, Montrable.COURRIEL, Montrable.ANNUAIRE)
    ).then(
        AccordDonne(LEA, Montrable.COURRIEL, QUAND),
        AccordDonne(LEA, Montrable.TELEPHONE, QUAND),
    )


def test_retirer_un_accord_ne_touche_pas_aux_autres() -> None:
    Scenario(fiche).given(VISIBLE, JOIGNABLE).when(montrer(Montrable.ANNUAIRE)).then(
        AccordRetire(LEA, Montrable.COURRIEL, QUAND)
    )


def test_un_accord_retire_puis_redonne_est_un_nouveau_fait() -> None:
    Scenario(fiche).given(VISIBLE, AccordRetire(LEA, Montrable.ANNUAIRE, HIER)).when(
        montrer(Montrable.ANNUAIRE)
    ).then(AccordDonne(LEA, Montrable.ANNUAIRE, QUAND))


def test_le_meme_choix_renvoye_n_ecrit_rien() -> None:
    Scenario(fiche).given(VISIBLE, JOIGNABLE).when(montrer(Montrable.COURRIEL, Montrable.ANNUAIRE)).then()


def test_les_competences_se_remplacent_et_se_rangent() -> None:
    declarer = DeclarerCompetences(LEA, frozenset({Competence.PIX, Competence.DEMARCHES}), QUAND)
    declarees = CompetencesDeclarees(LEA, (Competence.DEMARCHES, Competence.PIX), QUAND)
    Scenario(fiche).given(CompetencesDeclarees(LEA, (Competence.ANGLAIS,), HIER)).when(declarer).then(
        declarees
    )
    Scenario(fiche).given(declarees).when(declarer).then()


def test_ne_plus_rien_declarer_est_un_fait() -> None:
    Scenario(fiche).given(CompetencesDeclarees(LEA, (Competence.ANGLAIS,), HIER)).when(
        DeclarerCompetences(LEA, frozenset(), QUAND)
    ).then(CompetencesDeclarees(LEA, (), QUAND))
