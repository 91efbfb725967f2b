"""Les mois sont civils."""

import datetime as dt

import pytest
from referentiels.calendrier import decaler


@pytest.mark.parametrize(
    ("jour", "mois", "attendu"),
    [
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2027, 8, 31), 6, dt.date(2028, 2, 29)),
        (dt.date(2026, 4, 30), -2, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 15), -2, dt.date(2025, 11, 15)),
        (dt.date(2026, 12, 1), 1, dt.date(2027, 1, 1)),
    ],
)
def test_les_mois_sont_civils(jour: dt.date, mois: int, attendu: dt.date) -> None:
    assert decaler(jour, mois) == attendu
