"""La documentation de l'API : on y essaie une écriture, avec sa session."""

from playwright.async_api import expect
from scene import finit_par
from visite import Visites


async def test_une_ecriture_s_essaie_depuis_la_documentation(visites: Visites) -> None:
    page, personne = await visites.inscrite("Essaie")
    await page.goto("/docs/activites")
    route = page.locator(".opblock-post", has=page.locator('[data-path="/activites"]'))
    await route.locator(".opblock-summary-control").click()
    await route.get_by_role("button", name="Try it out").click()
    await route.get_by_role("button", name="Execute").click()
    await expect(route.locator(".live-responses-table .response-col_status").last).to_contain_text("201")

    async def total() -> int:
        return (await personne.get("/activites"))["total"]

    assert await finit_par(total, lambda lu: lu == 1, 60) == 1
