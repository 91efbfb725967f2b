"""Qui peut quoi, sur la plateforme allumée : chaque route pour chaque acteur, et aucune de plus."""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from distribution import Distribution, distribuer
from documentation.acteurs import (
    ACTEURS,
    ADMIN,
    ANCIEN_MEMBRE,
    ANONYME,
    AUTRE_COORDINATEUR,
    AUTRE_MEDIATEUR,
    CLIENT_DE_MACHINE,
    COORDINATEUR,
    DEUX_ROLES,
    EFFACEE,
    EN_INSCRIPTION,
    MACHINE,
    MEDIATEUR,
    SUPPORT,
    SUSPENDU,
)
from embedded.settings import SERVICES
from identity.policies import COOKIE, PREUVE_CLIENT
from politique import DECONNEXION, MAINTENANCE, OBJETS, OPAQUES, POLITIQUE, QUESTIONS, USURPATION, Ligne
from scene import ATTENTE, SURS, Navigateur, Scene, finit_par
from web.policies import INTERNAL

DECRITES = [ligne for ligne in POLITIQUE if not ligne.sert.hidden]


@pytest_asyncio.fixture(scope="module")
async def distribution(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """Les acteurs et leurs objets."""
    return await distribuer(scene, tmp_path_factory.mktemp("registre"))


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


def test_la_plateforme_decrit_les_routes_du_tableau_et_aucune_de_plus(
    descriptions: dict[str, dict[str, Any]],
) -> None:
    assert {route for route, _ in routes(descriptions)} == {ligne.route for ligne in DECRITES}


@pytest.mark.parametrize("ligne", POLITIQUE, ids=lambda ligne: f"{ligne.service} {' '.join(ligne.route)}")
async def test_chaque_acteur_recoit_la_reponse_prevue(ligne: Ligne, distribution: Distribution) -> None:
    recus: dict[str, int] = {}
    for acteur in ACTEURS:
        chemin = chemin_de(ligne, distribution)
        reponse = await distribution.demander(acteur, ligne, chemin, distribution.corps(ligne.route))
        recus[acteur.nom] = reponse.status_code
        if reponse.status_code >= 400 and ligne.sert.rule.door not in (INTERNAL, PREUVE_CLIENT):
            assert reponse.headers["content-type"] == "application/problem+json"
        autre_session = ligne.route == USURPATION and reponse.is_success
        if autre_session or (ligne.route == DECONNEXION and COOKIE in acteur.portes):
            await se_reconnecter(distribution.navigateurs[acteur])
    if ligne.route == ("PUT", MAINTENANCE):
        await distribution.navigateurs[ADMIN].write("DELETE", MAINTENANCE)
    assert recus == {acteur.nom: ligne.attendu(acteur) for acteur in ACTEURS}


async def test_les_statistiques_d_un_mediateur_ne_sont_que_pour_lui_et_ses_coordinateurs(
    distribution: Distribution,
) -> None:
    [ligne] = [ligne for ligne in POLITIQUE if ligne.route == ("GET", "/statistiques")]
    chemin = f"/statistiques?mediateurs={distribution.objets['mediateur_id']}"
    recus = {a: (await distribution.demander(a, ligne, chemin, None)).status_code for a in ACTEURS}
    assert recus == {
        **dict.fromkeys((ANONYME, SUSPENDU, EFFACEE, MACHINE, CLIENT_DE_MACHINE), 401),
        **dict.fromkeys((EN_INSCRIPTION, ADMIN, SUPPORT), 403),
        **dict.fromkeys((AUTRE_MEDIATEUR, ANCIEN_MEMBRE, AUTRE_COORDINATEUR), 404),
        **dict.fromkeys((MEDIATEUR, COORDINATEUR, DEUX_ROLES), 200),
    }


async def test_l_objet_d_un_autre_repond_comme_celui_qui_n_existe_pas(distribution: Distribution) -> None:
    voisine = distribution.navigateurs[AUTRE_MEDIATEUR]
    inconnu = str(uuid4())
    for nom, modele in (
        ("activite_id", "/activites/{}"),
        ("brouillon_id", "/brouillons/{}"),
        ("modele_id", "/modeles/{}"),
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
        (("POST", "/comptes/moi/emplois"), MEDIATEUR, AUTRE_MEDIATEUR),
        (("POST", "/activites"), MEDIATEUR, AUTRE_MEDIATEUR),
        (("POST", "/equipes"), COORDINATEUR, AUTRE_COORDINATEUR),
    ):
        corps = distribution.corps(route)
        statuts = [
            (await distribution.navigateurs[acteur].demander(*route, corps)).status_code
            for acteur in (proprietaire, proprietaire, autre)
        ]
        assert (statuts[0], statuts[1] // 100, statuts[2]) == (201, 2, 409), route


async def test_aucune_methode_qui_ne_soit_decrite(
    distribution: Distribution,
) -> None:
    servies = {ligne.route for ligne in POLITIQUE}
    mediateur = distribution.navigateurs[MEDIATEUR]
    inattendus: list[str] = []
    for ligne in DECRITES:
        chemin = chemin_de(ligne, distribution)
        for methode in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            if (methode, ligne.route[1]) not in servies:
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
    for ligne in (x for x in DECRITES if x.route in lus):
        qui = autorise(ligne, distribution)
        chemin = chemin_de(ligne, distribution)
        for corps in avec_un_champ_de_trop(distribution.corps(ligne.route)):
            demander = partial(qui.demander, ligne.methode, chemin, corps)
            # An import asks to wait a second before the next one.
            reponse = await finit_par(demander, lambda r: r.status_code != 429, ATTENTE)
            if reponse.status_code != 422 or "inattendu" not in reponse.text:
                acceptes.append(f"{ligne.methode} {chemin} : {reponse.status_code} {reponse.text}")
    assert acceptes == []


async def test_rien_ne_s_ecrit_depuis_un_autre_site(distribution: Distribution) -> None:
    admis: list[str] = []
    for ligne in (x for x in DECRITES if x.methode not in SURS):
        qui = autorise(ligne, distribution)
        chemin = chemin_de(ligne, distribution)
        bon = qui.protection()
        essais = {
            "sans jeton": {"Origin": qui.public_url},
            "jeton d'une autre session": bon | {"X-CSRF-Token": distribution.navigateurs[ANCIEN_MEMBRE].csrf},
            "origine étrangère": bon | {"Origin": "https://ailleurs.exemple.fr"},
            "origine opaque": bon | {"Origin": "null"},
            "sans origine": {"X-CSRF-Token": qui.csrf},
            "navigateur d'un autre site": {"X-CSRF-Token": qui.csrf, "Sec-Fetch-Site": "cross-site"},
        }
        for essai, entetes in essais.items():
            corps = distribution.corps(ligne.route)
            reponse = await qui.demander(ligne.methode, chemin, corps, entetes=entetes)
            if reponse.status_code != 403:
                admis.append(f"{essai} : {ligne.methode} {chemin} : {reponse.status_code}")
        formulaire = bon | {"Content-Type": "application/x-www-form-urlencoded"}
        reponse = await qui._send(ligne.methode, chemin, headers=formulaire, content=b"a=1")
        if reponse.status_code != 415:
            admis.append(f"formulaire : {ligne.methode} {chemin} : {reponse.status_code}")
    assert admis == []
    # Whoever was attacked is still signed in.
    assert (await distribution.navigateurs[AUTRE_MEDIATEUR].who())["inscription"] == "terminee"


@pytest.mark.parametrize("service", SERVICES)
async def test_la_documentation_est_ouverte_a_tous(service: str, scene: Scene) -> None:
    anonyme = await scene.anonyme()
    for fin in ("", "/openapi.json", "/init.js", "/swagger-ui-bundle.js", "/swagger-ui.css"):
        assert (await anonyme.demander("GET", f"/docs/{service}{fin}")).status_code == 200, fin


def chemin_de(ligne: Ligne, distribution: Distribution) -> str:
    rempli = distribution.chemin(ligne.route[1], OBJETS.get(ligne.route, {}))
    return rempli + QUESTIONS.get(ligne.route, "")


def autorise(ligne: Ligne, distribution: Distribution) -> Navigateur:
    """Someone for whom the request would be accepted; whom only the domain refuses, when nobody is."""
    admis = [a for a in ACTEURS if COOKIE in a.portes and a.refus(ligne.sert.rule) is None]
    acceptes = [a for a in admis if ligne.attendu(a) == ligne.sert.status]
    return distribution.navigateurs[[*acceptes, *admis][0]]


def avec_un_champ_de_trop(corps: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one unknown field, in each of its objects in turn."""
    chemins: list[tuple[str, ...]] = [()]
    chemins += [(nom,) for nom, valeur in corps.items() if isinstance(valeur, dict) and nom not in OPAQUES]
    for chemin in chemins:
        copie = deepcopy(corps)
        objet = copie[chemin[0]] if chemin else copie
        objet["inattendu"] = 1
        yield copie


async def se_reconnecter(qui: Navigateur) -> None:
    await qui.sign_in()
    await qui.reconnaitre()
