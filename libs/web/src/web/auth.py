"""Internal tokens: verification, deny list, and who calls, as FastAPI dependencies.

Rules: docs/domaine/proconnect.md §12.
A token that fails for any reason gets the same 401, without a word on why.
"""

import base64
import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import Depends, Request
from joserfc import jws
from joserfc.jwk import ECKey
from process.clock import Clock

from web.jwks import Jwks
from web.problems import ACCES_REFUSE, LECTURE_SEULE, NON_AUTHENTIFIE, Problem

MEDIATEUR, COORDINATEUR = "mediateur", "coordinateur"
"""Roles that come with an identifier of their own; any other is a word of the token's `roles`."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ADMIN, SUPPORT = "admin", "support"
_RESERVED = {
    MEDIATEUR: "aux médiateurs",
    COORDINATEUR: "aux coordinateurs",
    SUPPORT: "au support",
    ADMIN: "aux administrateurs",
}

_MAX_BYTES = 4096
_MAX_LIFE_SECONDS = 300
_SKEW_SECONDS = 5
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_KID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """La personne connectée. sid : sa session.  roles : ce que identity a mis dans le jeton."""

    compte_id: UUID
    sid: UUID
    roles: frozenset[str]
    mediateur_id: UUID | None
    coordinateur_id: UUID | None
    usurpe_par: UUID | None = None
    """The account that sees the platform as this person: it reads only."""


@dataclass(frozen=True, slots=True)
class MediateurCaller(Caller):
    """Un médiateur connecté."""

    mediateur_id: UUID


@dataclass(frozen=True, slots=True)
class CoordinateurCaller(Caller):
    """Un coordinateur connecté."""

    coordinateur_id: UUID


@dataclass(frozen=True, slots=True)
class Machine:
    """Un client de machine. portees : ce que son jeton lui permet."""

    client_id: UUID
    portees: frozenset[str]


class Verifier:
    """Checks the internal tokens meant for one service."""

    def __init__(self, *, issuer: str, audience: str, jwks: Jwks, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwks
        self._clock = clock
        self._denied_sessions: dict[UUID, dt.datetime] = {}
        self._denied_accounts: dict[UUID, dt.datetime] = {}

    async def verify(self, token: str) -> Caller:
        """Who the token speaks for. Raises the same Problem (401) whatever is wrong."""
        return await self._checked(token, self._caller)

    async def verify_machine(self, token: str) -> Machine:
        """Which machine client the token speaks for. A person's is refused here, as a machine's is above."""
        return await self._checked(token, _machine)

    def revoke(self, sid: UUID, until: dt.datetime) -> None:
        """Refuse the tokens of a session. until : when the last of them has expired (now + 300 s is safe)."""
        self._prune()
        self._denied_sessions[sid] = max(until, self._denied_sessions.get(sid, until))

    def revoke_account(self, compte_id: UUID, since: dt.datetime) -> None:
        """Refuse the tokens of an account issued until `since`: its rights changed, or it was closed."""
        self._prune()
        self._denied_accounts[compte_id] = max(since, self._denied_accounts.get(compte_id, since))

    def keys_changed(self) -> None:
        """Identity changed its keys in a hurry (ClesTournees): forget the cached ones."""
        self._jwks.expire()

    async def close(self) -> None:
        await self._jwks.close()

    async def _checked[T](self, token: str, who: Callable[[dict[str, Any]], T]) -> T:
        now = self._clock.now().timestamp()
        try:
            claims = await read_token(
                token,
                self._jwks.key,
                issuer=self._issuer,
                audience=self._audience,
                now=now,
                life=_MAX_LIFE_SECONDS,
            )
            return who(claims)
        except Exception as error:
            # Any exception at all: a parser's surprise must never become an open door, nor a 500.
            structlog.get_logger().info("token_refused", reason=type(error).__name__)
            raise not_connected() from None

    def _caller(self, claims: dict[str, Any]) -> Caller:
        now = self._clock.now()
        roles = claims["roles"]
        _require(type(roles) is list and len(roles) <= 20 and all(type(r) is str for r in roles))
        caller = Caller(
            compte_id=_uuid(claims["sub"]),
            sid=_uuid(claims["sid"]),
            roles=frozenset(roles),
            mediateur_id=_uuid(claims["mediateur_id"]) if claims.get("mediateur_id") is not None else None,
            coordinateur_id=_uuid(claims["coordinateur_id"])
            if claims.get("coordinateur_id") is not None
            else None,
            usurpe_par=_actor(claims.get("act")),
        )
        _require(self._denied_sessions.get(caller.sid, now) <= now)
        since = self._denied_accounts.get(caller.compte_id)
        _require(since is None or claims["iat"] > since.timestamp())
        return caller

    def _prune(self) -> None:
        now = self._clock.now()
        oldest = now - dt.timedelta(seconds=_MAX_LIFE_SECONDS + _SKEW_SECONDS)
        self._denied_sessions = {s: u for s, u in self._denied_sessions.items() if u > now}
        self._denied_accounts = {c: s for c, s in self._denied_accounts.items() if s > oldest}


async def read_token(
    token: str,
    key_of: Callable[[str], Awaitable[ECKey | None]],
    *,
    issuer: str,
    audience: str,
    now: float,
    life: int,
) -> dict[str, Any]:
    """The claims of a token that identity signed, for this audience, still good.

    Raises whatever a parser raises.

    key_of : the public key of a name.   now : seconds since 1970.   life : seconds that it may last at most.
    """
    _require(len(token) <= _MAX_BYTES and _COMPACT.fullmatch(token) is not None)
    header = _strict_json(_decode_segment(token.partition(".")[0]))
    # Exactly these three: no key, no URL of a key, no `crit` may ride in a header.
    _require(header.keys() == {"alg", "typ", "kid"})
    _require(header["alg"] == "ES256" and header["typ"] == "at+jwt")
    _require(isinstance(header["kid"], str) and _KID.fullmatch(header["kid"]) is not None)
    key = await key_of(header["kid"])
    _require(key is not None)
    assert key is not None
    claims = _strict_json(jws.deserialize_compact(token, key, algorithms=["ES256"]).payload)
    _require(claims["iss"] == issuer and claims["aud"] == audience)
    issued, expires = claims["iat"], claims["exp"]
    _require(type(issued) is int and type(expires) is int)
    _require(0 < expires - issued <= life)
    _require(issued <= now + _SKEW_SECONDS and now < expires)
    _require("nbf" not in claims or (type(claims["nbf"]) is int and claims["nbf"] <= now))
    return claims


def _machine(claims: dict[str, Any]) -> Machine:
    """Only machines have a `client_id`, and only persons a session."""
    _require("sid" not in claims and claims["client_id"] == claims["sub"])
    _require(type(claims["scope"]) is str and len(claims["scope"]) <= 1000)
    return Machine(_uuid(claims["client_id"]), frozenset(claims["scope"].split()))


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError


def _decode_segment(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _strict_json(text: bytes) -> dict[str, Any]:
    """An object without a repeated name: two readers must not understand two different tokens."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _require(len({name for name, _ in pairs}) == len(pairs))
        return dict(pairs)

    value: Any = json.loads(text, object_pairs_hook=once)
    _require(type(value) is dict)
    return value


def _uuid(text: Any) -> UUID:
    """Canonical lower-case form only: two spellings of one identifier must not exist."""
    value = UUID(text)
    _require(str(value) == text)
    return value


def _actor(act: Any) -> UUID | None:
    if act is None:
        return None
    _require(type(act) is dict and act.keys() == {"sub"})
    return _uuid(act["sub"])


def not_connected() -> Problem:
    """The one 401."""
    return Problem(NON_AUTHENTIFIE, headers={"WWW-Authenticate": "Bearer"})


def _bearer(request: Request) -> str:
    values = request.headers.getlist("authorization")
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        raise not_connected()
    return token


async def connecte(request: Request) -> Caller:
    """The caller of this request, or 401."""
    verifier: Verifier = request.app.state.verifier
    caller = await verifier.verify(_bearer(request))
    # Identity says so first, at the gateway: a service that is reached otherwise must not forget it.
    if caller.usurpe_par is not None and request.method not in SAFE_METHODS:
        raise Problem(LECTURE_SEULE)
    request.state.compte_id = str(caller.compte_id)
    structlog.contextvars.bind_contextvars(compte_id=request.state.compte_id)
    return caller


Connecte = Annotated[Caller, Depends(connecte)]
"""Anyone signed in."""


async def machine(request: Request) -> Machine:
    """The machine client of this request, or 401."""
    verifier: Verifier = request.app.state.verifier
    client = await verifier.verify_machine(_bearer(request))
    structlog.contextvars.bind_contextvars(client_id=str(client.client_id))
    return client


Cliente = Annotated[Machine, Depends(machine)]
"""Any machine client."""


def holds(caller: Caller | Machine, role: str) -> bool:
    """Whether the caller has that role; of a machine client, that scope."""
    if isinstance(caller, Machine):
        return role in caller.portees
    if role == MEDIATEUR:
        return caller.mediateur_id is not None
    if role == COORDINATEUR:
        return caller.coordinateur_id is not None
    return role in caller.roles


def insufficient(scopes: Iterable[str]) -> Problem:
    """The 403 of a machine client that has none of these scopes (RFC 6750 §3.1)."""
    asked = f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'
    return Problem(ACCES_REFUSE, "Il manque une portée à ce client.", headers={"WWW-Authenticate": asked})


def reserved(roles: Iterable[str]) -> Problem:
    """The 403 of somebody who has none of these roles."""
    words = [_RESERVED.get(role) for role in sorted(roles, reverse=True)]
    named = " et ".join(word for word in words if word is not None)
    return Problem(ACCES_REFUSE, f"Ceci est réservé {named}." if named and None not in words else None)


async def mediateur(caller: Connecte) -> MediateurCaller:
    """The caller as a médiateur, or 403."""
    if caller.mediateur_id is None:
        raise reserved([MEDIATEUR])
    return MediateurCaller(
        caller.compte_id,
        caller.sid,
        caller.roles,
        caller.mediateur_id,
        caller.coordinateur_id,
        caller.usurpe_par,
    )


Mediateur = Annotated[MediateurCaller, Depends(mediateur)]
"""A médiateur: `mediateur_id` is there."""


async def coordinateur(caller: Connecte) -> CoordinateurCaller:
    """The caller as a coordinateur, or 403."""
    if caller.coordinateur_id is None:
        raise reserved([COORDINATEUR])
    return CoordinateurCaller(
        caller.compte_id,
        caller.sid,
        caller.roles,
        caller.mediateur_id,
        caller.coordinateur_id,
        caller.usurpe_par,
    )


Coordinateur = Annotated[CoordinateurCaller, Depends(coordinateur)]
"""A coordinateur: `coordinateur_id` is there."""
