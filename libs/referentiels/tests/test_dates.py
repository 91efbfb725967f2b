"""Un jour, en toutes lettres."""

import datetime as dt

from referentiels.dates import en_lettres


def test_le_premier_du_mois_est_ordinal_et_les_autres_non() -> None:
    assert en_lettres(dt.date(2026, 12, 1)) == "1er décembre 2026"
    assert en_lettres(dt.date(2026, 8, 21)) == "21 août 2026"
