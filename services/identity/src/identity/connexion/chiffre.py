"""Keys derived from the settings: keyed hashes for look-ups, sealing of secrets at rest, CSRF tokens."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from events.store.store import Claim

_NONCE = 12
CHIFFRES = 8
"""Of a code sent by mail."""


def draw() -> str:
    """256 random bits, 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def digest(opaque: str) -> bytes:
    """SHA-256 of an opaque identifier: all that a table keeps of it."""
    return hashlib.sha256(opaque.encode()).digest()


class Empreintes:
    """Keyed hashes (HMAC-SHA256) of what identifies a person: found again, never read back."""

    def __init__(self, key: bytes) -> None:
        """key : HASH_KEY, 32 bytes; it never changes, or nobody would find their account again."""
        self._lookup = _derive(key, b"identity/empreintes")
        self._csrf = _derive(key, b"identity/csrf")
        self._codes = _derive(key, b"identity/codes")
        self._clients = _derive(key, b"identity/clients")

    def identite(self, emetteur: str, sub: str) -> Claim:
        """What only one account may hold: an identity of the federation."""
        return Claim("identite", self._mac("identite", emetteur, sub))

    def marque(self, emetteur: str, sub: str) -> UUID:
        """What names an identity to its person: nothing is read from it, and no claim is."""
        return UUID(bytes=self._mac("marque", emetteur, sub)[:16])

    def courriel(self, courriel: str) -> Claim:
        """What only one account may hold: an e-mail address, in its normal form."""
        return Claim("courriel", self._mac("courriel", courriel))

    def envoi(self, sorte: str, qui: str) -> bytes:
        """What the limit of codes counts by: an account, a mailbox."""
        return self._mac("envoi", sorte, qui)

    def code(self, preuve_id: UUID) -> str:
        """The code of a proof, eight digits: made again where it is sent, so kept nowhere."""
        mac = hmac.digest(self._codes, preuve_id.bytes, "sha256")
        return f"{int.from_bytes(mac) % 10**CHIFFRES:0{CHIFFRES}d}"

    def code_rendu(self, preuve_id: UUID, code: str) -> str:
        """What a fact keeps of a code, in hexadecimal."""
        return hmac.digest(self._codes, preuve_id.bytes + code.encode(), "sha256").hex()

    def csrf(self, opaque: str) -> str:
        """The CSRF token of a session, from the value of its cookie: nothing to store."""
        mac = hmac.new(self._csrf, opaque.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def secret_de_client(self, secret: str) -> str:
        """All that is kept of a machine client's secret, in hexadecimal."""
        return hmac.new(self._clients, secret.encode(), hashlib.sha256).hexdigest()

    def cadence(self, *parts: str) -> bytes:
        """A mark of who asks, which does not say their address."""
        return self._mac("cadence", *parts)

    def _mac(self, *parts: str) -> bytes:
        # Each part carries its length: ("ab", "c") and ("a", "bc") differ.
        message = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
        return hmac.new(self._lookup, message, hashlib.sha256).digest()


class Sealer:
    """Seals a secret at rest (ID token, private key, PKCE verifier) under the service's master keys."""

    def __init__(self, master_keys: Mapping[int, bytes]) -> None:
        """master_keys : version (1 to 65535) -> 32 bytes; the highest seals, all open."""
        self._ciphers = {v: AESGCM(_derive(k, b"identity/sealer")) for v, k in master_keys.items()}
        self._current = max(self._ciphers)

    def seal(self, purpose: str, owner: UUID | bytes | str, secret: bytes) -> bytes:
        """purpose, owner : bound to the secret, so that it cannot be moved to another row."""
        nonce = os.urandom(_NONCE)
        head = self._current.to_bytes(2, "big")
        return head + nonce + self._ciphers[self._current].encrypt(nonce, secret, _bound(purpose, owner))

    def open(self, purpose: str, owner: UUID | bytes | str, sealed: bytes) -> bytes | None:
        """The secret; None when it was altered, moved, or when its master key is gone."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:2], "big"))
        if cipher is None:
            return None
        try:
            return cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], _bound(purpose, owner))
        except InvalidTag:
            return None


def _bound(purpose: str, owner: UUID | bytes | str) -> bytes:
    text = owner.hex() if isinstance(owner, bytes) else str(owner)
    return f"{purpose}|{text}".encode()


def _derive(key: bytes, label: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=label).derive(key)
