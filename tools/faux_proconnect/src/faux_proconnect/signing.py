"""Compact JWS by hand: a library refuses to write the forgeries that clients must refuse to read."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from faux_proconnect.failures import Mode
from faux_proconnect.keys import Keys, SigningKey

FORGED_ISSUER = "https://fournisseur-forge.exemple.fr/api/v2"
SKEW_S = 600


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _raw_signature(key: SigningKey, data: bytes) -> bytes:
    private = key.private_key
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(data, padding.PKCS1v15(), SHA256())
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def compact(header: dict[str, Any], claims: dict[str, Any], key: SigningKey | bytes | None) -> str:
    """A compact JWS; `bytes` is an HMAC secret, `None` leaves it unsigned."""
    parts = [_b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    data = ".".join(parts).encode()
    if key is None:
        signature = b""
    elif isinstance(key, bytes):
        signature = hmac.new(key, data, hashlib.sha256).digest()
    else:
        signature = _raw_signature(key, data)
    return f"{data.decode()}.{_b64(signature)}"


def _forged_claims(claims: dict[str, Any], mode: Mode) -> dict[str, Any]:
    match mode:
        case "wrong_nonce":
            return {**claims, "nonce": "n" * 43} if "nonce" in claims else claims
        case "wrong_aud":
            return {**claims, "aud": "un-autre-service"}
        case "wrong_iss":
            return {**claims, "iss": FORGED_ISSUER}
        case "expired":
            return {**claims, "iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600}
        case "lower_acr":
            return {**claims, "acr": "eidas0"} if "acr" in claims else claims
        case "clock_ahead":
            return {**claims, "iat": claims["iat"] + SKEW_S, "exp": claims["exp"] + SKEW_S}
        case "clock_behind":
            return {**claims, "iat": claims["iat"] - SKEW_S, "exp": claims["exp"] - SKEW_S}
        case _:
            return claims


def signed(claims: dict[str, Any], alg: str, keys: Keys, secret: str, mode: Mode) -> str:
    """The token a client of algorithm `alg` receives, gone wrong as `mode` says."""
    key = keys.current[alg]
    header: dict[str, Any] = {"alg": alg, "typ": "JWT", "kid": key.kid}
    claims = _forged_claims(claims, mode)
    match mode:
        case "hmac_public_key":
            return compact({**header, "alg": "HS256"}, claims, key.as_pem(private=False))
        case "hmac_secret":
            return compact({"alg": "HS256", "typ": "JWT"}, claims, secret.encode())
        case "alg_none":
            return compact({"alg": "none", "typ": "JWT"}, claims, None)
        case "other_alg":
            other = "ES256" if alg == "RS256" else "RS256"
            key = keys.current[other]
            return compact({**header, "alg": other, "kid": key.kid}, claims, key)
        case "foreign_key":
            return compact(header, claims, keys.foreign(alg))
        case "key_in_header":
            foreign = keys.foreign(alg)
            return compact({"alg": alg, "typ": "JWT", "jwk": foreign.as_dict(private=False)}, claims, foreign)
        case "oversized_header":
            return compact({**header, "remplissage": "x" * 16_384}, claims, key)
        case _:
            return compact(header, claims, key)
