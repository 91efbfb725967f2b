import pytest
from identity.api import return_to


@pytest.mark.parametrize(
    "chemin", ["/", "/auth/accueil", "/activites?mois=2026-09&lieu=%C3%A9", "/a/b#c", "/" + "a" * 511]
)
def test_un_chemin_local_est_garde(chemin: str) -> None:
    assert return_to.safe(chemin) == chemin


@pytest.mark.parametrize(
    "chemin",
    [
        None,
        "",
        "a",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/a\\b",
        "/%5Cevil.example",
        "/%2Fevil.example",
        "/%252Fevil.example",
        "/%25252525252fevil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/%2509/evil.example",
        "/a%0d%0aSet-Cookie:x",
        "/a\r\nSet-Cookie:x",
        "/a%00b",
        "/a%C2%85b",
        "@evil.example",
        ".evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        " /a",
        "/a b",
        "/é",
        "/" + "a" * 512,
        "/" + "a" * 10_000,
    ],
)
def test_tout_le_reste_mene_a_l_accueil(chemin: str | None) -> None:
    assert return_to.safe(chemin) == "/"
