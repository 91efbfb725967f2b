"""Ouvert ou non : des horaires OSM à ce qu'une personne lit, à l'heure du lieu."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from cartographie.domain import ouverture_en_mots as mots
from cartographie.domain.ouverture import EtatOuverture, lire, semaine_ordinaire, situation
from hypothesis import given
from hypothesis import strategies as st

PARIS = ZoneInfo("Europe/Paris")
BUREAU = "Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00; PH off"


def le(texte: str, fuseau: ZoneInfo = PARIS) -> dt.datetime:
    return dt.datetime.fromisoformat(texte).replace(tzinfo=fuseau)


@pytest.mark.parametrize(
    ("osm", "instant", "dit"),
    [
        (BUREAU, "2026-11-25T10:00", "Ouvert jusqu’à 12 h"),
        (BUREAU, "2026-11-25T11:40", "Ouvert, ferme bientôt : à 12 h"),
        (BUREAU, "2026-11-25T12:00", "Fermé, ouvre à 14 h"),
        (BUREAU, "2026-11-25T17:30", "Fermé, ouvre demain à 9 h"),
        (BUREAU, "2026-11-28T12:30", "Fermé, ouvre lundi à 9 h"),
        ("Mo 09:00-12:00", "2026-11-23T12:00", "Fermé, ouvre le lundi 30 novembre à 9 h"),
        ("Mo 09:00-12:00,12:00-14:00", "2026-11-23T11:50", "Ouvert jusqu’à 14 h"),
        ("24/7", "2026-11-23T03:00", "Ouvert jour et nuit"),
        ("Fr 18:00-24:00; Sa 00:00-02:00", "2026-11-27T23:00", "Ouvert jusqu’à samedi 2 h"),
        ("Fr 18:00-24:00", "2026-11-27T20:00", "Ouvert jusqu’à minuit"),
        ("Mo-Fr 09:00-17:00; We off", "2026-11-25T10:00", "Fermé, ouvre demain à 9 h"),
        ("Mo-Fr 09:00-12:00; Tu 14:00-16:00", "2026-11-24T10:00", "Fermé, ouvre à 14 h"),
        ("Su off", "2026-11-23T10:00", "Fermé en ce moment"),
        (None, "2026-11-23T10:00", "Horaires non précisés"),
        ("Lundi 9h", "2026-11-23T10:00", "Horaires non précisés"),
        ('Mo unknown "à vérifier"; Tu 09:00-12:00', "2026-11-23T10:00", "Horaires non précisés"),
        ('Mo 09:00-12:00; Tu unknown "à vérifier"', "2026-11-23T13:00", "Fermé en ce moment"),
        ("Mo 17:00+", "2026-11-23T18:00", "Horaires non précisés"),
        ("week 1-53/2 Mo 09:00-12:00", "2026-11-23T10:00", "Fermé, ouvre le lundi 30 novembre à 9 h"),
        ("week 2-52/2 Mo 09:00-12:00", "2026-11-23T10:00", "Ouvert jusqu’à 12 h"),
        ("Sa[1] 10:00-12:00", "2026-12-05T10:30", "Ouvert jusqu’à 12 h"),
        ("Sa[-1] 10:00-12:00", "2026-11-28T09:00", "Fermé, ouvre à 10 h"),
        ("Mo-Fr 09:00-12:00; Jul-Aug off", "2026-07-27T10:00", "Fermé en ce moment"),
        ("Mo-Fr 09:00-12:00; Jul-Aug off", "2026-08-27T10:00", "Fermé, ouvre mardi à 9 h"),
        ("Dec 24-Jan 2 off", "2026-12-31T10:00", "Fermé en ce moment"),
        ('Mo 09:00-12:00 "sur rendez-vous"', "2026-11-23T10:00", "Ouvert jusqu’à 12 h"),
    ],
)
def test_l_etat_d_un_lieu_se_lit(osm: str | None, instant: str, dit: str) -> None:
    assert mots.phrase(situation(lire(osm), le(instant))).replace("\u00a0", " ") == dit


def test_un_lieu_d_outre_mer_vit_a_son_heure() -> None:
    instant = dt.datetime(2026, 11, 25, 13, 0, tzinfo=dt.UTC)
    etats = [
        situation(lire("Mo-Fr 08:00-12:00"), instant.astimezone(ZoneInfo(fuseau))).etat
        for fuseau in ("Europe/Paris", "America/Guadeloupe", "Pacific/Tahiti", "Indian/Reunion")
    ]
    assert etats == ["ferme", "ouvert", "ferme", "ferme"]


def test_une_semaine_se_lit_jour_par_jour() -> None:
    jours = {j.jour.value: j.horaires.replace("\u00a0", " ") for j in mots.semaine(lire(BUREAU))}
    assert jours["lundi"] == jours["vendredi"] == "9 h – 12 h, 14 h – 17 h 30"
    assert jours["samedi"] == "9 h – 12 h"
    assert jours["dimanche"] == "Fermé"
    assert mots.semaine(lire(None)) == mots.semaine(lire("illisible")) == []


def test_un_jour_incertain_est_a_verifier_jamais_ferme() -> None:
    jours = mots.semaine(lire('Mo 09:00-12:00; Tu unknown "à vérifier"'))
    assert [j.horaires for j in jours[1:3]] == ["Horaires à vérifier", "Fermé"]


@pytest.mark.parametrize(
    ("osm", "dites"),
    [
        (BUREAU, ["Jours fériés : fermé."]),
        ("Mo 09:00-12:00; SH off", ["Vacances scolaires : fermé."]),
        ("Sa[1] 10:00-12:00", ["1er samedi du mois : 10 h – 12 h."]),
        ("week 1-53/2 Mo 09:00-12:00", ["Semaines impaires, lundi : 9 h – 12 h."]),
        ("Mo-Fr 09:00-12:00; Jul-Aug off", ["De juillet à août : fermé."]),
        ("Mo-Fr 09:00-12:00; Jul 14-Aug 20 off", ["Du 14 juillet au 20 août : fermé."]),
        ('Mo 09:00-12:00 || "sur rendez-vous"', ["Sinon : sur rendez-vous."]),
    ],
)
def test_ce_qu_une_semaine_ne_dit_pas_se_precise(osm: str, dites: list[str]) -> None:
    assert [p.replace("\u00a0", " ") for p in mots.precisions(lire(osm))] == dites


def test_une_semaine_ordinaire_se_compte_en_minutes_depuis_lundi() -> None:
    assert semaine_ordinaire(lire("Mo 09:00-10:00; Su 23:00-24:00")) == [(540, 600), (10020, 10080)]
    assert semaine_ordinaire(lire("Mo off")) == []
    # What depends on the date, or is not known, is no ordinary week.
    for osm in (None, "Sa[1] 10:00-12:00", "Jul-Aug Mo 09:00-12:00", 'unknown "à vérifier"', "?"):
        assert semaine_ordinaire(lire(osm)) is None


@given(
    st.text(alphabet='MoTuWeThFrSaSuPH09:-,;[]/ "|+week', max_size=60),
    st.integers(min_value=0, max_value=4_000_000_000),
)
def test_aucune_chaine_ne_fait_lever(osm: str, instant: int) -> None:
    horaires = lire(osm)
    vue = situation(horaires, dt.datetime.fromtimestamp(instant, PARIS))
    assert mots.phrase(vue)
    assert (horaires is not None) or vue.etat is EtatOuverture.INCONNU
    semaine_ordinaire(horaires)
    mots.semaine(horaires)
    mots.precisions(horaires)
