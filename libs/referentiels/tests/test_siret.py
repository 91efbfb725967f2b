"""SIRET, SIREN, RNA, RIDET : un seul contrôle pour toute la plateforme."""

import json
from pathlib import Path

import pytest
from referentiels import siret
from referentiels.siret import CleFausse, MalForme, Nature, NumeroRefuse

CAS = [json.loads(ligne) for ligne in (Path(__file__).parent / "cas/pivots.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("13002603200016", "13002603200016"),
        ("130 026 032 00016", "13002603200016"),
        (" 130\u00a0026\u202f032\u2009000\t16\n", "13002603200016"),
        ("77556026100015", "77556026100015"),
        ("41816609600051.0", "41816609600051"),
    ],
)
def test_un_siret_juste_est_lu(texte: str, attendu: str) -> None:
    assert siret.lire_siret(texte).valeur == attendu


@pytest.mark.parametrize("texte", ["35600000000048", "35600000009075"])
def test_un_etablissement_de_la_poste_suit_luhn_ou_sa_propre_cle(texte: str) -> None:
    assert siret.lire_siret(texte).valeur == texte


@pytest.mark.parametrize("texte", ["35600000000000", "35600000000002", "35600000000049"])
def test_la_poste_n_excuse_pas_une_cle_fausse(texte: str) -> None:
    with pytest.raises(CleFausse):
        siret.lire_siret(texte)


@pytest.mark.parametrize(
    ("texte", "refus"),
    [
        ("13002603200017", CleFausse),
        ("77556026100016", CleFausse),
        ("12345678901235", CleFausse),
        ("00000000000000", CleFausse),
        ("11122233344455", CleFausse),  # la clé du SIRET est juste, celle de son SIREN ne l'est pas
        ("1300260320001", MalForme),
        ("130026032000160", MalForme),
        ("1300260320001A", MalForme),
        ("13002603200016.5", MalForme),
        ("130-026-032-00016", MalForme),
        ("", MalForme),
        ("１３００２６０３２０００１６", MalForme),
        ("١٣٠٠٢٦٠٣٢٠٠٠١٦", MalForme),
        ("1300260320001²", MalForme),
    ],
)
def test_un_siret_faux_est_refuse(texte: str, refus: type[NumeroRefuse]) -> None:
    with pytest.raises(refus):
        siret.lire_siret(texte)


def test_un_siren_a_neuf_chiffres_et_sa_cle() -> None:
    assert siret.lire_siren("130 026 032") == siret.Numero(Nature.SIREN, "130026032", ("espaces retirées",))
    for faux, refus in (("130026033", CleFausse), ("000000000", CleFausse), ("13002603", MalForme)):
        with pytest.raises(refus):
            siret.lire_siren(faux)


def test_un_numero_invente_avec_sa_cle_est_valide() -> None:
    siren = siret.avec_cle("99000000")
    assert siret.lire_siren(siren).valeur == siren
    etablissement = siret.avec_cle(f"{siren}0001")
    assert siret.lire_siret(etablissement).valeur == etablissement


@pytest.mark.parametrize(
    ("texte", "reparations"),
    [
        ("41816609600051", ()),
        ("418 166 096 00051", ("espaces retirées",)),
        ("41816609600051.0", ("« .0 » d’un tableur retiré",)),
        ("418.166.096-00051", ("points ou tirets retirés",)),
        ("w751234567", ("mis en capitales",)),
    ],
)
def test_une_reparation_est_dite(texte: str, reparations: tuple[str, ...]) -> None:
    assert siret.lire_pivot(texte).reparations == reparations


@pytest.mark.parametrize(
    ("texte", "departement", "nature"),
    [
        ("41816609600051", "31", Nature.SIRET),
        ("W9R2003255", "974", Nature.RNA),
        ("W751234567", None, Nature.RNA),
        ("1234567001", "988", Nature.RIDET),
        ("0 123 456.001", "988", Nature.RIDET),
        ("123456001", "987", Nature.RIDET),
        ("41816609600051", "988", Nature.SIRET),
    ],
)
def test_un_pivot_dit_ce_qu_il_est(texte: str, departement: str | None, nature: Nature) -> None:
    assert siret.lire_pivot(texte, departement).nature is nature


@pytest.mark.parametrize("departement", ["35", "974", None])
def test_neuf_chiffres_hors_du_pacifique_ne_sont_pas_un_ridet(departement: str | None) -> None:
    with pytest.raises(MalForme):
        siret.lire_pivot("213502388", departement)


@pytest.mark.parametrize("cas", CAS, ids=[c["id"] for c in CAS])
def test_pivots_des_sources_reelles(cas: dict[str, str | None]) -> None:
    try:
        lu = siret.lire_pivot(cas["entree"] or "").valeur
    except NumeroRefuse:
        lu = None
    assert lu == cas["attendu"]
