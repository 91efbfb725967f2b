"""Une inconnue invitée par son adresse (D5), et une équipe qui change de main (D7, D9) ; sans scripts."""

import re
from email import message_from_bytes
from email.policy import default

from embedded.runtime import Platform
from playwright.async_api import expect
from scene import creer_une_equipe, finit_par, inviter
from visite import Visites, finit_par_montrer


async def test_d5_une_inconnue_invitee_par_son_adresse_s_inscrit_et_choisit(
    visites: Visites, plateforme: Platform
) -> None:
    page, coordinatrice = await visites.inscrite("Yolande", "coordinateur", scripts=False)
    inconnue = await visites.scene.inconnue("Zelie")
    await page.goto(f"/espace/equipes/{await creer_une_equipe(coordinatrice)}")
    await page.fill("#c-compte_id", inconnue.email)
    await page.get_by_role("button", name="Envoyer l’invitation").click()
    await expect(page.get_by_text("Invitation envoyée")).to_be_visible()

    async def recus() -> list[str]:
        dossier = plateforme.settings.folder / "courriels"
        lus = [message_from_bytes(f.read_bytes(), policy=default) for f in dossier.glob("*.eml")]
        corps = [m.get_body(("plain",)) for m in lus if m["To"] == inconnue.email]
        return [partie.get_content() for partie in corps if partie is not None]

    [message] = await finit_par(recus, bool, 60)
    assert "Créer votre compte" in message
    await visites.scene.inscrire(inconnue, "mediateur")
    chez_elle = await visites.connectee(inconnue, scripts=False)
    # Her account was prepared by the invitation: equipes learns from identity that it is hers.
    await finit_par_montrer(chez_elle, "/espace", "Répondre")
    await chez_elle.get_by_role("link", name="Répondre").click()
    await chez_elle.get_by_role("button", name="Accepter").click()
    await expect(chez_elle.get_by_role("link", name="Équipe de bout en bout")).to_be_visible()


async def test_d7_d9_une_equipe_passe_a_qui_l_accepte_et_l_ancienne_n_y_voit_plus_rien(
    visites: Visites,
) -> None:
    page, coordinatrice = await visites.inscrite("Albertine", "coordinateur", scripts=False)
    chez_elle, suivante = await visites.inscrite("Berthe", "coordinateur", scripts=False)
    membre = await visites.scene.inscrite("Clotilde", "mediateur")
    equipe = await creer_une_equipe(coordinatrice)
    await membre.post(f"/invitations/{await inviter(coordinatrice, equipe, membre)}/acceptation")
    await page.goto(f"/espace/equipes/{equipe}")
    await page.get_by_role("link", name="Passer la main").click()
    await page.fill("#c-effet", "2020-01-01")
    await page.fill("#c-successeur", suivante.email)
    await page.get_by_role("button", name="Annoncer mon départ").click()
    await expect(page.locator("#e-effet")).to_contain_text("dans les douze mois")
    await page.fill("#c-effet", "")
    await page.get_by_role("button", name="Annoncer mon départ").click()
    await expect(page.get_by_text("vous ne coordonnez plus cette équipe")).to_be_visible()
    await page.goto(f"/espace/equipes/{equipe}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")

    await finit_par_montrer(chez_elle, "/espace/equipes", "Accepter")
    await chez_elle.get_by_role("button", name=re.compile("^Accepter")).click()
    await expect(chez_elle.get_by_text("Vous coordonnez cette équipe")).to_be_visible()
    await chez_elle.get_by_role("link", name="Équipe de bout en bout").click()
    await expect(chez_elle.get_by_role("heading", level=1)).to_have_text("Équipe de bout en bout")
    await finit_par_montrer(chez_elle, chez_elle.url, "Clotilde")
