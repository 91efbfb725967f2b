"""Le chemin ordinaire : du formulaire au jeton vérifié, la session, les indications."""

from collections.abc import Callable
from typing import Any

import pytest
from faux_proconnect.monde import DEFAULT_SCOPES
from navigateur import (
    ESSAI,
    LEA,
    METROPOLE,
    POST_LOGOUT_URI,
    PROCONNECT_IDENTITE,
    REDIRECT_URI,
    SECRET,
    Navigateur,
    error_code,
    hidden,
    redirected,
)

type Nouveau = Callable[..., Navigateur]


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_lea_se_connecte_et_ses_jetons_sont_verifiables(navigateur: Navigateur, alg: str) -> None:
    navigateur.test(
        "clients",
        {"client_id": "coop", "client_secret": SECRET, "redirect_uris": [REDIRECT_URI], "alg": alg},
    )
    retour = navigateur.sign_in()
    assert retour["state"] == navigateur.state
    assert retour["iss"] == navigateur.issuer

    reponse = navigateur.exchange(retour["code"])
    assert reponse.headers["cache-control"] == "no-store"
    jetons = reponse.json()
    assert set(jetons) == {
        *("access_token", "refresh_token", "expires_in", "id_token", "scope", "token_type"),
    }
    assert (jetons["expires_in"], jetons["token_type"]) == (3600, "Bearer")

    identite = navigateur.verified(jetons["id_token"], alg)
    assert set(identite) == {"iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr"}
    assert identite["iss"] == navigateur.issuer
    assert identite["aud"] == "coop"
    assert identite["nonce"] == navigateur.nonce
    assert identite["exp"] - identite["iat"] == 3600
    assert (identite["acr"], identite["amr"]) == ("eidas1", ["pwd"])

    reponse = navigateur.userinfo(jetons["access_token"])
    assert reponse.headers["content-type"].startswith("application/jwt")
    personne = navigateur.verified(reponse.text, alg)
    assert personne["sub"] == identite["sub"]
    assert (personne["iss"], personne["aud"]) == (navigateur.issuer, "coop")
    assert personne["given_name"] == "Léa"
    assert personne["usual_name"] == "Martin"
    assert personne["email"] == LEA
    assert personne["siret"] == "13002603200016"
    assert personne["idp_id"] == PROCONNECT_IDENTITE
    assert personne["phone_number"] == "+33639980001"
    assert personne["roles"] == ["agent_public", "agent_public_territorial"]


def test_la_decouverte_annonce_ce_que_le_fournisseur_sait_faire(navigateur: Navigateur) -> None:
    reponse = navigateur.http.get("/api/v2/.well-known/openid-configuration")
    document = reponse.json()
    assert "max-age=600" in reponse.headers["cache-control"]
    assert document["issuer"] == navigateur.issuer
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["id_token_signing_alg_values_supported"] == ["HS256", "ES256", "RS256"]
    assert document["token_endpoint_auth_methods_supported"] == ["client_secret_post", "private_key_jwt"]
    assert document["authorization_response_iss_parameter_supported"] is True
    cles = navigateur.http.get("/api/v2/jwks").json()["keys"]
    assert sorted(cle["kty"] for cle in cles) == ["EC", "RSA"]
    assert all("d" not in cle for cle in cles)


def test_le_formulaire_est_accessible_et_ne_charge_rien(navigateur: Navigateur) -> None:
    page = navigateur.authorize()
    assert '<html lang="fr">' in page.text
    assert '<label for="email">Email professionnel</label>' in page.text
    assert ">Continuer</button>" in page.text
    assert "<script" not in page.text
    politique = page.headers["content-security-policy"]
    assert "default-src 'none'" in politique
    assert "form-action 'self' http://localhost:8080;" in politique
    assert "frame-ancestors 'none'" in politique


def test_la_demande_peut_venir_par_un_formulaire(navigateur: Navigateur) -> None:
    page = navigateur.http.post("/api/v2/authorize", data=navigateur.params())
    assert "code" in redirected(navigateur.post(page, email=LEA.upper()))


def test_une_adresse_inconnue_reste_sur_la_page(navigateur: Navigateur) -> None:
    page = navigateur.post(navigateur.authorize(), email="personne@ailleurs.exemple.fr")
    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.text
    assert "code" in redirected(navigateur.post(page, email=LEA))


def test_annuler_revient_au_service_sans_code(navigateur: Navigateur) -> None:
    retour = redirected(navigateur.post(navigateur.authorize(), annuler="1"))
    assert retour["error"] == "access_denied"
    assert retour["state"] == navigateur.state
    assert "code" not in retour


def test_une_page_ne_s_envoie_qu_une_fois(navigateur: Navigateur) -> None:
    page = navigateur.authorize()
    navigateur.post(page, email="inconnue@ailleurs.exemple.fr")
    assert error_code(navigateur.post(page, email=LEA)) == "Y190001"


def test_un_autre_navigateur_ne_continue_pas_la_connexion(navigateur: Navigateur, nouveau: Nouveau) -> None:
    page = navigateur.authorize()
    assert error_code(nouveau().post(page, email=LEA)) == "session-not-found"


def test_la_session_dispense_du_formulaire_pendant_douze_heures(navigateur: Navigateur) -> None:
    premier = navigateur.id_token()
    retour = redirected(navigateur.authorize(prompt="none"))
    assert navigateur.exchange(retour["code"]).status_code == 200
    navigateur.test("clock", {"advance_s": 12 * 3600 - 60})
    assert "code" in redirected(navigateur.authorize())
    navigateur.test("clock", {"advance_s": 61})
    assert redirected(navigateur.authorize(prompt="none"))["error"] == "login_required"
    assert premier["sub"] == navigateur.id_token()["sub"]


def test_sans_session_le_silence_est_refuse(navigateur: Navigateur) -> None:
    retour = redirected(navigateur.authorize(prompt="none"))
    assert retour["error"] == "login_required"
    assert (retour["state"], retour["iss"]) == (navigateur.state, navigateur.issuer)


def test_prompt_login_redemande_l_adresse(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    assert "interaction" in hidden(navigateur.authorize(prompt="login"))


def test_prompt_consent_demande_confirmation(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    page = navigateur.authorize(prompt="consent")
    assert "<h1>Confirmer</h1>" in page.text
    assert "code" in redirected(navigateur.post(page))


def test_login_hint_saute_la_page_de_l_adresse(navigateur: Navigateur) -> None:
    page = navigateur.authorize(login_hint=LEA)
    assert 'name="email"' not in page.text
    retour = redirected(navigateur.post(page))
    assert navigateur.exchange(retour["code"]).status_code == 200


def test_login_hint_d_une_autre_adresse_n_utilise_pas_la_session(navigateur: Navigateur) -> None:
    lea = navigateur.id_token()
    assert "code" in redirected(navigateur.authorize(login_hint=LEA.upper()))
    autre = redirected(navigateur.post(navigateur.authorize(login_hint="hugo.petit@ville.exemple.fr")))
    jetons = navigateur.exchange(autre["code"]).json()
    assert navigateur.verified(jetons["id_token"])["sub"] != lea["sub"]


def test_deux_fournisseurs_la_personne_choisit(navigateur: Navigateur) -> None:
    page = navigateur.post(navigateur.authorize(), email="nadia.fontaine@metropole.exemple.fr")
    assert page.text.count('name="choix"') == 2
    retour = redirected(navigateur.post(page, choix="1"))
    jetons = navigateur.exchange(retour["code"]).json()
    personne = navigateur.verified(navigateur.userinfo(jetons["access_token"]).text)
    assert (personne["idp_id"], personne["uid"]) == (METROPOLE, "nfontaine")


@pytest.mark.parametrize("choix", ["2", "-1", "", "zéro", "9" * 5000])
def test_un_choix_invente_est_refuse(navigateur: Navigateur, choix: str) -> None:
    page = navigateur.post(navigateur.authorize(), email="nadia.fontaine@metropole.exemple.fr")
    assert error_code(navigateur.post(page, choix=choix)) == "Y000400"


def test_idp_hint_choisit_le_fournisseur(navigateur: Navigateur) -> None:
    email = "nadia.fontaine@metropole.exemple.fr"
    assert navigateur.person(email, idp_hint=PROCONNECT_IDENTITE)["uid"] == "40217"
    page = navigateur.authorize(idp_hint=METROPOLE)
    assert "interaction" in hidden(page), "the session of another provider was reused"


def test_siret_hint_n_est_qu_une_suggestion(navigateur: Navigateur) -> None:
    assert navigateur.person(siret_hint="35600000000048")["siret"] == "13002603200016"


def test_une_adresse_d_essai_cree_toujours_la_meme_personne(navigateur: Navigateur, nouveau: Nouveau) -> None:
    email = "charge-0042@test.proconnect.exemple.fr"
    premiere = navigateur.person(email)
    navigateur.test("reset", {})
    seconde = nouveau().person(email)
    stables = ("sub", "given_name", "usual_name", "email", "uid", "siret", "idp_id", "phone_number")
    assert [premiere[nom] for nom in stables] == [seconde[nom] for nom in stables]
    assert premiere["idp_id"] == ESSAI
    autre = nouveau().person("charge-0043@test.proconnect.exemple.fr")
    assert autre["sub"] != premiere["sub"]


@pytest.mark.parametrize(
    ("email", "attendu"),
    [
        (
            "sofia.lopez@metropole.exemple.fr",
            {"email": "Sofia.Lopez@metropole.exemple.fr", "given_name": "Sofia Maria"},
        ),
        ("chloe.nguyen@metropole.exemple.fr", {"siret": "35600000000048"}),
        ("ines.benali@asso-clic.exemple.fr", {"siret": "35600000009075", "roles": []}),
    ],
    ids=["la casse du fournisseur", "SIRET invalide remplacé", "La Poste sans clé de Luhn"],
)
def test_userinfo_dit_ce_que_le_fournisseur_transmet(
    navigateur: Navigateur, email: str, attendu: dict[str, Any]
) -> None:
    personne = navigateur.person(email)
    assert {nom: personne[nom] for nom in attendu} == attendu


def test_un_telephone_qui_n_en_est_pas_un_est_tu(navigateur: Navigateur) -> None:
    assert "phone_number" not in navigateur.person("paul.garcia@bibliotheque.exemple.fr")


def test_userinfo_ne_donne_que_les_portees_demandees(navigateur: Navigateur) -> None:
    personne = navigateur.person(scope="openid email inconnue")
    assert set(personne) == {"sub", "email", "iss", "aud", "iat", "exp"}


def test_l_identite_ne_dit_le_niveau_que_si_on_le_demande(navigateur: Navigateur) -> None:
    assert set(navigateur.id_token(claims=None)) == {"iss", "sub", "aud", "exp", "iat", "nonce"}
    demande = '{"id_token":{"auth_time":{"essential":true}},"userinfo":{"siren":null}}'
    assert "auth_time" in navigateur.id_token(claims=demande, prompt="login")


def test_le_monde_remplace_ou_retire_une_valeur(navigateur: Navigateur) -> None:
    lea: dict[str, Any] = {"id": "lea", "email": LEA, "given_name": "Léa", "usual_name": "Martin"}
    navigateur.test("people", {**lea, "claims": {"usual_name": "", "siret": None}})
    personne = navigateur.person()
    assert personne["usual_name"] == ""
    assert "siret" not in personne


def test_un_client_sans_algorithme_recoit_du_json(navigateur: Navigateur) -> None:
    navigateur.test(
        "clients",
        {
            "client_id": "coop",
            "client_secret": SECRET,
            "redirect_uris": [REDIRECT_URI],
            "userinfo_signe": False,
            "scopes": [*DEFAULT_SCOPES, "siren", "custom"],
        },
    )
    jetons = navigateur.tokens(scope="openid custom", claims='{"userinfo":{"siren":null}}')
    reponse = navigateur.userinfo(jetons["access_token"])
    assert reponse.headers["content-type"].startswith("application/json")
    assert reponse.json() == {"sub": reponse.json()["sub"], "siren": "130026032", "custom": {}}


def test_les_commandes_de_test_ne_viennent_pas_d_une_page_web(navigateur: Navigateur) -> None:
    assert navigateur.http.post("/_test/clock", content='{"offset_s":1}').status_code == 415
    assert navigateur.http.post("/_test/clock", data={"offset_s": "1"}).status_code == 415
    etranger = {"host": "rebond.exemple.fr"}
    assert navigateur.http.get("/_test/state", headers=etranger).status_code == 421
    assert navigateur.http.get("/sante/vivant").status_code == 200


def test_rien_n_est_garde_au_dela_de_sa_duree(navigateur: Navigateur) -> None:
    navigateur.tokens()
    navigateur.authorize(prompt="login")
    navigateur.test("clock", {"advance_s": 13 * 3600})
    comptes = navigateur.known()["counts"]
    assert {comptes[nom] for nom in comptes if nom != "accounts"} == {0}
    assert navigateur.known()["people"]["lea"] == LEA
    assert POST_LOGOUT_URI not in str(navigateur.known())
