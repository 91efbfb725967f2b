"""Tout texte qu'un corps de requête apporte est borné : rien de démesuré n'entre dans un fait. Ce qu'une
adresse peut répéter l'est aussi, et y tient."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.limits import Limits

DOCUMENTS = sorted((Path(__file__).parents[2] / "docs" / "api").glob("*.json"))
BORNES = {"maxLength", "enum", "format", "const", "pattern"}


def sans_borne(schema: Any, schemas: dict[str, Any], ou: str, vus: set[str]) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    if reference := schema.get("$ref"):
        nom = str(reference).rsplit("/", 1)[-1]
        if nom not in vus:
            vus.add(nom)
            yield from sans_borne(schemas[nom], schemas, ou, vus)
        return
    for choix in ("anyOf", "oneOf", "allOf"):
        for autre in schema.get(choix, ()):
            yield from sans_borne(autre, schemas, ou, vus)
    if schema.get("type") == "string" and not BORNES & schema.keys():
        yield ou
    if schema.get("type") == "array":
        if "maxItems" not in schema:
            yield ou
        yield from sans_borne(schema.get("items"), schemas, f"{ou}[]", vus)
    for nom, champ in schema.get("properties", {}).items():
        yield from sans_borne(champ, schemas, f"{ou}/{nom}", vus)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.stem)
def test_les_textes_et_les_listes_des_corps_sont_bornes(document: Path) -> None:
    api = json.loads(document.read_text())
    schemas = api.get("components", {}).get("schemas", {})
    trouves = [
        manque
        for chemin, operations in api["paths"].items()
        for methode, operation in operations.items()
        if isinstance(operation, dict)
        for contenu in (operation.get("requestBody") or {}).get("content", {}).values()
        for manque in sans_borne(contenu.get("schema"), schemas, f"{methode} {chemin} ", set())
    ]
    assert trouves == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.stem)
def test_la_plus_longue_liste_qu_une_route_accepte_tient_dans_son_adresse(document: Path) -> None:
    """Identifiants : 36 caractères, et le plus long des codes n'en a pas tant."""
    bornes = Limits()
    trop_longues = [
        f"{chemin} {parametre['name']}"
        for chemin, operations in json.loads(document.read_text())["paths"].items()
        for operation in operations.values()
        if isinstance(operation, dict)
        for parametre in operation.get("parameters", ())
        for schema in parametre["schema"].get("anyOf", [parametre["schema"]])
        if parametre["in"] == "query" and schema.get("type") == "array"
        if (combien := schema.get("maxItems", bornes.query)) > bornes.parameter_count
        or combien * (len(parametre["name"]) + len("=&") + 36) > bornes.query
    ]
    assert trop_longues == []
