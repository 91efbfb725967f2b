"""De faux jetons internes, chacun bon en tout sauf en un point, faits avec la vraie clé d'identity."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from embedded.runtime import Platform
from events.postgres.database import Database
from identity.connexion.chiffre import Sealer
from identity.connexion.sessions.cles import SigningKey, SigningKeys
from joserfc import jws
from joserfc.jwk import ECKey
from process.clock import Clock

type Claims = Mapping[str, Any]


async def vraie_cle(platform: Platform) -> SigningKey:
    """The key that signs now, read as identity reads it: what a forger must not have."""
    environment = platform.environment("identity")
    version, _, coffre = environment["COFFRE_CLES"].partition(":")
    database = Database(environment["DATABASE_URL"])
    try:
        return await SigningKeys(
            database, Sealer({int(version): base64.b64decode(coffre)}), Clock()
        ).current()
    finally:
        await database.close()


class Faussaire:
    """Makes tokens for one service in the name of one person. moi : as `GET /auth/session` says it."""

    def __init__(self, cle: SigningKey, emetteur: str, moi: Mapping[str, Any]) -> None:
        self._cle = cle
        self._emetteur = emetteur
        self._moi = moi
        self._entete = {"alg": "ES256", "typ": "at+jwt", "kid": cle.kid}

    def au_nom_de(self, compte_id: str) -> "Faussaire":
        """The same, for another account."""
        return Faussaire(self._cle, self._emetteur, {**self._moi, "compte_id": compte_id})

    def bon(self, service: str) -> str:
        """What the service accepts: the control of all the others."""
        return self._signer(self._claims(service))

    def faux(self, service: str) -> dict[str, str]:
        """What is wrong -> the token."""
        claims = self._claims(service)
        ailleurs = "equipes" if service == "activites" else "activites"
        maintenant = claims["iat"]
        pirate = ECKey.generate_key("P-256", {"kid": self._cle.kid})
        bon = self.bon(service)
        tete, corps, signature = bon.split(".")
        autre_corps = self._claims(service) | {"mediateur_id": str(uuid4()), "roles": ["admin"]}
        return {
            "sans signature (alg none)": f"{_json64({**self._entete, 'alg': 'none'})}.{corps}.",
            "signature vidée": f"{tete}.{corps}.",
            "signature d'un autre jeton": f"{tete}.{_json64(autre_corps)}.{signature}",
            "autre clé, même nom": self._signer(claims, cle=pirate),
            "clé inconnue": self._signer(claims, kid="inconnue"),
            "clé offerte par l'en-tête": self._signer(claims, cle=pirate, jwk=pirate.as_dict(private=False)),
            "clé publique en secret HMAC": self._hmac(claims),
            "pas un jeton d'accès": self._signer(claims, typ="JWT"),
            "pour un autre service": self._signer({**claims, "aud": ailleurs}),
            "pour plusieurs services": self._signer({**claims, "aud": [service, ailleurs]}),
            "d'un autre émetteur": self._signer({**claims, "iss": "http://localhost:1"}),
            "expiré": self._signer({**claims, "iat": maintenant - 130, "exp": maintenant - 10}),
            "vie trop longue": self._signer({**claims, "exp": maintenant + 3600}),
            "du futur": self._signer({**claims, "iat": maintenant + 60, "exp": maintenant + 120}),
            "échéance en texte": self._signer({**claims, "exp": str(claims["exp"])}),
            "sans session": self._signer({k: v for k, v in claims.items() if k != "sid"}),
            "pas un jeton": "aW52ZW50aW9u",
        }

    def _claims(self, service: str) -> dict[str, Any]:
        maintenant = int(time.time())
        return {
            "iss": self._emetteur,
            "aud": service,
            "sub": self._moi["compte_id"],
            "sid": self._moi["session_id"],
            "roles": self._moi["roles"],
            "mediateur_id": self._moi["mediateur_id"],
            "coordinateur_id": self._moi["coordinateur_id"],
            "iat": maintenant,
            "exp": maintenant + 120,
        }

    def _signer(self, claims: Claims, *, cle: ECKey | None = None, **entete: Any) -> str:
        registre = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        return jws.serialize_compact(
            {**self._entete, **entete}, json.dumps(claims), cle or self._cle.key, registry=registre
        )

    def _hmac(self, claims: Claims) -> str:
        signe = f"{_json64({**self._entete, 'alg': 'HS256'})}.{_json64(claims)}"
        secret = self._cle.key.as_pem(private=False)
        return f"{signe}.{_base64(hmac.digest(secret, signe.encode(), hashlib.sha256))}"


def _json64(contenu: Claims) -> str:
    return _base64(json.dumps(contenu).encode())


def _base64(brut: bytes) -> str:
    return base64.urlsafe_b64encode(brut).rstrip(b"=").decode()
