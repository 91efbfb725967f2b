"""Un navigateur et un service de poche, pour conduire le faux ProConnect par HTTP."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet

REDIRECT_URI = "http://localhost:8080/auth/retour"
POST_LOGOUT_URI = "http://localhost:8080/auth/deconnexion/retour"
SECRET = "secret-du-service-de-test"
SCOPE = "openid given_name usual_name email uid siret idp_id organization_label roles phone"
PROCONNECT_IDENTITE = "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
METROPOLE = "5a0e1c3f-2d64-4b1e-9a57-0c8a6f1be2d1"
ESSAI = "c0ffee00-7e57-4000-8000-000000000001"
MFA = {"essential": True, "values": ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]}
LEA = "lea.martin@ville.exemple.fr"


def redirected(response: httpx2.Response) -> dict[str, str]:
    """The parameters that the provider sends back to the service."""
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(("http://localhost:8080/auth/",)), location
    return dict(parse_qsl(urlsplit(location).query))


def hidden(response: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the page's form."""
    assert response.headers["content-type"].startswith("text/html")
    return dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', response.text))


def error_code(response: httpx2.Response) -> str:
    """The code shown on an error page, and the proof that nobody was sent anywhere."""
    assert "location" not in response.headers
    found = re.search(r'id="code-erreur">([^<]+)<', response.text)
    assert found, response.text
    return found.group(1)


def claims_of(token: str) -> dict[str, Any]:
    """The claims, unchecked."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def header_of(token: str) -> dict[str, Any]:
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))


class Navigateur:
    """Un navigateur (témoins compris) et le service `client_id` auquel il veut se connecter."""

    def __init__(self, base: str, client_id: str = "coop", secret: str = SECRET) -> None:
        # verify: plain HTTP only, so no bundle of certificates to read for each browser.
        self.http = httpx2.Client(base_url=base, trust_env=False, verify=False, timeout=60)
        self.issuer = f"http://localhost:{urlsplit(base).port}/api/v2"
        self.client_id = client_id
        self.secret = secret
        self.state = secrets.token_urlsafe(32)
        self.nonce = secrets.token_urlsafe(32)
        self.verifier = secrets.token_urlsafe(32)

    def params(self, **changes: str | None) -> dict[str, str]:
        """A right authorization request; a `None` leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        right: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "claims": '{"id_token":{"acr":null,"amr":null}}',
        }
        return {name: value for name, value in (right | changes).items() if value is not None}

    def authorize(self, **changes: str | None) -> httpx2.Response:
        return self.http.get("/api/v2/authorize", params=self.params(**changes))

    def post(self, page: httpx2.Response, **fields: str) -> httpx2.Response:
        return self.http.post("/api/v2/interaction", data={**hidden(page), **fields})

    def sign_in(self, email: str = LEA, **changes: str | None) -> dict[str, str]:
        return redirected(self.post(self.authorize(**changes), email=email))

    def exchange(self, code: str | None, **changes: str | None) -> httpx2.Response:
        right: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": self.client_id,
            "client_secret": self.secret,
            "code_verifier": self.verifier,
        }
        form = {name: value for name, value in (right | changes).items() if value is not None}
        return self.http.post("/api/v2/token", data=form)

    def tokens(self, email: str = LEA, **changes: str | None) -> dict[str, Any]:
        answer = self.exchange(self.sign_in(email, **changes)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def id_token(self, email: str = LEA, **changes: str | None) -> dict[str, Any]:
        return claims_of(self.tokens(email, **changes)["id_token"])

    def userinfo(self, access_token: str) -> httpx2.Response:
        return self.http.get("/api/v2/userinfo", headers={"authorization": f"Bearer {access_token}"})

    def person(self, email: str = LEA, **changes: str | None) -> dict[str, Any]:
        """Userinfo claims of a fresh sign-in, unchecked."""
        return claims_of(self.userinfo(self.tokens(email, **changes)["access_token"]).text)

    def verified(self, token: str, alg: str = "RS256") -> dict[str, Any]:
        """The claims of a token whose signature the published keys prove."""
        keys = KeySet.import_key_set(self.http.get("/api/v2/jwks").json())
        return jwt.decode(token, keys, algorithms=[alg]).claims

    def test(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.http.post(f"/_test/{route}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def known(self) -> dict[str, Any]:
        return self.http.get("/_test/state").json()
