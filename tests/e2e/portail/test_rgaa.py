"""Ce que la grille RGAA (docs/accessibilite/grille-rgaa.md) ne peut pas lire dans le code : on le fait."""

import re

import pytest
from lisible import AGRANDI, SORT_DE_SA_BOITE
from playwright.async_api import Page, expect
from scene import Role
from visite import LARGE, TELEPHONE, Visites, posee

CRA = "/espace/cra/individuel"
PUBLIQUES = (
    "/",
    "/connexion",
    "/aide",
    "/plan-du-site",
    "/trouver",
    "/trouver?departement=21",
    "/chiffres",
    "/chiffres/departements",
    "/n/existe/pas",
)
PERSONNELLES = (
    "/espace",
    CRA,
    "/espace/cra/atelier",
    "/espace/cra/serie",
    "/espace/activites",
    "/espace/activites/supprimees",
    "/espace/activites/importer",
    "/espace/tags",
    "/espace/statistiques",
    "/espace/equipes",
    "/espace/invitations",
    "/espace/brouillons",
    "/espace/modeles",
    "/espace/rdv",
    "/espace/beneficiaires",
    "/espace/beneficiaires/nouveau",
    "/espace/outils",
    "/espace/profil",
)

ESPACE = """() => {
  const feuille = new CSSStyleSheet();
  feuille.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [feuille];
}"""
REGLAGES = {
    "agrandi": (AGRANDI, LARGE),
    "espace": (ESPACE, LARGE),
    "espace, telephone": (ESPACE, TELEPHONE),
}
"""Critères 10.4 et 10.12 : ce que la personne règle, et sur quel écran."""

REGARD = """() => {
  const e = document.activeElement;
  return { id: e.id, nom: e.title || e.textContent.trim(), trait: getComputedStyle(e).outlineStyle,
           visible: e.matches(":focus-visible"), dans: !!e.closest("#carte") };
}"""


AU_CLAVIER: dict[Role | None, tuple[str, ...]] = {
    None: ("/chiffres?periode=libre", "/partage/lien-invente"),
    "mediateur": (
        "/espace/statistiques?periode=libre&pas=mois&tous=oui",
        "/espace/statistiques/partages",
        "/espace/activites?tous=oui",
        "/espace/beneficiaires",
        "/espace/beneficiaires/doublons",
        "/espace/rdv",
        "/espace/brouillons",
    ),
    "coordinateur": (
        "/espace/statistiques/coordination",
        "/espace/coordinations",
        "/espace/cra/coordination/animation",
        "/espace/territoire",
    ),
}
"""Par rôle, les pages où l'on presse vraiment Tab, de haut en bas."""
ARRETS = """() => {
  const visible = (e) => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true });
  const seul = (radio) => {
    const tous = [...document.getElementsByName(radio.name)];
    const groupe = tous.filter((r) => r.form === radio.form && visible(r));
    return groupe.find((r) => r.checked) ?? groupe[0];
  };
  const controles = "a[href], button, input, select, textarea, summary, [tabindex]";
  const arrets = [...document.querySelectorAll(controles)]
    .filter((e) => visible(e) && (e.type !== "radio" || seul(e) === e));
  Object.assign(window, { arrets, vus: [], ternes: [] });
  document.addEventListener("focusin", ({ target }) => {
    const trait = getComputedStyle(target.matches(".puce input") ? target.nextElementSibling : target);
    if (trait.outlineStyle === "none" || parseFloat(trait.outlineWidth) < 2) window.ternes.push(target);
    window.vus.push(arrets.indexOf(target));
  });
  return arrets.length + 4 * document.querySelectorAll("[type=date]").length;
}"""
BILAN = """() => {
  const { arrets, vus, ternes } = window;
  const dire = (e) => `${e.localName} ${e.id || e.textContent.trim().slice(0, 40)}`;
  const sautes = arrets.filter((_, rang) => !vus.includes(rang)).map((e) => `jamais atteint : ${dire(e)}`);
  // Past the last one, Tab begins again.
  const tour = vus.slice(0, vus.indexOf(arrets.length - 1) + 1);
  const recule = tour.findIndex((rang, n) => n && rang < tour[n - 1]);
  const desordre = recule > 0 ? [`remonte à ${dire(arrets[tour[recule]] ?? document.body)}`] : [];
  return [...sautes, ...ternes.map((e) => `sans contour : ${dire(e)}`), ...desordre];
}"""


async def regle(page: Page, chemins: tuple[str, ...], reglage: str) -> dict[str, list[str]]:
    """What no longer reads, by page."""
    trouves: dict[str, list[str]] = {}
    for chemin in chemins:
        await page.goto(chemin)
        await posee(page)
        await page.evaluate(reglage)
        if sortis := await page.evaluate(SORT_DE_SA_BOITE):
            trouves[chemin] = sortis
    return trouves


@pytest.mark.parametrize("nom", REGLAGES)
async def test_le_texte_agrandi_ou_espace_se_lit(visites: Visites, nom: str) -> None:
    reglage, taille = REGLAGES[nom]
    anonyme = await visites.anonyme(taille=taille)
    assert await regle(anonyme, PUBLIQUES, reglage) == {}
    page, _ = await visites.inscrite("Regle", taille=taille)
    assert await regle(page, PERSONNELLES, reglage) == {}


async def test_chaque_page_a_son_titre(visites: Visites) -> None:
    anonyme = await visites.anonyme()
    page, _ = await visites.inscrite("Titres")
    coordinatrice, _ = await visites.inscrite("Titres", "coordinateur")
    visite = [
        *((anonyme, chemin) for chemin in PUBLIQUES),
        *((page, chemin) for chemin in PERSONNELLES),
        (coordinatrice, "/espace/statistiques"),
    ]
    titres: list[str] = []
    for onglet, chemin in visite:
        await onglet.goto(chemin)
        titres.append(await onglet.title())
    assert len(set(titres)) == len(titres)
    assert all(titre.endswith(" – La Coop de la médiation numérique") for titre in titres)
    assert titres[-1].startswith("Statistiques de mes équipes")


async def test_le_premier_arret_mene_au_contenu(visites: Visites) -> None:
    page, _ = await visites.inscrite("Evite")
    for chemin in ("/", CRA, "/trouver?departement=21", "/n/existe/pas"):
        await page.goto(chemin)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        await expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()


CADRE = """
- link "Aller au contenu"
- banner:
  - link "La Coop"
  - navigation "Menu principal":
    - list:
      - listitem:
        - link "Accueil"
      - listitem:
        - link "Activités"
  - link "Compte rendu"
  - button "Se déconnecter"
- main:
  - heading "Mes activités" [level=1]
  - group "Période":
    - textbox "Du"
    - textbox "au"
  - group "Type":
    - checkbox "Ateliers"
- contentinfo:
  - navigation
"""
SAISIE_EN_FAUTE = """
- main:
  - 'heading "Nouveau : accompagnement individuel" [level=1]'
  - navigation "Type de compte rendu"
  - alert:
    - heading "Une réponse est à corriger" [level=2]
    - list:
      - listitem:
        - link "Veuillez renseigner au moins une thématique"
  - region "Sujet":
    - group "De quoi s’agissait-il ? (une ou plusieurs réponses)":
      - paragraph: "Erreur : Veuillez renseigner au moins une thématique"
      - checkbox "E-mail"
  - region "Durée, lieu, jour":
    - group "Combien de temps ?":
      - radio "30 min" [checked]
    - group "Où ?":
      - radio "À distance"
    - group "Quel jour ?":
      - radio "Aujourd’hui" [checked]
  - region "Bénéficiaire":
    - group "Pour qui ? (tout est facultatif)":
      - group "Genre":
        - radio "Féminin"
      - combobox "Commune de résidence, ou code postal"
  - button "Enregistrer"
"""
"""Ce qu'entend qui ne voit pas la page, dans son ordre."""


async def test_un_lecteur_d_ecran_entend_le_cadre_les_questions_et_leurs_fautes(visites: Visites) -> None:
    page, _ = await visites.inscrite("Entend")
    await page.goto("/espace/activites")
    await expect(page.locator("body")).to_match_aria_snapshot(CADRE)
    await page.goto(CRA)
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator("body")).to_match_aria_snapshot(SAISIE_EN_FAUTE)


async def test_tab_atteint_chaque_controle_dans_l_ordre_et_le_montre(visites: Visites) -> None:
    fautes: dict[str, list[str]] = {}
    for role, chemins in AU_CLAVIER.items():
        connectee = await visites.scene.inscrite("Tabule", role) if role else None
        page = await (visites.connectee(connectee) if connectee else visites.anonyme())
        for chemin in chemins:
            await page.goto(chemin)
            await posee(page)
            for _ in range(await page.evaluate(ARRETS)):
                await page.keyboard.press("Tab")
            if trouvees := await page.evaluate(BILAN):
                fautes[chemin] = trouvees
    assert fautes == {}


FORCEES = """() => {
  const encre = getComputedStyle(document.body).color, fautes = [];
  const bord = (e) => parseFloat(getComputedStyle(e).borderTopWidth);
  for (const puce of document.querySelectorAll(".puce input:not(:disabled)")) {
    const vue = puce.nextElementSibling, choisie = puce.checked;
    puce.focus();
    const { outlineStyle, outlineWidth } = getComputedStyle(vue);
    const [mince, epais] = choisie ? [3, 9] : [1, 2];
    if (bord(vue) < mince || bord(vue) > epais) fautes.push(`choix : ${vue.textContent}`);
    if (outlineStyle !== "solid" || parseFloat(outlineWidth) < 3) fautes.push(`regard : ${vue.textContent}`);
  }
  for (const texte of document.querySelectorAll(".graphique text"))
    if (getComputedStyle(texte).fill !== encre) fautes.push(`texte : ${texte.textContent}`);
  for (const barre of document.querySelectorAll(".graphique rect")) {
    const { fill, stroke } = getComputedStyle(barre);
    if (![fill, stroke].includes(encre)) fautes.push(`barre : ${barre.getAttribute("class")}`);
  }
  const combien = (quoi) => document.querySelectorAll(quoi).length;
  return [combien(".puce input:checked"), combien(".graphique rect"), fautes];
}"""


async def test_en_couleurs_forcees_le_choix_le_regard_et_les_graphiques_se_voient(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.emulate_media(forced_colors="active")
    await page.goto("/composants")
    await page.keyboard.press("Tab")  # focus is shown to who uses a keyboard
    choisies, barres, fautes = await page.evaluate(FORCEES)
    assert choisies > 1
    assert barres > 10
    assert fautes == []


async def test_le_resume_des_fautes_montre_qu_il_a_le_regard(visites: Visites) -> None:
    page, _ = await visites.inscrite("Fautive")
    await page.goto("/espace/cra/atelier")
    await page.locator("#c-titre_atelier").press("Enter")
    await expect(page.locator("#fautes")).to_be_focused()
    regard = await page.evaluate(REGARD)
    assert (regard["id"], regard["visible"], regard["trait"]) == ("fautes", True, "solid")


async def test_le_resume_des_fautes_nomme_chaque_champ(visites: Visites) -> None:
    page, _ = await visites.inscrite("Fautes")
    await page.goto("/espace/profil")
    await page.get_by_text("Ajouter un emploi").click()
    await page.get_by_role("button", name="Ajouter cet emploi").click()
    fautes = await page.locator("#fautes li").all_text_contents()
    assert len(fautes) > 1
    assert len(set(fautes)) == len(fautes)


async def test_ce_que_dit_un_script_est_annonce(visites: Visites) -> None:
    """In a region that was there, empty: what went well politely, what did not at once."""
    page, _ = await visites.inscrite("Annonce")
    await page.goto(CRA)
    annonce, alerte = page.locator("#annonce"), page.locator("#alerte")
    for region, politesse in ((annonce, "polite"), (alerte, "assertive")):
        await expect(region).to_have_attribute("aria-live", politesse)
        await expect(region).to_have_text("")
    await page.check("#th-email")
    await expect(annonce).to_contain_text("Brouillon enregistré à")
    await page.context.clear_cookies()
    await page.check("#duree-90")
    await expect(alerte).to_contain_text("Votre session est terminée.")


async def test_la_carte_se_lit_au_clavier_et_rend_le_regard(visites: Visites) -> None:
    page = await visites.anonyme()
    await page.goto("/trouver?departement=21")
    carte = page.get_by_role("region", name="Carte des lieux")
    await expect(
        carte.get_by_role("button", name=re.compile(r"^\d+ lieux : approcher$")).first
    ).to_be_visible()
    point = carte.locator(".point").first
    nom = await point.get_attribute("title")
    assert nom
    await point.focus()
    await page.keyboard.press("Enter")
    bulle = page.locator(".leaflet-popup")
    await expect(bulle.get_by_role("link", name=nom)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(bulle).to_have_count(0)
    assert (await page.evaluate(REGARD))["dans"]
    # Tab goes on through the points, then out of the map.
    for _ in range(40):
        await page.keyboard.press("Tab")
        if not (await page.evaluate(REGARD))["dans"]:
            return
    pytest.fail("on ne sort pas de la carte en 40 tabulations")
