"""RFC 9457: every refusal leaves as application/problem+json, with a French title and no internal detail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from events.decider import Refusal, Refusals
from events.postgres.database import is_unavailable
from events.store.store import ClaimTaken, Conflict, Overloaded
from events.vault.vault import PersonErased
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from process.messages import french, pointer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"
_MAX_FAULTS = 50
"""A hostile body must not inflate the answer."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem that the edge itself can answer. name : last part of its `type`."""

    name: str
    status: int
    title: str


REQUETE_ILLISIBLE = Kind("RequeteIllisible", 400, "La requête est illisible.")
CURSEUR_INVALIDE = Kind("CurseurInvalide", 400, "Ce curseur de page n’est pas valable ici.")
POSITION_INVALIDE = Kind("PositionInvalide", 400, "L’en-tête X-Position est illisible.")
NON_AUTHENTIFIE = Kind("NonAuthentifie", 401, "Vous n’êtes pas connecté.")
LECTURE_SEULE = Kind(
    "LectureSeule",
    403,
    "Vous voyez La Coop comme une autre personne : rien ne s’y change ni ne s’y télécharge.",
)
ACCES_REFUSE = Kind("AccesRefuse", 403, "Vous n’avez pas accès à ceci.")
INTROUVABLE = Kind("Introuvable", 404, "Cette ressource n’existe pas.")
METHODE_REFUSEE = Kind("MethodeRefusee", 405, "Cette méthode n’est pas possible ici.")
TROP_LENT = Kind("TropLent", 408, "La requête a mis trop de temps à arriver.")
VERSION_DEPASSEE = Kind("VersionDepassee", 409, "Ceci vient de changer, ici ou ailleurs : relisez-le.")
DEJA_PRIS = Kind("DejaPris", 409, "Ceci est déjà utilisé ailleurs.")
PERSONNE_EFFACEE = Kind("PersonneEffacee", 409, "Les données de cette personne ont été effacées.")
VERSION_ATTENDUE = Kind(
    "VersionAttendue",
    412,
    "Ceci a changé depuis votre lecture : relisez-le.",
)
CORPS_TROP_GRAND = Kind("CorpsTropGrand", 413, "Le corps de la requête est trop grand.")
ADRESSE_TROP_LONGUE = Kind("AdresseTropLongue", 414, "L’adresse de la requête est trop longue.")
FORMAT_REFUSE = Kind("FormatRefuse", 415, "Seul le format application/json est accepté.")
HOTE_INCONNU = Kind("HoteInconnu", 421, "Ce nom d’hôte n’est pas celui de La Coop.")
SAISIE_INVALIDE = Kind("SaisieInvalide", 422, "La saisie n’est pas valable.")
TROP_DE_DEMANDES = Kind("TropDeDemandes", 429, "Trop de demandes : réessayez dans un moment.")
ENTETES_TROP_GRANDS = Kind("EntetesTropGrands", 431, "Les en-têtes de la requête sont trop grands.")
ERREUR_INTERNE = Kind("ErreurInterne", 500, "Une erreur est survenue de notre côté.")
INDISPONIBLE = Kind("Indisponible", 503, "Le service est momentanément indisponible.")
REFUS = Kind("Refus", 400, "La demande est refusée.")
"""For a status that nothing above names."""

_BY_STATUS = {
    kind.status: kind
    for kind in (
        REQUETE_ILLISIBLE,
        NON_AUTHENTIFIE,
        ACCES_REFUSE,
        INTROUVABLE,
        METHODE_REFUSEE,
        CORPS_TROP_GRAND,
        FORMAT_REFUSE,
        SAISIE_INVALIDE,
        TROP_DE_DEMANDES,
        ERREUR_INTERNE,
        INDISPONIBLE,
    )
}


class Problem(Exception):
    """Raise it in a route to answer a problem that is no domain refusal: `raise Problem(INTROUVABLE)`."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        """detail : in French, for the person.  members : extension members (RFC 9457 §3.2)."""
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


def body_error(kind: str, path: Sequence[str | int] = ()) -> Problem:
    """The 422 of a body that the edge itself refuses. kind : an error type of `process.messages`."""
    error = {"pointeur": pointer(path), "message": french(kind), "type": kind}
    return Problem(SAISIE_INVALIDE, erreurs=[error])


def parameter_fault(name: str, kind: str) -> dict[str, str]:
    """What is wrong with a parameter of the query. kind : an error type of `process.messages`."""
    return {"parametre": str(_short(name)), "dans": "query", "message": french(kind), "type": kind}


def parameter_error(name: str, kind: str) -> Problem:
    """The 422 of one parameter of the query."""
    return Problem(SAISIE_INVALIDE, erreurs=[parameter_fault(name, kind)])


def respond(problem: Problem, *, path: str, request_id: str) -> Response:
    """The HTTP answer. path : of the request, without its query."""
    content: dict[str, Any] = {
        "type": f"/problemes/{problem.kind.name}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "instance": path,
        "request_id": request_id,
    }
    if problem.detail:
        content["detail"] = problem.detail
    content |= problem.members
    headers = {"Content-Language": "fr", **problem.headers}
    return Response(orjson.dumps(content), problem.kind.status, headers, MEDIA_TYPE)


def answers(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these problems, which it raises itself."""
    return {
        kind.status: {
            "description": f"`{kind.name}` : {kind.title}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Probleme"}}},
        }
        for kind in kinds
    }


def already(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route that answers 201: sent again, the same request answers 200."""
    return {200: {"model": model, "description": "C’était déjà fait"}}


def problems(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: puts these refusals into the OpenAPI, at their status in the table."""
    return {409: {"description": "Refus", "x-problemes": {r.__name__: r.title() for r in refusals}}}


def instance(scope: Scope) -> str:
    """The path asked; or what a route that answers for another request put on `request.state.instance`."""
    return scope["state"].get("instance") or scope["path"]


def install(app: FastAPI, statuses: Mapping[type[Refusal], int]) -> None:
    """Translate everything that a route may raise. statuses : of refusals, 409 unless listed."""

    def status_of(refused: type[Refusal]) -> int:
        # A table entry holds for the refusals derived from it too.
        return next((statuses[c] for c in refused.__mro__ if c in statuses), 409)

    app.state.status_of = status_of

    def answer(request: Request, problem: Problem) -> Response:
        return respond(problem, path=instance(request.scope), request_id=request.state.request_id)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return answer(request, error)

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        if isinstance(error, Refusals):
            faults = [_fault(refusal) for refusal in error.refusals[:_MAX_FAULTS]]
            return answer(request, Problem(SAISIE_INVALIDE, erreurs=faults))
        refused = type(error)
        kind = Kind(refused.__name__, status_of(refused), refused.title())
        if error.field is None:
            return answer(request, Problem(kind, error.detail))
        return answer(request, Problem(kind, error.detail, erreurs=[_fault(error)]))

    async def on_conflict(request: Request, error: Exception) -> Response:
        expected = "if-match" in request.headers
        return answer(request, Problem(VERSION_ATTENDUE if expected else VERSION_DEPASSEE))

    async def on_claim(request: Request, error: Exception) -> Response:
        assert isinstance(error, ClaimTaken)
        return answer(request, Problem(DEJA_PRIS, objet=error.kind))

    async def on_erased(request: Request, error: Exception) -> Response:
        return answer(request, Problem(PERSONNE_EFFACEE))

    async def on_overload(request: Request, error: Exception) -> Response:
        return answer(request, Problem(INDISPONIBLE, headers={"Retry-After": "1"}))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        route = request.scope.get("route")
        field = route.body_field if isinstance(route, APIRoute) else None
        tagged = field is not None and field.field_info.discriminator is not None
        faults = validation_errors(error.errors(), error.body, tagged=tagged)
        return answer(request, Problem(SAISIE_INVALIDE, erreurs=faults))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _BY_STATUS.get(error.status_code)
        if kind is None:
            kind = replace(REFUS, status=error.status_code)
        headers = {"Allow": ", ".join(_allowed(request))} if kind == METHODE_REFUSEE else error.headers
        return answer(request, Problem(kind, headers=headers))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(Conflict, on_conflict)
    app.add_exception_handler(ClaimTaken, on_claim)
    app.add_exception_handler(PersonErased, on_erased)
    app.add_exception_handler(Overloaded, on_overload)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _allowed(request: Request) -> list[str]:
    """Every method that this address answers: Starlette names those of the first route only."""
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(
            # The edge answers HEAD wherever there is a GET.
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]


def unexpected(error: Exception) -> Problem:
    """What the edge answers to an error that nobody named, after logging it once with its stack."""
    if is_unavailable(error):
        log.warning("dependency_unavailable", error=type(error).__name__, exc_info=error)
        return Problem(INDISPONIBLE, headers={"Retry-After": "2"})
    log.error("unexpected_error", error=type(error).__name__, exc_info=error)
    return Problem(ERREUR_INTERNE)


def validation_errors(errors: Sequence[Any], body: Any, *, tagged: bool) -> list[dict[str, str]]:
    """Pydantic's list, in French, without values.

    body : what was sent.   tagged : it is one of several models, chosen by a field (`discriminator`).
    """
    return [_validation_error(error, body, tagged=tagged) for error in errors[:_MAX_FAULTS]]


def _fault(refusal: Refusal) -> dict[str, str]:
    """A domain refusal, in the shape of a refused field; the whole document when it names none."""
    return {"pointeur": refusal.field or "", "message": str(refusal), "type": type(refusal).__name__}


def _validation_error(error: Mapping[str, Any], body: Any, *, tagged: bool) -> dict[str, str]:
    kind: str = error["type"]
    place, *path = error["loc"] or ("body",)
    message = french(kind, error.get("ctx"), error.get("input"))
    if place == "body":
        # Steps of pydantic's that the client did not send: the model chosen, "the name of this field".
        if tagged:
            path = path[1:]
        if path[-1:] == ["[key]"] and not _names(body, path):
            path = path[:-1]
        if kind == "json_invalid":
            path = []
        return {"pointeur": pointer([_short(step) for step in path]), "message": message, "type": kind}
    return {
        "parametre": str(_short(path[0])) if path else "",
        "dans": place,
        "message": message,
        "type": kind,
    }


def _names(document: Any, path: Sequence[str | int]) -> bool:
    """Whether the last step of this path is the name of a field that the document has."""
    for step in path[:-1]:
        try:
            document = document[step]
        except (LookupError, TypeError):
            return False
    return isinstance(document, dict) and path[-1] in document


def _short(step: str | int) -> str | int:
    """Names of unknown fields come from the caller: bounded before they are repeated."""
    return step if isinstance(step, int) else step[:100]
