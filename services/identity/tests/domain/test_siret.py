import pytest
from events.decider import Refusal
from identity.domain import siret


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("13002603200016", "13002603200016"),
        ("130 026 032 00016", "13002603200016"),
        (" 130\u00a0026\u202f032\u2009000\t16\n", "13002603200016"),
        ("35600000000048", "35600000000048"),
        ("35600000009075", "35600000009075"),
        ("35600000000000", "35600000000000"),
    ],
)
def test_un_siret_juste_est_normalise(texte: str, attendu: str) -> None:
    assert siret.normaliser(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "refus"),
    [
        ("13002603200017", siret.SiretInvalide),
        ("00000000000000", siret.SiretInvalide),
        ("1300260320001", siret.SiretMalForme),
        ("130026032000160", siret.SiretMalForme),
        ("1300260320001A", siret.SiretMalForme),
        ("", siret.SiretMalForme),
        ("１３００２６０３２０００１６", siret.SiretMalForme),
        ("١٣٠٠٢٦٠٣٢٠٠٠١٦", siret.SiretMalForme),
        ("1300260320001²", siret.SiretMalForme),
    ],
)
def test_un_siret_faux_est_refuse(texte: str, refus: type[Refusal]) -> None:
    with pytest.raises(refus):
        siret.normaliser(texte)
    assert siret.valide_ou_none(texte) is None


def test_le_meme_siret_donne_toujours_la_meme_structure() -> None:
    assert str(siret.structure_de("13002603200016")) == "5f069e97-777e-5c49-b69d-e130d941f3c7"
    assert siret.structure_de("13002603200016") != siret.structure_de("35600000000048")
