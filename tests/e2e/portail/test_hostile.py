"""Ce qu'une page répond à ce qu'aucune de nos pages n'envoie : une phrase en français, jamais une panne."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from embedded.runtime import Platform
from portail.annuaire import DEPARTEMENTS
from referentiels.communes import chercher
from scene import Navigateur, Scene
from web.limits import VALUES_MAX

CRA = "/espace/cra/individuel"


@pytest_asyncio.fixture
async def http(plateforme: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=plateforme.settings.public_url, timeout=60) as client:
        yield client


@pytest_asyncio.fixture(scope="module")
async def personne(scene: Scene) -> Navigateur:
    return await scene.inscrite("Hostile", "mediateur")


def lisible(reponse: httpx2.Response, statut: int) -> None:
    assert reponse.status_code == statut
    assert reponse.headers["content-type"].startswith("text/html")
    assert "<h1>" in reponse.text


@pytest.mark.parametrize("chemin", ["/", "/connexion", CRA])
async def test_un_octet_hostile_dans_un_cookie_n_arrete_aucune_page(
    http: httpx2.AsyncClient, chemin: str
) -> None:
    reponse = await http.get(chemin, headers=[(b"cookie", b"x=\xe9; __Host-coop_position_identity=\xe9")])
    assert reponse.status_code in (200, 303)


async def test_une_position_inventee_ne_gate_pas_la_liste(
    http: httpx2.AsyncClient, personne: Navigateur
) -> None:
    cookies = f"{personne.cookies()}; __Host-coop_position_activites=junk"
    lisible(await http.get("/espace/activites", headers={"Cookie": cookies}), 200)


@pytest.mark.parametrize(
    ("chemin", "statut"),
    [
        ("/n/existe/pas", 404),
        ("/espace/activites/pas-un-uuid", 404),
        ("/espace/activites/00000000-0000-4000-8000-000000000000", 404),
        ("/espace/activites?vue=aaaaaaaaaaaaaaaaaaaa", 400),
        ("/espace/activites?du=hier", 422),
        ("/espace/activites?apres=junk", 400),
        ("/connexion?retour=/" + "a" * 700, 303),
    ],
)
async def test_une_adresse_fausse_est_une_page_qui_se_lit(
    http: httpx2.AsyncClient, personne: Navigateur, chemin: str, statut: int
) -> None:
    reponse = await http.get(chemin, headers={"Cookie": personne.cookies()})
    if statut == 303:
        assert (reponse.status_code, reponse.headers["location"]) == (303, "/espace")
    else:
        lisible(reponse, statut)


@pytest.mark.parametrize(
    "retour", ["//pirate.example", "/\\pirate.example", "https://pirate.example", "javascript:alert(1)"]
)
async def test_on_ne_revient_jamais_ailleurs(
    http: httpx2.AsyncClient, personne: Navigateur, retour: str
) -> None:
    reponse = await http.get("/connexion", params={"retour": retour}, headers={"Cookie": personne.cookies()})
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/espace")


@pytest.mark.parametrize(
    ("entetes", "csrf"),
    [
        ({}, "bon"),
        ({"Origin": "https://pirate.example"}, "bon"),
        ({"Origin": "null"}, "bon"),
        ({"Origin": "ici"}, ""),
        ({"Origin": "ici"}, "forgé"),
    ],
)
async def test_un_formulaire_qui_ne_vient_pas_d_une_page_n_enregistre_rien(
    http: httpx2.AsyncClient, plateforme: Platform, personne: Navigateur, entetes: dict[str, str], csrf: str
) -> None:
    champs = {
        "duree": "30",
        "ou": "a_distance",
        "jour": "2026-01-05",
        "thematiques": "email",
        "notes": "gardée",
    }
    champs |= {"csrf": personne.csrf if csrf == "bon" else csrf}
    envoyes = {n: plateforme.settings.public_url if v == "ici" else v for n, v in entetes.items()}
    avant = (await personne.get("/activites"))["elements"]
    reponse = await http.post(CRA, data=champs, headers=envoyes | {"Cookie": personne.cookies()})
    lisible(reponse, 403)
    # What was typed is still there.
    assert "gardée" in reponse.text
    assert (await personne.get("/activites"))["elements"] == avant


async def test_trop_de_champs_ou_un_corps_demesure_sont_refuses(
    http: httpx2.AsyncClient, plateforme: Platform, personne: Navigateur
) -> None:
    entetes = {"Cookie": personne.cookies(), "Origin": plateforme.settings.public_url}
    lisible(await http.post(CRA, data={f"c{n}": "1" for n in range(401)}, headers=entetes), 400)
    lisible(await http.post(CRA, data={"notes": "x" * 300_000}, headers=entetes), 413)


async def test_autant_de_filtres_que_la_page_en_propose_passent_partout(
    http: httpx2.AsyncClient, plateforme: Platform, personne: Navigateur
) -> None:
    """La page, la passerelle et l'API ; htmx redit l'adresse dans un en-tête, la passerelle aussi."""
    lieux = [("lieu", str(uuid4())) for _ in range(VALUES_MAX)]
    communes = [("departement", code) for code in DEPARTEMENTS]
    communes += [("commune", "51300, 51800, 70000, 88500, 80140")]
    for page in ("/espace/activites", "/espace/statistiques"):
        for choisis in (lieux, communes):
            adresse = f"{plateforme.settings.public_url}{page}?{urlencode(choisis)}"
            entetes = {"Cookie": personne.cookies(), "HX-Current-URL": adresse}
            lue = await http.get(adresse, headers=entetes)
            lisible(lue, 200)
        # A postal code is all of its communes, or none.
        debut = await http.get(page, params={"commune": "51"}, headers={"Cookie": personne.cookies()})
        assert "Trop de communes répondent à « 51 »" in debut.text
        adresse = f"{page}?{urlencode([*lieux, *lieux])}"
        trop = await http.get(adresse, headers={"Cookie": personne.cookies()})
        lisible(trop, 414)
        assert "Trop de choix à la fois" in trop.text
    demandes = {"communes": [c.code for c in chercher("51300", 100)], "mediateurs": [str(uuid4())] * 1_000}
    assert len(demandes["communes"]) == 46
    refus = await http.get("/statistiques", params=demandes, headers={"Cookie": personne.cookies()})
    assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/Introuvable")


async def test_une_session_finie_rend_la_saisie(http: httpx2.AsyncClient, plateforme: Platform) -> None:
    entetes = {"Origin": plateforme.settings.public_url}
    reponse = await http.post(CRA, data={"notes": "<b>gardée</b>", "duree": "30"}, headers=entetes)
    lisible(reponse, 401)
    assert 'value="&lt;b&gt;gardée&lt;/b&gt;"' in reponse.text


async def test_un_nom_hostile_est_montre_tel_quel(http: httpx2.AsyncClient, plateforme: Platform) -> None:
    hostile = {
        "id": "hostile",
        "email": "hostile@ville.exemple.fr",
        "given_name": "<script>alert(1)</script>",
    }
    await http.post(
        f"{plateforme.settings.url('proconnect')}/_test/people", json={**hostile, "usual_name": "</main>"}
    )
    async with Navigateur(plateforme.settings.public_url, hostile["email"]) as personne:
        await personne.sign_in()
        page = await http.get("/inscription/profil", headers={"Cookie": personne.cookies()})
    lisible(page, 200)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


async def test_la_page_de_connexion_previent_avant(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/connexion")).text
    for attendu in (
        "adresse professionnelle",
        "par courriel",
        "de un à trois jours",
        "conseiller-numerique.fr",
    ):
        assert attendu in page


async def test_une_periode_a_l_envers_est_dite_sur_la_page(
    http: httpx2.AsyncClient, personne: Navigateur
) -> None:
    adresse = "/espace/statistiques?periode=libre&du=2026-02-01&au=2026-01-01"
    page = await http.get(adresse, headers={"Cookie": personne.cookies()})
    lisible(page, 422)
    assert "La saisie n’est pas valable" not in page.text
    assert 'role="alert"' in page.text
