"""The OpenAPI document: French problems instead of FastAPI's default 422, refusals at their real status."""

from collections.abc import Mapping
from typing import Any

from events.decider import Refusal
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.problems import MEDIA_TYPE

_PROBLEM: dict[str, Any] = {
    "title": "Probleme",
    "description": "RFC 9457. `type` nomme la raison : elle ne change pas, les textes peuvent changer.",
    "type": "object",
    "required": ["type", "title", "status", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/problemes/DateDansLeFutur"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "erreurs": {
            "type": "array",
            "description": "Tout ce qui est à corriger, chaque faute avec son champ",
            "items": {
                "type": "object",
                "required": ["message", "type"],
                "properties": {
                    "pointeur": {"type": "string", "description": "JSON Pointer dans le corps envoyé"},
                    "parametre": {"type": "string", "description": "Nom, hors du corps"},
                    "dans": {"type": "string", "enum": ["query", "path", "header", "cookie"]},
                    "message": {"type": "string"},
                    "type": {"type": "string", "description": "Nom du refus, ou de la règle de forme"},
                },
            },
        },
    },
}
REF_TEMPLATE = "#/components/schemas/{model}"
"""For `model_json_schema` of what a route answers besides its response model."""
_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Probleme"}}}


def install(app: FastAPI, statuses: Mapping[type[Refusal], int]) -> None:
    """Replace app.openapi. statuses : the table of refusals, 409 unless listed."""
    by_name = {refusal.__name__: str(status) for refusal, status in statuses.items()}

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            built = get_openapi(title=app.title, version=app.version, routes=app.routes, summary=app.summary)
            schemas = built.setdefault("components", {}).setdefault("schemas", {})
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            schemas["Probleme"] = _PROBLEM
            for operations in built["paths"].values():
                for operation in operations.values():
                    _rewrite(operation, by_name)
                    schemas.update(_definitions(operation))
            app.openapi_schema = built
        return app.openapi_schema

    app.openapi = document


def _definitions(operation: dict[str, Any]) -> dict[str, Any]:
    """Take out the models that a response's schema carries with it: `REF_TEMPLATE` names another place."""
    found: dict[str, Any] = {}
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            found |= content.get("schema", {}).pop("$defs", {})
    return found


def _rewrite(operation: dict[str, Any], by_name: Mapping[str, str]) -> None:
    # A one-line docstring is the title of its route.
    if "\n" not in operation.get("description", "\n"):
        operation["summary"] = operation.pop("description")
    responses: dict[str, Any] = operation["responses"]
    for response in responses.values():
        if response["description"] == "Successful Response":
            response["description"] = "Réponse attendue"
    reasons: dict[str, list[str]] = {}
    refused: Any = responses.get("409", {}).get("x-problemes")
    if refused is not None:
        del responses["409"]
        for name, title in refused.items():
            reasons.setdefault(by_name.get(name, "409"), []).append(f"`{name}` : {title}")
    if "422" in responses:
        invalid = "`SaisieInvalide` : La saisie n’est pas valable ; `erreurs` dit toutes ses fautes."
        reasons.setdefault("422", []).insert(0, invalid)
    if operation.get("security"):
        reasons.setdefault("401", []).append("`NonAuthentifie` : Vous n’êtes pas connecté.")
        reasons.setdefault("403", []).append("`AccesRefuse` : Vous n’avez pas accès à ceci.")
    for status, lines in sorted(reasons.items()):
        responses[status] = {"description": "  \n".join(lines), "content": _CONTENT}
    responses.setdefault("default", {"description": "Autre problème", "content": _CONTENT})
