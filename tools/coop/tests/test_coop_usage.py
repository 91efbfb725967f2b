"""L’aide de `coop` est en français de bout en bout, et nomme chaque commande dans la documentation."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from coop.__main__ import analyseur, main

ANGLAIS = re.compile(
    r"\b(usage:|show this|help message|positional|required|argument:|invalid|error:|default|optional|the)\b"
)
RACINE = Path(__file__).resolve().parents[3]


def tous(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            for choice in action.choices.values():
                yield from tous(choice)


@pytest.fixture(autouse=True)
def _mots() -> Iterator[None]:
    words = {name: vars(argparse)[name] for name in ("_", "ngettext")}
    yield
    for name, word in words.items():
        setattr(argparse, name, word)


def test_l_aide_de_chaque_commande_est_en_francais() -> None:
    parsers = list(tous(analyseur()))
    assert len(parsers) >= 20
    for parser in parsers:
        text = parser.format_help()
        assert not ANGLAIS.search(text), (parser.prog, ANGLAIS.search(text))
        assert "montre cette aide" in text


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["inconnue"],
        ["projections", "lag", "--seuil", "beaucoup"],
        ["evenements"],
        ["evenements", "--service", "autre"],
        ["evenements", "--service", "equipes", "--limite"],
        ["effacer", "identity", "compte", "pas-un-uuid", "--motif", "x"],
        ["cles", "list", "--quoi"],
    ],
)
def test_une_erreur_d_usage_est_dite_en_francais_et_donne_le_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said
    assert not ANGLAIS.search(said), said


def test_chaque_commande_est_dans_la_documentation_d_exploitation() -> None:
    text = (RACINE / "docs/exploitation.md").read_text()
    for parser in tous(analyseur()):
        if not any(isinstance(a, argparse._SubParsersAction) for a in parser._actions):  # pyright: ignore[reportPrivateUsage]
            assert parser.prog in text, parser.prog
