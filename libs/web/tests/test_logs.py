"""Une ligne JSON par requête, sans requête ni corps ; rien ne peut forger une ligne."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import structlog
from web.testing import TokenIssuer

type Logged = Callable[[], list[dict[str, Any]]]


async def test_une_requete_laisse_une_ligne(
    secured: httpx2.AsyncClient, issuer: TokenIssuer, logged: Logged
) -> None:
    compte = UUID(int=5)
    headers = {
        "Authorization": f"Bearer {issuer.token('essai', compte_id=compte)}",
        "X-Request-Id": "abcdefgh",
    }
    await secured.get("/essais/moi", headers=headers)
    [line] = logged()
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "service": "essai",
        "method": "GET",
        "route": "/essais/moi",
        "status": 200,
        "request_id": "abcdefgh",
        "compte_id": str(compte),
    }


async def test_ni_adresse_ni_corps_ni_jeton_dans_les_journaux(
    client: httpx2.AsyncClient, logged: Logged
) -> None:
    await client.get("/essais/00000000-0000-0000-0000-0000000000aa?filtre=canari")
    await client.post("/essais", json={"id": "canari", "nom": "canari"}, headers={"User-Agent": "canari"})
    await client.get("/essais/moi", headers={"Authorization": "Bearer canari"})
    await client.get("/canari")
    text = str(logged())
    assert "canari" not in text
    assert "0000000000aa" not in text
    assert "/essais/{essai_id}" in text


async def test_les_sondes_ne_remplissent_pas_les_journaux(client: httpx2.AsyncClient, logged: Logged) -> None:
    for path in ("/sante/vivant", "/sante/pret", "/metrics"):
        assert (await client.get(path)).status_code == 200
    assert logged() == []


def test_une_valeur_ne_peut_pas_forger_une_ligne(logged: Logged) -> None:
    structlog.get_logger().info("essai", valeur='a\r\n{"event":"forge"}\u2028\x1b[31m')
    logging.getLogger("bibliotheque").warning("b\n%s", "\x1b[0m\u2029")
    lines = logged()
    assert [line["event"] for line in lines] == ["essai", "b\n\x1b[0m\u2029"]
    assert lines[1]["logger"] == "bibliotheque"


def test_authlib_et_httpx_ne_disent_que_leurs_alertes(logged: Logged) -> None:
    for name in ("authlib", "authlib.jose", "httpx2", "httpcore2"):
        logging.getLogger(name).info("un jeton")
    assert logged() == []
