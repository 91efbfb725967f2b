"""Ce qu'une personne fait dans le navigateur, et ce que le navigateur lui reproche."""

import re
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Literal

from embedded.runtime import Platform
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect
from scene import ATTENTE, Navigateur, Scene, finit_par

LARGE: ViewportSize = {"width": 1280, "height": 900}
TELEPHONE: ViewportSize = {"width": 360, "height": 740}
PETIT: ViewportSize = {"width": 320, "height": 640}
_ATTENTE_MS = 60_000
_POSITION = "__Host-coop_position_"
_COPIES = """async (debut) => {
  const connues = (await indexedDB.databases()).map((base) => base.name);
  const fini = (demande) => new Promise((rendre) => { demande.onsuccess = () => rendre(demande.result); });
  const cles = Object.keys(localStorage);
  if (connues.includes("coop")) {
    const base = await fini(indexedDB.open("coop"));
    cles.push(...await fini(base.transaction("appareil").objectStore("appareil").getAllKeys()));
    base.close();
  }
  return cles.filter((cle) => cle.startsWith(debut));
}"""

expect.set_options(timeout=_ATTENTE_MS)

# A refused answer is shown by the page: the browser's line about it is no fault.
_ATTENDUES = ("Failed to load resource",)


async def effacer(page: Page) -> None:
    """What cannot be undone is asked twice."""
    await page.locator("summary", has_text="Effacer").click()
    await page.get_by_role("button", name=re.compile("^Oui, effacer")).click()


async def sur_l_appareil(page: Page, debut: str = "") -> list[str]:
    """What the device keeps under this beginning: names of its copies, in its database and beside it."""
    return await page.evaluate(_COPIES, debut)


async def posee(page: Page) -> None:
    """The page is whole; what scripts draw after it, the map, is there too."""
    await page.wait_for_load_state("load")
    if await page.locator("#carte").count():
        await page.wait_for_load_state("networkidle")


async def finit_par_montrer(page: Page, chemin: str, attendu: str) -> None:
    """What one person did reaches the other's page when the projections have read it."""

    async def lire() -> str:
        await page.goto(chemin)
        return await page.locator("main").inner_text()

    assert attendu in await finit_par(lire, lambda texte: attendu in texte, ATTENTE)


@dataclass(eq=False)
class Fenetre:
    """The cookies of one signed-in browser."""

    contexte: BrowserContext
    base: str

    async def poser(self, cookies: dict[str, str]) -> None:
        # A `__Host-` cookie is only taken from a secure address; it then goes to http://localhost too.
        sure = self.base.replace("http:", "https:")
        poses: list[Any] = [
            {"name": nom, "value": valeur, "url": sure, "secure": True, "httpOnly": True}
            for nom, valeur in cookies.items()
        ]
        await self.contexte.add_cookies(poses)

    async def positions(self) -> Collection[str]:
        """What its pages wrote, or were told to wait for."""
        lus: list[Any] = await self.contexte.cookies()
        return [c["value"] for c in lus if c["name"].startswith(_POSITION)]

    async def apprendre(self, positions: Collection[str]) -> None:
        """What its next pages wait for."""
        await self.poser({_POSITION + p.partition(":")[0]: p for p in positions})


class Visites:
    """Opens pages. fautes : what the browser said against them (CSP, errors of scripts)."""

    def __init__(self, platform: Platform, scene: Scene, navigateur: Browser, stack: AsyncExitStack) -> None:
        self.base = platform.settings.public_url
        self.scene = scene
        self.fautes: list[str] = []
        self._navigateur = navigateur
        self._stack = stack

    async def anonyme(self, *, scripts: bool = True, taille: ViewportSize = LARGE) -> Page:
        """Quelqu'un qui n'est pas connecté."""
        return await self._page(await self._contexte(scripts, taille))

    async def inscrite(
        self,
        prenom: str,
        role: Literal["mediateur", "coordinateur"] = "mediateur",
        *,
        scripts: bool = True,
        taille: ViewportSize = LARGE,
    ) -> tuple[Page, Navigateur]:
        """Une personne inscrite, déjà connectée dans ce navigateur ; et la même, par l'API."""
        personne = await self.scene.inscrite(prenom, role)
        return await self.connectee(personne, scripts=scripts, taille=taille), personne

    async def connectee(
        self, personne: Navigateur, *, scripts: bool = True, taille: ViewportSize = LARGE
    ) -> Page:
        """Cette personne dans un nouveau navigateur, avec la session qu'elle a déjà ; elle y lit ce que la
        scène vient d'écrire."""
        contexte = await self._contexte(scripts, taille)
        fenetre = Fenetre(contexte, self.base)
        await fenetre.poser(dict(c.split("=", 1) for c in personne.cookies().split("; ")))
        ecrits = self.scene.ecrits
        await fenetre.apprendre((await ecrits.relever()).values())
        ecrits.fenetres.append(fenetre)
        contexte.on("close", lambda _: ecrits.fenetres.remove(fenetre))
        return await self._page(contexte)

    async def _contexte(self, scripts: bool, taille: ViewportSize) -> BrowserContext:
        contexte = await self._navigateur.new_context(
            base_url=self.base,
            java_script_enabled=scripts,
            viewport=taille,
            locale="fr-FR",
        )
        contexte.set_default_timeout(_ATTENTE_MS)
        self._stack.push_async_callback(contexte.close)
        return contexte

    async def _page(self, contexte: BrowserContext) -> Page:
        page = await contexte.new_page()
        page.on("console", self._noter)
        page.on("pageerror", lambda error: self.fautes.append(f"script : {error}"))
        return page

    def _noter(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ATTENDUES):
            self.fautes.append(f"{message.type} : {message.text}")
