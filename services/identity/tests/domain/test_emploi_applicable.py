"""Quel emploi vaut à une date : chaque cas de docs/domaine/identite.md §6.3."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import pytest
from identity.domain.emploi_applicable import emploi_applicable, libelle_du_contrat
from identity.domain.vocabulaire import TypeContrat


@dataclass(frozen=True)
class Emploi:
    nom: str
    debut: dt.date
    fin: dt.date | None = None
    temporaire: bool = False

    @property
    def emploi_id(self) -> UUID:
        return UUID(bytes=self.nom.encode().rjust(16, b"0"))


def jour(texte: str) -> dt.date:
    return dt.date.fromisoformat(texte)


A = Emploi("a", jour("2025-01-01"), jour("2025-06-30"))
B = Emploi("b", jour("2025-09-01"), jour("2025-12-31"))
OUVERT = Emploi("ouvert", jour("2025-03-01"))
TEMPORAIRE = Emploi("temporaire", jour("2026-02-01"), temporaire=True)


@pytest.mark.parametrize(
    ("emplois", "quand", "strict", "non_strict"),
    [
        ([], "2025-03-15", None, None),
        ([A, B], "2025-03-15", "a", "a"),
        ([A, B], "2025-01-01", "a", "a"),
        ([A, B], "2025-06-30", "a", "a"),
        ([A, B], "2025-07-15", None, "a"),
        ([A, B], "2024-12-31", None, "a"),
        ([A, B], "2025-09-01", "b", "b"),
        ([A, B], "2026-05-01", None, "b"),
        ([A, OUVERT], "2025-03-15", "ouvert", "ouvert"),
        ([A, OUVERT], "2025-02-15", "a", "a"),
        ([A, OUVERT], "2026-05-01", "ouvert", "ouvert"),
        ([TEMPORAIRE], "2020-01-01", "temporaire", "temporaire"),
        ([TEMPORAIRE], "2026-05-01", "temporaire", "temporaire"),
        ([A, B, TEMPORAIRE], "2026-05-01", "temporaire", "temporaire"),
        ([A, B, TEMPORAIRE], "2025-12-31", "b", "b"),
        ([A, B, TEMPORAIRE], "2025-07-15", None, "a"),
        ([OUVERT, TEMPORAIRE], "2026-05-01", "ouvert", "ouvert"),
        ([OUVERT, TEMPORAIRE], "2025-01-15", None, "ouvert"),
    ],
)
def test_l_emploi_qui_vaut_ce_jour_la(
    emplois: list[Emploi], quand: str, strict: str | None, non_strict: str | None
) -> None:
    for ordre in (emplois, emplois[::-1]):
        trouves = [emploi_applicable(ordre, jour(quand), strict=s) for s in (True, False)]
        assert [t and t.nom for t in trouves] == [strict, non_strict]


@pytest.mark.parametrize(
    ("type_contrat", "debut", "fin", "attendu"),
    [
        (None, "2025-01-01", None, None),
        (TypeContrat.CDI, "2025-01-01", None, "CDI"),
        (TypeContrat.CDI, "2025-01-01", "2025-12-31", "CDI"),
        (TypeContrat.CDD, "2025-01-01", None, "CDD"),
        (TypeContrat.CDD, "2025-01-01", "2025-06-30", "CDD - Durée 6 mois"),
        (TypeContrat.CDD, "2025-01-15", "2026-01-14", "CDD - Durée 12 mois"),
        (TypeContrat.CDD, "2025-11-17", "2027-11-16", "CDD - Durée 24 mois"),
        (TypeContrat.CDD, "2025-01-01", "2025-01-10", "CDD"),
        (TypeContrat.PROJET, "2025-01-01", "2026-12-31", "Contrat de projet"),
    ],
)
def test_un_contrat_se_lit(
    type_contrat: TypeContrat | None, debut: str, fin: str | None, attendu: str | None
) -> None:
    assert libelle_du_contrat(type_contrat, jour(debut), jour(fin) if fin else None) == attendu
