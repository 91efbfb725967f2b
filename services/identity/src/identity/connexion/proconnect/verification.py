"""Checks of what ProConnect signs (docs/domaine/proconnect.md §4 to §6). Pure, but for the keys.

joserfc opens a token with one algorithm and a key of ours; `oidc` checks what the standard says; then come
our rules, stricter: the exact audience, fresh tokens, whole seconds, the levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from identity.connexion.proconnect import oidc
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.proconnect.oidc import Registration

FRESH = 300
"""Both tokens are made while the person waits: one issued earlier than that, in seconds, is not ours."""
LEVELS = ("eidas0", "eidas0-mfa", "eidas1", "eidas1-mfa", "eidas2", "eidas3")
MFA_LEVELS = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class IdToken:
    """What the ID token says. auth_time : seconds since 1970."""

    sub: str
    acr: str | None
    amr: tuple[str, ...]
    auth_time: int | None


@dataclass(frozen=True, slots=True)
class Userinfo:
    """What ProConnect says of the person, as received."""

    sub: str
    given_name: str
    usual_name: str
    email: str
    siret: str | None
    phone_number: str | None
    idp_id: str | None


def decode(token: str, keys: KeySet, algorithm: str) -> Mapping[str, Any]:
    """The claims of a token signed with this very algorithm by one of these keys, named by its `kid`.

    Raises SigninFailed. The key always comes from `keys`: a key carried by the header is never looked at.
    """
    try:
        return jwt.decode(token, lambda obj: _key_of(obj, keys), algorithms=[algorithm]).claims
    except SigninFailed:
        raise
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SigninFailed(Reason.BAD_TOKEN, type(error).__name__) from error


def id_token(
    claims: Mapping[str, Any],
    registration: Registration,
    *,
    nonce: str,
    access_token: str,
    now: int,
    mfa: bool,
) -> IdToken:
    """Check and read the ID token's claims. mfa : refuse a level without multi-factor authentication."""
    oidc.check_id_token(claims, registration, nonce=nonce, access_token=access_token, now=now)
    _check_ours(claims, registration, now)
    acr = claims.get("acr")
    if acr is not None and acr not in LEVELS:
        raise SigninFailed(Reason.LEVEL_TOO_LOW)
    if mfa and acr not in MFA_LEVELS:
        raise SigninFailed(Reason.LEVEL_TOO_LOW)
    amr: Any = claims.get("amr") or ()
    auth_time = claims.get("auth_time")
    return IdToken(
        sub=_text(claims, "sub"),
        acr=acr,
        amr=tuple(m for m in amr if isinstance(m, str)),
        auth_time=auth_time if type(auth_time) is int else None,
    )


def userinfo(claims: Mapping[str, Any], registration: Registration, *, sub: str, now: int) -> Userinfo:
    """Check and read the signed userinfo. sub : the ID token's."""
    oidc.check_userinfo(claims, registration, sub=sub, now=now)
    _check_ours(claims, registration, now)
    return Userinfo(
        sub=sub,
        given_name=_text(claims, "given_name"),
        usual_name=_text(claims, "usual_name"),
        email=_text(claims, "email"),
        siret=_optional(claims, "siret"),
        phone_number=_optional(claims, "phone_number"),
        idp_id=_optional(claims, "idp_id"),
    )


def _key_of(obj: Any, keys: KeySet) -> Any:
    kid = obj.headers().get("kid")
    if not isinstance(kid, str) or not kid:
        raise SigninFailed(Reason.BAD_TOKEN, "kid")
    return keys.get_by_kid(kid)


def _check_ours(claims: Mapping[str, Any], registration: Registration, now: int) -> None:
    """`aud` is us and nobody else, even when `azp` is ours; `exp` and `iat` count whole, recent seconds."""
    client_id = registration.client_id
    if claims.get("aud") not in (client_id, [client_id]):
        raise SigninFailed(Reason.BAD_CLAIM, "aud")
    if claims.get("azp", client_id) != client_id:
        raise SigninFailed(Reason.BAD_CLAIM, "azp")
    if type(claims.get("exp")) is not int:
        raise SigninFailed(Reason.BAD_CLAIM, "exp")
    issued = claims.get("iat", now)
    if type(issued) is not int or issued < now - FRESH:
        raise SigninFailed(Reason.BAD_CLAIM, "iat")


def _text(claims: Mapping[str, Any], name: str) -> str:
    text = _optional(claims, name)
    if text is None:
        raise SigninFailed(Reason.MISSING_CLAIM, name)
    return text


def _optional(claims: Mapping[str, Any], name: str) -> str | None:
    """The claim's text, bounded, without control characters; None when absent, empty or of another type."""
    value = claims.get(name)
    if not isinstance(value, str):
        return None
    text = "".join(c for c in value if c.isprintable()).strip()
    return text[:_LONGEST] or None
