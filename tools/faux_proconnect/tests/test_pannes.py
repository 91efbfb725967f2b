"""Chaque panne de l'interrupteur se voit du service."""

import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from faux_proconnect.failures import MODES
from faux_proconnect.signing import compact
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from navigateur import REDIRECT_URI, SECRET, Navigateur, claims_of, header_of, redirected

SIGNATURES = (
    *("hmac_public_key", "hmac_secret", "alg_none", "other_alg"),
    *("foreign_key", "key_in_header", "oversized_header"),
)
TRANSPORTS = tuple(
    f"{route}_{forme}" for route in ("token", "userinfo", "jwks") for forme in ("html", "500", "timeout")
)
# Each of these has a test of its own below.
SEULES = (
    *("none", "sub_swapped", "userinfo_json", "iss_missing", "iss_forged"),
    *("keys_rotated_overlap", "keys_rotated_no_overlap", "keys_rotated_unpublished"),
)


def panne(navigateur: Navigateur, mode: str, **options: Any) -> None:
    navigateur.test("failure", {"mode": mode, **options})


def jetons(navigateur: Navigateur) -> tuple[str, str]:
    """ID token and userinfo of one sign-in."""
    recus = navigateur.tokens()
    return recus["id_token"], navigateur.userinfo(recus["access_token"]).text


def refuse(navigateur: Navigateur, jeton: str) -> bool:
    """Whether a verifier holding the published keys and one algorithm refuses the token."""
    try:
        navigateur.verified(jeton)
    except (JoseError, ValueError):
        return True
    return False


@pytest.mark.parametrize("mode", SIGNATURES)
def test_une_signature_forgee_se_refuse(navigateur: Navigateur, mode: str) -> None:
    panne(navigateur, mode)
    for jeton in jetons(navigateur):
        assert refuse(navigateur, jeton)
    panne(navigateur, "none")
    identite, _ = jetons_d_une_session(navigateur)
    assert not refuse(navigateur, identite)


def jetons_d_une_session(navigateur: Navigateur) -> tuple[str, str]:
    """ID token and userinfo, the browser having a session already."""
    recus = navigateur.exchange(redirected(navigateur.authorize())["code"]).json()
    return recus["id_token"], navigateur.userinfo(recus["access_token"]).text


def test_les_forgeries_sont_bien_celles_qu_elles_disent(navigateur: Navigateur) -> None:
    publique = KeySet.import_key_set(navigateur.http.get("/api/v2/jwks").json())
    rsa = next(cle for cle in publique if isinstance(cle, RSAKey))
    panne(navigateur, "hmac_public_key")
    identite, personne = jetons(navigateur)
    for jeton in (identite, personne):
        # By hand: joserfc rightly refuses to take a public key for a secret.
        assert jeton == compact(header_of(jeton), claims_of(jeton), rsa.as_pem(private=False))

    panne(navigateur, "hmac_secret")
    identite, _ = jetons_d_une_session(navigateur)
    assert jwt.decode(identite, OctKey.import_key(SECRET), algorithms=["HS256"])

    panne(navigateur, "alg_none")
    identite, _ = jetons_d_une_session(navigateur)
    assert (header_of(identite)["alg"], identite.rpartition(".")[2]) == ("none", "")

    panne(navigateur, "other_alg")
    identite, _ = jetons_d_une_session(navigateur)
    assert navigateur.verified(identite, "ES256")["aud"] == "coop"

    panne(navigateur, "key_in_header")
    service = {"client_id": "coop", "client_secret": SECRET, "redirect_uris": [REDIRECT_URI]}
    navigateur.test("clients", {**service, "alg": "ES256"})
    identite, _ = jetons_d_une_session(navigateur)
    assert jwt.decode(identite, ECKey.import_key(header_of(identite)["jwk"]), algorithms=["ES256"])
    navigateur.test("clients", service)

    panne(navigateur, "foreign_key")
    identite, _ = jetons_d_une_session(navigateur)
    assert header_of(identite)["kid"] == navigateur.known()["signing_kids"]["RS256"]

    panne(navigateur, "oversized_header")
    identite, _ = jetons_d_une_session(navigateur)
    assert len(identite) > 16_384


def test_une_panne_peut_ne_toucher_qu_un_jeton(navigateur: Navigateur) -> None:
    panne(navigateur, "wrong_aud", target="userinfo")
    identite, personne = jetons(navigateur)
    assert (claims_of(identite)["aud"], claims_of(personne)["aud"]) == ("coop", "un-autre-service")
    panne(navigateur, "wrong_aud", target="id_token")
    identite, personne = jetons_d_une_session(navigateur)
    assert (claims_of(identite)["aud"], claims_of(personne)["aud"]) == ("un-autre-service", "coop")


FAUSSES: dict[str, Callable[[dict[str, Any], Navigateur], bool]] = {
    "wrong_nonce": lambda claims, navigateur: claims["nonce"] != navigateur.nonce,
    "wrong_aud": lambda claims, _: claims["aud"] != "coop",
    "wrong_iss": lambda claims, navigateur: claims["iss"] != navigateur.issuer,
    "expired": lambda claims, _: claims["exp"] <= time.time() - 3000,
    "lower_acr": lambda claims, _: claims["acr"] == "eidas0",
    "clock_ahead": lambda claims, _: claims["iat"] >= time.time() + 500,
    "clock_behind": lambda claims, _: claims["iat"] <= time.time() - 500,
}


@pytest.mark.parametrize("mode", FAUSSES)
def test_une_affirmation_fausse_est_bien_signee(navigateur: Navigateur, mode: str) -> None:
    panne(navigateur, mode)
    identite, personne = jetons(navigateur)
    assert FAUSSES[mode](navigateur.verified(identite), navigateur)
    if mode not in {"wrong_nonce", "lower_acr"}:
        assert FAUSSES[mode](navigateur.verified(personne), navigateur)


def test_le_sub_du_userinfo_n_est_plus_celui_de_l_identite(navigateur: Navigateur) -> None:
    panne(navigateur, "sub_swapped")
    identite, personne = jetons(navigateur)
    assert navigateur.verified(identite)["sub"] != navigateur.verified(personne)["sub"]


def test_le_userinfo_arrive_en_json(navigateur: Navigateur) -> None:
    panne(navigateur, "userinfo_json")
    reponse = navigateur.userinfo(navigateur.tokens()["access_token"])
    assert reponse.headers["content-type"].startswith("application/json")


def _appeler(navigateur: Navigateur, route: str) -> httpx2.Response:
    if route == "token":
        return navigateur.exchange(navigateur.sign_in()["code"])
    if route == "jwks":
        return navigateur.http.get("/api/v2/jwks")
    return navigateur.userinfo("peu importe")


@pytest.mark.parametrize("mode", TRANSPORTS)
def test_une_route_repond_du_html_une_erreur_ou_rien(navigateur: Navigateur, mode: str) -> None:
    route, _, forme = mode.partition("_")
    panne(navigateur, mode, delay_s=0)
    reponse = _appeler(navigateur, route)
    assert reponse.status_code == {"html": 200, "500": 500, "timeout": 504}[forme]
    assert reponse.headers["content-type"].startswith("text/html") == (forme == "html")


def test_un_silence_dure_le_temps_demande(navigateur: Navigateur) -> None:
    panne(navigateur, "jwks_timeout", delay_s=20)
    with pytest.raises(httpx2.ReadTimeout):
        navigateur.http.get("/api/v2/jwks", timeout=0.3)


def _kids(navigateur: Navigateur) -> set[str]:
    return {cle["kid"] for cle in navigateur.http.get("/api/v2/jwks").json()["keys"]}


def test_la_rotation_avec_recouvrement_garde_les_anciennes_cles(navigateur: Navigateur) -> None:
    avant, (identite, _) = _kids(navigateur), jetons(navigateur)
    panne(navigateur, "keys_rotated_overlap")
    assert avant < _kids(navigateur)
    assert not refuse(navigateur, identite)
    nouvelle, _ = jetons_d_une_session(navigateur)
    assert header_of(nouvelle)["kid"] not in avant
    assert not refuse(navigateur, nouvelle)


def test_la_rotation_sans_recouvrement_les_retire(navigateur: Navigateur) -> None:
    avant, (identite, _) = _kids(navigateur), jetons(navigateur)
    panne(navigateur, "keys_rotated_no_overlap")
    assert not avant & _kids(navigateur)
    assert refuse(navigateur, identite)
    nouvelle, _ = jetons_d_une_session(navigateur)
    assert not refuse(navigateur, nouvelle)


def test_une_cle_pas_encore_publiee_ne_se_verifie_pas(navigateur: Navigateur) -> None:
    avant = _kids(navigateur)
    panne(navigateur, "keys_rotated_unpublished")
    assert _kids(navigateur) == avant
    identite, _ = jetons(navigateur)
    assert refuse(navigateur, identite)


def test_la_route_de_rotation_fait_de_meme(navigateur: Navigateur) -> None:
    avant = _kids(navigateur)
    assert set(navigateur.test("rotate-keys", {"overlap": False})["kids"]) == _kids(navigateur)
    assert not avant & _kids(navigateur)


def test_l_emetteur_du_retour_manque_ou_ment(navigateur: Navigateur) -> None:
    panne(navigateur, "iss_missing")
    assert "iss" not in navigateur.sign_in()
    panne(navigateur, "iss_forged")
    assert redirected(navigateur.authorize())["iss"] != navigateur.issuer


def test_chaque_panne_a_son_test(navigateur: Navigateur) -> None:
    """A mode that nobody watches is a mode that does not work."""
    assert set(MODES) == {*SIGNATURES, *FAUSSES, *TRANSPORTS, *SEULES} == set(navigateur.known()["modes"])
