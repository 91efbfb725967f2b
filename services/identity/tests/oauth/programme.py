"""What the tests of machine clients do with: an administrator, programs, and the proofs that they show."""

import base64
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx2
from identity.connexion.sessions.cles import SigningKey
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIRE = {"grant_type": "client_credentials", "scope": "lieux:lire"}


@dataclass
class Administrateur:
    """Speaks to the service with a token of the role."""

    http: httpx2.AsyncClient
    cle: SigningKey
    emetteur: str
    maintenant: Callable[[], dt.datetime]
    roles: tuple[str, ...] = ("admin",)
    compte_id: UUID = field(default_factory=uuid4)
    position: str = ""

    async def demander(self, methode: str, chemin: str, corps: Any = None, **entetes: str) -> httpx2.Response:
        emis = int(self.maintenant().timestamp())
        claims = {
            "iss": self.emetteur,
            "aud": "identity",
            "sub": str(self.compte_id),
            "sid": str(uuid4()),
            "roles": list(self.roles),
            "iat": emis,
            "exp": emis + 120,
        }
        jeton = jwt.encode(
            {"alg": "ES256", "kid": self.cle.kid, "typ": "at+jwt"}, claims, self.cle.key, ["ES256"]
        )
        tous = {"Authorization": f"Bearer {jeton}", **entetes}
        if self.position:
            tous["X-Position"] = self.position
        reponse = await self.http.request(
            methode, chemin, headers=tous, **({} if corps is None else {"json": corps})
        )
        self.position = reponse.headers.get("x-position", self.position)
        return reponse

    async def creer(self, *portees: str, **suite: Any) -> str:
        """A client without secret nor key; its identifier."""
        client_id = str(uuid4())
        corps = {
            "id": client_id,
            "nom": f"Programme {client_id}",
            "portees": portees or ("lieux:lire", "structures:lire"),
            **suite,
        }
        reponse = await self.demander("POST", "/clients", corps)
        assert reponse.status_code == 201, reponse.text
        return client_id

    async def secret(self, client_id: str) -> str:
        """One more secret of this client."""
        reponse = await self.demander("POST", f"/clients/{client_id}/secrets", {"id": str(uuid4())})
        assert reponse.status_code == 201, reponse.text
        return reponse.json()["secret"]

    async def programme(self, *portees: str, **suite: Any) -> "Programme":
        """A client with a secret."""
        client_id = await self.creer(*portees, **suite)
        return Programme(self.http, client_id, await self.secret(client_id))

    async def programme_a_cle(self, cle: ECKey | RSAKey) -> "Programme":
        """A client with a key."""
        client_id = await self.creer()
        publique = {**cle.as_dict(private=False), "kid": cle.kid}
        reponse = await self.demander("PUT", f"/clients/{client_id}/cles", {"cles": [publique]})
        assert reponse.status_code == 204, reponse.text
        return Programme(self.http, client_id, "")


@dataclass
class Programme:
    """A machine client."""

    http: httpx2.AsyncClient
    client_id: str
    secret: str

    async def poster(
        self, chemin: str, formulaire: Any, entetes: dict[str, str] | None = None
    ) -> httpx2.Response:
        corps = formulaire if isinstance(formulaire, str | bytes) else urlencode(formulaire)
        tous = {"Content-Type": "application/x-www-form-urlencoded", **(entetes or {})}
        return await self.http.post(chemin, content=corps, headers=tous)

    def basic(self, secret: str | None = None) -> dict[str, str]:
        texte = f"{self.client_id}:{self.secret if secret is None else secret}"
        return {"Authorization": "Basic " + base64.b64encode(texte.encode()).decode()}

    def post(self, secret: str | None = None) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.secret if secret is None else secret}

    async def jeton(self, **champs: str) -> str:
        reponse = await self.poster("/oauth/token", {**LIRE, **champs}, self.basic())
        assert reponse.status_code == 200, reponse.text
        return reponse.json()["access_token"]


def assertion(
    programme: Programme,
    cle: ECKey | RSAKey,
    emetteur: str,
    alg: str = "ES256",
    avec: Any = None,
    **change: Any,
) -> dict[str, str]:
    """A proof by key, good unless changed. avec : another key to sign with.   None takes a claim out."""
    maintenant = int(time.time())
    claims = {
        "iss": programme.client_id,
        "sub": programme.client_id,
        "aud": f"{emetteur}/oauth/token",
        "iat": maintenant,
        "exp": maintenant + 60,
        "jti": uuid4().hex,
    } | change
    gardes = {nom: valeur for nom, valeur in claims.items() if valeur is not None}
    texte = jwt.encode({"alg": alg, "kid": cle.kid}, gardes, avec or cle, [alg])
    return {"client_assertion_type": ASSERTION, "client_assertion": texte}
