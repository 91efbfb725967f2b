"""The mutations of this folder: each is a patch that says what it breaks and names the tests to fail."""

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[3]
COPIED = ("libs/events", "conftest.py", "pyproject.toml")
"""What a mutated tree is made of: the rest comes from the environment."""
_TEST = "Essai : "


@dataclass(frozen=True, slots=True)
class Mutation:
    """name : of its file.   breaks : a sentence.   tests : pytest identifiers; all of them must fail."""

    name: str
    patch: Path
    breaks: str
    tests: tuple[str, ...]


def mutations(wanted: str = "", folder: Path = FOLDER) -> list[Mutation]:
    """Those whose name contains `wanted`, by name."""
    return [_read(patch) for patch in sorted(folder.glob("*.patch")) if wanted in patch.stem]


def _read(patch: Path) -> Mutation:
    head = patch.read_text(encoding="utf-8").partition("\n--- ")[0].splitlines()
    tests = tuple(line.removeprefix(_TEST) for line in head if line.startswith(_TEST))
    breaks = " ".join(line for line in head if not line.startswith(_TEST)).strip()
    return Mutation(patch.stem, patch, breaks, tests)


def apply(mutation: Mutation, tree: Path, *, check: bool = False) -> str:
    """Apply the patch to a tree, or only see whether it would. Returns why it cannot; empty when it can."""
    command = ["git", "apply", *(["--check"] if check else []), str(mutation.patch)]
    return subprocess.run(
        command, cwd=tree, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    ).stderr.strip()


def unknown_tests(mutation: Mutation, tree: Path = ROOT) -> Iterator[str]:
    """Those of its tests that are not, or no longer, in their file."""
    for test in mutation.tests:
        file, _, name = test.partition("::")
        if not (tree / file).is_file() or name not in _functions(tree / file):
            yield test


def _functions(file: Path) -> set[str]:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
