"""Le faux RDV Service Public : ce que sa documentation promet, et dont nos tests dépendent."""

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn
from faux_rdv.__main__ import main
from faux_rdv.app import create_app
from faux_rdv.settings import Settings
from pydantic import ValidationError

RETOUR = "http://localhost:8080/espace/rdv/retour"
VERIFIER = "v" * 43
DEFI = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
DEMANDE = {
    "client_id": "coop-locale",
    "redirect_uri": RETOUR,
    "response_type": "code",
    "scope": "write",
    "state": "un état",
    "code_challenge": DEFI,
    "code_challenge_method": "S256",
}
CLIENT = {"client_id": "coop-locale", "client_secret": "secret", "redirect_uri": RETOUR}


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    reglages = Settings(client_secret="secret", redirect_uri=RETOUR)
    config = uvicorn.Config(create_app(reglages), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join()
    listener.close()


def _code(http: httpx2.Client) -> str:
    rendu = http.post("/oauth/authorize", data=DEMANDE | {"email": "lea@exemple.fr"})
    return parse_qs(urlsplit(rendu.headers["location"]).query)["code"][0]


def test_un_jeton_revoque_ne_sert_plus_ni_celui_qui_le_prolonge(http: httpx2.Client) -> None:
    demande = CLIENT | {"grant_type": "authorization_code", "code": _code(http), "code_verifier": VERIFIER}
    jetons = http.post("/oauth/token", data=demande).json()
    porteur = {"Authorization": f"Bearer {jetons['access_token']}"}
    revoquer = CLIENT | {"token": jetons["refresh_token"], "token_type_hint": "refresh_token"}
    faux_client = http.post("/oauth/revoke", data=revoquer | {"client_secret": "autre"})
    assert (faux_client.status_code, faux_client.json()) == (401, {"error": "invalid_client"})
    assert http.get("/api/v1/agents/me", headers=porteur).status_code == 200
    assert [http.post("/oauth/revoke", data=revoquer).status_code for _ in range(2)] == [200, 200]
    assert http.get("/api/v1/agents/me", headers=porteur).status_code == 401
    prolonger = CLIENT | {"grant_type": "refresh_token", "refresh_token": jetons["refresh_token"]}
    assert http.post("/oauth/token", data=prolonger).json() == {"error": "invalid_grant"}


def test_un_code_ne_sert_qu_une_fois_prouve_puis_se_prolonge(http: httpx2.Client) -> None:
    assert http.get("/oauth/authorize", params=DEMANDE).status_code == 200
    assert http.get("/oauth/authorize", params=DEMANDE | {"redirect_uri": "http://a"}).status_code == 400
    code = _code(http)
    demande = CLIENT | {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    jetons = http.post("/oauth/token", data=demande).json()
    assert http.post("/oauth/token", data=demande).json() == {"error": "invalid_grant"}
    faux = demande | {"code": _code(http), "code_verifier": "w" * 43}
    assert http.post("/oauth/token", data=faux).status_code == 400
    suite = CLIENT | {"grant_type": "refresh_token", "refresh_token": jetons["refresh_token"]}
    neufs = http.post("/oauth/token", data=suite).json()
    assert http.post("/oauth/token", data=suite).status_code == 400, "un renouvellement ne sert qu'une fois"

    entetes = {"Authorization": f"Bearer {neufs['access_token']}"}
    assert http.get("/api/v1/agents/me").status_code == 401
    assert http.get("/api/v1/agents/me", headers=entetes).json()["agent"]["email"] == "lea@exemple.fr"
    rdvs = http.get("/api/v1/rdvs", headers=entetes).json()
    assert rdvs["meta"]["total_count"] == len(rdvs["rdvs"]) == 5
    un = rdvs["rdvs"][0]["id"]
    change = http.patch(f"/api/v1/rdvs/{un}/update_status", json={"status": "seen"}, headers=entetes).json()
    assert [p["status"] for p in change["rdv"]["participations"]] == ["seen"]
    assert http.patch(f"/api/v1/rdvs/{un}/update_status", json={"status": "?"}, headers=entetes).is_error


def test_un_webhook_est_signe_du_secret_de_son_organisation(http: httpx2.Client) -> None:
    code = _code(http)
    demande = CLIENT | {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    entetes = {"Authorization": f"Bearer {http.post('/oauth/token', data=demande).json()['access_token']}"}
    [organisation] = http.get("/api/v1/organisations", headers=entetes).json()["organisations"]
    chemin = f"/api/v1/organisations/{organisation['id']}/webhook_endpoints"
    # Nobody listens there.
    corps = {"target_url": "http://127.0.0.1:9/rdv/webhooks", "secret": "partagé", "subscriptions": ["rdv"]}
    assert http.post(chemin, json=corps, headers=entetes).is_success
    rdv = http.get("/api/v1/rdvs", headers=entetes).json()["rdvs"][0]
    [envoi] = http.post("/_test/webhook", json={"rdv_id": rdv["id"]}).json()["sent"]
    attendue = hmac.new("partagé".encode(), envoi["body"].encode(), hashlib.sha256).hexdigest()
    assert envoi["headers"]["X-Lapin-Signature"] == attendue
    assert envoi["status"] == 0


def test_il_n_ecoute_que_la_boucle_locale(http: httpx2.Client) -> None:
    with pytest.raises(ValidationError):
        Settings(host="0.0.0.0", client_secret="secret", redirect_uri=RETOUR)
    assert http.get("/sante/vivant", headers={"Host": "ailleurs.example"}).status_code == 421


def test_un_reglage_faux_se_dit_en_francais_et_sans_le_citer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAUX_RDV_PORT", "beaucoup")
    monkeypatch.setenv("FAUX_RDV_CLIENT_SECRET", "canari")
    monkeypatch.delenv("FAUX_RDV_REDIRECT_URI", raising=False)
    assert main() == 2
    assert capsys.readouterr().err.splitlines() == [
        "Réglages refusés :",
        "- FAUX_RDV_PORT : cette valeur n’est pas acceptée.",
        "- FAUX_RDV_REDIRECT_URI : il manque.",
    ]
