"""Checks of what ProConnect signs (docs/domaine/proconnect.md §4 to §6). Pure, but for the keys."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from identity.connexion.proconnect.errors import Reason, SigninFailed

LEEWAY = 60
"""Seconds of clock difference tolerated."""
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
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int, mfa: bool
) -> IdToken:
    """Check and read the ID token's claims. mfa : refuse a level without multi-factor authentication."""
    _check_common(claims, issuer, client_id, now, required=True)
    received = claims.get("nonce")
    if not isinstance(received, str) or not hmac.compare_digest(received.encode(), nonce.encode()):
        raise SigninFailed(Reason.BAD_CLAIM, "nonce")
    acr = claims.get("acr")
    if acr is not None and acr not in LEVELS:
        raise SigninFailed(Reason.LEVEL_TOO_LOW)
    if mfa and acr not in MFA_LEVELS:
        raise SigninFailed(Reason.LEVEL_TOO_LOW)
    amr: Any = claims.get("amr")
    auth_time = claims.get("auth_time")
    return IdToken(
        sub=_text(claims, "sub"),
        acr=acr,
        amr=tuple(m for m in amr if isinstance(m, str)) if isinstance(amr, list) else (),
        auth_time=auth_time if type(auth_time) is int else None,
    )


def userinfo(claims: Mapping[str, Any], *, issuer: str, client_id: str, sub: str, now: int) -> Userinfo:
    """Check and read the signed userinfo. sub : the ID token's."""
    _check_common(claims, issuer, client_id, now, required=False)
    if not hmac.compare_digest(_text(claims, "sub").encode(), sub.encode()):
        raise SigninFailed(Reason.BAD_SUB)
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


def _check_common(
    claims: Mapping[str, Any], issuer: str, client_id: str, now: int, *, required: bool
) -> None:
    """`iss`, `aud`, `azp`, `exp`, `iat`. required : `iat` must be there (in an ID token it must)."""
    if claims.get("iss") != issuer:
        raise SigninFailed(Reason.BAD_CLAIM, "iss")
    if claims.get("aud") not in (client_id, [client_id]):
        raise SigninFailed(Reason.BAD_CLAIM, "aud")
    if claims.get("azp", client_id) != client_id:
        raise SigninFailed(Reason.BAD_CLAIM, "azp")
    expires, issued = claims.get("exp"), claims.get("iat")
    if type(expires) is not int or expires <= now - LEEWAY:
        raise SigninFailed(Reason.BAD_CLAIM, "exp")
    if issued is None and not required:
        return
    if type(issued) is not int or not now - FRESH <= issued <= now + LEEWAY:
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
