"""La plateforme ne répond rien qui ne soit décrit : demandes tirées de la description, seules puis en suite.

`make fuzz` en tire davantage (COOP_TIRAGES).
"""

import asyncio
import os
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

import pytest
import pytest_asyncio
import schemathesis
from documentation import openapi
from documentation.applications import applications
from hypothesis import HealthCheck, Phase, given, settings
from scene import SURS, Navigateur, Scene
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

TIRAGES = int(os.environ.get("COOP_TIRAGES", "3"))
DOCUMENT: dict[str, Any] = deepcopy(openapi.documents(applications())[openapi.WHOLE])
load_all_checks()
CONTROLES = [
    CHECKS.get_one(nom)
    for nom in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    )
]
A_PART = (
    "/auth/",
    "/comptes/moi/role",
    "/comptes/moi/fermeture",
    "/comptes/moi/inscription/validation",
    "/oauth/",
)
"""Ce qui mène ailleurs, change la session de qui demande ou n'est qu'aux programmes : aux parcours."""
A_QUI_COORDONNE = (
    "/equipes",
    "/invitations",
    "/coordinations",
    "/statistiques/coordination",
    "/statistiques/departements",
    "/statistiques/structures",
    "/statistiques/lieux",
)
A_QUI_ADMINISTRE = ("/comptes/gestion", "/clients", "/statistiques/plateforme", "/tags/usage")
A_UN_SEUL = ("/comptes/{compte_id}/prise-de-poste", "/rdv/webhooks")
"""À qui a ce compte dans son équipe, à qui signe : la matrice des droits l'essaie."""


def sans_securite(operations: dict[str, Any]) -> dict[str, Any]:
    """The session, the token and the origin are ours to send, not to draw."""
    return {m: {nom: v for nom, v in o.items() if nom != "security"} for m, o in operations.items()}


SCHEMA = schemathesis.openapi.from_dict(
    DOCUMENT
    | {"paths": {p: sans_securite(o) for p, o in DOCUMENT["paths"].items() if not p.startswith(A_PART)}}
)
OPERATIONS: list[Any] = [resultat.ok() for resultat in cast(Any, SCHEMA).get_all_operations()]
REGLAGES = settings(
    max_examples=TIRAGES,
    derandomize=TIRAGES <= 3,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


SORTES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
"""Ce que la description admet, puis ce qu'elle n'admet pas."""


def faussable(operation: Any) -> bool:
    """Whether something of ours to draw can be wrong: the headers of a page are never drawn."""
    return bool(operation.body or operation.query or operation.path_parameters)


def servie(demander: Callable[[], Any]) -> Any:
    """The answer, asked for again while a busy machine says « come back later » : for ever is a fault."""
    for _ in range(5):
        reponse = demander()
        if reponse.status_code != 503 or "retry-after" not in reponse.headers:
            return reponse
        time.sleep(float(reponse.headers["retry-after"][0]))
    return demander()


def entetes(qui: Navigateur, methode: str) -> dict[str, str]:
    """What a page of the platform sends."""
    siens = {"Cookie": qui.cookies(), "Accept": "application/json"}
    return siens if methode in SURS else siens | qui.protection()


@pytest_asyncio.fixture(scope="module")
async def mediatrice(scene: Scene) -> Navigateur:
    """Pour ce qui est aux médiateurs, et à tous."""
    return await scene.inscrite("Exploratrice", "mediateur")


@pytest_asyncio.fixture(scope="module")
async def coordinatrice(scene: Scene) -> Navigateur:
    """Pour les équipes."""
    return await scene.inscrite("Meneuse", "coordinateur")


@pytest_asyncio.fixture(scope="module")
async def administratrice(scene: Scene) -> Navigateur:
    """Pour la gestion."""
    return await scene.habilitee("Gérante", "admin")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method.upper()} {o.path}")
async def test_aucune_reponse_n_est_hors_de_la_description(
    mediatrice: Navigateur, coordinatrice: Navigateur, administratrice: Navigateur, operation: Any
) -> None:
    qui = mediatrice
    if operation.path.startswith(A_QUI_COORDONNE):
        qui = coordinatrice
    if operation.path.startswith(A_QUI_ADMINISTRE):
        qui = administratrice
    entrees: set[bool] = set()

    def demander(case: Any) -> None:
        reponse = servie(
            lambda: case.call(base_url=qui.public_url, headers=entetes(qui, case.method.upper()), timeout=60)
        )
        # It must reach the route: neither turned away at the door, nor held back.
        assert reponse.status_code not in {401, 429}
        assert b"OrigineRefusee" not in reponse.content
        assert b"JetonCsrfRefuse" not in reponse.content
        case.validate_response(reponse, checks=CONTROLES)
        entrees.add(reponse.status_code != 403)

    for mode in SORTES if faussable(operation) else SORTES[:1]:
        tirees = operation.as_strategy(generation_mode=mode)
        await asyncio.to_thread(REGLAGES(given(tirees)(demander)))
    assert True in entrees or operation.path in A_UN_SEUL, (
        "qui demande n'a pas ce droit : la route n'est pas essayée"
    )


async def test_aucune_suite_de_demandes_ne_sort_de_la_description(coordinatrice: Navigateur) -> None:
    qui = coordinatrice
    machine = SCHEMA.as_state_machine()

    class Suite(machine):
        def call(self, case: Any, **options: Any) -> Any:
            return servie(lambda: case.call(**options))

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {
                "base_url": qui.public_url,
                "headers": entetes(qui, case.method.upper()),
                "timeout": 60,
            }

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            case.validate_response(response, checks=CONTROLES)

    await asyncio.to_thread(Suite.run, settings=settings(REGLAGES, stateful_step_count=5))
