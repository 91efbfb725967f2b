"""Un téléphone modeste : processeur quatre fois plus lent, 1,6 Mbit/s, 150 ms d'aller-retour."""

import asyncio
import statistics
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page
from visite import TELEPHONE, Visites

TOURS = 5
_VIDE = b"<!doctype html><html lang='fr'><meta charset='utf-8'><title>Vide</title><p>Une page vide.</p>"
_OBSERVER = """
  window.vu = { lcp: 0, bloque: 0 };
  new PerformanceObserver((liste) => {
    for (const e of liste.getEntries()) window.vu.lcp = e.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((liste) => {
    for (const e of liste.getEntries()) window.vu.bloque += Math.max(0, e.duration - 50);
  }).observe({ type: "longtask", buffered: true });
"""


async def mesurer(visites: Visites, qui: Any, chemin: str) -> dict[str, float]:
    """Médianes de cinq ouvertures, sans rien en mémoire. Secondes."""
    tours: list[dict[str, float]] = []
    for _ in range(TOURS):
        page = await (visites.connectee(qui, taille=TELEPHONE) if qui else visites.anonyme(taille=TELEPHONE))
        await _ralentir(page)
        await page.add_init_script(_OBSERVER)
        await page.goto(chemin)
        await page.wait_for_load_state("networkidle")
        # The last paint is reported at the next idle moment: it is there once it no longer changes.
        await page.wait_for_function("window.vu.lcp > 0")
        tours.append(await page.evaluate("window.vu"))
        await page.context.close()
    return {
        "lcp_s": round(statistics.median(t["lcp"] for t in tours) / 1000, 2),
        "bloque_s": round(statistics.median(t["bloque"] for t in tours) / 1000, 2),
    }


@asynccontextmanager
async def page_vide() -> AsyncGenerator[str]:
    """L'adresse d'une page d'une ligne : ce que le téléphone et la ligne coûtent à eux seuls."""

    async def repondre(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        entetes = (
            "HTTP/1.1 200 OK",
            "Content-Type: text/html",
            f"Content-Length: {len(_VIDE)}",
            "Connection: close",
        )
        writer.write("\r\n".join((*entetes, "", "")).encode() + _VIDE)
        await writer.drain()
        writer.close()

    serveur = await asyncio.start_server(repondre, "127.0.0.1", 0)
    async with serveur:
        yield f"http://127.0.0.1:{serveur.sockets[0].getsockname()[1]}/"


async def _ralentir(page: Page) -> None:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    await cdp.send("Network.enable")
    debit = {"downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
    await cdp.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, **debit})
