"""docs/api: what each service answers, and all of them in one document, as OpenAPI."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from events.types import Json
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

DOCS = Path("docs/api")
WHOLE = DOCS / "plateforme.json"


class TwoMeanings(Exception):
    """Two services say different things under one name. Its text: a French sentence."""


def documents(apps: Mapping[str, FastAPI]) -> dict[Path, Json]:
    """The description of each service, and the one of the platform. Raises TwoMeanings."""
    own = {DOCS / f"{service}.json": app.openapi() for service, app in apps.items()}
    return own | {WHOLE: merged(own)}


def merged(documents: Mapping[Path, Json]) -> Json:
    """One document: a path is one service's, a schema of several the same in all. Raises TwoMeanings."""
    paths: Json = {}
    components: dict[str, Json] = {}
    for source, document in documents.items():
        _add(paths, document["paths"], f"{source.name} : le chemin")
        for kind, found in document["components"].items():
            _add(components.setdefault(kind, {}), found, f"{source.name} : components/{kind}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "La Coop – Plateforme", "version": "1"},
        "paths": paths,
        "components": components,
    }


def render(document: Json) -> str:
    """As it is written: the same document is always the same text."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def faults(document: Json) -> tuple[str, ...]:
    """Where a document is not OpenAPI 3.1, and why; twice the same operationId too."""
    return _faults(render(document))


@cache
def _faults(text: str) -> tuple[str, ...]:
    """It takes seconds: once for the same text."""
    errors = OpenAPIV31SpecValidator(json.loads(text)).iter_errors()
    return tuple(f"/{'/'.join(map(str, error.absolute_path))} : {error.message}" for error in errors)


def _add(into: Json, found: Mapping[str, Any], where: str) -> None:
    for name, value in found.items():
        if into.setdefault(name, value) != value:
            raise TwoMeanings(f"{where} {name} dit autre chose que celui d'un autre service : renommez-le")
