"""Quitter ProConnect et revenir au service."""

import httpx2
import pytest
from faux_proconnect.signing import compact
from navigateur import POST_LOGOUT_URI, Navigateur, error_code, redirected


def _quitter(navigateur: Navigateur, **changements: str | None) -> httpx2.Response:
    juste: dict[str, str | None] = {
        "post_logout_redirect_uri": POST_LOGOUT_URI,
        "state": navigateur.state,
    }
    params = {nom: valeur for nom, valeur in (juste | changements).items() if valeur is not None}
    return navigateur.http.get("/api/v2/session/end", params=params)


def test_la_deconnexion_ferme_la_session_et_rend_l_etat(navigateur: Navigateur) -> None:
    jetons = navigateur.tokens()
    reponse = _quitter(navigateur, id_token_hint=jetons["id_token"])
    assert redirected(reponse) == {"state": navigateur.state}
    assert reponse.headers["location"].startswith(f"{POST_LOGOUT_URI}?state=")
    assert redirected(navigateur.authorize(prompt="none"))["error"] == "login_required"
    assert navigateur.userinfo(jetons["access_token"]).status_code == 401


def test_un_jeton_expire_ou_d_avant_la_rotation_suffit(navigateur: Navigateur) -> None:
    jeton = navigateur.tokens()["id_token"]
    navigateur.test("clock", {"advance_s": 7200})
    navigateur.test("rotate-keys", {"overlap": False})
    assert redirected(_quitter(navigateur, id_token_hint=jeton)) == {"state": navigateur.state}


def test_le_client_id_remplace_le_jeton(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    assert redirected(_quitter(navigateur, client_id="coop")) == {"state": navigateur.state}


@pytest.mark.parametrize(
    ("changements", "code"),
    [
        ({"client_id": "coop", "post_logout_redirect_uri": f"{POST_LOGOUT_URI}/"}, "Y030111"),
        ({"client_id": "coop", "post_logout_redirect_uri": "https://ailleurs.exemple.fr"}, "Y030111"),
        ({}, "Y030111"),
        ({"client_id": "inconnu"}, "invalid_client"),
        ({"client_id": "coop", "state": None}, "Y000400"),
        ({"client_id": "coop", "state": "court"}, "Y000400"),
        ({"client_id": "coop", "logout_hint": "lea"}, "Y000400"),
        ({"id_token_hint": "pas.un.jeton"}, "Y000400"),
    ],
)
def test_une_deconnexion_mal_demandee_garde_la_session(
    navigateur: Navigateur, changements: dict[str, str | None], code: str
) -> None:
    navigateur.sign_in()
    assert error_code(_quitter(navigateur, **changements)) == code
    assert "code" in redirected(navigateur.authorize(prompt="none"))


def test_un_jeton_forge_ou_d_un_autre_service_est_refuse(navigateur: Navigateur) -> None:
    jeton = navigateur.tokens()["id_token"]
    assert error_code(_quitter(navigateur, id_token_hint=jeton, client_id="autre")) == "Y000400"
    forge = compact({"alg": "HS256"}, {"iss": navigateur.issuer, "aud": "coop"}, b"secret")
    assert error_code(_quitter(navigateur, id_token_hint=forge)) == "Y000400"
    assert error_code(_quitter(navigateur, id_token_hint=jeton[:-6] + "AAAAAA")) == "Y000400"


def test_sans_adresse_de_retour_une_page_l_annonce(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    page = _quitter(navigateur, post_logout_redirect_uri=None, state=None)
    assert "Vous êtes déconnecté" in page.text
    assert redirected(navigateur.authorize(prompt="none"))["error"] == "login_required"
