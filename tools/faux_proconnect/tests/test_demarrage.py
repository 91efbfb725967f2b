"""Le programme : réglages refusés, boucle locale seulement, port pris, arrêt propre."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from faux_proconnect.settings import Settings
from navigateur import REDIRECT_URI, SECRET, Navigateur
from pydantic import ValidationError

DROITS = {"FAUX_CLIENT_ID": "coop", "FAUX_CLIENT_SECRET": SECRET, "FAUX_REDIRECT_URIS": REDIRECT_URI}


def _lancer(**reglages: str) -> subprocess.Popen[str]:
    environnement = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("FAUX_")}
    return subprocess.Popen(
        [sys.executable, "-m", "faux_proconnect"],
        env=environnement | DROITS | reglages,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _port_libre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        return libre.getsockname()[1]


@pytest.mark.parametrize(
    "reglages",
    [
        {"FAUX_HOST": "::"},
        {"FAUX_HOST": "192.0.2.1"},
        {"FAUX_HOST": "proconnect.exemple.fr"},
        {"FAUX_ISSUER": "http://proconnect.exemple.fr/api/v2"},
        {"FAUX_ISSUER": "http://localhost:8110"},
        {"FAUX_ISSUER": "ftp://localhost:8110/api/v2"},
        {"FAUX_ALG": "HS256"},
        {"FAUX_PORT": "beaucoup"},
        {"FAUX_CLIENT_SECRET": ""},
        {"FAUX_REDIRECT_URIS": ""},
    ],
)
def test_un_reglage_faux_est_refuse(reglages: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for nom, valeur in (DROITS | reglages).items():
        monkeypatch.setenv(nom, valeur)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("hote", ["127.0.0.1", "127.8.9.10", "localhost", "::1"])
def test_toute_la_boucle_locale_est_admise(hote: str) -> None:
    assert Settings(host=hote).host == hote


def test_hors_de_la_boucle_locale_le_programme_refuse_sans_montrer_le_secret() -> None:
    with _lancer(FAUX_HOST="0.0.0.0") as programme:
        sortie, erreurs = programme.communicate(timeout=60)
    assert programme.returncode == 2
    assert "Réglages refusés" in erreurs
    assert SECRET not in sortie + erreurs


def test_un_port_pris_se_dit() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as pris,
        _lancer(FAUX_PORT=str(pris.getsockname()[1])) as programme,
    ):
        _, erreurs = programme.communicate(timeout=60)
    assert programme.returncode == 3
    assert "FAUX_PORT" in erreurs


def test_le_programme_connecte_lea_puis_s_arrete_sans_rien_ecrire_d_elle() -> None:
    port = _port_libre()
    with _lancer(FAUX_PORT=str(port), FAUX_ALG="ES256") as programme:
        base = f"http://127.0.0.1:{port}"
        while programme.poll() is None:
            try:
                httpx2.get(f"{base}/sante/vivant", trust_env=False, timeout=60)
                break
            except httpx2.ConnectError:
                time.sleep(0.05)
        navigateur = Navigateur(base)
        jetons = navigateur.tokens()
        assert navigateur.verified(jetons["id_token"], "ES256")["aud"] == "coop"
        navigateur.http.close()
        programme.send_signal(signal.SIGTERM)
        sortie, erreurs = programme.communicate(timeout=60)
    assert sortie == f"Faux ProConnect : http://localhost:{port}/api/v2\n"
    assert erreurs == ""
