"""Un atelier qui revient : ses dates, et ce qui ne va pas dans la demande."""

import datetime as dt

import pytest
from portail.formulaires import Saisie
from portail.repetition import dire, identifiant, lire

LE_31 = dt.date(2027, 1, 31)


def jours(depuis: dt.date, **champs: str) -> list[str]:
    repetition = lire(Saisie(list(champs.items())), depuis)
    assert repetition.fautes == {}
    return [jour.isoformat() for jour in repetition.jours]


def test_un_atelier_revient_au_rythme_demande_le_nombre_de_fois_demande() -> None:
    depuis = dt.date(2026, 12, 24)
    assert jours(depuis, rythme="semaine", fin="fois", fois="2") == ["2026-12-31", "2027-01-07"]
    assert jours(depuis, rythme="quinzaine", fin="fois", fois="2") == ["2027-01-07", "2027-01-21"]
    assert len(jours(depuis, rythme="semaine", fin="fois", fois="52")) == 52
    # A month that is shorter gives its last day, and the next one is not moved by it.
    assert jours(LE_31, rythme="mois", fin="fois", fois="3") == ["2027-02-28", "2027-03-31", "2027-04-30"]
    assert jours(dt.date(2028, 11, 30), rythme="mois", fin="fois", fois="3")[-1] == "2029-02-28"


def test_jusqu_a_une_date_comprise() -> None:
    assert jours(LE_31, rythme="semaine", fin="date", au="2027-02-14") == ["2027-02-07", "2027-02-14"]
    assert len(jours(LE_31, rythme="semaine", fin="date", au="2028-01-30")) == 52


@pytest.mark.parametrize(
    ("champs", "ou"),
    [
        ({"rythme": "", "fois": "3"}, "/rythme"),
        ({"rythme": "jour", "fois": "3"}, "/rythme"),
        ({"rythme": "mois", "fois": "0"}, "/fois"),
        ({"rythme": "mois", "fois": "53"}, "/fois"),
        ({"rythme": "mois", "fois": "trois"}, "/fois"),
        ({"rythme": "mois", "fin": "date", "au": "30/02/2027"}, "/au"),
        ({"rythme": "mois", "fin": "date", "au": "2027-02-01"}, "/au"),
        ({"rythme": "semaine", "fin": "date", "au": "2028-02-06"}, "/au"),
        ({"rythme": "semaine", "fin": "date", "au": "9999-12-31"}, "/au"),
    ],
)
def test_ce_qui_ne_donne_aucune_date_ou_trop_se_dit_a_sa_place(champs: dict[str, str], ou: str) -> None:
    repetition = lire(Saisie(list(champs.items())), LE_31)
    assert (repetition.jours, list(repetition.fautes)) == ([], [ou])


def test_au_bout_du_calendrier_rien_ne_tombe() -> None:
    assert lire(Saisie([("rythme", "mois"), ("fois", "2")]), dt.date.max).jours == [dt.date.max] * 2
    assert lire(Saisie([("rythme", "semaine"), ("fois", "1")]), dt.date.max).jours == [dt.date.max]


def test_renvoyee_la_meme_demande_designe_les_memes_brouillons() -> None:
    serie = "0190a000-0000-7000-8000-000000000001"
    assert identifiant(serie, LE_31) == identifiant(serie, LE_31) != identifiant(serie, dt.date(2027, 2, 7))
    assert identifiant("n'importe quoi", LE_31) != identifiant("n'importe quoi", LE_31)


def test_une_repetition_renvoyee_ne_dit_pas_avoir_cree_ce_qui_y_etait() -> None:
    assert dire(4, 0) == "4 brouillons créés, à confirmer le jour venu."
    assert dire(1, 3) == "1 brouillon créé, à confirmer le jour venu. 3 autres y étaient déjà."
    assert dire(0, 4) == "Ces brouillons y étaient déjà : rien de plus n’est créé."
