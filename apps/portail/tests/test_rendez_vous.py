"""Les rendez-vous parmi les activités : chacun un jour, sur une seule page de la liste."""

import datetime as dt
from typing import Any

import pytest
from portail.rendez_vous import montres, par_journees

MAINTENANT = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
STATUTS = {
    "unknown": "À venir",
    "seen": "Honoré",
    "noshow": "Absence",
    "excused": "Excusé",
    "revoked": "Annulé",
}


def _rdv(debut: str, statut: str = "unknown") -> dict[str, Any]:
    return {"debut": debut, "statut": statut, "participants": [], "a_rendre": True}


@pytest.mark.parametrize(
    ("rdv", "jour", "mots", "gestes"),
    [
        (_rdv("2026-11-29T09:00:00Z"), "2026-11-29", "Passé", {"seen", "noshow", "excused", "revoked"}),
        (_rdv("2026-11-29T23:30:00Z"), "2026-11-30", "À venir", {"excused", "revoked"}),
        (_rdv("2026-11-28T09:00:00Z", "noshow"), "2026-11-28", "Absence", {"seen", "excused", "revoked"}),
    ],
)
def test_un_rendez_vous_a_venir_ne_peut_qu_etre_annule(
    rdv: dict[str, Any], jour: str, mots: str, gestes: set[str]
) -> None:
    [lu] = montres([rdv], STATUTS, "Europe/Paris", MAINTENANT)
    assert (lu["jour"], lu["mots"], lu["gestes"].keys()) == (jour, mots, gestes)


def _jours(activites: list[str], rdvs: list[str], **ou: bool) -> list[tuple[str, int, int]]:
    lus = par_journees([{"date": jour} for jour in activites], [{"jour": jour} for jour in rdvs], **ou)
    return [(jour, len(du_jour), len(les_rdv)) for jour, du_jour, les_rdv in lus]


def test_un_jour_de_rendez_vous_se_glisse_entre_les_jours_d_activites() -> None:
    attendu = [("12", 0, 1), ("11", 2, 0), ("10", 1, 1), ("08", 0, 1)]
    activites, rdvs = ["11", "11", "10"], ["08", "10", "12"]
    assert _jours(activites, rdvs, recentes=True, avant=False, apres=False) == attendu
    assert _jours(activites[::-1], rdvs, recentes=False, avant=False, apres=False) == attendu[::-1]
    assert _jours([], ["08"], recentes=True, avant=False, apres=False) == [("08", 0, 1)]


@pytest.mark.parametrize("recentes", [True, False])
def test_sur_plusieurs_pages_chaque_rendez_vous_est_une_fois(recentes: bool) -> None:
    pages = [["12", "10"], ["10", "09"], ["09", "07"]]
    rdvs = ["05", "07", "08", "09", "10", "11", "13"]
    if not recentes:
        pages = [page[::-1] for page in pages[::-1]]
    vus = [
        jour
        for rang, page in enumerate(pages)
        for jour, _, combien in _jours(page, rdvs, recentes=recentes, avant=rang > 0, apres=rang < 2)
        for _ in range(combien)
    ]
    assert sorted(vus) == rdvs
