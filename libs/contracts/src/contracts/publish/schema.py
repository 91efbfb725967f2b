"""JSON Schema of a contract, as subscribers must read it."""

from typing import Any

from events.types import Json

from contracts.publish.catalogue import Model, Publication, field_descriptions, models_in

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(publication: Publication) -> Json:
    """Draft 2020-12. `$id` is what the messages carry as `ce-dataschema`."""
    contract = publication.contract
    schema = contract.model_json_schema()
    for model in models_in([contract]) - {contract}:
        schema["$defs"][model.__name__] = published_form(schema["$defs"][model.__name__], model)
    head = {"$schema": DIALECT, "$id": f"/contrats/{publication.name}.json"}
    return head | published_form(schema, contract)


def published_form(schema: Json, model: Model) -> Json:
    """The schema of one model, with the French descriptions of its fields.

    Additional properties are not forbidden: a subscriber ignores what it does not know yet, or an optional
    field could never be added.
    """
    described = field_descriptions(model)
    properties: Json = {
        name: _described(field, described.get(name)) for name, field in schema["properties"].items()
    }
    kept = {k: v for k, v in schema.items() if not (k == "additionalProperties" and v is False)}
    return kept | {"properties": properties}


def _described(field: Any, description: str | None) -> Json:
    bare = {key: value for key, value in field.items() if key != "title"}
    return bare | ({"description": description} if description else {})
