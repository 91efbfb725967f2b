"""Une règle par route, nommée, et qui ne s'oublie pas."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import Depends, FastAPI, Response
from fastapi.routing import APIRouter
from starlette.routing import Mount
from web.auth import Caller, Cliente, Connecte, Mediateur, connecte
from web.policies import (
    CLIENT,
    INTERNAL,
    MACHINES,
    OPEN,
    PUBLIC,
    SIGNED_IN,
    TOKEN,
    Rule,
    Ungoverned,
    allow,
    governed,
)
from web.testing import TokenIssuer

type Build = Callable[..., FastAPI]
MEDIATEURS = Rule("mediateurs", "Un médiateur.", roles=frozenset({"mediateur"}))


async def _place(moi: Connecte, objet: str) -> str | None:
    return {"le-mien": "auteur", "le-notre": "membre"}.get(objet)


LIRE = Rule("lire", "L’auteur.", roles=frozenset({"mediateur"}), places=frozenset({"auteur"}), place=_place)


def routeur(*routes: tuple[str, list[Any]], **options: Any) -> APIRouter:
    """A router of empty routes: path, dependencies."""
    made = APIRouter()
    for path, dependencies in routes:
        made.add_api_route(path, lambda: None, dependencies=dependencies, **options)
    return made


def test_une_route_sans_regle_empeche_de_construire_l_application(build: Build) -> None:
    with pytest.raises(Ungoverned, match="GET /oubliee : 0 règle"):
        build(routers=[routeur(("/oubliee", []))])


def test_une_route_cachee_sans_regle_se_voit_aussi(build: Build) -> None:
    with pytest.raises(Ungoverned, match="GET /cachee : 0 règle"):
        build(routers=[routeur(("/cachee", []), include_in_schema=False)])


async def test_une_route_ajoutee_apres_coup_empeche_de_demarrer(build: Build) -> None:
    app = build(routers=[])
    app.add_api_route("/tardive", lambda: None, include_in_schema=False)
    with pytest.raises(Ungoverned, match="GET /tardive"):
        async with app.router.lifespan_context(app):
            pass


def test_deux_regles_pour_une_route_se_refusent(build: Build) -> None:
    with pytest.raises(Ungoverned, match="GET /double : 2 règle"):
        build(routers=[routeur(("/double", [allow(PUBLIC), allow(SIGNED_IN)]))])


def test_une_dependance_qui_prendrait_un_fil_se_refuse(build: Build) -> None:
    def bloquante() -> None: ...

    with pytest.raises(Ungoverned, match=r"/lente : .*bloquante doit être async"):
        build(routers=[routeur(("/lente", [allow(PUBLIC), Depends(bloquante)]))])


def test_ce_qui_n_est_pas_une_route_de_fastapi_se_refuse(build: Build) -> None:
    app = build(routers=[])
    app.router.routes.append(Mount("/dossier", app=Response()))
    with pytest.raises(Ungoverned, match=r"/dossier : ni méthode ni règle \(Mount\)"):
        governed(app)


@pytest.mark.parametrize("regle", [PUBLIC, MACHINES, SIGNED_IN])
def test_le_code_ne_demande_pas_plus_que_la_regle(regle: Rule, build: Build) -> None:
    def lire(moi: Mediateur) -> str:
        return str(moi.mediateur_id)

    routes = APIRouter()
    routes.add_api_route("/cachette", lire, dependencies=[allow(regle)])
    with pytest.raises(Ungoverned, match=f"GET /cachette : demande .*{regle.name}"):
        build(routers=[routes])


def test_chaque_route_et_chaque_methode_donne_une_ligne(build: Build) -> None:
    cachee = routeur(("/cachee", [allow(PUBLIC)]), include_in_schema=False, methods=["GET", "DELETE"])
    lignes = governed(build(routers=[routeur(("/vue", [allow(MEDIATEURS)]), status_code=201), cachee]))
    assert {(g.method, g.path, g.rule.name, g.status, g.hidden) for g in lignes} == {
        ("GET", "/vue", "mediateurs", 201, False),
        ("GET", "/cachee", "ouvert_a_tous", 200, True),
        ("DELETE", "/cachee", "ouvert_a_tous", 200, True),
        ("GET", "/sante/vivant", "machines", 200, True),
        ("GET", "/sante/pret", "machines", 200, True),
        ("GET", "/metrics", "machines", 200, True),
        ("GET", "/problemes", "ouvert_a_tous", 200, True),
        ("GET", "/problemes/{nom}", "ouvert_a_tous", 200, True),
        ("GET", "/docs/essai", "ouvert_a_tous", 200, True),
        ("GET", "/docs/essai/openapi.json", "ouvert_a_tous", 200, True),
        ("GET", "/docs/essai/init.js", "ouvert_a_tous", 200, True),
        ("GET", "/docs/essai/{name}", "ouvert_a_tous", 200, True),
    }


@pytest.mark.parametrize(
    ("regle", "porte", "roles", "places", "reponse"),
    [
        (PUBLIC, {OPEN}, set[str](), set[str](), None),
        (SIGNED_IN, {OPEN}, set[str](), set[str](), 401),
        (SIGNED_IN, {OPEN, TOKEN}, set[str](), set[str](), None),
        (MACHINES, {OPEN, TOKEN}, {"admin"}, set[str](), 404),
        (MACHINES, {OPEN, INTERNAL}, set[str](), set[str](), None),
        (LIRE, {OPEN}, {"mediateur"}, {"auteur"}, 401),
        (LIRE, {TOKEN}, {"coordinateur"}, {"auteur"}, 403),
        (LIRE, {TOKEN}, {"mediateur"}, {"membre"}, 404),
        (LIRE, {TOKEN}, {"mediateur"}, {"membre", "auteur"}, None),
    ],
)
def test_une_regle_dit_la_reponse_due_a_chacun(
    regle: Rule, porte: set[Any], roles: set[str], places: set[str], reponse: int | None
) -> None:
    assert regle.refusal(frozenset(porte), frozenset(roles), frozenset(places)) == reponse


async def test_ce_que_la_regle_dit_est_ce_que_la_route_repond(
    build: Build, settings_with: Callable[..., Any], issuer: TokenIssuer
) -> None:
    routes = routeur(("/objets/{objet}", [allow(LIRE)]))
    app = build(settings=settings_with(jwks_url=issuer.url), routers=[routes])
    mediateur = {"Authorization": f"Bearer {issuer.token('essai', mediateur_id=uuid4())}"}
    coordinateur = {"Authorization": f"Bearer {issuer.token('essai', coordinateur_id=uuid4())}"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai") as client:
        statuts = [
            (await client.get(f"/objets/{objet}", headers=qui)).status_code
            for objet, qui in (
                ("le-mien", {}),
                ("le-mien", coordinateur),
                ("le-notre", mediateur),
                ("inconnu", mediateur),
                ("le-mien", mediateur),
            )
        ]
    assert statuts == [401, 403, 404, 404, 200]
    await app.state.verifier.close()


LIEUX = Rule("lieux", "Un client qui lit les lieux.", CLIENT, roles=frozenset({"lieux:lire"}))


async def test_une_portee_qui_manque_se_dit_comme_le_veut_oauth(
    build: Build, settings_with: Callable[..., Any], issuer: TokenIssuer
) -> None:
    def lire(moi: Cliente) -> list[str]:
        return sorted(moi.portees)

    routes = APIRouter()
    routes.add_api_route("/lieux", lire, dependencies=[allow(LIEUX)])
    app = build(
        settings=settings_with(jwks_url=issuer.url), routers=[routes, routeur(("/moi", [allow(SIGNED_IN)]))]
    )
    jetons = {
        "avec": issuer.machine("essai", "lieux:lire", "structures:lire"),
        "sans": issuer.machine("essai", "structures:lire"),
        "ailleurs": issuer.machine("autre", "lieux:lire"),
        "personne": issuer.token("essai", roles=["lieux:lire"]),
        "double": issuer.sign(issuer.claims("essai") | {"client_id": str(uuid4()), "scope": "lieux:lire"}),
    }
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai") as client:
        reponses = {
            nom: await client.get("/lieux", headers={"Authorization": f"Bearer {jeton}"})
            for nom, jeton in jetons.items()
        }
        # A machine is nobody signed in.
        moi = await client.get("/moi", headers={"Authorization": f"Bearer {jetons['avec']}"})
    assert {nom: reponse.status_code for nom, reponse in reponses.items()} == {
        "avec": 200,
        "sans": 403,
        "ailleurs": 401,
        "personne": 401,
        "double": 401,
    }
    assert reponses["avec"].json() == ["lieux:lire", "structures:lire"]
    assert (
        reponses["sans"].headers["www-authenticate"]
        == 'Bearer error="insufficient_scope", scope="lieux:lire"'
    )
    assert moi.status_code == 401
    await app.state.verifier.close()


def test_le_code_ne_demande_un_client_que_si_la_regle_le_dit(build: Build) -> None:
    def lire(moi: Cliente) -> str:
        return str(moi.client_id)

    routes = APIRouter()
    routes.add_api_route("/cachette", lire, dependencies=[allow(SIGNED_IN)])
    with pytest.raises(Ungoverned, match="GET /cachette : demande qui appelle"):
        build(routers=[routes])


async def test_on_ne_cherche_pas_la_place_de_qui_n_a_pas_le_role(
    build: Build, settings_with: Callable[..., Any], issuer: TokenIssuer
) -> None:
    cherches: list[str] = []

    async def place(moi: Annotated[Caller, Depends(connecte)], objet: str) -> str | None:
        cherches.append(objet)
        return "auteur"

    regle = Rule("x", "X.", roles=frozenset({"admin"}), places=frozenset({"auteur"}), place=place)
    app = build(
        settings=settings_with(jwks_url=issuer.url), routers=[routeur(("/o/{objet}", [allow(regle)]))]
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://essai") as client:
        for roles, statut in ((("support",), 403), (("admin",), 200)):
            jeton = issuer.token("essai", roles=roles)
            reponse = await client.get(f"/o/{roles[0]}", headers={"Authorization": f"Bearer {jeton}"})
            assert reponse.status_code == statut
    assert cherches == ["admin"]
    await app.state.verifier.close()
