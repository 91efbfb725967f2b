"""Pages by cursor: bounded, signed, and valid only for the list that gave them."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from pydantic import BaseModel

from web.problems import CURSEUR_INVALIDE, Problem

_MAC_BYTES = 16
_MAX_CHARACTERS = 4096


class Page[T](BaseModel):
    """Une page d’une liste. suivant : à rendre dans `apres` pour la suite, absent à la dernière page."""

    elements: list[T]
    suivant: str | None = None


class Cursors:
    """Signs and reads cursors. Values: text, number, boolean, day, instant, UUID, nothing."""

    def __init__(self, master_keys: Iterable[bytes]) -> None:
        """master_keys : newest first; the first one signs, all of them read."""
        self._keys = [hmac.digest(key, b"coop.pages.cursor", "sha256") for key in master_keys]

    def encode(self, values: Sequence[Any], scope: str) -> str:
        """The opaque cursor. scope : what list it belongs to; another list refuses it."""
        payload = orjson.dumps([_tagged(value) for value in values])
        return (
            base64.urlsafe_b64encode(self._mac(self._keys[0], payload, scope) + payload).decode().rstrip("=")
        )

    def decode(self, cursor: str, scope: str) -> tuple[Any, ...]:
        """The values again, of the same types. Raises the 400 problem when not ours, or of another list."""
        try:
            if len(cursor) > _MAX_CHARACTERS:
                raise ValueError
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            # Exactly the text we gave: base64 has several spellings of the same bytes.
            if base64.urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
                raise ValueError
            if not any(hmac.compare_digest(mac, self._mac(key, payload, scope)) for key in self._keys):
                raise ValueError
            return tuple(_untagged(tag, value) for tag, value in orjson.loads(payload))
        except ValueError:
            raise Problem(CURSEUR_INVALIDE) from None

    @staticmethod
    def _mac(key: bytes, payload: bytes, scope: str) -> bytes:
        digest = hashlib.sha256(scope.encode("utf-8", "surrogatepass")).digest()
        return hmac.digest(key, digest + payload, "sha256")[:_MAC_BYTES]


def _tagged(value: Any) -> tuple[str, Any]:
    match value:
        case None | bool() | int() | float() | str():
            return "=", value
        case dt.datetime():
            if value.tzinfo is None:
                raise ValueError("un instant sans fuseau n’a pas d’ordre")
            return "i", value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return "d", value.isoformat()
        case UUID():
            return "u", str(value)
        case _:
            raise TypeError(f"type sans curseur : {type(value).__name__}")


def _untagged(tag: str, value: Any) -> Any:
    match tag:
        case "i":
            return dt.datetime.fromisoformat(value)
        case "d":
            return dt.date.fromisoformat(value)
        case "u":
            return UUID(value)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What page is asked. limite : elements at most.  apres : values of the last element seen, or None."""

    limite: int
    apres: tuple[Any, ...] | None
    cursors: Cursors
    scope: str

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than the page, which tells whether there is another page."""
        return self.limite + 1

    def page[R, T](
        self, rows: Sequence[R], *, key: Callable[[R], tuple[Any, ...]], to: Callable[[R], T]
    ) -> Page[T]:
        """The page of these rows (`fetch` at most, in order). key : values that order the list, unique."""
        kept = rows[: self.limite]
        more = len(rows) > self.limite
        suivant = self.cursors.encode(key(kept[-1]), self.scope) if more else None
        return Page(elements=[to(row) for row in kept], suivant=suivant)


def page_request(
    request: Request,
    limite: Annotated[int, Query(ge=1, le=200, description="Nombre d’éléments par page")] = 50,
    apres: Annotated[str | None, Query(description="Curseur `suivant` de la page précédente")] = None,
) -> PageRequest:
    """The page asked by the query. A cursor holds for the same address and the same filters only."""
    others = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("limite", "apres"))
    scope = orjson.dumps([request.url.path, others]).decode()
    cursors: Cursors = request.app.state.cursors
    return PageRequest(limite, None if apres is None else cursors.decode(apres, scope), cursors, scope)


PageParams = Annotated[PageRequest, Depends(page_request)]
