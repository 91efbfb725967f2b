"""Qui peut quoi, par la passerelle : chaque route pour chaque acteur (politique.py), et aucune de plus."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import pytest_asyncio
from distribution import Distribution, distribuer
from embedded.settings import SERVICES
from politique import ACTEURS, POLITIQUE, Regle
from scene import SURS, Navigateur, Scene

ROLE = ("POST", "/comptes/moi/role")


@pytest_asyncio.fixture(scope="module")
async def distribution(scene: Scene) -> Distribution:
    """Les six acteurs et leurs objets."""
    return await distribuer(scene)


@pytest_asyncio.fixture(scope="module")
async def descriptions(scene: Scene) -> dict[str, dict[str, Any]]:
    """L'OpenAPI de chaque service, lu par la passerelle."""
    anonyme = await scene.anonyme()
    return {service: await anonyme.get(f"/docs/{service}/openapi.json") for service in SERVICES}


def routes(descriptions: dict[str, dict[str, Any]]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Each operation: (method, path) and its description."""
    for description in descriptions.values():
        for chemin, operations in description["paths"].items():
            for methode, operation in operations.items():
                yield (methode.upper(), chemin), operation


def test_chaque_route_est_dans_la_politique_et_la_politique_n_en_invente_pas(
    descriptions: dict[str, dict[str, Any]],
) -> None:
    servies = {route for route, _ in routes(descriptions)}
    prevues = {regle.route for regle in POLITIQUE}
    assert servies - prevues == set(), "routes sans politique"
    assert prevues - servies == set(), "politique sans route"


@pytest.mark.parametrize("regle", POLITIQUE, ids=lambda r: f"{r.methode} {r.chemin}")
async def test_chaque_acteur_recoit_la_reponse_prevue(regle: Regle, distribution: Distribution) -> None:
    recus: dict[str, int] = {}
    for acteur in ACTEURS:
        qui = distribution.acteurs[acteur]
        if (regle.route, acteur) == (ROLE, "en_inscription"):
            qui = distribution.nouvelle
        chemin = distribution.chemin(regle.chemin, regle.objets)
        reponse = await qui.demander(regle.methode, chemin, distribution.corps(regle.route))
        recus[acteur] = reponse.status_code
        if reponse.status_code >= 400 and regle.route != ("GET", "/auth/retour"):
            assert reponse.headers["content-type"] == "application/problem+json"
        if regle.route == ("POST", "/auth/deconnexion") and acteur != "anonyme":
            await se_reconnecter(qui)
    assert recus == dict(zip(ACTEURS, regle.statuts, strict=True))


async def test_l_objet_d_un_autre_repond_comme_celui_qui_n_existe_pas(distribution: Distribution) -> None:
    voisine = distribution.acteurs["autre_mediateur"]
    inconnu = "00000000-0000-4000-8000-000000000000"
    for nom, modele in (
        ("activite_id", "/activites/{}"),
        ("equipe_id", "/equipes/{}"),
        ("equipe_id", "/equipes/{}/membres"),
        ("mediateur_id", "/statistiques?mediateurs={}"),
    ):
        autre = (await voisine.demander("GET", modele.format(distribution.objets[nom]))).json()
        absent = (await voisine.demander("GET", modele.format(inconnu))).json()
        for propre in ("instance", "request_id"):
            del autre[propre], absent[propre]
        assert autre == absent, modele


async def test_repeter_l_envoi_d_un_autre_ne_dit_pas_que_c_est_fait(distribution: Distribution) -> None:
    """Who sends again their own request gets the same answer; the same words from another are refused."""
    for route, proprietaire, autre in (
        (("POST", "/comptes/moi/emplois"), "mediateur", "autre_mediateur"),
        (("POST", "/activites"), "mediateur", "autre_mediateur"),
        (("POST", "/equipes"), "coordinateur", "autre_coordinateur"),
    ):
        corps = distribution.corps(route)
        statuts = [
            (await distribution.acteurs[acteur].demander(*route, corps)).status_code
            for acteur in (proprietaire, proprietaire, autre)
        ]
        assert (statuts[0], statuts[1] // 100, statuts[2]) == (201, 2, 409), route


async def test_aucune_methode_qui_ne_soit_decrite(
    descriptions: dict[str, dict[str, Any]], distribution: Distribution
) -> None:
    servies = {route for route, _ in routes(descriptions)}
    mediateur = distribution.acteurs["mediateur"]
    inattendus: list[str] = []
    for regle in POLITIQUE:
        chemin = distribution.chemin(regle.route[1], regle.objets)
        for methode in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            if (methode, regle.route[1]) not in servies:
                reponse = await mediateur.demander(methode, chemin, None if methode in SURS else {})
                if reponse.status_code not in {404, 405}:
                    inattendus.append(f"{methode} {chemin} : {reponse.status_code}")
    assert inattendus == []


async def test_un_champ_inattendu_est_refuse_a_tous_les_niveaux(
    descriptions: dict[str, dict[str, Any]], distribution: Distribution
) -> None:
    lus = [route for route, operation in routes(descriptions) if "requestBody" in operation]
    assert {methode for methode, _ in lus} <= {"POST", "PUT"}
    acceptes: list[str] = []
    for regle in (r for r in POLITIQUE if r.route in lus):
        qui = autorise(regle, distribution)
        chemin = distribution.chemin(regle.chemin, regle.objets)
        for corps in avec_un_champ_de_trop(distribution.corps(regle.route)):
            reponse = await qui.demander(regle.methode, chemin, corps)
            if reponse.status_code != 422 or "inattendu" not in reponse.text:
                acceptes.append(f"{regle.methode} {chemin} : {reponse.status_code} {reponse.text}")
    assert acceptes == []


async def test_rien_ne_s_ecrit_depuis_un_autre_site(distribution: Distribution) -> None:
    admis: list[str] = []
    for regle in (r for r in POLITIQUE if r.methode not in SURS):
        qui = autorise(regle, distribution)
        chemin = distribution.chemin(regle.chemin, regle.objets)
        bon = qui.protection()
        essais = {
            "sans jeton": {"Origin": qui.public_url},
            "jeton d'une autre session": bon | {"X-CSRF-Token": distribution.nouvelle.csrf},
            "origine étrangère": bon | {"Origin": "https://ailleurs.exemple.fr"},
            "origine opaque": bon | {"Origin": "null"},
            "sans origine": {"X-CSRF-Token": qui.csrf},
            "navigateur d'un autre site": {"X-CSRF-Token": qui.csrf, "Sec-Fetch-Site": "cross-site"},
        }
        for essai, entetes in essais.items():
            corps = distribution.corps(regle.route)
            reponse = await qui.demander(regle.methode, chemin, corps, entetes=entetes)
            if reponse.status_code != 403:
                admis.append(f"{essai} : {regle.methode} {chemin} : {reponse.status_code}")
        formulaire = bon | {"Content-Type": "application/x-www-form-urlencoded"}
        reponse = await qui._send(regle.methode, chemin, headers=formulaire, content=b"a=1")
        if reponse.status_code != 415:
            admis.append(f"formulaire : {regle.methode} {chemin} : {reponse.status_code}")
    assert admis == []
    # Whoever was attacked is still signed in.
    assert (await distribution.acteurs["autre_mediateur"].who())["inscription"] == "terminee"


@pytest.mark.parametrize("service", SERVICES)
async def test_la_documentation_est_ouverte_a_tous(service: str, scene: Scene) -> None:
    anonyme = await scene.anonyme()
    for fin in ("", "/openapi.json", "/init.js", "/swagger-ui-bundle.js", "/swagger-ui.css"):
        assert (await anonyme.demander("GET", f"/docs/{service}{fin}")).status_code == 200, fin


def autorise(regle: Regle, distribution: Distribution) -> Navigateur:
    """Someone for whom the request would be accepted."""
    if regle.route == ROLE:
        return distribution.acteurs["en_inscription"]
    acteur = next(a for a, s in zip(ACTEURS, regle.statuts, strict=True) if s < 300 and a != "anonyme")
    return distribution.acteurs[acteur]


def avec_un_champ_de_trop(corps: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one unknown field, in each of its objects in turn."""
    chemins: list[tuple[str, ...]] = [()]
    chemins += [(nom,) for nom, valeur in corps.items() if isinstance(valeur, dict)]
    for chemin in chemins:
        copie = deepcopy(corps)
        objet = copie[chemin[0]] if chemin else copie
        objet["inattendu"] = 1
        yield copie


async def se_reconnecter(qui: Navigateur) -> None:
    await qui.sign_in()
    await qui.reconnaitre()
