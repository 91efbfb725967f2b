"""What is written in the repository about the contracts, and what it should be."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from events.types import Json
from pydantic import ValidationError

from contracts.publish import asyncapi, catalogue, markdown
from contracts.publish.catalogue import Publication
from contracts.publish.compatibility import incompatibilities
from contracts.publish.examples import example_of
from contracts.publish.rules import broken_rules
from contracts.publish.schema import json_schema
from contracts.question import Question

SCHEMAS = Path("tests/contracts/schemas")
EXAMPLES = Path("tests/contracts/examples")
DOCS = Path("docs/contrats")
_FILE = re.compile(r"(?P<name>[a-z]+\.[A-Za-z0-9]+\.v\d+)(\.[a-z0-9-]+)?\.json")
"""`<service>.<Event>.v<n>.json`, or for further examples `<service>.<Event>.v<n>.<label>.json`."""


@dataclass(slots=True)
class Outcome:
    """faults : French sentences, none when all is well. written : files written, relative to the root."""

    faults: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)


def check(root: Path, modules: dict[str, ModuleType]) -> Outcome:
    """Compare the files with the code. Writes nothing."""
    outcome = Outcome(_refusals(root, modules))
    publications = catalogue.discover(modules)
    examples = {p.name: _read_example(root, p) or example_of(p) for p in publications}
    for publication in publications:
        if not (root / EXAMPLES / f"{publication.name}.json").exists():
            outcome.faults.append(f"{EXAMPLES}/{publication.name}.json : il manque (make events)")
    broken = {fault.split(" : ")[0] for fault in outcome.faults}
    for path, text in _generated(publications, catalogue.questions(modules), examples).items():
        file = root / path
        if not file.exists():
            outcome.faults.append(f"{path} : il manque (make events)")
        elif file.read_text(encoding="utf-8") != text and str(path) not in broken:
            outcome.faults.append(f"{path} : ne dit plus la même chose que le code (make events)")
    outcome.faults += _unreadable_examples(root, publications) + _orphans(root, publications)
    return outcome


def write(root: Path, modules: dict[str, ModuleType]) -> Outcome:
    """Write what is missing or out of date. Refuses an incompatible change; deletes nothing."""
    outcome = Outcome(_refusals(root, modules))
    if outcome.faults:
        return outcome
    publications = catalogue.discover(modules)
    examples: dict[str, Json] = {}
    for publication in publications:
        kept = _read_example(root, publication)
        examples[publication.name] = kept or example_of(publication)
        if kept is None:
            _write(root, EXAMPLES / f"{publication.name}.json", _json(examples[publication.name]), outcome)
    for path, text in _generated(publications, catalogue.questions(modules), examples).items():
        _write(root, path, text, outcome)
    outcome.faults += _unreadable_examples(root, publications) + _orphans(root, publications)
    return outcome


def _refusals(root: Path, modules: dict[str, ModuleType]) -> list[str]:
    """What `write` must not paper over: broken rules, and published contracts changed incompatibly."""
    faults = broken_rules(modules)
    for publication in catalogue.discover(modules):
        path = SCHEMAS / f"{publication.name}.json"
        if not (root / path).exists():
            continue
        snapshot = _read_object(root / path)
        if snapshot is None:
            faults.append(f"{path} : illisible")
            continue
        reasons = incompatibilities(snapshot, json_schema(publication))
        if reasons:
            following = f"{publication.event}V{publication.version + 1}"
            faults.append(
                f"{path} : changement incompatible ({' ; '.join(reasons)}) : publiez {following} à côté de"
                f" {publication.contract.__name__} (jamais publié ? supprimez ce fichier, puis make events)"
            )
    return faults


def _generated(
    publications: list[Publication], questions: list[Question[Any, Any]], examples: dict[str, Json]
) -> dict[Path, str]:
    files = {SCHEMAS / f"{p.name}.json": _json(json_schema(p)) for p in publications}
    document = asyncapi.document(publications, questions, examples)
    # FastStream keeps its publishers in a set: only sorted keys are always the same.
    files[DOCS / "asyncapi.json"] = _json(document, sort_keys=True)
    files[DOCS / "README.md"] = markdown.render(publications, examples)
    return files


def _read_example(root: Path, publication: Publication) -> Json | None:
    """The example of the repository, if it is there and still valid."""
    file = root / EXAMPLES / f"{publication.name}.json"
    return _read_object(file) if file.exists() and _fault_of(file, publication) is None else None


def _unreadable_examples(root: Path, publications: list[Publication]) -> list[str]:
    by_name = {p.name: p for p in publications}
    faults: list[str] = []
    for file in _files(root / EXAMPLES):
        named = _FILE.fullmatch(file.name)
        publication = by_name.get(named["name"]) if named else None
        reason = _fault_of(file, publication) if publication else None
        if publication and reason:
            faults.append(
                f"{EXAMPLES}/{file.name} : {publication.contract.__name__} ne lit plus cet ancien message"
                f" ({reason}) : publiez {publication.event}V{publication.version + 1}"
            )
    return faults


def _fault_of(file: Path, publication: Publication) -> str | None:
    try:
        publication.contract.model_validate_json(file.read_bytes())
    except ValidationError as error:
        return " ; ".join(f"/{'/'.join(map(str, e['loc']))} {e['type']}" for e in error.errors())
    return None


def _orphans(root: Path, publications: list[Publication]) -> list[str]:
    names = {p.name for p in publications}
    faults: list[str] = []
    for folder in (SCHEMAS, EXAMPLES):
        for file in _files(root / folder):
            named = _FILE.fullmatch(file.name)
            labelled = named is not None and named[2] is not None and folder == SCHEMAS
            if named is None or labelled or named["name"] not in names:
                faults.append(
                    f"{folder}/{file.name} : orphelin, aucun contrat ne porte ce nom (les flux gardent ses"
                    " messages : remettez la classe, ou supprimez ce fichier en connaissance de cause)"
                )
    return faults


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.is_file()) if folder.exists() else []


def _read_object(file: Path) -> Json | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return cast(Json, found) if isinstance(found, dict) else None


def _json(value: Json, *, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=sort_keys) + "\n"


def _write(root: Path, path: Path, text: str, outcome: Outcome) -> None:
    file = root / path
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    outcome.written.append(path)
