"""What routes receive, as annotated types. create_app puts the objects on `app.state`."""

from typing import Annotated, Any

from events.postgres.database import Database
from events.store.store import Context, Store
from fastapi import Depends, Request
from process.clock import Clock

from web.auth import Connecte


async def _database(request: Request) -> Database:
    return request.app.state.database


async def _store(request: Request) -> Store[Any]:
    return request.app.state.store


async def _clock(request: Request) -> Clock:
    return request.app.state.clock


def request_id(request: Request) -> str:
    """The identifier of this request, as in its logs and in the X-Request-Id header."""
    return request.state.request_id


async def _context(request: Request, caller: Connecte) -> Context:
    return Context(author=str(caller.compte_id), request_id=request_id(request))


DatabaseDep = Annotated[Database, Depends(_database)]
StoreDep = Annotated[Store[Any], Depends(_store)]
ClockDep = Annotated[Clock, Depends(_clock)]
ContextDep = Annotated[Context, Depends(_context)]
"""Who acts (the caller's account) and in which request: requires a signed-in caller."""
