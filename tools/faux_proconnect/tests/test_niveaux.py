"""Les niveaux d'assurance : ce qu'un service exige, ce qu'un fournisseur atteint."""

import json
from typing import Any

import pytest
from navigateur import LEA, METROPOLE, MFA, PROCONNECT_IDENTITE, Navigateur, hidden, redirected

SOFIA = "sofia.lopez@metropole.exemple.fr"


def exiger(acr: dict[str, Any]) -> str:
    return json.dumps({"id_token": {"acr": acr, "amr": None}})


def test_deux_facteurs_par_un_code_recu(navigateur: Navigateur) -> None:
    page = navigateur.post(navigateur.authorize(claims=exiger(MFA)), email=LEA)
    assert '<label for="code">Code reçu par courriel</label>' in page.text
    [courriel] = navigateur.known()["mails"]
    assert courriel["to"] == LEA
    page = navigateur.post(page, code="mauvais")
    assert page.status_code == 400
    retour = redirected(navigateur.post(page, code=courriel["code"]))
    identite = navigateur.verified(navigateur.exchange(retour["code"]).json()["id_token"])
    assert (identite["acr"], identite["amr"]) == ("eidas1-mfa", ["pwd", "mail", "mfa"])
    assert navigateur.known()["mails"] == []
    assert "code" in redirected(navigateur.authorize(claims=exiger(MFA))), "the session holds two factors"


def test_six_codes_faux_ferment_la_connexion(navigateur: Navigateur) -> None:
    page = navigateur.post(navigateur.authorize(claims=exiger(MFA)), email=LEA)
    for _ in range(5):
        page = navigateur.post(page, code="mauvais")
    assert redirected(navigateur.post(page, code="mauvais"))["error"] == "access_denied"


def test_un_fournisseur_a_deux_facteurs_suffit(navigateur: Navigateur) -> None:
    identite = navigateur.id_token(SOFIA, claims=exiger(MFA))
    assert (identite["acr"], identite["amr"]) == ("eidas1-mfa", ["pwd", "otp", "mfa"])


@pytest.mark.parametrize(
    "acr",
    [
        {"essential": True, "values": ["eidas2", "eidas3"]},
        {"essential": True, "value": "eidas3"},
        {"essential": True, "values": ["https://proconnect.gouv.fr/assurance/certification-dirigeant"]},
    ],
)
def test_un_niveau_hors_d_atteinte_est_refuse(navigateur: Navigateur, acr: dict[str, Any]) -> None:
    page = navigateur.authorize(claims=exiger(acr))
    retour = redirected(navigateur.post(page, email=LEA))
    assert retour["error"] == "access_denied"
    assert "ACR" in retour["error_description"]


def test_sans_code_par_courriel_les_deux_facteurs_sont_refuses(navigateur: Navigateur) -> None:
    fournisseur = {"id": PROCONNECT_IDENTITE, "nom": "ProConnect Identité", "proconnect_identite": True}
    navigateur.test("providers", {**fournisseur, "code_courriel": False})
    page = navigateur.authorize(claims=exiger(MFA))
    assert redirected(navigateur.post(page, email=LEA))["error"] == "access_denied"


def test_un_niveau_souhaite_n_est_pas_exige(navigateur: Navigateur) -> None:
    assert navigateur.id_token(claims=exiger({"values": ["eidas3"]}))["acr"] == "eidas1"


def test_un_niveau_inconnu_devient_eidas1(navigateur: Navigateur) -> None:
    navigateur.test("providers", {"id": METROPOLE, "nom": "Métropole", "acr": "or", "siret_par_defaut": None})
    assert navigateur.id_token(SOFIA)["acr"] == "eidas1"


def test_une_session_trop_faible_ne_sert_pas(navigateur: Navigateur) -> None:
    navigateur.sign_in()
    silence = navigateur.authorize(prompt="none", claims=exiger(MFA))
    assert redirected(silence)["error"] == "login_required"
    assert "interaction" in hidden(navigateur.authorize(claims=exiger(MFA)))


def test_un_niveau_fort_exige_redemande_toujours_l_identite(navigateur: Navigateur) -> None:
    sofia = {"email": SOFIA, "given_name": "Sofia", "usual_name": "Lopez"}
    forte = {METROPOLE: {"uid": "slopez", "acr": "eidas3", "amr": ["hwk", "mfa"]}}
    navigateur.test("people", {"id": "sofia", **sofia, "identifiants": forte})
    demande = exiger({"essential": True, "values": ["eidas2", "eidas3"]})
    identite = navigateur.id_token(SOFIA, claims=demande)
    assert (identite["acr"], identite["amr"]) == ("eidas3", ["hwk", "mfa"])
    assert "interaction" in hidden(navigateur.authorize(claims=demande))
    assert "code" in redirected(navigateur.authorize())


def test_deux_facteurs_puis_confirmation(navigateur: Navigateur) -> None:
    page = navigateur.post(navigateur.authorize(claims=exiger(MFA), prompt="consent"), email=LEA)
    page = navigateur.post(page, code=navigateur.known()["mails"][0]["code"])
    assert "<h1>Confirmer</h1>" in page.text
    assert "code" in redirected(navigateur.post(page))
