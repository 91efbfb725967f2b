"""The outermost layer: request id, bounds, security headers, one log line and the figures of each request."""

import re
import time
from collections.abc import Callable
from typing import Protocol
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import limits
from web.limits import Limits
from web.problems import Problem, instance, respond, unexpected

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/sante/vivant", "/sante/pret", "/metrics"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-site",
}


class Answer(Protocol):
    """The response that shows a problem. path : of the request, without its query."""

    def __call__(self, problem: Problem, *, path: str, request_id: str) -> Response: ...


class Edge:
    """ASGI middleware. Routes are counted by template, never by path: a path holds identifiers."""

    def __init__(
        self,
        app: ASGIApp,
        bounds: Limits,
        hosts: frozenset[str],
        registry: CollectorRegistry,
        answer: Answer = respond,
    ) -> None:
        """hosts : names of the gateway; a request that it passes on for another name is refused.
        answer : makes the response to what nobody else caught; problem+json unless told.
        """
        self._app = app
        self._bounds = bounds
        self._hosts = hosts
        self._answer = answer
        self._requests = Counter(
            "http_requests_total", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "From the first byte to the last",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        # headers : added to the answer, whatever makes it.
        extra: dict[str, str] = {"X-Request-Id": request_id}
        scope.setdefault("state", {}).update(request_id=request_id, headers=extra)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        # Whatever can be read can be asked about: the route answers, its body stays here.
        without_body = scope["method"] == "HEAD"
        if without_body:
            scope = {**scope, "method": "GET"}

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if without_body and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.update(extra)
            await send(message)

        try:
            await self._handle(scope, receive, send_dressed, request_id, lambda: status != 0)
        finally:
            method = "HEAD" if without_body else scope["method"]
            self._account(scope, method, status, time.perf_counter() - started)

    async def _handle(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, started: Callable[[], bool]
    ) -> None:
        try:
            limits.check_host(scope, self._hosts)
            await self._app(scope, await limits.admit(scope, receive, self._bounds), send)
        except Problem as problem:
            answer = problem
        except Exception as error:
            answer = unexpected(error)
        else:
            return
        if started():
            # Half an answer is gone: cut it, so that the client does not take it for whole.
            raise ConnectionResetError("answer interrupted")
        await self._answer(answer, path=instance(scope), request_id=request_id)(scope, receive, send)

    def _account(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        method = method if method in _METHODS else "AUTRE"
        route = getattr(scope.get("route"), "path", None) or "inconnue"
        # 499, as proxies write it: the client left before the answer.
        status = status or 499
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        if route in _QUIET and status < 400:
            return
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            compte_id=scope["state"].get("compte_id"),
        )


def _request_id(scope: Scope) -> str:
    """The gateway's, when it is sane; ours otherwise."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(text):
                return text
    return uuid4().hex
