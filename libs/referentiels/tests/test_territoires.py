"""Le département d'une commune, le fuseau et le jour civil d'un territoire."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from referentiels import communes
from referentiels.territoires import (
    departement_de,
    departements,
    epci,
    fuseau_de,
    instant_de,
    jour_civil,
    regions,
)


@pytest.mark.parametrize(
    ("code", "departement"),
    [
        ("75056", "75"), ("69123", "69"), ("01053", "01"), ("09122", "09"), ("2A004", "2A"), ("2b033", "2B"),
        ("97105", "971"), ("97209", "972"), ("97608", "976"), ("98818", "988"), ("75111", "75"),
        ("97123", "977"),  # Saint-Barthélemy était en Guadeloupe
        ("29999", "29"), ("97199", "971"),
    ],
)  # fmt: skip
def test_le_departement_d_une_commune(code: str, departement: str) -> None:
    assert departement_de(code) == departement


def test_les_codes_des_tableaux_se_repondent() -> None:
    assert {d.region for d in departements().values()} <= regions().keys()
    for commune in communes.toutes():
        assert commune.departement in departements()
        assert commune.region == departements()[commune.departement].region
        assert not commune.epci or commune.epci in epci()


@pytest.mark.parametrize(
    ("code", "fuseau"),
    [
        ("29019", "Europe/Paris"), ("2A", "Europe/Paris"), (None, "Europe/Paris"), ("", "Europe/Paris"),
        ("988", "Pacific/Noumea"), ("98818", "Pacific/Noumea"), ("97105", "America/Guadeloupe"),
        ("972", "America/Martinique"), ("97302", "America/Cayenne"), ("974", "Indian/Reunion"),
        ("97502", "America/Miquelon"), ("97123", "America/St_Barthelemy"), ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"), ("98719", "Pacific/Gambier"),
    ],
)  # fmt: skip
def test_le_fuseau_d_un_territoire(code: str | None, fuseau: str) -> None:
    assert fuseau_de(code) == fuseau


def test_tout_departement_a_un_fuseau_qui_existe() -> None:
    outre_mer = [code for code in departements() if len(code) == 3]
    for code in outre_mer:
        assert fuseau_de(code) != "Europe/Paris"
        ZoneInfo(fuseau_de(code))


@pytest.mark.parametrize(
    ("instant", "code", "jour"),
    [
        ("2026-07-27T20:46:00+00:00", "988", "2026-07-28"),  # Nouméa, 7 h 46 le 28
        ("2026-07-27T20:46:00+00:00", "75", "2026-07-27"),
        ("2026-07-28T02:00:00+00:00", "972", "2026-07-27"),  # les Antilles ne sont pas encore demain
        ("2026-07-28T02:00:00+00:00", "974", "2026-07-28"),
        ("2026-07-28T09:20:00+00:00", "98731", "2026-07-27"),  # Marquises, 23 h 50
        ("2026-12-31T23:30:00+00:00", "75", "2027-01-01"),
        ("2026-07-28T06:00:00+08:00", "75", "2026-07-28"),
    ],
)
def test_le_jour_civil_est_celui_du_territoire(instant: str, code: str, jour: str) -> None:
    assert jour_civil(dt.datetime.fromisoformat(instant), fuseau_de(code)) == dt.date.fromisoformat(jour)


def test_un_instant_sans_decalage_n_a_pas_de_jour_civil() -> None:
    with pytest.raises(ValueError, match="sans fuseau"):
        jour_civil(dt.datetime.fromisoformat("2026-07-28T12:00:00"), "Europe/Paris")


@pytest.mark.parametrize(
    ("jour", "heure", "code", "instant"),
    [
        ("2026-11-28", "00:00", "98818", "2026-11-27T13:00:00+00:00"),
        ("2026-01-15", "02:00", "75056", "2026-01-15T01:00:00+00:00"),
        ("2026-07-15", "02:00", "75056", "2026-07-15T00:00:00+00:00"),
    ],
)
def test_une_heure_d_un_jour_civil_est_un_instant(jour: str, heure: str, code: str, instant: str) -> None:
    lu = instant_de(dt.date.fromisoformat(jour), fuseau_de(code), dt.time.fromisoformat(heure))
    assert lu.isoformat() == instant
