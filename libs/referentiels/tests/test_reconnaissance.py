"""Reconnaître une commune : du plus sûr au moins sûr, sans deviner."""

import pytest
from referentiels.reconnaissance import reconnaitre


@pytest.mark.parametrize(
    ("nom", "code_postal", "code_insee", "point", "attendu"),
    [
        ("MARSEILLE 11", "13011", None, None, ("13055", "13011")),
        ("Lyon 3EME", "69003", None, None, ("69123", "69003")),
        ("NANCY CEDEX", "54042", None, None, ("54395", "54042")),
        ("0NET LE CHATEAU", "12850", None, None, ("12176", "12850")),
        ("LOUHANS", "71500", None, (46.63, 5.22), ("71263", "71500")),
        ("MEUDON LA FORET", "92360", None, None, ("92048", "92360")),
        ("BOUIRGES", "18000", None, None, ("18033", "18000")),
        ("Moissac", "48110", None, None, ("48097", "48110")),
        ("Marseille 2e", "13002", "13202", None, ("13055", "13002")),
        ("", None, "2A004", None, ("2A004", "20000")),
        ("", None, "75111", None, ("75056", "75001")),
        ("Belley", "01300", "01126", None, ("01034", "01300")),
    ],
)
def test_une_commune_mal_ecrite_est_reconnue(
    nom: str,
    code_postal: str | None,
    code_insee: str | None,
    point: tuple[float, float] | None,
    attendu: tuple[str, str],
) -> None:
    trouvee = reconnaitre(nom, code_postal, code_insee, point)
    assert trouvee is not None
    assert (trouvee.commune.code, trouvee.code_postal) == attendu


@pytest.mark.parametrize(
    ("nom", "code_postal"),
    [("62300", "62300x"), ("Plan du Var", "06670"), ("Sainte-Marie", None), ("", None), ("%", "00000")],
)
def test_une_commune_incertaine_n_est_pas_devinee(nom: str, code_postal: str | None) -> None:
    assert reconnaitre(nom, code_postal, None) is None


def test_une_homonyme_d_un_autre_departement_n_est_pas_choisie_loin_du_point() -> None:
    trouvee = reconnaitre("Cravant", "89460", None, (47.68, 3.69))
    assert trouvee is not None
    assert trouvee.commune.departement == "89"
