"""Les nomenclatures sont celles de docs/domaine/activites.md §3 et §4."""

import pytest
from activites.domain.coordination_vocabulaire import (
    EchelonTerritorial,
    Initiative,
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
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
        (TypeCoordination, 3),
        (TypeAnimation, 7),
        (Initiative, 2),
        (ThematiqueAnimation, 6),
        (TypeEvenement, 5),
        (Organisateur, 11),
        (TypePartenaire, 10),
        (EchelonTerritorial, 5),
        (NaturePartenariat, 5),
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


def test_un_partenaire_peut_etre_tout_ce_qu_est_un_organisateur_sauf_la_structure_de_la_personne():
    organisateurs = [(o.value, o.libelle) for o in Organisateur if o is not Organisateur.MA_STRUCTURE]
    assert [(t.value, t.libelle) for t in TypePartenaire] == organisateurs
