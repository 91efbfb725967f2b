"""Ce qu'une page coûte à qui l'ouvre pour la première fois."""

import gzip
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Page, Response
from portail.rendu import LOTS, STATIC, TIERS, sans_marge

APPELS = 3
"""Au plus, pour une page : ce qu'elle montre. La session, de qui est connecté, vient en plus."""
_APPELS = re.compile(r'api;desc="(\d+)"')


@dataclass(slots=True)
class Poids:
    """octets : sur le fil, compressés, en-têtes compris.   scripts : les nôtres, compressés, sans en-têtes.
    appels : lectures de l'API faites pour la page.
    """

    octets: int = 0
    scripts: int = 0
    elements: int = 0
    appels: int = 0
    adresses: list[str] = field(default_factory=list[str])

    @property
    def requetes(self) -> int:
        return len(self.adresses)


async def peser(page: Page, chemin: str) -> Poids:
    """Ouvre cette adresse dans un navigateur qui n'a encore rien gardé."""
    poids = Poids()
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Network.enable")
    _compter(cdp, poids)
    reponse = await page.goto(chemin)
    await page.wait_for_load_state("networkidle")
    poids.elements = await page.evaluate("document.querySelectorAll('*').length")
    poids.appels = appels_pour(reponse)
    await cdp.detach()
    return poids


def appels_pour(reponse: Response | None) -> int:
    """Lectures de l'API faites pour cette page, celle de la session comprise."""
    dits = _APPELS.search(reponse.headers.get("server-timing", "")) if reponse else None
    return int(dits[1]) if dits else 0


def _compter(cdp: CDPSession, poids: Poids) -> None:
    adresses: dict[str, str] = {}
    en_tetes: dict[str, float] = {}

    def recue(quoi: dict[str, Any]) -> None:
        adresse = urlsplit(quoi["response"]["url"])
        # What the browser takes from the page itself (`data:`) costs nothing more.
        if adresse.scheme in ("http", "https"):
            adresses[quoi["requestId"]] = adresse.path
            en_tetes[quoi["requestId"]] = quoi["response"]["encodedDataLength"]
            poids.adresses.append(adresse.path)

    def finie(quoi: dict[str, Any]) -> None:
        chemin = adresses.get(quoi["requestId"])
        if chemin is None:
            return
        octets = round(quoi["encodedDataLength"])
        poids.octets += octets
        if chemin.endswith(".js") and "/tiers/" not in chemin:
            poids.scripts += round((octets - en_tetes[quoi["requestId"]]) * _notre_part(chemin))

    cdp.on("Network.responseReceived", recue)
    cdp.on("Network.loadingFinished", finie)


def _notre_part(chemin: str) -> float:
    """Ce qui est de nous dans un lot, une fois compressé comme le reste ; 1 pour un fichier seul."""
    lot = next((noms for nom, noms in LOTS.items() if chemin.endswith(nom)), ())
    lus = {nom: (STATIC / nom).read_bytes() for nom in lot}
    poids = {
        nom: len(gzip.compress(lu if nom.startswith(TIERS) else sans_marge(lu))) for nom, lu in lus.items()
    }
    return sum(p for nom, p in poids.items() if not nom.startswith(TIERS)) / sum(poids.values()) if lot else 1
