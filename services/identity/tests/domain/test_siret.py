import pytest
from events.decider import Refusal
from identity.domain import siret


def test_un_siret_juste_est_normalise() -> None:
    assert siret.normaliser(" 130\u00a0026\u202f032 00016\n") == "13002603200016"


@pytest.mark.parametrize(
    ("texte", "refus"),
    [
        ("13002603200017", siret.SiretInvalide),
        ("11122233344455", siret.SiretInvalide),
        ("35600000000002", siret.SiretInvalide),
        ("1300260320001", siret.SiretMalForme),
        ("", siret.SiretMalForme),
    ],
)
def test_un_siret_faux_est_refuse_avec_son_motif(texte: str, refus: type[Refusal]) -> None:
    with pytest.raises(refus):
        siret.normaliser(texte)
    assert siret.valide_ou_none(texte) is None


def test_le_meme_siret_donne_toujours_la_meme_structure() -> None:
    assert str(siret.structure_de("13002603200016")) == "5f069e97-777e-5c49-b69d-e130d941f3c7"
    assert siret.structure_de("13002603200016") != siret.structure_de("35600000000048")
