"""The parameters of a query: those of the route, none empty, none twice; any other is refused."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args, get_origin

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from web.problems import SAISIE_INVALIDE, Problem, parameter_fault


async def any_parameter() -> None:
    """Dependency of a route that others write the address of (a return from ProConnect): all are let in."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a route takes. None : anything.   lists : those that may be repeated."""

    names: frozenset[str] | None
    lists: frozenset[str]


async def check_parameters(request: Request) -> None:
    """Dependency of every application. Raises the 422 that names each parameter at fault."""
    sent = Counter(name for name, _ in request.query_params.multi_items())
    if not sent:
        return
    known = _known(request)
    if known.names is None:
        return
    faults = [parameter_fault(name, "parametre_inconnu") for name in sent if name not in known.names]
    empty = {name for name, value in request.query_params.multi_items() if not value}
    faults += [parameter_fault(name, "parametre_vide") for name in sent if name in empty & known.names]
    repeated = {name for name, times in sent.items() if times > 1} - known.lists
    faults += [parameter_fault(name, "parametre_repete") for name in sent if name in repeated & known.names]
    if faults:
        raise Problem(SAISIE_INVALIDE, erreurs=faults[:50])


def _known(request: Request) -> _Known:
    app: FastAPI = request.app
    table: dict[int, _Known] = getattr(app.state, "parameters", {})
    route = id(request.scope["route"])
    if route not in table:
        table = app.state.parameters = _table(app)
    return table[route]


def _table(app: FastAPI) -> dict[int, _Known]:
    """By route: what it takes, and what its dependencies take."""
    found: dict[int, _Known] = {}
    for context in iter_route_contexts(app.routes):
        dependant = context.dependant
        calls = [dependency.call for dependency in dependant.dependencies]
        queried = dict(_queried(dependant))
        lists = frozenset(name for name, kind in queried.items() if _is_list(kind))
        names = None if any_parameter in calls else frozenset(queried)
        found[id(context.original_route)] = _Known(names, lists)
    return found


def _queried(dependant: Dependant) -> Iterator[tuple[str, object]]:
    """Name and type of each parameter; those of a model, when the query is read as one."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, part in kind.model_fields.items():
                yield part.alias or name, part.annotation
        else:
            yield field.alias, kind
    for dependency in dependant.dependencies:
        yield from _queried(dependency)


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))
