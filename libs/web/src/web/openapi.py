"""The OpenAPI document: French problems instead of FastAPI's default 422, refusals at their real status."""

from collections.abc import Mapping
from typing import Any

from events.decider import Refusal
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.policies import CLIENT, OPEN, Governed, governed
from web.problems import (
    ACCES_REFUSE,
    CURSEUR_INVALIDE,
    INTROUVABLE,
    MEDIA_TYPE,
    NON_AUTHENTIFIE,
    POSITION_INVALIDE,
    REQUETE_ILLISIBLE,
    VERSION_ATTENDUE,
    Kind,
)

_PROBLEM: dict[str, Any] = {
    "title": "Probleme",
    "description": "RFC 9457. `type` nomme la raison : elle ne change pas, les textes peuvent changer."
    " `instance` et `request_id` manquent quand la passerelle refuse avant tout service.",
    "type": "object",
    "required": ["type", "title", "status"],
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
_SAFE = ("get", "head")
_SECURITY: dict[str, Any] = {
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-coop_session",
        "description": "Cookie de la session, posé par la connexion (GET /auth/connexion)",
    },
    "JetonCSRF": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "Jeton de la session, donné par GET /auth/session : à joindre à toute écriture",
    },
    "Origine": {
        "type": "apiKey",
        "in": "header",
        "name": "Origin",
        "description": "Une page de La Coop ; le navigateur la dit de lui-même",
    },
}
_CLIENT: dict[str, Any] = {
    "Client": {
        "type": "oauth2",
        "description": "Client de machine : son jeton, dans Authorization (Bearer)",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
    }
}
_READING: list[dict[str, list[str]]] = [{"Session": []}]
WRITING: list[dict[str, list[str]]] = [{"Session": [], "JetonCSRF": [], "Origine": []}]
"""What an operation that changes something asks, for `openapi_extra` of one whose rule does not say it."""
_HEADERS: dict[str, Any] = {
    "ETag": ("Version écrite, à rendre dans If-Match", '"3"'),
    "X-Position": ("Position de l’écriture, à rendre dans X-Position pour qu’une lecture l’attende", None),
    "X-Position-Atteinte": ("« non » : la position demandée n’est pas encore lue ici", "non"),
    "X-Request-Id": ("Numéro de la demande, à donner au support", None),
}
_BY_PARAMETER: dict[str, tuple[Kind, ...]] = {
    "apres": (CURSEUR_INVALIDE,),
    "x-position": (POSITION_INVALIDE,),
    "if-match": (REQUETE_ILLISIBLE, VERSION_ATTENDUE),
}
"""What a parameter may be answered, whatever the route."""


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
            rules = {(route.method.lower(), route.path): route for route in governed(app)}
            for path, operations in built["paths"].items():
                for method, operation in operations.items():
                    _secure(operation, rules[method, path])
                    _rewrite(operation, by_name, rules[method, path])
                    schemas.update(_definitions(operation))
            machines = any(route.rule.door == CLIENT for route in rules.values())
            built["components"]["securitySchemes"] = _SECURITY | (_CLIENT if machines else {})
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


def _secure(operation: dict[str, Any], route: Governed) -> None:
    """What a browser or a machine sends: the gateway turns it into the token that the services check."""
    if route.rule.door == CLIENT:
        operation["security"] = [{"Client": []}]
    elif route.rule.door != OPEN:
        operation["security"] = _READING if route.method.lower() in _SAFE else WRITING


def _rewrite(operation: dict[str, Any], by_name: Mapping[str, str], route: Governed) -> None:
    # A one-line docstring is the title of its route.
    if "\n" not in operation.get("description", "\n"):
        operation["summary"] = operation.pop("description").rstrip(".")
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
    for kind in _kinds(operation, route):
        lines = reasons.setdefault(str(kind.status), [])
        if kind != INTROUVABLE or not lines:
            lines.append(f"`{kind.name}` : {kind.title}")
    for status, lines in sorted(reasons.items()):
        if status not in responses or status == "422":
            responses[status] = {"description": "  \n".join(lines), "content": _CONTENT}
    responses.setdefault("default", {"description": "Autre problème", "content": _CONTENT})
    for status, response in responses.items():
        _add_headers(operation, route, status, response)


def _kinds(operation: dict[str, Any], route: Governed) -> list[Kind]:
    """The problems that the route owes to its rule, its path and its parameters."""
    writes = route.method.lower() not in _SAFE
    kinds: list[Kind] = []
    if route.rule.door != OPEN:
        kinds.append(NON_AUTHENTIFIE)
        if route.rule.roles or writes:
            kinds.append(ACCES_REFUSE)
    if route.rule.places or "{" in route.path:
        kinds.append(INTROUVABLE)
    named = {parameter["name"] for parameter in operation.get("parameters", ())}
    return kinds + [kind for name, owed in _BY_PARAMETER.items() if name in named for kind in owed]


def _add_headers(operation: dict[str, Any], route: Governed, status: str, response: dict[str, Any]) -> None:
    named = {parameter["name"] for parameter in operation.get("parameters", ())}
    names = ["X-Request-Id"]
    if status.startswith("2"):
        if route.rule.door != OPEN and route.method.lower() not in _SAFE:
            names += ["ETag", "X-Position"]
        if "x-position" in named:
            names.append("X-Position-Atteinte")
    found = response.setdefault("headers", {})
    for name in names:
        description, example = _HEADERS[name]
        schema = {"type": "string"} | ({"examples": [example]} if example else {})
        found.setdefault(name, {"description": description, "schema": schema})
