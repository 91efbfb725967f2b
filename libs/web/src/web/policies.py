"""Who may call a route: a rule, which the route names, and which the platform's table is written from.

    @router.get("/{equipe_id}", dependencies=[allow(VOIR_EQUIPE)])

The rules of a service are in its `policies`. `create_app` refuses a route that names none, hidden from the
OpenAPI or not: what nobody decided is open to nobody.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Annotated, Any

from events.decider import Refusal
from fastapi import Depends, FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from web.auth import (
    COORDINATEUR,
    MEDIATEUR,
    Caller,
    Machine,
    connecte,
    coordinateur,
    holds,
    insufficient,
    machine,
    mediateur,
    reserved,
)
from web.problems import INTROUVABLE, Problem


@dataclass(frozen=True, slots=True)
class Door:
    """How callers show who they are. caller : dependency that gives them or the 401; None when not asked."""

    name: str
    caller: Callable[..., Any] | None


OPEN = Door("ouverte", None)
TOKEN = Door("jeton", connecte)
"""The internal token, which the gateway sets for the session of the cookie."""
CLIENT = Door("client", machine)
"""The internal token that the gateway sets for a machine client, in place of the one of `/oauth/token`."""
INTERNAL = Door("interne", None)
"""For the machines of the platform: the gateway leads no one there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a route admits: all of door, roles and places.

    name : one in the whole platform.   says : whom it admits, a French sentence.
    roles : one of them must be held, else 403; empty : none is asked. Of a machine client: its scopes.
    known_to : who is told of the 403; who holds none of these roles is answered 404. Empty : everybody.
    places : what the caller must be to the object asked for ("membre", "auteur"…), one of them, else 404.
    place : dependency that gives the caller's place, None for an outsider; without it the domain decides,
    from whom its command names.
    unknown : what an outsider is answered, the same as for an object that does not exist.
    """

    name: str
    says: str
    door: Door = TOKEN
    roles: frozenset[str] = frozenset()
    known_to: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    place: Callable[..., Any] | None = None
    unknown: Callable[[], Problem | Refusal] = lambda: Problem(INTROUVABLE)

    def refusal(self, doors: frozenset[Door], roles: frozenset[str], places: frozenset[str]) -> int | None:
        """The status that somebody gets who has these; None when admitted."""
        if self.door == OPEN:
            return None
        if self.door not in doors:
            # Behind the gateway, an internal route is nowhere.
            return 404 if self.door == INTERNAL else 401
        if self.roles and not self.roles & roles:
            return 404 if self.known_to and not self.known_to & roles else 403
        return 404 if self.places and not self.places & places else None


PUBLIC = Rule("ouvert_a_tous", "Tout le monde, sans connexion.", OPEN)
MACHINES = Rule("machines", "Les machines de la plateforme : la passerelle n’y mène personne.", INTERNAL)
SIGNED_IN = Rule("connecte", "Toute personne connectée.")

_rules: dict[Callable[..., Any], Rule] = {}
"""The dependency of each rule, to find the rule of a route back."""


def allow(rule: Rule) -> params.Depends:
    """For `dependencies=` of a route: lets in whom the rule admits."""
    check = _check(rule)
    _rules[check] = rule
    return Depends(check)


def _check(rule: Rule) -> Callable[..., Any]:
    async def hold_a_role(caller: Annotated[object, Depends(rule.door.caller or _nobody)]) -> None:
        if rule.roles and not _holds_one(caller, rule.roles):
            if rule.known_to and not _holds_one(caller, rule.known_to):
                raise rule.unknown()
            raise insufficient(rule.roles) if isinstance(caller, Machine) else reserved(rule.roles)

    # The place is looked for once the role is held.
    async def check(
        _held: Annotated[None, Depends(hold_a_role)],
        place: Annotated[object, Depends(rule.place or _nobody)],
    ) -> None:
        if rule.place is not None and place not in rule.places:
            raise rule.unknown()

    return check


def _holds_one(caller: object, roles: frozenset[str]) -> bool:
    return isinstance(caller, Caller | Machine) and any(holds(caller, role) for role in roles)


async def _nobody() -> None:
    return


@dataclass(frozen=True, slots=True)
class Governed:
    """A route and its rule. path : as declared.   status : of its success.   hidden : not in the OpenAPI."""

    method: str
    path: str
    rule: Rule
    status: int
    hidden: bool


class Ungoverned(Exception):
    """Routes without exactly one rule, or that contradict theirs."""


_CONVERTOR = re.compile(r":\w+}")
"""`{activite_id:uuid}` is shown as `{activite_id}`, as OpenAPI does."""


def governed(app: FastAPI) -> list[Governed]:
    """Every route that the application serves, with its rule. Raises Ungoverned."""
    found: list[Governed] = []
    faults: list[str] = []
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            faults.append(f"{context.path} : ni méthode ni règle ({type(context.original_route).__name__})")
            continue
        calls = set(_calls(context.dependant))
        # FastAPI gives any other a thread of its own: more than many requests cost.
        blocking = [call for call in calls if not _is_async(call)]
        faults += [f"{context.path} : {call.__qualname__} doit être async" for call in blocking]
        rules = [_rules[call] for call in calls if call in _rules]
        for method in sorted(context.methods or ()):
            route = f"{method} {context.path}"
            if len(rules) != 1:
                faults.append(f"{route} : {len(rules)} règle au lieu d’une (dependencies=[allow(…)])")
                continue
            faults += [f"{route} : {fault}" for fault in _contradictions(rules[0], calls)]
            status, hidden = context.status_code or 200, not context.include_in_schema
            found.append(Governed(method, _CONVERTOR.sub("}", context.path or ""), rules[0], status, hidden))
    if faults:
        raise Ungoverned("\n".join(faults))
    return found


@lru_cache(4096)
def _is_async(call: Callable[..., Any]) -> bool:
    return iscoroutinefunction(call) or isasyncgenfunction(call)


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for dependency in dependant.dependencies:
        if dependency.call is not None:
            yield dependency.call
        yield from _calls(dependency)


def _contradictions(rule: Rule, calls: set[Callable[..., Any]]) -> Iterator[str]:
    """Whom the code asks for must be whom the rule says."""
    if (connecte in calls and rule.door != TOKEN) or (machine in calls and rule.door != CLIENT):
        yield f"demande qui appelle, que la règle {rule.name} ne demande pas"
    for caller, asked in ((mediateur, MEDIATEUR), (coordinateur, COORDINATEUR)):
        if caller in calls and rule.roles != frozenset({asked}):
            yield f"demande un {asked}, que la règle {rule.name} ne demande pas"
