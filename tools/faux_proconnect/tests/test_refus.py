"""Chaque demande d'autorisation fautive est refusée, au bon endroit."""

import json
from typing import Any

import pytest
from navigateur import LEA, METROPOLE, REDIRECT_URI, SECRET, Navigateur, error_code, redirected

COURT = "x" * 31


@pytest.mark.parametrize(
    ("changement", "code"),
    [
        ({"client_id": "inconnu"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": None}, "Y030031"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "Y030031"),
        ({"redirect_uri": f"{REDIRECT_URI}?x=1"}, "Y030031"),
        ({"redirect_uri": "https://ailleurs.exemple.fr/"}, "Y030031"),
        ({"state": None}, "Y000400"),
        ({"state": COURT}, "Y000400"),
        ({"nonce": None}, "Y000400"),
        ({"nonce": COURT}, "Y000400"),
        ({"nonce": "x" * 513}, "Y000400"),
        ({"nonce": "é" * 40}, "Y000400"),
        ({"login_hint": "pas une adresse"}, "Y000400"),
        ({"siret_hint": "123"}, "Y000400"),
        ({"max_age": "60"}, "Y000400"),
        ({"ui_locales": "fr"}, "Y000400"),
        ({"<script>": "1"}, "Y000400"),
    ],
)
def test_la_personne_reste_sur_la_page_d_erreur(
    navigateur: Navigateur, changement: dict[str, str | None], code: str
) -> None:
    page = navigateur.authorize(**changement)
    assert page.status_code == 400
    assert error_code(page) == code
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("changement", "erreur"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "email", "claims": None}, "invalid_request"),
        ({"scope": "email"}, "invalid_request"),
        ({"scope": "openid custom"}, "invalid_scope"),
        ({"scope": "openid chorusdt:matricule"}, "invalid_scope"),
        ({"prompt": "select_account"}, "invalid_request"),
        ({"prompt": ""}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "trop-court"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "{}"}, "invalid_request"),
        ({"claims": '{"autre":{}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":"eidas2"}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"values":[1]}}}'}, "invalid_request"),
        ({"claims": "[" * 5000}, "invalid_request"),
        ({"acr_values": "eidas1"}, "invalid_request"),
        ({"idp_hint": "inconnu"}, "idp_hint_not_found"),
    ],
)
def test_l_erreur_revient_au_service(
    navigateur: Navigateur, changement: dict[str, str | None], erreur: str
) -> None:
    retour = redirected(navigateur.authorize(**changement))
    assert set(retour) == {"error", "error_description", "state", "iss"}
    assert retour["error"] == erreur
    assert (retour["state"], retour["iss"]) == (navigateur.state, navigateur.issuer)


def test_un_parametre_repete_est_refuse(navigateur: Navigateur) -> None:
    deux = [*navigateur.params().items(), ("state", "y" * 43)]
    page = navigateur.http.get("/api/v2/authorize", params=tuple(deux))
    assert error_code(page) == "Y000400"


def test_une_route_inconnue_est_une_page(navigateur: Navigateur) -> None:
    page = navigateur.http.get("/api/v2/ailleurs")
    assert (page.status_code, error_code(page)) == (404, "Y000404")


def test_un_formulaire_trop_gros_ou_d_un_autre_type_est_refuse(navigateur: Navigateur) -> None:
    gros = navigateur.http.post("/api/v2/interaction", data={"email": "x" * 100_000})
    assert error_code(gros) == "Y000400"
    autre = navigateur.http.post("/api/v2/interaction", json={"email": LEA})
    assert error_code(autre) == "Y000400"


def test_pkce_et_niveau_herite_restent_facultatifs(navigateur: Navigateur) -> None:
    retour = navigateur.sign_in(
        code_challenge=None, code_challenge_method=None, claims=None, acr_values="eidas1"
    )
    assert navigateur.exchange(retour["code"], code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ({"actif": False}, "invalid_client"),
        ({"alg": "HS256"}, "Y04A586"),
        ({"client_secret": None}, "Y04A586"),
        ({"auth_method": "private_key_jwt"}, "Y04A586"),
    ],
)
def test_un_service_mal_enregistre_n_ouvre_rien(
    navigateur: Navigateur, client: dict[str, Any], code: str
) -> None:
    enregistre = {"client_id": "coop", "client_secret": SECRET, "redirect_uris": [REDIRECT_URI]}
    navigateur.test("clients", {**enregistre, **client})
    assert error_code(navigateur.authorize()) == code


@pytest.mark.parametrize(
    ("client", "email", "code"),
    [
        ({"prive_accepte": False}, "ines.benali@asso-clic.exemple.fr", "Y500015"),
        ({"domaines_autorises": ["metropole.exemple.fr"]}, LEA, "Y500025"),
        ({}, "bruno.barbier@ville.exemple.fr", "Y500024"),
    ],
)
def test_une_personne_non_admise_reste_chez_proconnect(
    navigateur: Navigateur, client: dict[str, Any], email: str, code: str
) -> None:
    enregistre = {"client_id": "coop", "client_secret": SECRET, "redirect_uris": [REDIRECT_URI]}
    navigateur.test("clients", {**enregistre, **client})
    page = navigateur.post(navigateur.authorize(), email=email)
    assert (page.status_code, error_code(page)) == (403, code)


def test_une_personne_bloquee_perd_sa_session(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    lea = {"id": "lea", "email": LEA, "given_name": "Léa", "usual_name": "Martin"}
    navigateur.test("people", {**lea, "bloque": True})
    assert error_code(navigateur.authorize()) == "Y500024"


@pytest.mark.parametrize(
    ("fournisseur", "code"),
    [
        ({"restreint": True, "siret_par_defaut": "35600000000048"}, "Y500027"),
        ({"siret_par_defaut": None}, "Y500006"),
    ],
)
def test_un_fournisseur_fautif_n_identifie_personne(
    navigateur: Navigateur, fournisseur: dict[str, Any], code: str
) -> None:
    navigateur.test("providers", {"id": METROPOLE, "nom": "Métropole", **fournisseur})
    page = navigateur.post(navigateur.authorize(), email="chloe.nguyen@metropole.exemple.fr")
    assert error_code(page) == code


def test_une_commande_de_test_inconnue_est_refusee(navigateur: Navigateur) -> None:
    for route, corps in (
        ("failure", {"mode": "inventée"}),
        ("clock", {"heure": 3}),
        ("people", {"email": LEA, "given_name": "L", "usual_name": "M", "identifiants": {"x": {"uid": "1"}}}),
    ):
        reponse = navigateur.http.post(f"/_test/{route}", json=corps)
        assert reponse.status_code == 422, json.dumps(corps)
