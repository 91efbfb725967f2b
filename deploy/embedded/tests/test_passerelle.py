"""La passerelle : qui passe, vers qui, et ce qui ne passe jamais."""

import json
import os
import re
import signal
import socket
import urllib.request

import pytest
from allumage import Allumage
from embedded import refus
from embedded.settings import ROOT

COOKIE = "__Host-coop_session=abc"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/activites", "activites"),
        ("/coordinations", "activites"),
        ("/beneficiaires/1", "activites"),
        ("/tags", "activites"),
        ("/rdv/1/statut", "activites"),
        ("/statistiques?du=2026-01-01", "activites"),
        ("/equipes", "equipes"),
        ("/invitations", "equipes"),
        ("/comptes/moi", "identity"),
        ("/annuaire", "identity"),
        ("/clients", "identity"),
        ("/oauth/client", "identity"),
    ],
)
def test_une_personne_connectee_arrive_au_bon_service_avec_un_jeton_pour_lui_seul(
    plateforme: Allumage, path: str, service: str
) -> None:
    forged = {
        "Cookie": COOKIE,
        "Authorization": "Bearer forge",
        "X-Forwarded-User": "admin",
        "Remote-User": "a",
    }
    answer = plateforme.get(path, forged)
    assert (answer.status, answer.service) == (200, service)
    assert answer.received["authorization"] == f"Bearer jeton-interne-{service}"
    assert not {"x-forwarded-user", "remote-user"} & set(answer.received)
    assert ("cookie" in answer.received) == (service == "identity" and path != "/oauth/client")
    assert plateforme.get(path, {"Authorization": "Bearer forge"}).status == 401


@pytest.mark.parametrize(
    "path", ["/lieux?departement=62", "/structures", "/carte/communes", "/donnees/lieux.csv"]
)
def test_la_carte_se_lit_sans_connexion_et_sans_identite(plateforme: Allumage, path: str) -> None:
    answer = plateforme.get(path, {"Cookie": COOKIE, "Authorization": "Bearer forge"})
    assert (answer.status, answer.service) == (200, "cartographie")
    assert not {"authorization", "cookie"} & set(answer.received)
    assert plateforme.get(path, method="POST").status in {404, 405}


@pytest.mark.parametrize(
    "path", ["/auth/connexion", "/auth/retour?code=1", "/oauth/token", "/.well-known/jwks.json"]
)
def test_la_connexion_est_publique_et_garde_son_cookie(plateforme: Allumage, path: str) -> None:
    answer = plateforme.get(path, {"Cookie": "__Host-coop_tx=1", "Authorization": "Bearer forge"})
    assert (answer.status, answer.service) == (200, "identity")
    assert answer.received["cookie"] == "__Host-coop_tx=1"
    assert "authorization" not in answer.received


@pytest.mark.parametrize("path", ["/activites", "/oauth/client"])
def test_un_client_de_machine_montre_son_jeton_et_le_service_recoit_le_notre(
    plateforme: Allumage, path: str
) -> None:
    answer = plateforme.get(path, {"Authorization": "Bearer jeton-de-machine"})
    assert answer.status == 200
    assert answer.received["authorization"] == f"Bearer jeton-interne-{answer.service}"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_les_points_oauth_recoivent_la_preuve_du_client_et_jamais_de_cookie(
    plateforme: Allumage, path: str
) -> None:
    proof = {"Cookie": COOKIE, "Authorization": "Basic cHJldXZl"}
    answer = plateforme.get(path, proof, method="POST")
    assert (answer.status, answer.service) == (200, "identity")
    assert answer.received["authorization"] == "Basic cHJldXZl"
    assert "cookie" not in answer.received


def test_aucune_route_ne_laisse_passer_l_en_tete_d_un_client() -> None:
    """Each route takes the header off, or has identity replace it; a new one cannot forget to."""
    text = (ROOT / "deploy" / "traefik" / "dynamique.yaml").read_text()
    routers = text.partition("\n  routers:\n")[2].partition("\n  services:\n")[0]
    named = re.findall(r"^    ([\w-]+):\n((?:      .*\n|\n)+)", routers, re.MULTILINE)
    assert len(named) > 15
    open_ones = {
        name
        for name, router in named
        if "entryPoints: [admin]" not in router
        and not re.search(r"middlewares: \[.*(connecte-\w+|anonyme|sans-autorisation)", router)
    }
    assert open_ones == {"identity-oauth"}


@pytest.mark.parametrize(
    "path",
    [
        "/auth/verifier?audience=activites",
        "/auth/verifier/",
        "/auth/verifier/v1?audience=activites",
        "//auth//verifier?audience=activites",
        "/auth/%76erifier",
        "/auth%2Fverifier",
        "/auth/x/../verifier",
        "/auth/x/%2e%2e/verifier",
        "/auth/%2e/verifier",
        "/auth/verifier;x",
        "/auth/verifier%3Bx",
        "/lieux/../auth/verifier?audience=activites",
        "/sante/pret",
        "/metrics",
        "/ping",
    ],
)
def test_ce_qui_est_interne_ne_s_atteint_pas_de_dehors(plateforme: Allumage, path: str) -> None:
    assert plateforme.get(path, {"Cookie": COOKIE}).status in {400, 404}


@pytest.mark.parametrize("service", ["identity", "activites", "equipes", "cartographie"])
def test_la_documentation_de_chaque_service_est_servie_par_lui(plateforme: Allumage, service: str) -> None:
    answer = plateforme.get(f"/docs/{service}", {"Cookie": COOKIE})
    assert (answer.status, answer.service) == (200, service)
    assert "cookie" not in answer.received


@pytest.mark.parametrize(
    "page", ["/", "/espace/activites", "/trouver", "/donnees-personnelles", "/carte-de-france", "/robots.txt"]
)
def test_ce_qu_aucun_service_ne_prend_est_une_page_du_portail(plateforme: Allumage, page: str) -> None:
    answer = plateforme.get(page, {"Cookie": COOKIE})
    assert (answer.status, answer.service) == (200, "portail")
    # It reads the API as the visitor: the cookie goes to it, and no identity that someone pretended.
    assert answer.received["cookie"] == COOKIE
    assert "authorization" not in answer.received


def test_un_signet_de_la_plateforme_d_avant_mene_a_son_espace(plateforme: Allumage) -> None:
    answer = plateforme.get("/coop/mes-activites?mois=2026-01")
    assert (answer.status, answer.headers["Location"]) == (302, "/espace")


def test_les_entetes_de_transmission_sont_refaits_par_la_passerelle(plateforme: Allumage) -> None:
    forged = {
        "X-Forwarded-For": "9.9.9.9",
        "X-Forwarded-Host": "pirate.example",
        "X_Forwarded_For": "9.9.9.9",
    }
    received = plateforme.get("/auth/session", forged).received
    assert "9.9.9.9" not in str(received)
    assert "pirate.example" not in str(received)


@pytest.mark.parametrize("path", ["/activites", "/equipes", "/comptes/moi", "/lieux", "/auth/session"])
def test_le_numero_de_la_demande_ne_vient_jamais_du_client(plateforme: Allumage, path: str) -> None:
    received = plateforme.get(path, {"Cookie": COOKIE, "X-Request-Id": "choisi-par-le-client"}).received
    assert "choisi-par-le-client" not in str(received)
    # Behind the question asked to identity, its answer gives the number.
    behind = path in {"/activites", "/equipes", "/comptes/moi"}
    assert received.get("x-request-id") == ("numero-d-identity" if behind else None)


def test_les_entetes_de_securite_sont_sur_toutes_les_reponses(plateforme: Allumage) -> None:
    # What the gateway refuses by itself (401) carries them as well.
    for path in ("/lieux", "/activites", "/auth/session"):
        headers = plateforme.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        # Each service says its own (the stand-ins say nothing): a page with a form needs another one.
        assert "Referrer-Policy" not in headers
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "Server" not in headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/sante/pret"), ("POST", "/lieux")])
def test_une_adresse_d_api_que_rien_ne_prend_est_refusee_en_francais(
    plateforme: Allumage, method: str, path: str
) -> None:
    answer = plateforme.get(path, method=method)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(answer.body)["title"] == "Cette ressource n’existe pas."
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_un_navigateur_lit_une_page(plateforme: Allumage) -> None:
    answer = plateforme.get("/metrics", {"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Cette ressource n’existe pas.</h1>" in answer.body.decode()
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("killed", "path"), [("identity", "/activites"), ("identity", "/auth/session"), ("equipes", "/equipes")]
)
def test_un_service_tue_se_dit_en_francais_avec_le_delai(
    plateforme: Allumage, killed: str, path: str
) -> None:
    before = plateforme.pid(killed)
    os.kill(before, signal.SIGKILL)
    answer = plateforme.get(path, {"Cookie": COOKIE})
    while answer.status == 200:  # not dead yet
        answer = plateforme.get(path, {"Cookie": COOKIE})
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(answer.body)["title"] == "Le service est momentanément indisponible."
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    plateforme.said(f"{killed} est de nouveau prêt", 120)
    plateforme.lines.clear()
    assert plateforme.get(path, {"Cookie": COOKIE}).status == 200


def test_trop_de_demandes_se_dit_en_francais_avec_le_delai(plateforme: Allumage) -> None:
    # The gateway redirects by itself, faster than it allows; requests follow one another on one connection.
    heard = b""
    with socket.create_connection(("127.0.0.1", plateforme.ports["passerelle"])) as connection:
        while not (refused := re.search(rb"HTTP/1.1 429 .*?\r\n\r\n{[^}]*}", heard, re.DOTALL)):
            connection.sendall(b"GET /coop/mes-activites HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            heard = heard[-4096:] + connection.recv(1 << 20)
    head, _, body = refused[0].decode().partition("\r\n\r\n")
    assert json.loads(body)["title"].startswith("Trop de demandes")
    assert "Content-Type: application/problem+json" in head
    assert "Retry-After: 1" in head
    assert "Strict-Transport-Security" in head


def test_une_panne_dit_a_qui_envoyait_un_formulaire_que_rien_n_est_perdu() -> None:
    def page(statut: int, sorte: str) -> str:
        demande = f"GET /{statut} HTTP/1.1\r\nAccept: text/html\r\nContent-Type: {sorte}\r\n\r\n"
        return refus.answer(demande.encode()).decode()

    for sorte in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert "Revenez en arrière" in page(502, sorte)
        assert "Revenez en arrière" in page(429, sorte)
    assert "Revenez en arrière" not in page(404, sorte)
    assert "Revenez en arrière" not in page(502, "application/json")


def test_les_mesures_de_la_passerelle_sont_sur_son_entree_d_administration(plateforme: Allumage) -> None:
    base = f"http://127.0.0.1:{plateforme.ports['traefik']}"
    with urllib.request.urlopen(f"{base}/metrics") as answer:
        assert b"traefik_entrypoint_requests_total" in answer.read()
    with pytest.raises(urllib.request.HTTPError) as refused:
        urllib.request.urlopen(f"{base}/lieux")
    with refused.value as error:
        assert error.code == 404
