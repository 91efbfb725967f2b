"""Cursors: sealed, for they ride in addresses, and valid only for the list that gave them."""

import base64
import datetime as dt
import hmac
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from web.problems import CURSEUR_INVALIDE, Problem

_MAX_CHARACTERS = 4096


class Cursors:
    """Seals and reads cursors (AES-SIV, no nonce). Values: text, number, boolean, day, instant, UUID."""

    def __init__(self, master_keys: Iterable[bytes]) -> None:
        """master_keys : newest first; the first one seals, all of them read."""
        self._keys = [AESSIV(hmac.digest(key, b"coop.pages.cursor", "sha256")) for key in master_keys]

    def encode(self, values: Sequence[Any], scope: str) -> str:
        """The opaque cursor. scope : what list it belongs to; another list refuses it."""
        payload = orjson.dumps([_tagged(value) for value in values])
        sealed = self._keys[0].encrypt(payload, _bound(scope))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def decode(self, cursor: str, scope: str) -> tuple[Any, ...]:
        """The values again, of the same types. Raises the 400 problem when not ours, or of another list."""
        try:
            if len(cursor) > _MAX_CHARACTERS:
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            # Exactly the text we gave: base64 has several spellings of the same bytes.
            if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != cursor:
                raise ValueError
            return tuple(_untagged(tag, value) for tag, value in orjson.loads(self._open(sealed, scope)))
        except ValueError:
            raise Problem(CURSEUR_INVALIDE) from None

    def _open(self, sealed: bytes, scope: str) -> bytes:
        for key in self._keys:
            try:
                return key.decrypt(sealed, _bound(scope))
            except InvalidTag:
                continue
        raise ValueError


def _bound(scope: str) -> list[bytes]:
    return [scope.encode("utf-8", "surrogatepass")]


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
