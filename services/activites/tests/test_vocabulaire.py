"""Les nomenclatures sont celles de docs/domaine/activites.md §3."""

import pytest
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Genre,
    Materiel,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)


@pytest.mark.parametrize(
    ("nomenclature", "nombre"),
    [
        (TypeActivite, 2),
        (Thematique, 30),
        (TypeLieu, 4),
        (Materiel, 5),
        (Autonomie, 3),
        (NiveauAtelier, 3),
        (StructureDeRedirection, 7),
        (Genre, 3),
        (TrancheAge, 8),
        (StatutSocial, 5),
    ],
)
def test_chaque_code_se_relit_et_a_un_libelle(nomenclature: type[Nomenclature], nombre: int):
    assert len(nomenclature) == nombre
    for membre in nomenclature:
        assert nomenclature(membre.value) is membre
        assert membre.value.isascii()
        assert membre.libelle
        assert str(membre) == membre.value


def test_onze_thematiques_sont_administratives_et_viennent_apres_les_autres():
    assert len(THEMATIQUES_ADMINISTRATIVES) == 11
    assert set(list(Thematique)[19:]) == THEMATIQUES_ADMINISTRATIVES
