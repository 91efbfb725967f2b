"""Reading an authorization request: what is refused, and where it shows (docs/domaine/proconnect.md §3)."""

import json
import re
from typing import Any, NoReturn, cast

from faux_proconnect.monde import EMAIL, KNOWN_SCOPES, LEVELS, Client, Monde
from faux_proconnect.provider import Request

KNOWN = frozenset(
    (
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "claims", "prompt"),
        *("code_challenge", "code_challenge_method", "login_hint", "siret_hint", "idp_hint", "acr_values"),
    )
)
PROMPTS = frozenset({"none", "login", "consent"})
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class PageError(Exception):
    """Shown here; the person never goes back to the service."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


class CallbackError(Exception):
    """Sent back to the service's redirect URI."""

    def __init__(self, error: str, description: str, redirect_uri: str, state: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


def single(pairs: list[tuple[str, str]], known: frozenset[str]) -> dict[str, str]:
    """The parameters as a dictionary; an unknown or a repeated one is a bad request."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise PageError("Y000400", f"Paramètre inconnu : {name[:60]}")
        if name in values:
            raise PageError("Y000400", f"Paramètre répété : {name}")
        values[name] = value
    return values


def _client(values: dict[str, str], monde: Monde) -> Client:
    client = monde.clients.get(values.get("client_id", ""))
    if client is None or not client.actif:
        raise PageError("invalid_client", "Ce service n'est pas connu de ProConnect.")
    if values.get("redirect_uri") not in client.redirect_uris:
        raise PageError("Y030031", "L'adresse de retour n'est pas enregistrée pour ce service.")
    if not client.valide:
        raise PageError("Y04A586", "La configuration de ce service est invalide.", 500)
    return client


def _format(values: dict[str, str]) -> None:
    """The parameters that the federation checks before anything else."""
    if len(values.get("state", "")) < 32:
        raise PageError("Y000400", "Paramètre state : 32 caractères au moins.")
    nonce = values.get("nonce", "")
    if not 32 <= len(nonce) <= 512 or not nonce.isascii() or not nonce.isprintable():
        raise PageError("Y000400", "Paramètre nonce : de 32 à 512 caractères ASCII.")
    if "login_hint" in values and not EMAIL.fullmatch(values["login_hint"]):
        raise PageError("Y000400", "Paramètre login_hint : adresse électronique attendue.")
    if "siret_hint" in values and len(values["siret_hint"]) != 14:
        raise PageError("Y000400", "Paramètre siret_hint : 14 caractères attendus.")


def read_request(pairs: list[tuple[str, str]], monde: Monde) -> Request:
    """The request; raises PageError before the redirect URI is trusted, CallbackError after."""
    values = single(pairs, KNOWN)
    client = _client(values, monde)
    _format(values)

    def refuse(error: str, description: str) -> NoReturn:
        raise CallbackError(error, description, values["redirect_uri"], values["state"])

    if values.get("response_type") is None:
        refuse("invalid_request", "missing required parameter 'response_type'")
    if values["response_type"] != "code":
        refuse("unsupported_response_type", "unsupported response_type requested")
    scopes = tuple(dict.fromkeys(s for s in values.get("scope", "").split(" ") if s in KNOWN_SCOPES))
    if "openid" not in scopes:
        refuse("invalid_request", "openid scope must be requested")
    if ungranted := [s for s in scopes if s not in client.scopes]:
        refuse("invalid_scope", f"requested scope is not allowed: {' '.join(ungranted)}")
    prompts = frozenset(p for p in values.get("prompt", "").split(" ") if p)
    if "prompt" in values and (not prompts or not prompts <= PROMPTS):
        refuse("invalid_request", "unsupported prompt value requested")
    if "none" in prompts and len(prompts) > 1:
        refuse("invalid_request", "prompt none must only be used alone")
    challenge, method = values.get("code_challenge"), values.get("code_challenge_method")
    if (challenge is None) != (method is None) or (method is not None and method != "S256"):
        refuse("invalid_request", "code_challenge and code_challenge_method=S256 go together")
    if challenge is not None and not CHALLENGE.fullmatch(challenge):
        refuse("invalid_request", "code_challenge must be 43 base64url characters")
    try:
        asked, userinfo, essential = _claims(values.get("claims"))
    except (ValueError, RecursionError) as error:
        refuse("invalid_request", f"invalid claims parameter: {error}")
    if "acr" in asked and "acr_values" in values:
        refuse("invalid_request", "acr_values and claims.id_token.acr exclude each other")
    if "idp_hint" in values and values["idp_hint"] not in monde.fournisseurs:
        refuse("idp_hint_not_found", "provided idp_hint could not be found")
    return Request(
        client=client,
        redirect_uri=values["redirect_uri"],
        scopes=scopes,
        state=values["state"],
        nonce=values["nonce"],
        code_challenge=challenge,
        prompts=prompts,
        login_hint=values.get("login_hint"),
        siret_hint=values.get("siret_hint"),
        idp_hint=values.get("idp_hint"),
        asked_claims=asked,
        userinfo_claims=userinfo,
        essential_acr=essential,
    )


def _claims(text: str | None) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Names asked in the ID token, names asked in userinfo, levels of an essential `acr`."""
    if text is None:
        return frozenset(), frozenset(), ()
    members = _object(json.loads(text), "object expected")
    if not members or not members.keys() <= {"id_token", "userinfo"}:
        raise ValueError("id_token or userinfo expected")
    id_token = _object(members.get("id_token") or {}, "id_token must be an object")
    userinfo = _object(members.get("userinfo") or {}, "userinfo must be an object")
    acr = id_token.get("acr")
    essential: tuple[str, ...] = ()
    if acr is not None:
        wanted = _object(acr, "acr must be an object or null")
        levels = wanted.get("values", [wanted["value"]] if "value" in wanted else [])
        if not isinstance(levels, list) or not all(isinstance(v, str) for v in cast("list[Any]", levels)):
            raise ValueError("acr values must be strings")
        if wanted.get("essential") is True:
            essential = tuple(cast("list[str]", levels))
            if not essential:
                essential = LEVELS
    return frozenset(id_token), frozenset(userinfo), essential


def _object(value: Any, refusal: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(refusal)
    return cast("dict[str, Any]", value)
