"""Santé, mesures, documentation locale."""

import asyncio
import re
from collections.abc import Callable

import httpx2
from events import metrics
from fastapi import FastAPI
from process.settings import ServiceSettings


def asking(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai")


async def works() -> None:
    return


async def fails() -> None:
    raise ConnectionRefusedError("postgres://mot-de-passe")


async def says_no() -> bool:
    return False


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_pret_quand_tout_repond(build: Callable[..., FastAPI]) -> None:
    async with asking(build(ready={"base": works})) as client:
        assert (await client.get("/sante/vivant")).json() == {"statut": "vivant"}
        assert (await client.get("/sante/pret")).json() == {"statut": "pret"}


async def test_pas_pret_dit_ce_qui_manque(build: Callable[..., FastAPI]) -> None:
    checks = {"base": fails, "bus": works, "cache": says_no, "voisin": hangs}
    app = build(ready=checks)
    app.state.failing_tasks = lambda: ["relais"]
    async with asking(app) as client:
        answer = await client.get("/sante/pret")
        assert (await client.get("/sante/vivant")).status_code == 200
    assert answer.status_code == 503
    assert answer.json()["echecs"] == ["base", "cache", "voisin", "relais"]
    assert "mot-de-passe" not in answer.text


async def test_pas_pret_tant_qu_un_lecteur_est_en_avance_sur_le_journal(
    build: Callable[..., FastAPI],
) -> None:
    fault = metrics.bus_fault.labels("carnets", "ahead")
    async with asking(build(ready={"base": works})) as client:
        fault.set(1)
        try:
            answer = await client.get("/sante/pret")
        finally:
            fault.set(0)
        assert (answer.status_code, answer.json()["echecs"]) == (503, ["carnets:ahead"])
        assert (await client.get("/sante/pret")).status_code == 200


async def test_les_mesures_comptent_par_route_jamais_par_adresse(client: httpx2.AsyncClient) -> None:
    await client.get("/essais/00000000-0000-0000-0000-0000000000aa")
    await client.get("/n-importe-quoi-0000000000aa")
    await client.request("INVENTE", "/essais")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'http_requests_total{method="GET",route="/essais/{essai_id}",status="200"} 1.0' in answer.text
    assert 'http_requests_total{method="GET",route="inconnue",status="404"} 1.0' in answer.text
    assert 'method="AUTRE"' in answer.text
    assert "0000000000aa" not in answer.text
    assert "INVENTE" not in answer.text
    assert "events_appended_total" in answer.text, "celles des bibliothèques aussi"


async def test_en_production_la_documentation_n_est_pas_servie(
    build: Callable[..., FastAPI], settings_with: Callable[..., ServiceSettings]
) -> None:
    app = build(settings=settings_with(documentation="non"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai") as client:
        for end in ("", "/", "/openapi.json", "/init.js", "/swagger-ui-bundle.js"):
            assert (await client.get(f"/docs/essai{end}")).status_code == 404
        assert (await client.get("/essais/heure")).status_code == 200


async def test_la_documentation_ne_vient_que_dici(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs/essai")
    assert page.headers["content-type"].startswith("text/html")
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) == 4
    for source in sources:
        assert source.startswith("/docs/essai/")
        assert (await client.get(source)).status_code == 200
    assert "<script>" not in page.text, "la politique de contenu interdit le script dans la page"
    assert "unsafe-inline" not in page.headers["content-security-policy"].split("style-src")[0]
    assert (await client.get("/docs/essai/../settings.py")).status_code == 404
    assert (await client.get("/docs")).status_code == 404
    assert (await client.get("/openapi.json")).status_code == 404
    document = (await client.get("/docs/essai/openapi.json")).json()
    assert "/essais" in document["paths"]
    assert not any(path.startswith(("/sante", "/metrics", "/docs")) for path in document["paths"])
