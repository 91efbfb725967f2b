"""L'échange du code, les preuves du service, la vie des jetons."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from navigateur import REDIRECT_URI, SECRET, Navigateur, redirected

TYPE_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.mark.parametrize(
    "changement",
    [
        {"code": "inconnu"},
        {"code": None},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": None},
        {"code_verifier": "v" * 43},
        {"code_verifier": "court"},
        {"code_verifier": None},
    ],
)
def test_un_code_mal_presente_ne_donne_rien(
    navigateur: Navigateur, changement: dict[str, str | None]
) -> None:
    code = navigateur.sign_in()["code"]
    reponse = navigateur.exchange(**({"code": code} | changement))
    assert (reponse.status_code, reponse.json()["error"]) == (400, "invalid_grant")


def test_un_code_ne_sert_qu_une_fois_et_son_rejeu_retire_les_jetons(navigateur: Navigateur) -> None:
    code = navigateur.sign_in()["code"]
    jetons = navigateur.exchange(code).json()
    assert navigateur.userinfo(jetons["access_token"]).status_code == 200
    rejeu = navigateur.exchange(code)
    assert (rejeu.status_code, rejeu.json()["error"]) == (400, "invalid_grant")
    assert navigateur.userinfo(jetons["access_token"]).status_code == 401


def test_un_code_vit_soixante_secondes(navigateur: Navigateur) -> None:
    frais, vieux = navigateur.sign_in()["code"], redirected(navigateur.authorize())["code"]
    navigateur.test("clock", {"advance_s": 45})
    assert navigateur.exchange(frais).status_code == 200
    navigateur.test("clock", {"advance_s": 20})
    assert navigateur.exchange(vieux).json()["error"] == "invalid_grant"


def test_un_verifieur_sans_defi_est_refuse(navigateur: Navigateur) -> None:
    code = navigateur.sign_in(code_challenge=None, code_challenge_method=None)["code"]
    assert navigateur.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changement",
    [
        {"client_secret": "mauvais"},
        {"client_secret": None},
        {"client_secret": ""},
        {"client_id": "inconnu"},
        {"client_id": None},
    ],
)
def test_un_service_qui_ne_se_prouve_pas_est_refuse(
    navigateur: Navigateur, changement: dict[str, str | None]
) -> None:
    reponse = navigateur.exchange(navigateur.sign_in()["code"], **changement)
    assert (reponse.status_code, reponse.json()["error"]) == (401, "invalid_client")


def test_l_authentification_http_basic_n_existe_pas(navigateur: Navigateur) -> None:
    code = navigateur.sign_in()["code"]
    formulaire = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    reponse = navigateur.http.post("/api/v2/token", data=formulaire, auth=("coop", SECRET))
    assert (reponse.status_code, reponse.json()["error"]) == (401, "invalid_client")


def test_le_code_d_un_service_ne_sert_pas_a_un_autre(
    navigateur: Navigateur, nouveau: Callable[..., Navigateur]
) -> None:
    code = navigateur.sign_in()["code"]
    navigateur.test("clients", {"client_id": "b", "client_secret": "s", "redirect_uris": [REDIRECT_URI]})
    reponse = nouveau("b", "s").exchange(code, code_verifier=navigateur.verifier)
    assert reponse.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("formulaire", "erreur"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "inconnu"}, "invalid_grant"),
    ],
)
def test_une_demande_de_jeton_mal_faite_est_refusee(
    navigateur: Navigateur, formulaire: dict[str, str | None], erreur: str
) -> None:
    reponse = navigateur.exchange("x", **formulaire)
    assert (reponse.status_code, reponse.json()["error"]) == (400, erreur)


def test_le_jeton_ne_se_demande_qu_en_formulaire(navigateur: Navigateur) -> None:
    reponse = navigateur.http.post("/api/v2/token", json={"client_id": "coop", "client_secret": SECRET})
    assert reponse.json()["error"] == "invalid_request"
    double = "grant_type=refresh_token&grant_type=refresh_token"
    en_tete = {"content-type": "application/x-www-form-urlencoded"}
    assert navigateur.http.post("/api/v2/token", content=double, headers=en_tete).status_code == 400


def test_le_jeton_d_acces_vit_une_heure(navigateur: Navigateur) -> None:
    acces = navigateur.tokens()["access_token"]
    navigateur.test("clock", {"advance_s": 3590})
    assert navigateur.userinfo(acces).status_code == 200
    navigateur.test("clock", {"advance_s": 20})
    reponse = navigateur.userinfo(acces)
    assert reponse.status_code == 401
    assert "invalid_token" in reponse.headers["www-authenticate"]


def test_le_jeton_de_rafraichissement_sert_une_fois_pendant_deux_heures(navigateur: Navigateur) -> None:
    premier = navigateur.tokens()["refresh_token"]
    demande: dict[str, str | None] = {"grant_type": "refresh_token", "code_verifier": None}
    suite = navigateur.exchange("", refresh_token=premier, **demande)
    assert suite.status_code == 200
    assert navigateur.exchange("", refresh_token=premier, **demande).json()["error"] == "invalid_grant"
    navigateur.test("clock", {"advance_s": 7201})
    second = suite.json()["refresh_token"]
    assert navigateur.exchange("", refresh_token=second, **demande).json()["error"] == "invalid_grant"


def test_introspection_et_revocation(navigateur: Navigateur) -> None:
    acces = navigateur.tokens()["access_token"]
    formulaire = {"client_id": "coop", "client_secret": SECRET, "token": acces}
    vivant = navigateur.http.post("/api/v2/token/introspection", data=formulaire).json()
    assert (vivant["active"], vivant["client_id"]) == (True, "coop")
    assert navigateur.http.post("/api/v2/token/revocation", data=formulaire).status_code == 200
    assert navigateur.http.post("/api/v2/token/introspection", data=formulaire).json() == {"active": False}
    sans_secret = navigateur.http.post("/api/v2/token/introspection", data={"token": acces})
    assert sans_secret.status_code == 401


@pytest.fixture
def cle(navigateur: Navigateur) -> ECKey:
    """The key of a service registered with private_key_jwt."""
    cle = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    navigateur.test(
        "clients",
        {
            "client_id": "coop",
            "redirect_uris": [REDIRECT_URI],
            "auth_method": "private_key_jwt",
            "jwks": {"keys": [cle.as_dict(private=False)]},
        },
    )
    return cle


def _assertion(navigateur: Navigateur, cle: ECKey, **changements: Any) -> str:
    claims: dict[str, Any] = {
        "iss": "coop",
        "sub": "coop",
        "aud": f"{navigateur.issuer}/token",
        "exp": int(time.time()) + 60,
        "jti": navigateur.state,
    }
    return jwt.encode({"alg": "ES256", "kid": cle.kid}, claims | changements, cle)


def _prouver(navigateur: Navigateur, assertion: str, **changements: str | None) -> int:
    """The status of an exchange whose client shows `assertion`."""
    code = redirected(
        navigateur.post(navigateur.authorize(prompt="login"), email="hugo.petit@ville.exemple.fr")
    )
    preuve = {"client_secret": None, "client_assertion": assertion, "client_assertion_type": TYPE_ASSERTION}
    return navigateur.exchange(code["code"], **(preuve | changements)).status_code


def test_une_cle_privee_prouve_le_service(navigateur: Navigateur, cle: ECKey) -> None:
    assertion = _assertion(navigateur, cle)
    assert _prouver(navigateur, assertion, client_id=None) == 200
    assert _prouver(navigateur, assertion) == 401, "an assertion served twice"


@pytest.mark.parametrize(
    "changements",
    [
        {"iss": "autre"},
        {"sub": "autre"},
        {"aud": "https://ailleurs.exemple.fr"},
        {"aud": [{}]},
        {"exp": 1},
        {"exp": "demain"},
        {"jti": None},
    ],
)
def test_une_preuve_fausse_est_refusee(
    navigateur: Navigateur, cle: ECKey, changements: dict[str, Any]
) -> None:
    assert _prouver(navigateur, _assertion(navigateur, cle, **changements)) == 401


def test_une_preuve_d_une_autre_cle_ou_illisible_est_refusee(navigateur: Navigateur, cle: ECKey) -> None:
    autre = ECKey.generate_key("P-256", auto_kid=True)
    assert _prouver(navigateur, _assertion(navigateur, autre)) == 401
    assert _prouver(navigateur, "pas.un.jeton", client_id=None) == 401
    assert _prouver(navigateur, _assertion(navigateur, cle), client_assertion_type="autre") == 401
    assert _prouver(navigateur, _assertion(navigateur, cle), client_secret=SECRET) == 401
