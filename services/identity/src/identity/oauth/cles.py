"""The public keys that a machine client registers (RFC 7517), and what they may be."""

import json
from base64 import urlsafe_b64decode
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from identity.domain.client import CleInconnue, ClesRefusees, DerniereCle

ALGORITHMS = ("ES256", "RS256")
AT_MOST = 5
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}
_LONGEST_NAME = 128
_RSA_BYTES = 256


def read(keys: list[dict[str, Any]]) -> str:
    """The public halves alone, in JSON, in one spelling. Raises ClesRefusees."""
    names = [str(key.get("kid", "")) for key in keys]
    # Without a slash: the name is a step of the address that takes the key away.
    if not all(0 < len(n) <= _LONGEST_NAME and n.isprintable() and "/" not in n for n in names):
        raise ClesRefusees("Chaque clé porte un nom (kid) de 128 caractères au plus, sans /.", field="/cles")
    if len(set(names)) != len(names):
        raise ClesRefusees("Deux clés portent le même nom (kid).", field="/cles")
    return json.dumps(
        {"keys": [_public(key, name) for key, name in zip(keys, names, strict=True)]}, sort_keys=True
    )


def avec(jwks: str | None, key: dict[str, Any]) -> str:
    """These keys and one more, as it is added before another is taken away. Raises ClesRefusees."""
    keys = known(jwks)
    if len(keys) >= AT_MOST:
        raise ClesRefusees(f"Un client a {AT_MOST} clés au plus : retirez-en une d’abord.", field="/kid")
    if key.get("kid") in {one["kid"] for one in keys}:
        raise ClesRefusees("Une clé de ce nom (kid) est déjà enregistrée.", field="/kid")
    return read([*keys, key])


def sans(jwks: str | None, name: str) -> str:
    """These keys without the one of this name. Raises CleInconnue, DerniereCle."""
    keys = known(jwks)
    kept = [one for one in keys if one["kid"] != name]
    if len(kept) == len(keys):
        raise CleInconnue
    if not kept:
        raise DerniereCle
    return read(kept)


def known(jwks: str | None) -> list[dict[str, Any]]:
    """Those of a set that `read` made."""
    return json.loads(jwks)["keys"] if jwks else []


def _public(key: dict[str, Any], name: str) -> dict[str, Any]:
    if "d" in key:
        raise ClesRefusees(
            "Une clé privée ne se donne à personne : n’envoyez que sa moitié publique.", field="/cles"
        )
    try:
        kept = {member: key[member] for member in _MEMBERS[key["kty"]]}
        # Measured before it is read: joserfc warns of a short one, and takes it.
        strong = key["kty"] == "EC" or len(urlsafe_b64decode(f"{kept['n']}==").lstrip(b"\0")) >= _RSA_BYTES
        found = (ECKey if key["kty"] == "EC" else RSAKey).import_key(kept) if strong else None
    except (JoseError, ValueError, TypeError, KeyError):
        strong, kept, found = False, {}, None
    if not strong or (isinstance(found, ECKey) and found.curve_name != "P-256"):
        raise ClesRefusees("Chaque clé est une clé EC P-256, ou RSA de 2048 bits au moins.", field="/cles")
    return {**kept, "kid": name, "use": "sig"}
