"""Ce que les services disent d'eux-mêmes : complet, et de la même façon dans les quatre documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import jsonschema
import pytest
from documentation import openapi
from documentation.applications import applications
from documentation.problemes import FICHIER, render
from tableurs import TYPES, Format
from web.docs import EXAMPLE_ID
from web.identifiers import NIL
from web.policies import CLIENT, OPEN, governed
from web.problem_pages import known

RACINE = Path(__file__).parents[2]
APPS = applications()
DOCUMENTS = {service: app.openapi() for service, app in APPS.items()}
SERVED = {service: governed(app) for service, app in APPS.items()}
WRITES = {"post", "put", "patch", "delete"}


def operations() -> Iterator[Any]:
    """Each operation, named."""
    for service, document in DOCUMENTS.items():
        for path, found in document["paths"].items():
            for method, operation in found.items():
                yield pytest.param(service, path, method, operation, id=f"{method.upper()} {path}")


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from schemas(child)


def asked_of(service: str, operation: Any) -> set[str]:
    """The members that a body must have, whichever of its forms it takes."""
    named = DOCUMENTS[service]["components"]["schemas"]
    bodies = [s for s in schemas(operation.get("requestBody")) if "$ref" in s]
    return {n for s in bodies for n in named[s["$ref"].rpartition("/")[2]].get("required", ())}


@pytest.mark.parametrize("service", DOCUMENTS)
def test_chaque_document_est_valide_et_dit_son_service_de_la_meme_facon(service: str) -> None:
    document = DOCUMENTS[service]
    assert openapi.faults(document) == ()
    assert document["info"]["title"].startswith("La Coop – ")
    tags = {tag for found in document["paths"].values() for o in found.values() for tag in o["tags"]}
    assert {tag for tag in tags if not tag[0].isupper()} == set()


def test_ce_qui_se_telecharge_a_une_adresse_qui_finit_par_export() -> None:
    """What identity refuses to who sees the platform as somebody else (api/verifier.py)."""
    types = {Format.XLSX, Format.ODS, Format.CSV}
    files = {TYPES[one] for one in types} | {"application/zip"}
    served = [(p.values[1], p.values[3]) for p in operations()]
    found = {
        path
        for path, o in served
        if o.get("security") and files & set(o["responses"].get("200", {}).get("content", {}))
    }
    assert len(found) >= 2
    assert {path for path in found if not path.endswith("/export")} == set()


@pytest.mark.parametrize(("service", "path", "method", "operation"), list(operations()))
def test_chaque_operation_dit_ce_qu_elle_demande_et_ce_qu_elle_repond(
    service: str, path: str, method: str, operation: dict[str, Any]
) -> None:
    responses = operation["responses"]
    assert operation["summary"][0].isupper()
    assert not operation["summary"].endswith(".")
    assert "default" in responses
    [route] = [g for g in SERVED[service] if (g.method.lower(), g.path) == (method, path)]
    if route.rule.door != OPEN:
        asked = {"Session", "JetonCSRF", "Origine"} if method in WRITES else {"Session"}
        if route.rule.door == CLIENT:
            asked = {"Client"}
        assert [set(way) for way in operation["security"]] == [asked]
        assert "401" in responses
    if method in WRITES and route.rule.door != OPEN:
        assert "403" in responses
    if "{" in path:
        assert "404" in responses
    if "201" in responses and "id" in asked_of(service, operation) and not path.endswith("/secrets"):
        # Who chooses the identifier may send it again; a secret shows itself once.
        assert "200" in responses
    for status, response in responses.items():
        assert "X-Request-Id" in response["headers"]
        for media_type, content in response.get("content", {}).items():
            if media_type in ("application/json", "application/problem+json", "application/geo+json"):
                assert content["schema"], f"{status} {media_type} : une réponse sans forme"


def test_le_schema_ne_promet_ni_bornes_absurdes_ni_expressions_que_tous_ne_lisent_pas() -> None:
    for document in DOCUMENTS.values():
        for schema in schemas(document):
            for bound in ("minimum", "maximum"):
                value = schema.get(bound)
                assert not isinstance(value, int | float) or abs(value) <= 1_000_000
            assert "\\p{" not in str(schema.get("pattern", ""))


def test_chaque_corps_a_un_exemple_qui_convient() -> None:
    for document in DOCUMENTS.values():
        for found in document["paths"].values():
            for operation in found.values():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    schema = {**content["schema"], "components": document["components"]}
                    named = content["schema"].get("oneOf") or [content["schema"]]
                    for reference in named:
                        of = document["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
                        for example in of["examples"]:
                            jsonschema.validate(example, schema)
                            assert example.get("id", EXAMPLE_ID) == EXAMPLE_ID
                        # What a client draws is refused when it has drawn nothing.
                        for nom in {"id", "emploi_id"} & set(of["properties"]):
                            assert str(NIL) in str(of["properties"][nom]), (reference, nom)


@pytest.mark.parametrize("service", DOCUMENTS)
async def test_chaque_probleme_a_sa_page_a_l_adresse_de_son_type(service: str) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(APPS[service]), base_url="http://x") as http:
        for name, meanings in known().items():
            page = await http.get(f"/problemes/{name}")
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert all(str(meaning["status"]) in page.text for meaning in meanings)
        assert (await http.get("/problemes")).text.count("<li>") >= len(known())
        inconnu = await http.get(f"/problemes/{uuid4()}")
        assert (inconnu.status_code, inconnu.json()["type"]) == (404, "/problemes/Introuvable")


def test_les_pages_des_problemes_disent_comme_le_code() -> None:
    assert render(APPS) == (RACINE / FICHIER).read_text(encoding="utf-8")
