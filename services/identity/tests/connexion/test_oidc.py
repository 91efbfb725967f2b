"""Ce qu'Authlib accepterait et que nos règles refusent, et ce que la découverte doit dire."""

import dataclasses
from typing import Any
from urllib.parse import parse_qs

import pytest
from identity.connexion.proconnect import oidc, verification
from identity.connexion.proconnect.errors import IssuerMismatch, Reason, SigninFailed
from identity.connexion.proconnect.oidc import Registration
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISSUER = "https://proconnect.exemple.fr/api/v2"
NOW = 1_800_000_000
INSCRIPTION = Registration(
    issuer=ISSUER,
    client_id="coop",
    proof="le-secret",
    algorithm="RS256",
    scopes="openid email",
    pkce=True,
    redirect_uri="https://coop.exemple.fr/auth/retour",
    post_logout_redirect_uri="https://coop.exemple.fr/auth/deconnexion/retour",
)
CLAIMS = {"iss": ISSUER, "sub": "s", "aud": "coop", "exp": NOW + 60, "iat": NOW, "nonce": "n" * 43}
DECOUVERTE: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/jwks",
    "end_session_endpoint": f"{ISSUER}/session/end",
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "authorization_response_iss_parameter_supported": True,
}


def _lire(changement: dict[str, Any], mfa: bool = False) -> verification.IdToken:
    claims = {name: value for name, value in {**CLAIMS, **changement}.items() if value is not ...}
    return verification.id_token(claims, INSCRIPTION, nonce="n" * 43, access_token="a", now=NOW, mfa=mfa)


def test_un_jeton_juste_est_lu() -> None:
    lu = _lire({"acr": "eidas1", "amr": ["pwd", 7], "auth_time": NOW - 5, "aud": ["coop"], "azp": "coop"})
    assert lu == verification.IdToken("s", "eidas1", ("pwd",), NOW - 5)


@pytest.mark.parametrize(
    ("changement", "raison", "detail"),
    [
        ({"iss": "https://ailleurs.exemple.fr"}, Reason.BAD_CLAIM, "iss"),
        ({"iss": [ISSUER]}, Reason.BAD_CLAIM, "iss"),
        ({"iss": ...}, Reason.BAD_CLAIM, "iss"),
        ({"aud": "autre"}, Reason.BAD_CLAIM, "aud"),
        ({"aud": "autre", "azp": "coop"}, Reason.BAD_CLAIM, "aud"),
        ({"aud": ["coop", "autre"], "azp": "coop"}, Reason.BAD_CLAIM, "aud"),
        ({"aud": [["coop"]]}, Reason.BAD_CLAIM, "aud"),
        ({"azp": "autre"}, Reason.BAD_CLAIM, "azp"),
        ({"azp": ""}, Reason.BAD_CLAIM, "azp"),
        ({"iat": NOW - 3500}, Reason.BAD_CLAIM, "iat"),
        ({"iat": NOW + 120}, Reason.BAD_CLAIM, "iat"),
        ({"iat": True}, Reason.BAD_CLAIM, "iat"),
        ({"iat": ...}, Reason.BAD_CLAIM, "iat"),
        ({"exp": NOW - 61}, Reason.BAD_CLAIM, "exp"),
        ({"exp": NOW + 60.5}, Reason.BAD_CLAIM, "exp"),
        ({"exp": float("nan")}, Reason.BAD_CLAIM, "exp"),
        ({"exp": str(NOW)}, Reason.BAD_CLAIM, "exp"),
        ({"nonce": "autre"}, Reason.BAD_CLAIM, "nonce"),
        ({"nonce": ["n" * 43]}, Reason.BAD_CLAIM, "nonce"),
        ({"nonce": ""}, Reason.BAD_CLAIM, "nonce"),
        ({"nonce": ...}, Reason.BAD_CLAIM, "nonce"),
        ({"at_hash": "faux"}, Reason.BAD_CLAIM, "at_hash"),
        ({"sub": ...}, Reason.MISSING_CLAIM, "sub"),
        ({"sub": ""}, Reason.MISSING_CLAIM, "sub"),
        ({"acr": ["eidas1"]}, Reason.LEVEL_TOO_LOW, ""),
        ({"acr": ""}, Reason.LEVEL_TOO_LOW, ""),
        ({"acr": "eidas9"}, Reason.LEVEL_TOO_LOW, ""),
    ],
)
def test_un_jeton_d_identite_douteux_est_refuse(
    changement: dict[str, Any], raison: Reason, detail: str
) -> None:
    with pytest.raises(SigninFailed) as refus:
        _lire(changement)
    assert (refus.value.reason, refus.value.detail) == (raison, detail)


@pytest.mark.parametrize("acr", [..., None, "eidas1"])
def test_la_double_authentification_exigee_est_verifiee_meme_quand_le_niveau_manque(acr: object) -> None:
    assert _lire({"acr": acr}).sub == "s"
    with pytest.raises(SigninFailed) as refus:
        _lire({"acr": acr}, mfa=True)
    assert refus.value.reason is Reason.LEVEL_TOO_LOW


def test_un_second_jeton_est_verifie_comme_le_premier() -> None:
    for _ in range(2):
        with pytest.raises(SigninFailed):
            _lire({"aud": "autre"})


@pytest.mark.parametrize(
    ("changement", "raison"),
    [
        ({"sub": "autre"}, Reason.BAD_SUB),
        ({"sub": ["s"]}, Reason.BAD_SUB),
        ({"sub": ...}, Reason.MISSING_CLAIM),
        ({"aud": ["coop", "autre"]}, Reason.BAD_CLAIM),
        ({"exp": ...}, Reason.BAD_CLAIM),
        ({"iat": NOW - 3500}, Reason.BAD_CLAIM),
    ],
)
def test_des_renseignements_signes_douteux_sont_refuses(changement: dict[str, Any], raison: Reason) -> None:
    personne = {**CLAIMS, "given_name": "Léa", "usual_name": "Martin", "email": "lea@ville.exemple.fr"}
    lue = verification.userinfo(personne, INSCRIPTION, sub="s", now=NOW)
    assert (lue.given_name, lue.siret) == ("Léa", None)
    claims = {name: value for name, value in {**personne, **changement}.items() if value is not ...}
    with pytest.raises(SigninFailed) as refus:
        verification.userinfo(claims, INSCRIPTION, sub="s", now=NOW)
    assert refus.value.reason is raison


def test_la_decouverte_est_lue() -> None:
    lue = oidc.provider(DECOUVERTE, ISSUER)
    assert (lue.token_endpoint, lue.end_session_endpoint) == (f"{ISSUER}/token", f"{ISSUER}/session/end")
    assert lue.sends_iss
    assert not oidc.provider(
        {**DECOUVERTE, "authorization_response_iss_parameter_supported": "oui"}, ISSUER
    ).sends_iss


@pytest.mark.parametrize("champ", ["token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"])
@pytest.mark.parametrize(
    "valeur",
    [
        None,
        7,
        "",
        "/api/v2/token",
        "http://proconnect.exemple.fr/api/v2/token",
        "https://ailleurs.exemple.fr/token",
        "https://proconnect.exemple.fr:444/token",
        "https://proconnect.exemple.fr@ailleurs.exemple.fr/token",
        "https://proconnect.exemple.fr\\@ailleurs.exemple.fr/token",
        f"{ISSUER}/token#fin",
        f"{ISSUER}/jeton à part",
        f"{ISSUER}/{'x' * 2048}",
    ],
)
def test_un_point_d_acces_hors_de_l_emetteur_est_refuse(champ: str, valeur: object) -> None:
    with pytest.raises(SigninFailed) as refus:
        oidc.provider({**DECOUVERTE, champ: valeur}, ISSUER)
    assert refus.value.reason is Reason.BAD_ANSWER
    assert refus.value.detail in (champ, "discovery")


def test_le_reglage_d_authlib_qui_admet_http_n_ouvre_rien(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with pytest.raises(SigninFailed):
        oidc.provider({**DECOUVERTE, "token_endpoint": ISSUER.replace("https", "http")}, ISSUER)


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("response_types_supported", None),
        ("response_types_supported", "code"),
        ("subject_types_supported", ["prive"]),
        ("subject_types_supported", [[]]),
        ("id_token_signing_alg_values_supported", None),
        ("scopes_supported", "openid"),
    ],
)
def test_une_decouverte_hors_norme_est_refusee(champ: str, valeur: object) -> None:
    with pytest.raises(SigninFailed) as refus:
        oidc.provider({**DECOUVERTE, champ: valeur}, ISSUER)
    assert (refus.value.reason, refus.value.detail) == (Reason.BAD_ANSWER, "discovery")


@pytest.mark.parametrize("emetteur", [None, f"{ISSUER}/", [ISSUER], "https://ailleurs.exemple.fr"])
def test_un_emetteur_qui_n_est_pas_le_notre_est_dit(emetteur: object) -> None:
    with pytest.raises(IssuerMismatch):
        oidc.provider({**DECOUVERTE, "issuer": emetteur}, ISSUER)


def _echange(inscription: Registration) -> dict[str, str]:
    demande = oidc.token_request(f"{ISSUER}/token", inscription, code="c&d", verifier="v" * 43, now=NOW)
    assert demande.url == f"{ISSUER}/token"
    assert "Authorization" not in demande.headers
    return {name: value for name, [value] in parse_qs(demande.form, strict_parsing=True).items()}


def test_le_secret_voyage_dans_le_formulaire() -> None:
    assert _echange(INSCRIPTION) == {
        "grant_type": "authorization_code",
        "code": "c&d",
        "redirect_uri": "https://coop.exemple.fr/auth/retour",
        "code_verifier": "v" * 43,
        "client_id": "coop",
        "client_secret": "le-secret",
    }


@pytest.mark.parametrize(
    "cle",
    [
        RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True),
        ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True),
    ],
)
def test_la_preuve_par_cle_privee_est_breve_et_ne_sert_qu_une_fois(cle: RSAKey | ECKey) -> None:
    inscription = dataclasses.replace(INSCRIPTION, proof=cle)
    jti: set[object] = set()
    for _ in range(2):
        formulaire = _echange(inscription)
        assert "client_secret" not in formulaire
        alg = "ES256" if isinstance(cle, ECKey) else "RS256"
        jeton = jwt.decode(formulaire["client_assertion"], cle, algorithms=[alg])
        assert jeton.header == {"typ": "JWT", "alg": alg, "kid": cle.kid}
        assert jeton.claims["iss"] == jeton.claims["sub"] == "coop"
        assert jeton.claims["aud"] == f"{ISSUER}/token"
        assert (jeton.claims["iat"], jeton.claims["exp"]) == (NOW, NOW + 60)
        jti.add(jeton.claims["jti"])
    assert len(jti) == 2
