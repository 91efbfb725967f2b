"""What a request may weigh: headers, address, body, JSON depth. Checked before any route runs."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import orjson
from starlette.types import Message, Receive, Scope

from web.problems import (
    ADRESSE_TROP_LONGUE,
    CORPS_TROP_GRAND,
    ENTETES_TROP_GRANDS,
    FORMAT_REFUSE,
    HOTE_INCONNU,
    REQUETE_ILLISIBLE,
    TROP_LENT,
    Problem,
    body_error,
)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FILE = "multipart/form-data"
"""A form with a file: its bytes are anything, and its reader judges them."""
VALUES_MAX = 200
"""Of one filter of an address, a page's as the API's: every bound below lets them through."""
# The rest of the body is not read: the connection cannot serve another request.
_CLOSE = {"Connection": "close"}


def _no_paths() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds, in bytes unless said otherwise.

    format : the only media type of bodies.   accepts : path -> another one, for the rare route that does not
    speak it (`{"/oauth/token": FORM}`).   bodies : path -> how much the body of this rare route may weigh.
    query : the longest list of a route, whole.   headers : this address besides, which the gateway says when
    it asks who calls.
    """

    format: str = JSON

    body: int = 1_048_576
    headers: int = 65_536
    header_count: int = 100
    path: int = 2_048
    query: int = 49_152
    parameter_count: int = 1_200
    json_depth: int = 64
    body_seconds: float = 20.0
    accepts: Mapping[str, str] = field(default_factory=_no_paths)
    bodies: Mapping[str, int] = field(default_factory=_no_paths)


async def admit(scope: Scope, receive: Receive, limits: Limits) -> Receive:
    """Read and check the request; answers the `receive` that gives its body again. Raises Problem."""
    headers = _headers(scope, limits)
    _check_address(scope, limits)
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return receive
    media_type = limits.accepts.get(scope["path"], limits.format)
    unsafe = scope["method"] not in ("GET", "HEAD", "OPTIONS")
    if unsafe:
        _check_format(headers, media_type)
    body = await _read(receive, headers, limits, limits.bodies.get(scope["path"], limits.body))
    if body and unsafe and media_type == JSON:
        _check_json(body, limits)
    elif media_type != FILE and (b"\0" in body or (media_type != JSON and b"%00" in body)):
        raise body_error("nul_byte")
    return _replay(body, receive)


def check_host(scope: Scope, hosts: frozenset[str]) -> None:
    """The name that the browser asked for, as the gateway says it. Raises Problem.

    Machines that call us directly (probes, the gateway itself) name an address, and send no such header.
    """
    for name, value in scope["headers"]:
        if name == b"x-forwarded-host" and _host(value.decode("latin-1")) not in hosts:
            raise Problem(HOTE_INCONNU, headers=_CLOSE)


def _host(text: str) -> str | None:
    """Of `name:port`, in lower case."""
    try:
        return urlsplit(f"//{text}").hostname
    except ValueError:
        return None


def _headers(scope: Scope, limits: Limits) -> dict[str, str]:
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    weight = sum(len(name) + len(value) + 4 for name, value in raw)
    if len(raw) > limits.header_count or weight > limits.headers:
        raise Problem(ENTETES_TROP_GRANDS, headers=_CLOSE)
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _check_address(scope: Scope, limits: Limits) -> None:
    query: bytes = scope["query_string"]
    path: str = scope["path"]
    if len(path) > limits.path or len(query) > limits.query or query.count(b"&") >= limits.parameter_count:
        raise Problem(ADRESSE_TROP_LONGUE)
    decoded = unquote_to_bytes(query.replace(b"+", b" "))
    if "\0" in path or b"\0" in decoded:
        raise Problem(REQUETE_ILLISIBLE, "L’adresse contient un caractère nul.")
    try:
        decoded.decode()
        path.encode()
    except UnicodeError:
        raise Problem(REQUETE_ILLISIBLE, "L’adresse n’est pas de l’UTF-8.") from None


def _check_format(headers: Mapping[str, str], media_type: str) -> None:
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != media_type or headers.get("content-encoding", "identity").lower() != "identity":
        detail = None if media_type == JSON else f"Seul le format {media_type} est accepté ici."
        raise Problem(FORMAT_REFUSE, detail, headers=_CLOSE)


async def _read(receive: Receive, headers: Mapping[str, str], limits: Limits, bound: int) -> bytes:
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced[:12]) > bound:
        raise Problem(CORPS_TROP_GRAND, headers=_CLOSE)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(REQUETE_ILLISIBLE)
                body += message.get("body", b"")
                if len(body) > bound:
                    raise Problem(CORPS_TROP_GRAND, headers=_CLOSE)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Problem(TROP_LENT, headers=_CLOSE) from None


def _check_json(body: bytes, limits: Limits) -> None:
    # orjson refuses what Python's parser lets through: NaN, lone surrogates, invalid UTF-8, 10^5 levels.
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise body_error("json_invalid") from None
    if body.count(b"[") + body.count(b"{") > limits.json_depth:
        _check_depth(document, limits.json_depth)
    if b"\\u0000" in body:
        _check_nul(document)


def _check_depth(document: Any, depth: int) -> None:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(depth):
        level = [item for container in level for item in _items(container) if isinstance(item, dict | list)]
    if level:
        raise body_error("too_deep")


def _items(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _check_nul(document: Any) -> None:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        match value:
            case str() if "\0" in value:
                raise body_error("nul_byte", path)
            case dict():
                if any("\0" in name for name in value):
                    raise body_error("nul_byte", path)
                waiting += [((*path, name), item) for name, item in value.items()]
            case list():
                waiting += [((*path, i), item) for i, item in enumerate(value)]
            case _:
                pass


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again
