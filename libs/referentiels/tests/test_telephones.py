"""Lire des numéros tels qu'on les écrit, sans en inventer ni en perdre sans le dire."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referentiels.telephones import Telephones, lire_telephones

CAS = [
    json.loads(ligne) for ligne in (Path(__file__).parent / "cas/telephones.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize(
    ("texte", "departement", "numeros"),
    [
        ("05 61 02 03 04", "09", ("+33561020304",)),
        ("+33 (0)5 61 02 03 04", "09", ("+33561020304",)),
        ("+330561020304", "09", ("+33561020304",)),
        ("561020304", "09", ("+33561020304",)),
        ("04-50-22-09-07", "74", ("+33450220907",)),
        ("04/50/22/09/07", "74", ("+33450220907",)),
        ("0590 41 74 97", "971", ("+590590417497",)),
        ("0594 29 68 00", None, ("+594594296800",)),
        ("06 11 22 33 44", "974", ("+33611223344",)),
        ("28 53 35", "988", ("+687285335",)),
        ("40 41 42 43", "987", ("+68940414243",)),
        ("28 53 35", "35", ()),
        ("36 46", "71", ()),
        ("'; drop table lieux", "09", ()),
        ("", "09", ()),
        ("0" * 5000, "09", ()),
        ("(" * 50_000, "09", ()),
    ],
)
def test_un_numero_est_international_ou_absent(
    texte: str, departement: str, numeros: tuple[str, ...]
) -> None:
    assert lire_telephones(texte, departement).numeros == numeros


@pytest.mark.parametrize(
    ("texte", "departement", "numero"),
    [
        ("+33594296800", "973", "+594594296800"),
        ("+33 594 29 68 00", None, "+594594296800"),
        ("+33 262 20 01 02", "974", "+262262200102"),
        ("0033590417497", "971", "+590590417497"),
        ("+33692123456", "974", "+262692123456"),
        ("+269269601282", "976", "+262269601282"),
    ],
)
def test_un_numero_d_outre_mer_sous_l_indicatif_d_ailleurs_est_repare_et_dit(
    texte: str, departement: str | None, numero: str
) -> None:
    lu = lire_telephones(texte, departement)
    assert lu == Telephones((numero,), reparations=("indicatif d’outre-mer rétabli",))


@pytest.mark.parametrize(
    "texte",
    [
        "02 99 01 02 03 (accueil) 06 11 22 33 44",
        "02.99.01.02.03 / 06.11.22.33.44",
        "0299010203 0611223344",
        "0299010203-0611223344",
        "accueil : 02 99 01 02 03 ou 06 11 22 33 44",
        "+33299010203 +33611223344",
    ],
)
def test_deux_numeros_sont_gardes(texte: str) -> None:
    assert lire_telephones(texte, "35") == Telephones(("+33299010203", "+33611223344"))


def test_ce_qui_n_est_pas_lu_est_rendu() -> None:
    assert lire_telephones("05 61 02 03 04 / 12", "09") == Telephones(("+33561020304",), ("12",))
    assert lire_telephones("36 46", "71") == Telephones((), ("36 46",))


@pytest.mark.parametrize("cas", CAS, ids=[c["id"] for c in CAS])
def test_telephones_des_sources_reelles(cas: dict[str, str]) -> None:
    assert next(iter(lire_telephones(cas["entree"], None).numeros), None) == cas["attendu"]


@given(st.text(alphabet="0123456789+()-./ ou,;", max_size=60))
def test_tout_numero_lu_est_en_e164(texte: str) -> None:
    for numero in lire_telephones(texte, "974").numeros:
        assert numero.startswith("+")
        assert numero[1:].isdigit()
        assert lire_telephones(numero, None).numeros == (numero,)
