"""Cursors: opaque, signed, and valid only for the list that gave them."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from web.problems import CURSEUR_INVALIDE, Problem

_MAC_BYTES = 16
_MAX_CHARACTERS = 4096


class Cursors:
    """Signs and reads cursors. Values: text, number, boolean, day, instant, UUID."""

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
        case bool() | int() | float() | str():
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
