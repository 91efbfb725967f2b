"""`make mutations` : each mutation in a copy of the engine, and whether its tests see it.

Ends with an error unless every mutation is caught. A mutation whose test cannot even start proves nothing.
"""

import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from events.ops.servers import start_nats, start_postgres

from mutations.catalogue import COPIED, FOLDER, ROOT, Mutation, apply, mutations

CAUGHT, SURVIVED = "prise", "survivante"
STALE, BROKEN = "ne s'applique plus", "essai en erreur"
_LIBRARIES = (
    "asyncpg",
    "cryptography.hazmat.primitives.ciphers.aead",
    "msgspec",
    "nats.js.client",
    "prometheus_client",
    "pydantic",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "structlog",
)
"""What the engine imports and the mutations do not touch. None of a pytest plugin: it wants to come first."""
_SAID = "sortie.txt"
_SECONDS = 300.0
"""For the tests of one mutation, beyond which they say nothing."""


class Verdict(NamedTuple):
    """said : one of the words above.   why : when it is not caught."""

    said: str
    seconds: float
    why: str = ""


def main(wanted: str, folder: Path = FOLDER) -> int:
    """wanted : what the names of the mutations to try contain."""
    chosen = mutations(wanted, folder)
    if not chosen:
        print(f"Aucune mutation dont le nom contienne « {wanted} ».")
        return 2
    for library in _LIBRARIES:
        importlib.import_module(library)
    width = max(len(mutation.name) for mutation in chosen)
    caught = 0
    with servers() as addresses:
        for mutation in chosen:
            verdict = tried(mutation, addresses)
            caught += verdict.said == CAUGHT
            print(f"{mutation.name:{width}}  {verdict.said:18}  {verdict.seconds:6.1f} s  {verdict.why}")
    print(f"\nPrises : {caught} sur {len(chosen)}.")
    return 0 if caught == len(chosen) else 1


@contextmanager
def servers() -> Generator[dict[str, str]]:
    """The servers that all the tests share, as the variables that name them: those given, or ours."""
    with tempfile.TemporaryDirectory(prefix="coop-mutations-") as folder:
        ours = {
            "DATABASE_URL": lambda: start_postgres(Path(folder, "postgres")),
            "NATS_URL": lambda: start_nats(Path(folder, "nats")),
        }
        started = {name: start() for name, start in ours.items() if name not in os.environ}
        try:
            yield {name: server.url for name, server in started.items()}
        finally:
            for server in started.values():
                server.stop()


def tried(mutation: Mutation, addresses: dict[str, str]) -> Verdict:
    """The mutation in a copy of its own, never in the tree itself."""
    started = time.perf_counter()

    def verdict(said: str, why: str = "") -> Verdict:
        return Verdict(said, time.perf_counter() - started, why)

    with tempfile.TemporaryDirectory(prefix="coop-mutation-") as folder:
        tree = Path(folder)
        copy(tree)
        if refusal := apply(mutation, tree):
            return verdict(STALE, refusal.splitlines()[0])
        report = tree / "essais.xml"
        run([*mutation.tests, f"--junitxml={report}"], tree, addresses)
        if not report.is_file():
            return verdict(BROKEN, last_words(tree))
        outcomes = read(report)
    if lost := [test for test in mutation.tests if outcomes.get(_key(test), "error") == "error"]:
        return verdict(BROKEN, " ".join(lost))
    if passed := [test for test in mutation.tests if outcomes[_key(test)] == "passed"]:
        return verdict(SURVIVED, " ".join(passed))
    return verdict(CAUGHT)


def copy(tree: Path) -> None:
    """What is already compiled comes too: only the mutated module is compiled again."""
    for name in COPIED:
        source, target = ROOT / name, tree / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)


def run(arguments: list[str], tree: Path, addresses: dict[str, str]) -> None:
    """In a child that finds the libraries imported already: they cost more than most tests."""
    if (child := os.fork()) == 0:
        try:
            _test(arguments, tree, addresses)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(0)
    until = time.monotonic() + _SECONDS
    try:
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.02)
    except BaseException as error:
        # With whatever its tests had started: the group is ours.
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if not isinstance(error, TimeoutError):
            raise


def _test(arguments: list[str], tree: Path, addresses: dict[str, str]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    said = os.open(tree / _SAID, os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("events", "mutations")]:
        del sys.modules[name]
    source = str(tree / "libs/events/src")
    sys.path.insert(0, source)
    # For the processes that tests start.
    os.environ |= {**addresses, "PYTHONPATH": source}
    os.chdir(tree)
    pytest.main(arguments)


def last_words(tree: Path) -> str:
    """Of a pytest that wrote no report."""
    lines = (tree / _SAID).read_text(encoding="utf-8").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "pytest n'a rien dit")


def read(report: Path) -> dict[str, str]:
    """Outcome of each test function: `failed` once one of its cases fails, else `error`, else `passed`."""
    found: dict[str, set[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        tags = {child.tag for child in case}
        outcome = "failed" if "failure" in tags else "error" if tags & {"error", "skipped"} else "passed"
        module = case.attrib["classname"].rpartition(".")[2]
        found.setdefault(f"{module}::{case.attrib['name'].partition('[')[0]}", set()).add(outcome)
    return {
        name: next(o for o in ("failed", "error", "passed") if o in outcomes)
        for name, outcomes in found.items()
    }


def _key(test: str) -> str:
    file, _, name = test.partition("::")
    return f"{Path(file).stem}::{name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
