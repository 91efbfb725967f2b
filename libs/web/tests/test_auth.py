"""Jetons forgés : tous reçoivent le même 401, muet."""

import base64
import datetime as dt
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from web.testing import TokenIssuer

type Forge = Callable[[TokenIssuer], str]


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(issuer: TokenIssuer, header: Any = None, payload: Any = None, key: ECKey | None = None) -> str:
    """A token whose signature is right, over whatever header and payload."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": issuer.kid} if header is None else header
    payload = issuer.claims("essai") if payload is None else payload
    signing_input = f"{segment(header)}.{segment(payload)}"
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    signature = algorithm.sign(signing_input.encode(), key or issuer.key)
    return f"{signing_input}.{segment(signature)}"


def with_header(**changes: Any) -> Forge:
    def forge(issuer: TokenIssuer) -> str:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": issuer.kid} | changes
        return signed(issuer, {k: v for k, v in header.items() if v is not ...})

    return forge


def with_claims(**changes: Any) -> Forge:
    def forge(issuer: TokenIssuer) -> str:
        claims = issuer.claims("essai") | {k: v() if callable(v) else v for k, v in changes.items()}
        return signed(issuer, payload={k: v for k, v in claims.items() if v is not ...})

    return forge


def now(seconds: float = 0) -> Callable[[], int]:
    return lambda: int(time.time() + seconds)


def unsigned(issuer: TokenIssuer) -> str:
    return (
        f"{segment({'alg': 'none', 'typ': 'at+jwt', 'kid': issuer.kid})}.{segment(issuer.claims('essai'))}."
    )


def unsigned_with_signature(issuer: TokenIssuer) -> str:
    return unsigned(issuer) + "AAAA"


def hmac_with_public_key(issuer: TokenIssuer) -> str:
    # By hand: joserfc itself refuses a public key as a shared secret.
    header = {"alg": "HS256", "typ": "at+jwt", "kid": issuer.kid}
    signing_input = f"{segment(header)}.{segment(issuer.claims('essai'))}"
    mac = hmac.digest(issuer.key.as_pem(private=False), signing_input.encode(), "sha256")
    return f"{signing_input}.{segment(mac)}"


def rsa(issuer: TokenIssuer) -> str:
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "typ": "at+jwt", "kid": issuer.kid}
    return jws.serialize_compact(header, json.dumps(issuer.claims("essai")), key, algorithms=["RS256"])


def foreign_key_same_kid(issuer: TokenIssuer) -> str:
    return signed(issuer, key=ECKey.generate_key("P-256"))


def foreign_key_in_header(issuer: TokenIssuer) -> str:
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": issuer.kid, "jwk": key.as_dict(private=False)}
    return signed(issuer, header, key=key)


def altered_payload(issuer: TokenIssuer) -> str:
    header, _, signature = issuer.token("essai").split(".")
    return f"{header}.{segment(issuer.claims('essai', roles=['admin']))}.{signature}"


def altered(change: Callable[[str], str]) -> Forge:
    return lambda issuer: change(issuer.token("essai"))


def repeated_claim(issuer: TokenIssuer) -> str:
    claims = json.dumps(issuer.claims("essai"))
    return signed(issuer, payload=(claims[:-1] + ', "sub": "' + str(uuid4()) + '"}').encode())


def repeated_header(issuer: TokenIssuer) -> str:
    return signed(issuer, f'{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{issuer.kid}"}}'.encode())


FORGERIES: dict[str, Forge] = {
    "vide": lambda _: "",
    "du texte": lambda _: "bonjour",
    "un secret de client v1": lambda _: f"{uuid4()}:secret",
    "alg none sans signature": unsigned,
    "alg none avec signature": unsigned_with_signature,
    "alg absent": with_header(alg=...),
    "alg en minuscules": with_header(alg="es256"),
    "alg ES384": with_header(alg="ES384"),
    "HS256 avec la clé publique": hmac_with_public_key,
    "RS256": rsa,
    "typ absent": with_header(typ=...),
    "typ JWT": with_header(typ="JWT"),
    "typ en majuscules": with_header(typ="AT+JWT"),
    "typ jeton d’identité": with_header(typ="id_token"),
    "kid absent": with_header(kid=...),
    "kid inconnu": with_header(kid="autre"),
    "kid vide": with_header(kid=""),
    "kid nombre": with_header(kid=1),
    "kid liste": with_header(kid=["test-1"]),
    "kid chemin": with_header(kid="../../etc/passwd"),
    "clé dans l’en-tête": foreign_key_in_header,
    "adresse de clés dans l’en-tête": with_header(jku="http://127.0.0.1:1/jwks"),
    "x5u": with_header(x5u="http://127.0.0.1:1/cert"),
    "x5c": with_header(x5c=["AAAA"]),
    "crit": with_header(crit=["exp"]),
    "b64": with_header(b64=False),
    "autre clé, même kid": foreign_key_same_kid,
    "contenu changé": altered_payload,
    "signature tronquée": altered(lambda t: t[:-4]),
    "signature vide": altered(lambda t: t.rsplit(".", 1)[0] + "."),
    "signature rallongée": altered(lambda t: t + "AAAA"),
    "signature nulle": altered(lambda t: t.rsplit(".", 1)[0] + "." + segment(bytes(64))),
    "quatre parties": altered(lambda t: t + ".AAAA"),
    "partie doublée": altered(lambda t: t + "." + t.rsplit(".", 1)[1]),
    "deux jetons": altered(lambda t: f"{t},{t}"),
    "espace au milieu": altered(lambda t: t.replace(".", " .", 1)),
    "remplissage": altered(lambda t: t + "="),
    "alphabet base64 ordinaire": altered(lambda t: t.rsplit(".", 1)[0] + "." + "+/" * 43),
    "en-tête répété": repeated_header,
    "déclaration répétée": repeated_claim,
    "en-tête qui n’est pas un objet": lambda i: signed(i, ["ES256"]),
    "contenu qui n’est pas un objet": lambda i: signed(i, payload=["sub"]),
    "contenu qui n’est pas du JSON": lambda i: signed(i, payload=b"\xff\xfe"),
    "émetteur absent": with_claims(iss=...),
    "autre émetteur": with_claims(iss="http://identity.tes"),
    "émetteur avec une barre": with_claims(iss="http://identity.test/"),
    "émetteur liste": with_claims(iss=["http://identity.test"]),
    "destinataire absent": with_claims(aud=...),
    "autre destinataire": with_claims(aud="activites"),
    "destinataire liste": with_claims(aud=["essai"]),
    "destinataire en majuscules": with_claims(aud="ESSAI"),
    "expiré": with_claims(iat=now(-200), exp=now(-80)),
    "expire à l’instant": with_claims(exp=now()),
    "émis dans le futur": with_claims(iat=now(60), exp=now(120)),
    "vie trop longue": with_claims(exp=now(301)),
    "vie négative": with_claims(exp=now(-1)),
    "exp absent": with_claims(exp=...),
    "exp décimal": with_claims(exp=lambda: time.time() + 60),
    "exp texte": with_claims(exp=lambda: str(int(time.time()) + 60)),
    "exp booléen": with_claims(exp=True),
    "exp infini": with_claims(exp=float("inf")),
    "iat absent": with_claims(iat=...),
    "iat décimal": with_claims(iat=lambda: time.time() - 1),
    "nbf à venir": with_claims(nbf=now(60)),
    "sub absent": with_claims(sub=...),
    "sub en majuscules": with_claims(sub="ABCDEFAB-0000-4000-8000-000000000001"),
    "sub entre accolades": with_claims(sub="{abcdefab-0000-4000-8000-000000000001}"),
    "sub qui n’est pas un identifiant": with_claims(sub="admin"),
    "sub nombre": with_claims(sub=1),
    "sid absent": with_claims(sid=...),
    "rôles absents": with_claims(roles=...),
    "rôles texte": with_claims(roles="admin"),
    "rôles mêlés": with_claims(roles=["admin", 1]),
    "mediateur_id illisible": with_claims(mediateur_id="moi"),
    "act illisible": with_claims(act={"sub": "x"}),
    "act vide": with_claims(act={}),
    "act texte": with_claims(act="moi"),
    "jeton de machine": with_claims(sid=..., roles=..., scope="activites:lire"),
    "trop gros": with_claims(rien="x" * 4000),
}


@pytest.mark.parametrize("nom", FORGERIES)
async def test_un_jeton_forge_est_refuse_sans_un_mot(
    secured: httpx2.AsyncClient, issuer: TokenIssuer, nom: str
) -> None:
    headers = {"Authorization": f"Bearer {FORGERIES[nom](issuer)}", "X-Request-Id": "toujours-le-meme"}
    answer = await secured.get("/essais/moi", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "type": "/problemes/NonAuthentifie",
        "title": "Vous n’êtes pas connecté.",
        "status": 401,
        "instance": "/essais/moi",
        "request_id": "toujours-le-meme",
    }


@pytest.mark.parametrize(
    "valeur", ["", "Bearer", "Basic YTpi", "Token {}", "Bearer  {}", "{}", "Bearer {} ,", "Bearer\t{}"]
)
async def test_un_en_tete_dautorisation_tordu_est_refuse(
    secured: httpx2.AsyncClient, issuer: TokenIssuer, valeur: str
) -> None:
    headers = {"Authorization": valeur.format(issuer.token("essai"))}
    assert (await secured.get("/essais/moi", headers=headers)).status_code == 401


async def test_sans_jeton_ou_avec_deux_on_nest_pas_connecte(
    secured: httpx2.AsyncClient, issuer: TokenIssuer
) -> None:
    assert (await secured.get("/essais/moi")).status_code == 401
    bearer = f"Bearer {issuer.token('essai')}"
    twice = [("Authorization", bearer), ("Authorization", bearer)]
    assert (await secured.get("/essais/moi", headers=twice)).status_code == 401


async def test_un_bon_jeton_dit_qui_appelle(secured: httpx2.AsyncClient, issuer: TokenIssuer) -> None:
    compte = UUID(int=1)
    headers = {
        "Authorization": f"Bearer {issuer.token('essai', compte_id=compte)}",
        "X-Request-Id": "abcdefgh",
    }
    answer = await secured.get("/essais/moi", headers=headers)
    assert answer.json() == {"compte_id": str(compte), "author": str(compte), "request": "abcdefgh"}


async def test_un_bon_jeton_signe_par_notre_forge_passe(
    secured: httpx2.AsyncClient, issuer: TokenIssuer
) -> None:
    """The corpus proves something only if its own way of signing makes good tokens."""
    acteur = {"sub": str(uuid4())}
    for token in (signed(issuer), with_claims(nbf=now(-1))(issuer), with_claims(act=acteur)(issuer)):
        answer = await secured.get("/essais/moi", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200


async def test_chaque_route_est_reservee_a_son_role(secured: httpx2.AsyncClient, issuer: TokenIssuer) -> None:
    mediateur, coordinateur = uuid4(), uuid4()
    tokens = {
        "simple": issuer.token("essai"),
        "mediateur": issuer.token("essai", mediateur_id=mediateur),
        "coordinateur": issuer.token("essai", coordinateur_id=coordinateur),
        "admin": issuer.token("essai", roles=["admin"]),
    }
    for route in ("mediateur", "coordinateur", "admin"):
        for who, token in tokens.items():
            answer = await secured.get(f"/essais/{route}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == (200 if who == route else 403), (route, who)
            if who != route:
                assert answer.json()["type"] == "/problemes/AccesRefuse"


async def test_une_session_revoquee_ne_vaut_plus(
    secured: httpx2.AsyncClient, secured_app: FastAPI, issuer: TokenIssuer
) -> None:
    verifier = secured_app.state.verifier
    fermee, ouverte = uuid4(), uuid4()
    verifier.revoke(fermee, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=300))
    verifier.revoke(uuid4(), dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    for sid, status in ((fermee, 401), (ouverte, 200)):
        token = issuer.token("essai", sid=sid)
        answer = await secured.get("/essais/moi", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


async def test_les_jetons_davant_un_changement_de_droits_ne_valent_plus(
    secured: httpx2.AsyncClient, secured_app: FastAPI, issuer: TokenIssuer
) -> None:
    compte = uuid4()
    claims = issuer.claims("essai", compte_id=compte)
    changed = dt.datetime.fromtimestamp(claims["iat"], dt.UTC)
    secured_app.state.verifier.revoke_account(compte, changed)
    for iat, status in ((claims["iat"], 401), (claims["iat"] + 1, 200)):
        token = issuer.sign(claims | {"iat": iat})
        answer = await secured.get("/essais/moi", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
