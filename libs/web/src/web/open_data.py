"""Open data: any site may read it, a cache may keep it, and whoever has it already is told so."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute

KEPT = "public, max-age=300"
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After, X-Request-Id",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Inchangé depuis l’ETag donné"}}
"""For `responses=` of the router."""


class OpenRoute(APIRoute):
    """For `route_class=` of a router whose routes answer the same to everybody, from memory."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            # By the edge, so that another site can read a refusal as well.
            request.state.headers.update(_OPEN)
            response = await handle(request)
            if response.status_code != 200:
                return response
            response.headers.setdefault("Cache-Control", KEPT)
            # One address, several formats.
            response.headers.setdefault("Vary", "Accept")
            etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
            response.headers.setdefault("ETag", etag)
            if not _known(request, response.headers["ETag"]):
                return response
            kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
            return Response(status_code=304, headers=kept)

        return answer


async def _if_none_match(
    if_none_match: Annotated[str | None, Header(description="ETag déjà reçu")] = None,
) -> None:
    """Read by the route; here it is described."""


IfNoneMatch = Depends(_if_none_match)
"""For `dependencies=` of the router."""


def _known(request: Request, etag: str) -> bool:
    # A proxy that compresses makes the tag weak; the text is the same.
    named = request.headers.get("if-none-match", "")
    return bool({tag.strip().removeprefix("W/") for tag in named.split(",")} & {etag, "*"})
