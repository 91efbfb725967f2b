"""Quelle structure emploie à une date : docs/domaine/identite.md §6.3, mode non strict."""

import datetime as dt
from uuid import UUID

import pytest
from activites.domain.emploi import Emploi, emploi_du_jour
from activites.domain.vocabulaire import StructureId

MAIRIE, ASSOCIATION = StructureId(UUID(int=1)), StructureId(UUID(int=2))
PREMIER = Emploi(UUID(int=10), MAIRIE, dt.date(2022, 3, 1))
SECOND = Emploi(UUID(int=11), ASSOCIATION, dt.date(2024, 9, 1))


@pytest.mark.parametrize("emplois", [[PREMIER, SECOND], [SECOND, PREMIER]])
@pytest.mark.parametrize(
    ("jour", "structure"),
    [
        (dt.date(2021, 1, 1), MAIRIE),  # before the first: the first
        (dt.date(2022, 3, 1), MAIRIE),  # its first day
        (dt.date(2024, 8, 31), MAIRIE),  # a gap, or the last day before the second
        (dt.date(2024, 9, 1), ASSOCIATION),
        (dt.date(2030, 1, 1), ASSOCIATION),  # long after the end: still the last one
    ],
)
def test_la_structure_est_celle_du_dernier_emploi_commence(
    emplois: list[Emploi], jour: dt.date, structure: StructureId
):
    retenu = emploi_du_jour(emplois, jour)
    assert retenu is not None
    assert retenu.structure_id == structure


def test_sans_emploi_il_n_y_a_pas_de_structure():
    assert emploi_du_jour([], dt.date(2024, 1, 1)) is None


def test_deux_emplois_commences_le_meme_jour_donnent_toujours_la_meme_structure():
    jumeau = Emploi(UUID(int=12), MAIRIE, SECOND.debut)
    jour = dt.date(2025, 1, 1)
    assert emploi_du_jour([SECOND, jumeau], jour) == emploi_du_jour([jumeau, SECOND], jour)
