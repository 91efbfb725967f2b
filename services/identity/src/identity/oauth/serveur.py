"""The authorization server, on Authlib's framework.

It decides synchronously, inside `run_sync`, on one connection: whatever has to be awaited (the client's
stream, the token of the request) is read before. Authlib's defaults that our rules contradict are listed in
docs/adr/0026-clients-de-machine.md, each with its test.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from events.postgres.database import Database
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from process.clock import Clock
from sqlalchemy.dialects.postgresql import insert

from identity.connexion.sessions.cles import SigningKey, SigningKeys
from identity.domain.client import Admis
from identity.domain.vocabulaire import Portee
from identity.oauth.cles import ALGORITHMS
from identity.oauth.clients import Clients
from identity.oauth.jetons import LIFE, Claims, JetonsMachine
from identity.projections.tables import assertions_vues, jetons_revoques

METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
ASSERTION_LIFE = 3600
"""Seconds."""
_LEEWAY = 60
_LONGEST_JTI = 256
_MOST_FIELDS = 20

type Endpoint = Literal["token", "introspection", "revocation"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. client : who was recognised, on a success."""

    status: int
    body: dict[str, Any]
    client: Admis | None = None


UNKNOWN_CLIENT = Answer(401, {"error": "invalid_client"})
"""One answer, whatever was wrong: Authlib says whether the client exists, with 400 or 401 by method."""


class UnreadableForm(Exception):
    """A parameter given twice (RFC 6749 §3.2), too many of them, or no UTF-8."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came.

    claimed : who it says it comes from, which proves nothing yet; None: no readable proof, or several.
    """

    form: dict[str, str]
    headers: Mapping[str, str]
    claimed: str | None


def read(body: bytes, headers: Mapping[str, str]) -> Asked:
    """Raises UnreadableForm."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise UnreadableForm from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise UnreadableForm
    form = {name: value for name, value in pairs if value}
    return Asked(form, headers, _claimed(form, headers))


def _claimed(form: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Who presents themselves, by exactly one proof: Authlib would try one after the other."""
    by_header = "authorization" in headers
    if by_header + ("client_secret" in form) + ("client_assertion" in form) != 1:
        return None
    try:
        if by_header:
            claimed: Any = extract_basic_authorization(_basic(headers))[0]
        elif "client_secret" in form:
            claimed = form.get("client_id")
        else:
            claimed = json.loads(jws.extract_compact(form["client_assertion"].encode()).payload)["sub"]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(claimed, str) or "\0" in claimed:
        return None
    # `client_id` may come along with another proof: it must then be the same.
    return claimed if form.get("client_id", claimed) == claimed else None


def _basic(headers: Mapping[str, str]) -> dict[str, str]:
    """As Authlib looks for it."""
    return {"Authorization": headers["authorization"]} if "authorization" in headers else {}


class Serveur:
    """The three endpoints, and what the metadata say of them."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        jetons: JetonsMachine,
        keys: SigningKeys,
        issuer: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._clients = clients
        self._jetons = jetons
        self._keys = keys
        self._issuer = issuer
        self._clock = clock

    async def answer(self, endpoint: Endpoint, asked: Asked) -> Answer:
        """Authenticate the client, then do what it asks."""
        client = await self._clients.find(asked.claimed) if asked.claimed is not None else None
        if client is None:
            return UNKNOWN_CLIENT
        opened = await self._jetons.open(asked.form.get("token", ""))
        key, now = await self._keys.current(), self._clock.now()

        def decide(connection: sa.Connection) -> Answer:
            deciding = _Deciding(connection, _Client(client, self._clients), self._issuer, now)
            deciding.token = _Token(opened, connection) if opened is not None else None
            deciding.register_token_generator("default", _Generator(self._jetons, key))
            request = _Request(endpoint, asked)
            if endpoint == "token":
                return cast(Answer, deciding.create_token_response(request))
            return cast(Answer, deciding.create_endpoint_response(endpoint, request))

        async with self._database.engine.begin() as connection:
            answer = await connection.run_sync(decide)
        return Answer(answer.status, answer.body, client) if answer.status == 200 else answer

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        document = AuthorizationServerMetadata(
            issuer=self._issuer,
            token_endpoint=f"{self._issuer}/oauth/token",
            introspection_endpoint=f"{self._issuer}/oauth/introspect",
            revocation_endpoint=f"{self._issuer}/oauth/revoke",
            jwks_uri=f"{self._issuer}/.well-known/jwks.json",
            scopes_supported=[portee.value for portee in Portee],
            response_types_supported=[],
            grant_types_supported=["client_credentials"],
            token_endpoint_auth_methods_supported=METHODS,
            token_endpoint_auth_signing_alg_values_supported=list(ALGORITHMS),
            introspection_endpoint_auth_methods_supported=METHODS,
            introspection_endpoint_auth_signing_alg_values_supported=list(ALGORITHMS),
            revocation_endpoint_auth_methods_supported=METHODS,
            revocation_endpoint_auth_signing_alg_values_supported=list(ALGORITHMS),
        )
        return dict(document)


# --- What Authlib asks of us ---


# The stubs that pyright brings describe an older Authlib.
_ServerBase: Any = AuthorizationServer
_AssertionBase: Any = JWTBearerClientAssertion


class _Request(OAuth2Request):
    def __init__(self, endpoint: Endpoint, asked: Asked) -> None:
        # TLS ends at the gateway; Authlib wants to read https.
        super().__init__("POST", f"https://passerelle/oauth/{endpoint}", headers=_basic(asked.headers))
        # A hint that we do not know is no fault (RFC 7009 §2.1): there is one kind of token.
        self._form = {name: value for name, value in asked.form.items() if name != "token_type_hint"}
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Client(ClientMixin):
    def __init__(self, admis: Admis, clients: Clients) -> None:
        self.admis = admis
        self._clients = clients

    def get_client_id(self) -> str:
        return str(self.admis.creation.client_id)

    def check_client_secret(self, client_secret: str) -> bool:
        return self._clients.proved_by(self.admis, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "private_key_jwt") == (self.admis.jwks is not None)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == ClientCredentialsGrant.GRANT_TYPE


class _Token(TokenMixin):
    """A token of ours, whose signature and expiry were checked."""

    def __init__(self, claims: Claims, connection: sa.Connection) -> None:
        self.claims = claims
        self._connection = connection

    def check_client(self, client: _Client) -> bool:
        return self.claims["client_id"] == client.get_client_id()

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        known = sa.select(jetons_revoques.c.jti).where(jetons_revoques.c.jti == self.claims["jti"])
        return self._connection.execute(known).first() is not None


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_requested_scope(self) -> None:
        """Something is asked, and all of it is allowed: nothing asked is silently dropped."""
        request = cast(Any, self.request)
        asked = set((request.payload.scope or "").split())
        if not asked or not asked <= set(request.client.admis.portees):
            raise InvalidScopeError


class _Generator:
    """Fifteen minutes, signed with a named key, dated by our clock."""

    def __init__(self, jetons: JetonsMachine, key: SigningKey) -> None:
        self._jetons = jetons
        self._key = key

    def __call__(self, client: _Client, scope: str, **_: object) -> dict[str, Any]:
        scope = " ".join(dict.fromkeys(scope.split()))
        token = self._jetons.access(self._key, client.admis.creation.client_id, scope)
        return {"token_type": "Bearer", "access_token": token, "expires_in": LIFE, "scope": scope}


class _Assertion(_AssertionBase):
    """`private_key_jwt` (RFC 7523)."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, connection: sa.Connection, issuer: str, now: dt.datetime) -> None:
        super().__init__()
        self._connection = connection
        self._issuer = issuer
        self._now = int(now.timestamp())

    def resolve_client_public_key(self, client: _Client) -> KeySet:
        if client.admis.jwks is None:
            raise InvalidClientError
        return KeySet.import_key_set(json.loads(client.admis.jwks))

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        """Authlib's own takes every algorithm that joserfc knows, any length of life, and another clock."""
        wanted = {
            "aud": {"essential": True, "values": [self._issuer, f"{self._issuer}/oauth/token"]},
            **{name: {"essential": True} for name in ("iss", "sub", "exp", "jti")},
        }
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=list(ALGORITHMS)).claims
            JWTClaimsRegistry(now=self._now, leeway=_LEEWAY, **cast(Any, wanted)).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidClientError from error
        far, jti = claims["exp"] > self._now + ASSERTION_LIFE, claims["jti"]
        if far or claims["iss"] != claims["sub"] or len(jti) > _LONGEST_JTI or not self._first_time(claims):
            raise InvalidClientError
        return claims

    def _first_time(self, claims: Mapping[str, Any]) -> bool:
        mark = hashlib.sha256(f"{claims['sub']} {claims['jti']}".encode()).digest()
        expires = dt.datetime.fromtimestamp(claims["exp"] + _LEEWAY, dt.UTC)
        seen = insert(assertions_vues).values(empreinte=mark, expire_le=expires).on_conflict_do_nothing()
        return self._connection.execute(seen).rowcount == 1


class _OfTheRequest:
    """What introspection and revocation share: the token of the request, if it is the client's own."""

    CLIENT_AUTH_METHODS = METHODS
    server: "_Deciding"

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """Another's is unknown: Authlib would answer 400 to its revocation, where RFC 7009 §2.2 says 200."""
        token = self.server.token
        return token if token is not None and token.check_client(self.server.client) else None


class _Introspection(_OfTheRequest, IntrospectionEndpoint):
    def check_permission(self, token: _Token, client: _Client, request: _Request) -> bool:
        return True

    def introspect_token(self, token: _Token) -> dict[str, Any]:
        return {**token.claims, "active": True, "token_type": "Bearer"}


class _Revocation(_OfTheRequest, RevocationEndpoint):
    def revoke_token(self, token: _Token, request: _Request) -> None:
        expires = dt.datetime.fromtimestamp(token.claims["exp"], dt.UTC)
        known = insert(jetons_revoques).values(jti=token.claims["jti"], expire_le=expires)
        self.server.connection.execute(known.on_conflict_do_nothing())


class _Deciding(_ServerBase):
    """One per request, which knows one client: the one that says it is there."""

    token: _Token | None = None

    def __init__(self, connection: sa.Connection, client: _Client, issuer: str, now: dt.datetime) -> None:
        super().__init__()
        self.connection = connection
        self.client = client
        self.register_client_auth_method("private_key_jwt", _Assertion(connection, issuer, now))
        self.register_grant(_Grant)
        self.register_endpoint(_Introspection)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> _Client | None:
        return self.client if client_id == self.client.get_client_id() else None

    def save_token(self, token: dict[str, Any], request: _Request) -> None:
        """Nothing to keep: it is signed."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: object) -> Answer:
        error = body.get("error")
        if error is None:
            return Answer(status, body)
        # Its code alone: the rest of what Authlib says repeats the request, or tells what was wrong.
        return UNKNOWN_CLIENT if error == "invalid_client" else Answer(400, {"error": error})
