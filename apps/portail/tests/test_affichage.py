"""Ce qu'une personne lit : dates, nombres et durées en français."""

import datetime as dt

import pytest
from portail import affichage as a


@pytest.mark.parametrize(
    ("jour", "lu"),
    [("2026-11-27", "vendredi 27 novembre 2026"), ("2026-12-01", "mardi 1er décembre 2026")],
)
def test_un_jour_se_lit_en_toutes_lettres(jour: str, lu: str) -> None:
    assert a.jour_long(jour) == lu
    assert a.jour_court(jour).replace("\u00a0", " ") in ("27 nov. 2026", "1er déc. 2026")


def test_une_periode_d_un_jour_se_dit_de_ce_jour() -> None:
    un, autre = "2026-11-29", dt.date(2026, 12, 1)
    assert (a.jours(un, un), a.a_la_periode(un, un)) == ("le 29 novembre 2026", "au 29 novembre 2026")
    deux = "du 29 novembre 2026 au 1er décembre 2026"
    assert (a.jours(un, autre), a.a_la_periode(un, autre)) == (deux, f"à la période {deux}")


def test_un_instant_se_lit_a_l_heure_de_paris() -> None:
    assert a.moment("2026-07-01T22:30:00+00:00") == "2 juillet 2026 à 00:30"
    assert a.heure(dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)) == "13:00"


def test_un_instant_se_lit_a_l_heure_du_territoire_de_la_personne() -> None:
    soir = "2026-11-27T20:46:00+00:00"
    assert a.moment(soir, fuseau="Pacific/Noumea") == "28 novembre 2026 à 07:46"
    hier = a.quand(soir, dt.datetime(2026, 11, 28, 14, tzinfo=dt.UTC), fuseau="Pacific/Noumea")
    assert hier == "hier à 07:46"


def test_les_nombres_ont_une_espace_fine_et_une_virgule() -> None:
    assert a.nombre(1234567) == "1\u202f234\u202f567"
    assert a.part(1, 3) == "33,3\u00a0%"
    assert a.part(1, 2) == "50\u00a0%"
    assert a.part(0, 0) == "0\u00a0%"


@pytest.mark.parametrize(
    ("minutes", "lu"),
    [(45, "45\u00a0min"), (60, "1\u00a0h"), (65, "1\u00a0h\u00a005"), (1439, "23\u00a0h\u00a059")],
)
def test_une_duree_se_lit_en_heures_et_minutes(minutes: int, lu: str) -> None:
    assert a.duree(minutes) == lu


def test_zero_se_lit_au_singulier() -> None:
    assert [a.pluriel(n, "activité") for n in (0, 1, 2)] == ["0 activité", "1 activité", "2 activités"]
