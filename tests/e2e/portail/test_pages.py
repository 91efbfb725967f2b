"""Chaque page, à chaque largeur : ce qu'axe lui reproche, ce qui déborde, ce que le clavier atteint."""

import datetime as dt
import os
from base64 import b64encode
from pathlib import Path
from uuid import uuid4

import axe_playwright_python
import pytest
import pytest_asyncio
from balisage import balisage
from embedded import etapes
from lisible import AGRANDI, NORMAL, SORT_DE_SA_BOITE
from playwright.async_api import Page
from poids import APPELS, appels_pour
from scene import (
    Navigateur,
    Scene,
    atelier,
    creer_une_equipe,
    evenement,
    faire_membre,
    individuel,
    inviter,
    relier_ses_rdv,
    sans_id,
    territoire,
)
from visite import LARGE, PETIT, TELEPHONE, Visites, posee

# One test reads fifty pages, each at three widths.
pytestmark = pytest.mark.timeout(900)

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
JUGER = """async (values) => {
  const options = { runOnly: { type: "tag", values }, resultTypes: ["violations"] };
  return (await axe.run(options)).violations.map((v) => `${v.id} : ${v.nodes[0].html.slice(0, 120)}`);
}"""
"""What is right, thousands of lines, stays in the browser."""
NORMES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEURS = {"1280": LARGE, "360": TELEPHONE, "320": PETIT}
CAPTURES = os.environ.get("COOP_CAPTURES")
"""Un dossier où garder ce que l'on voit, pour le regarder."""

BALISAGE = """() => {
  const trouvees = [], vus = new Set();
  for (const e of document.querySelectorAll("[id]")) {
    if (vus.has(e.id)) trouvees.push(`deux fois l'id ${e.id}`);
    vus.add(e.id);
  }
  for (const e of document.querySelectorAll("label[for]"))
    if (!document.getElementById(e.htmlFor)) trouvees.push(`étiquette sans champ : ${e.htmlFor}`);
  // axe leaves undecided what has the very colour of its ground.
  for (const e of document.querySelectorAll("a, button, summary")) {
    const { color, backgroundColor } = getComputedStyle(e);
    if (color === backgroundColor && e.checkVisibility()) trouvees.push(`ne se voit pas : ${e.textContent}`);
  }
  for (const e of document.querySelectorAll("a[href^='#']"))
    if (!document.getElementById(e.hash.slice(1))) trouvees.push(`lien vers rien : ${e.hash}`);
  return trouvees;
}"""

AU_DELA = {"/espace/activites?tous=oui": 5, "/espace/activites?tous=oui&rdvs=past&rdvs=revoked": 5}
"""Lectures de l'API, quand c'est plus que pour une autre : sans scripts, tous les filtres avec la liste."""

HAUTEUR = "Math.min(document.documentElement.scrollHeight, 16000)"

ETAPES = [
    "/inscription/informations",
    "/inscription/employeur",
    "/inscription/lieux",
    "/inscription/recapitulatif",
]
PUBLIQUES = [
    *("/", "/connexion", "/n/existe/pas"),
    *("/trouver", "/trouver?departement=21", "/trouver?q=saint-denis", "/trouver?q=zzzzqqqq"),
    "/trouver?departement=21&services=Loisirs+et+cr%C3%A9ations+num%C3%A9riques&ouvert_le=mardi",
    "/trouver/{lieu}",
    "/chiffres",
    "/chiffres?periode=debut&comparer=precedente",
    "/chiffres/departements",
    "/chiffres/departements/99",
    "/chiffres/departements/2a",
    "/partage/lien-invente",
    "/presentation",
    "/feuille-de-route",
    "/nouveautes",
    "/aide",
    "/aide/connexion",
    "/aide/connexion/expiree?numero=0123456789abcdef",
    "/aide/connexion/adresse-supprimee",
    "/accessibilite",
    "/plan-du-site",
    "/mentions-legales",
    "/donnees-personnelles",
    "/cgu",
    "/cgu/2026-01",
    "/composants",
    "/boite",
]
PERSONNELLES = [
    "/espace",
    "/espace/cra/individuel",
    "/espace/cra/atelier",
    "/espace/activites",
    "/espace/activites?vue=tableau&tri=lieux",
    "/espace/activites?vue=semaine",
    "/espace/activites?du=2016-01-01&au=2016-01-02",
    "/espace/activites?sujet=email&types=individuel&commune=75056&tri=anciennes",
    "/espace/activites/{activite}",
    "/espace/activites/{activite}/corriger",
    "/espace/activites/{activite}/supprimer",
    "/espace/activites/{activite}/histoire",
    "/espace/tags",
    "/espace/tags/{tag}",
    "/espace/activites?supprime={activite}",
    "/espace/activites/supprimees",
    "/espace/activites/importer",
    "/espace/activites/importer/{import}",
    "/espace/brouillons",
    "/espace/cra/individuel?brouillon={brouillon}",
    "/hors-ligne",
    "/espace/modeles",
    "/espace/rdv",
    "/espace/rdv?jour=2026-01-01",
    "/espace/rdv/retour?error=access_denied",
    "/espace/rdv/retour?code=a&state=b",
    "/espace/beneficiaires",
    "/espace/beneficiaires?age=non_communique&postal=21&fois=oui&tri=recents",
    "/espace/beneficiaires?postal=zz",
    "/espace/beneficiaires/nouveau",
    "/espace/beneficiaires/doublons",
    "/espace/beneficiaires/doublons/{beneficiaire}/{semblable}",
    "/espace/beneficiaires/doublons/{beneficiaire}",
    "/espace/beneficiaires/importer",
    "/espace/beneficiaires/importer/{personnes}",
    "/espace/beneficiaires/{beneficiaire}",
    "/espace/beneficiaires/{beneficiaire}/modifier",
    "/espace/beneficiaires/{beneficiaire}/effacer",
    "/espace/cra/individuel?beneficiaire={beneficiaire}",
    "/espace/cra/serie",
    "/espace/cra/atelier?modele={modele}",
    "/espace/activites/{atelier}/repeter",
    "/espace/activites?sujet=email&commune=Lyon&types=collectif&tri=longues",
    "/espace/activites/{activite}/dupliquer",
    "/espace/statistiques",
    "/espace/statistiques/moi?beneficiaire={beneficiaire}&conseiller_numerique=1&source=v2",
    "/espace/statistiques?periode=libre&du=2026-02-01&au=2026-01-01",
    "/espace/statistiques?comparer=annee_precedente&pas=trimestre&sujet=email&sujet=bureautique&departement=21&commune=21000",
    "/espace/statistiques/partages?types=collectif",
    "/espace/activites?tous=oui&rdvs=past&rdvs=revoked",
    "/espace/equipes",
    "/espace/equipes/{equipe}",
    "/espace/equipes/{equipe}/quitter",
    "/espace/invitations",
    "/espace/profil",
    "/espace/profil/histoire",
    "/espace/profil/courriels",
    "/espace/profil/identites",
    "/espace/profil/lieux",
    "/espace/profil/lieux?q=mediatheque",
    "/espace/profil/lieux?q=zzzzqqqq",
    "/espace/profil/donnees",
    "/espace/profil/fermer",
    "/inscription/rapprochement",
    "/espace/profil/courriels/{preuve}",
    "/espace/profil/emplois/nouveau",
    "/espace/profil/emplois/{emploi}/corriger",
    "/espace/profil/emplois/{emploi}/terminer",
    "/espace/employeur",
    "/espace/reseau",
    "/espace/reseau?q=zzzz&departement=2A&competences=pix&commune=75056",
    "/espace/reseau?q=%21",
    "/espace/reconnaissance",
    "/espace/prise-de-poste",
    "/espace/prise-de-poste/formation_continue",
    "/espace/outils",
    "/espace/outils/pix-orga",
]
GESTION = [
    "/gestion/utilisateurs",
    "/gestion/utilisateurs?q=zzzzqqqq",
    "/gestion/utilisateurs?etat=nouveau&roles=mediateur&departement=1",
    "/gestion/utilisateurs/{compte}",
    "/gestion/utilisateurs/{compte}/droit",
    "/gestion/utilisateurs/{compte}/suspendre",
    "/gestion/utilisateurs/{compte}/voir-comme",
    "/gestion/utilisateurs/{compte}/roles",
    "/gestion/utilisateurs/{compte}/fermer",
    "/gestion/utilisateurs/{compte}/emplois/nouveau",
    "/gestion/utilisateurs/{compte}/emplois/{emploi}/corriger",
    "/gestion/utilisateurs/{compte}/emplois/{emploi}/statistiques",
    "/gestion/utilisateurs/{compte}/emplois/{emploi}/terminer",
    "/gestion/utilisateurs/{compte}/emplois/{emploi}/retirer",
    "/gestion/utilisateurs/{compte}/identites/nouvelle",
    "/gestion/utilisateurs/{compte}/identites/{identite}/retirer",
    "/gestion/utilisateurs?commune=Dijon&dispositifs=hors",
    "/gestion/rectifications",
    "/gestion/rectifications?traitees=oui",
    "/gestion/rectifications/{rectification}",
    "/gestion/rapprochements?etat=",
    "/gestion/rapprochements/{dossier}",
    "/gestion/rapprochements/nouveau?compte_id={compte}",
    "/espace/equipes/sans-coordinateur",
    "/gestion/annonces",
    "/gestion/maintenance",
    "/gestion/tags",
    "/gestion/statistiques?comparer=annee_precedente&departement=21&departement=69&sujet=email&canal=domicile",
    "/gestion/clients-api",
    "/gestion/clients-api/{client}",
    "/gestion/clients-api/{client}/droits",
    "/espace/activites",
]
"""Pour une administratrice sans rôle métier : la dernière lui est fermée."""
COORDINATRICE = [
    "/espace",
    "/espace/equipes",
    "/espace/equipes/{equipe}",
    "/espace/equipes/{equipe}?statut=ancien",
    "/espace/equipes/{equipe}/statistiques?depuis=toujours",
    "/espace/equipes/{equipe}/membres/{membre}/statistiques",
    "/espace/statistiques/coordination?du=2026-01-01&comparer=annee_precedente&types=evenement",
    "/chiffres/departements",
    "/chiffres/departements/21?comparer=annee_precedente",
    "/chiffres/departements/21?periode=libre&du=hier",
    "/chiffres/departements/13",
    "/espace/structures/{structure}/statistiques",
    "/espace/lieux/{lieu}/statistiques",
    "/trouver/{lieu}",
    "/espace/equipes/{equipe}/passation",
    "/espace/equipes/sans-coordinateur",
    "/espace/reseau",
    "/espace/territoire",
    "/espace/territoire?departement=21",
    "/espace/profil",
    "/espace/profil/mediation",
    "/espace/equipes/{equipe}/membres/{membre}/retirer",
    "/espace/equipes/{equipe}/membres/{membre}/prise-de-poste",
    "/espace/invitations",
    "/espace/cra",
    "/espace/cra/coordination/animation",
    "/espace/cra/coordination/evenement",
    "/espace/cra/coordination/partenariat",
    "/espace/coordinations",
    "/espace/coordinations?du=2016-01-01&au=2016-01-02&types=animation",
    "/espace/coordinations?supprime={coordination}",
    "/espace/coordinations/supprimees",
    "/espace/coordinations/{coordination}",
    "/espace/coordinations/{coordination}/corriger",
    "/espace/coordinations/{coordination}/dupliquer",
    "/espace/coordinations/{coordination}/supprimer",
    "/espace/coordinations/{coordination}/histoire",
]


@pytest_asyncio.fixture(scope="module")
async def mediatrice(scene: Scene) -> Navigateur:
    """Une médiatrice qui a saisi deux comptes rendus, dont les textes sont longs et hostiles."""
    personne = await scene.embauchee_ailleurs("Pages", "35600000000048")
    hostile = "<script>alert(1)</script> " + "anticonstitutionnellement" * 6
    for notes in ("<p>Une ligne</p>", f"<p>{hostile}</p>"):
        corps = individuel(notes=notes)
        await personne.post("/activites", corps)
        personne.moi["activite"] = corps["id"]
    suivi = {"id": str(uuid4()), "prenom": hostile[:100], "nom": "Anticonstitutionnellement" * 3}
    await personne.post("/beneficiaires", suivi | {"notes": hostile, "telephone": "04 55 66 77 88"})
    personne.moi["beneficiaire"] = suivi["id"]
    attendue = {"first_name": hostile[:100], "last_name": "Anticonstitutionnellement" * 3}
    await relier_ses_rdv(scene.platform, personne, attendue)
    semblable = suivi | {"telephone": "04 11 22 33 44", "notes": f"<p>{hostile * 3}</p>"}
    doubles = [semblable | {"id": str(uuid4())} for _ in range(2)]
    personne.moi["semblable"] = doubles[1]["id"]
    for double in doubles:
        await personne.post("/beneficiaires", double)
    await personne.post(f"/beneficiaires/{doubles[0]['id']}/fusion", {"vers": doubles[1]["id"]})
    await personne.post("/activites", individuel(beneficiaire={"id": suivi["id"]}))
    revient = atelier(titre_atelier=hostile)
    await personne.post("/activites", revient)
    personne.moi["atelier"] = revient["id"]
    personne.moi["tag"] = str(uuid4())
    tag = {"id": personne.moi["tag"], "portee": "personnel", "nom": hostile[:80], "description": hostile}
    await personne.post("/tags", tag)
    corrige = sans_id(individuel(notes=f"<p>{hostile}</p>", tags=[tag["id"]]))
    await personne.get("/tags", personne.positions["activites"])
    await personne.write("PUT", f"/activites/{personne.moi['activite']}", corrige)
    supprimee, personne.moi["brouillon"] = individuel(), str(uuid4())
    await personne.post("/activites", supprimee)
    await personne.write("DELETE", f"/activites/{supprimee['id']}")
    champs = [["duree", "30"], ["notes", hostile]]
    personne.moi["modele"] = str(uuid4())
    modele = {"nom": hostile[:80], "sorte": "collectif", "contenu": {"champs": [["titre_atelier", hostile]]}}
    await personne.write("PUT", f"/modeles/{personne.moi['modele']}", modele)
    saisie = {"sorte": "individuel", "contenu": {"champs": champs, "fautes": {"/thematiques": hostile}}}
    for brouillon in (personne.moi["brouillon"], uuid4(), uuid4()):
        await personne.write("PUT", f"/brouillons/{brouillon}", saisie)
    bientot = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=300)
    for prevu in ("2020-01-15", bientot.isoformat()):
        await personne.write("PUT", f"/brouillons/{uuid4()}", saisie | {"pour_le": prevu})
    await personne.write(
        "PUT", "/comptes/moi/fiche/accords", {"montre": ["annuaire", "courriel", "telephone"]}
    )
    await personne.write("PUT", "/comptes/moi/fiche/competences", {"competences": ["pix", "anglais"]})
    personne.moi["import"] = str(uuid4())
    await personne.post("/activites/imports", {"id": personne.moi["import"], "fichier": tableau(hostile)})
    personne.moi["personnes"] = str(uuid4())
    noms = b64encode(f"Nom;Prénom;Quoi\n{hostile};{hostile};{hostile}".encode()).decode()
    await personne.post("/beneficiaires/imports", {"id": personne.moi["personnes"], "fichier": noms})
    await personne.post("/comptes/moi/reconnaissance")
    (emploi,) = await personne.get("/comptes/moi/emplois", personne.positions["identity"])
    personne.moi |= {"emploi": emploi["emploi_id"], "preuve": str(uuid4())}
    await scene.autre_navigateur(personne)
    return personne


@pytest_asyncio.fixture(scope="module")
async def coordinatrice(scene: Scene, mediatrice: Navigateur) -> Navigateur:
    """Son équipe : la médiatrice en est membre, une autre y est invitée ; la médiatrice l'est ailleurs."""
    personne = await scene.inscrite("Coordonne", "coordinateur")
    equipe = await creer_une_equipe(personne)
    await faire_membre(personne, equipe, mediatrice)
    await inviter(personne, equipe, await scene.inscrite("Invitee", "mediateur"))
    await inviter(personne, await creer_une_equipe(personne), mediatrice)
    mediatrice.moi["equipe"] = equipe
    long = "anticonstitutionnellement" * 6
    structures = [{"nom": long, "siret": "13002603200016"}, {"nom": "Une mairie"}]
    fait = evenement(nom=long, structures_concernees=structures, personnes=[mediatrice.moi["compte_id"]])
    supprime = evenement()
    for corps in (fait, supprime):
        await personne.post("/coordinations", corps)
    await personne.write("DELETE", f"/coordinations/{supprime['id']}")
    personne.moi |= await territoire(personne, mediatrice, nom=long)
    membre = mediatrice.moi["mediateur_id"]
    personne.moi |= {"equipe": equipe, "membre": membre, "coordination": fait["id"]}
    return personne


@pytest_asyncio.fixture(scope="module")
async def gestionnaire(scene: Scene) -> Navigateur:
    """Une administratrice, sans rôle métier, et un client de l'API avec un secret."""
    personne = await scene.habilitee("Gestionnaire", "admin")
    client = {"id": str(uuid4()), "nom": "Anticonstitutionnellement" * 4, "portees": ["lieux:lire"]}
    await personne.post("/clients", client)
    await personne.post(f"/clients/{client['id']}/secrets", {"id": str(uuid4())})
    personne.moi["client"] = client["id"]
    deux = [(await scene.connectee("Semblable")).moi["compte_id"] for _ in range(2)]
    rapprocher = "/comptes/gestion/rapprochements"
    await personne.post(rapprocher, {"compte_id": deux[0], "autre": deux[1], "raison": "essai"})
    lus = await personne.get(rapprocher, personne.positions["identity"])
    personne.moi["dossier"] = lus["elements"][0]["rapprochement_id"]
    return personne


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<div>b</div></p>",
        "<ul><p>x</p></ul>",
        '<a href="/"><button>x</button></a>',
        "<div><span></div>",
        "<li>x</li>",
        '<p id="a" id="b">x</p>',
    ],
)
def test_un_balisage_faux_se_voit(html: str) -> None:
    assert balisage(html)
    assert not balisage("<ul><li><p>x</p></li></ul><summary><h2>y</h2></summary>")


async def test_les_pages_publiques_se_lisent(visites: Visites) -> None:
    page = await a_juger(await visites.anonyme())
    lieux = await (await visites.scene.anonyme()).get("/lieux?limite=1&commune=21231")
    chemins = [chemin.format(lieu=lieux["elements"][0]["id"]) for chemin in PUBLIQUES]
    assert {chemin: f for chemin in chemins if (f := await fautes(page, chemin))} == {}


async def test_les_deux_actions_de_l_accueil_se_voient_sans_defiler_sur_un_telephone(
    visites: Visites,
) -> None:
    page = await visites.anonyme(taille=TELEPHONE)
    await page.goto("/")
    for nom in ("Trouver de l’aide", "Se connecter"):
        bouton = page.locator("main .une").get_by_role("link", name=nom)
        place = await bouton.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] <= TELEPHONE["height"]


async def test_les_pages_d_une_mediatrice_se_lisent(
    visites: Visites, mediatrice: Navigateur, coordinatrice: Navigateur
) -> None:
    assert coordinatrice.moi["equipe"] == mediatrice.moi["equipe"]
    page = await a_juger(await visites.connectee(mediatrice))
    chemins = [chemin.format(**mediatrice.moi) for chemin in PERSONNELLES]
    assert {chemin: f for chemin in chemins if (f := await fautes(page, chemin))} == {}


async def test_les_pages_d_une_coordinatrice_se_lisent(visites: Visites, coordinatrice: Navigateur) -> None:
    page = await a_juger(await visites.connectee(coordinatrice))
    chemins = [chemin.format(**coordinatrice.moi) for chemin in COORDINATRICE]
    vues = {c: f for c in chemins if (f := await fautes(page, c, f"coordinatrice{c}"))}
    assert vues == {}


async def test_les_pages_de_la_gestion_se_lisent(
    visites: Visites, mediatrice: Navigateur, gestionnaire: Navigateur
) -> None:
    page = await a_juger(await visites.connectee(gestionnaire))
    objets = gestionnaire.moi | {"compte": mediatrice.moi["compte_id"], "emploi": mediatrice.moi["emploi"]}
    gestion = f"/comptes/gestion/utilisateurs/{objets['compte']}"
    objets["identite"] = (await gestionnaire.get(f"{gestion}/identites"))[0]["id"]
    await mediatrice.post("/comptes/moi/rectification", {"texte": "anticonstitutionnellement" * 6})
    demandes = await gestionnaire.get("/comptes/gestion/rectifications", mediatrice.positions["identity"])
    objets["rectification"] = demandes["elements"][-1]["rectification_id"]
    chemins = [chemin.format(**objets) for chemin in GESTION]
    assert {chemin: f for chemin in chemins if (f := await fautes(page, chemin))} == {}
    await page.goto(f"/gestion/utilisateurs/{mediatrice.moi['compte_id']}/suspendre")
    await page.get_by_role("button", name="Suspendre ce compte").click()
    await page.locator("#fautes").wait_for()
    assert await fautes(page, None, "suspendre-en-erreur") == []


async def test_l_essai_d_un_import_se_lit(visites: Visites, mediatrice: Navigateur) -> None:
    page = await a_juger(await visites.connectee(mediatrice))
    await page.goto(f"/espace/activites/importer/{mediatrice.moi['import']}")
    await page.get_by_role("button", name="Essayer").click()
    await page.get_by_role("heading", name="À corriger dans votre fichier").wait_for()
    assert await fautes(page, None, "importer-essai") == []


async def test_un_formulaire_en_erreur_se_lit(visites: Visites, mediatrice: Navigateur) -> None:
    page = await a_juger(await visites.connectee(mediatrice))
    await page.goto("/espace/cra/atelier")
    await page.get_by_role("button", name="Enregistrer").first.click()
    await page.locator("#fautes").wait_for()
    assert await fautes(page, None, "atelier-en-erreur") == []


async def test_l_inscription_et_l_espace_vide_se_lisent(visites: Visites) -> None:
    debutante = await visites.scene.connectee("Vide")
    page = await a_juger(await visites.connectee(debutante))
    assert await fautes(page, "/inscription/profil", "inscription-profil") == []
    # Each step with its faults, then as the API keeps it.
    await page.get_by_role("button", name="Continuer").click()
    await page.locator("#fautes").wait_for()
    assert await fautes(page, None, "inscription-profil-en-faute") == []
    await etapes.repondre(debutante, "mediateur")
    for chemin in ETAPES:
        assert await fautes(page, chemin) == []
    await page.goto("/inscription/employeur")
    await page.fill("#c-q", "mairie")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("button", name="Choisir").first.wait_for()
    assert await fautes(page, None, "inscription-employeur-cherche") == []
    await page.goto("/inscription/recapitulatif")
    await page.get_by_role("button", name="Valider mon inscription").click()
    await page.wait_for_url("**/espace")
    for chemin in ("/espace", "/espace/activites", "/espace/statistiques"):
        assert await fautes(page, chemin, f"vide{chemin}") == []
    # Since then the browser has a session of its own: that of the beginning is over.
    await (await visites.scene.autre_navigateur(debutante)).post("/comptes/moi/fermeture")
    fermee = await a_juger(await visites.connectee(await visites.scene.autre_navigateur(debutante)))
    assert await fautes(fermee, "/compte-ferme", "compte-ferme") == []


async def test_un_compte_rendu_se_fait_au_clavier_et_le_regard_n_est_jamais_cache(
    visites: Visites, mediatrice: Navigateur
) -> None:
    """From the top to « Enregistrer », Tab alone: no stop is hidden under the sticky bar."""
    page = await visites.connectee(mediatrice, taille=TELEPHONE)
    await page.goto("/espace/cra/individuel")
    await page.locator("body").press("Tab")
    for _ in range(80):
        arret = await page.evaluate(
            """() => {
              const a = document.activeElement, r = a.getBoundingClientRect();
              const barre = document.querySelector(".actions"), b = barre.getBoundingClientRect();
              const cache = !barre.contains(a) && r.height > 0
                && r.top >= b.top - 1 && r.bottom <= b.bottom + 1;
              return { nom: a.id || a.textContent.trim(), cache, envoi: barre.contains(a) };
            }"""
        )
        assert not arret["cache"], arret["nom"]
        if arret["envoi"]:
            return
        if arret["nom"] == "th-email":
            await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
    pytest.fail("« Enregistrer » n'est pas atteint en 80 tabulations")


def tableau(texte: str) -> str:
    """Un fichier à importer, dont chaque cellule est longue et hostile."""
    titres = ["Date", "Type", "Durée", "Canal", "Thématique", texte]
    lignes = [";".join(titres), ";".join([texte] * len(titres)), ";".join(titres)]
    return b64encode("\n".join(lignes).encode()).decode()


async def a_juger(page: Page) -> Page:
    """Axe is in each of its documents: put in afterwards, it costs twice as much."""
    await page.add_init_script(AXE)
    return page


async def fautes(page: Page, chemin: str | None, nom: str = "") -> list[str]:
    """What is wrong, at each width, with the page shown, or with the one at this address."""
    trop: list[str] = []
    if chemin is not None:
        reponse = await page.goto(chemin)
        # A part that does not answer leaves a page that reads well: here everything answers.
        if reponse is not None:
            trop += balisage(await reponse.text())
            if reponse.status >= 500:
                trop.append(f"répond {reponse.status}")
        appels = appels_pour(reponse) - bool(await page.context.cookies())
        if appels > AU_DELA.get(chemin, APPELS):
            trop.append(f"{appels} lectures de l’API")
    await posee(page)
    trouvees: list[str] = [*trop, *await page.evaluate(BALISAGE)]
    if await page.locator("h1").count() != 1:
        trouvees.append("il faut un h1, et un seul")
    avant = page.viewport_size
    assert avant is not None
    for largeur, taille in LARGEURS.items():
        await page.set_viewport_size(taille)
        if CAPTURES:
            propre = (nom or chemin or "").strip("/").replace("/", "-").replace("?", "-") or "accueil"
            await page.screenshot(path=f"{CAPTURES}/{propre[:60]}-{largeur}.png", full_page=True)
        # The narrowest is about what overflows: the rest is looked at on a phone's width.
        trouvees += [f"{largeur} : {faute}" for faute in ([] if taille == PETIT else await _acces(page))]
        deborde = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if deborde > 0:
            trouvees.append(f"{largeur} : déborde de {deborde} px")
    await page.set_viewport_size(avant)
    # On the widest screen: the phone has its own test, at that size and with spaced text.
    await page.evaluate(AGRANDI)
    trouvees += [f"200 % : {mots}" for mots in await page.evaluate(SORT_DE_SA_BOITE)]
    await page.evaluate(NORMAL)
    return trouvees


async def _acces(page: Page) -> list[str]:
    """What axe finds."""
    # All of it at once: what the sticky bar covers for a moment is no smaller target. What it may hide from
    # the keyboard has its own test.
    taille = page.viewport_size
    assert taille is not None
    await page.set_viewport_size({**taille, "height": await page.evaluate(HAUTEUR)})
    trouvees: list[str] = await page.evaluate(JUGER, NORMES)
    await page.set_viewport_size(taille)
    return trouvees
