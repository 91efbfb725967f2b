"""The AsyncAPI 3 document: FastStream writes a publisher per contract and question, we complete it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from events.bus.subjects import PARTITIONS
from events.types import Json
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from contracts.publish.catalogue import Publication, models_in, paragraphs
from contracts.publish.schema import published_form
from contracts.question import Erreur, Question

_DESCRIPTION = (
    "Les faits que publie La Coop de la médiation numérique. Messages CloudEvents 1.0 (mode binaire) sur NATS"
    " JetStream ; un flux par service, lu depuis le premier fait. Catalogue : README.md."
)
HEADERS: Mapping[str, str] = {
    "Nats-Msg-Id": "identifiant du fait : le même message deux fois ne compte qu'une",
    "ce-specversion": "1.0",
    "ce-id": "identifiant du fait (UUID)",
    "ce-source": "/coop/<service>",
    "ce-type": "<service>.<Evenement>.v<n>",
    "ce-subject": "l'agrégat : ses faits arrivent dans l'ordre",
    "ce-time": "instant de l'enregistrement, RFC 3339",
    "ce-dataschema": "/contrats/<service>.<Evenement>.v<n>.json",
    "content-type": "application/json",
    "coop-position": "position du fait dans le journal du service",
    "coop-version": "rang du fait dans son agrégat, à partir de 1",
}
"""The headers of every message (events.bus.relay), described in French."""


def address(publication: Publication) -> str:
    return f"{publication.name}.{{partition}}.{{departement}}"


def document(
    publications: Sequence[Publication], asked: Sequence[Question[Any, Any]], examples: Mapping[str, Json]
) -> Json:
    """examples : name of the publication -> data of a message."""
    broker = NatsBroker("nats://127.0.0.1:4222", description="NATS JetStream de la plateforme embarquée")
    for publication in publications:
        broker.publisher(
            address(publication),
            stream=publication.service.upper(),
            schema=publication.contract,
            title=publication.name,
            description=publication.summary,
        )
    for question in asked:
        broker.publisher(
            question.subject,
            schema=question.asks,
            title=question.subject,
            description=" ".join(paragraphs(question.asks)),
        )
    specification = AsyncAPI(
        broker,
        title="La Coop de la médiation numérique : événements",
        version="1",
        description=_DESCRIPTION,
        license={"name": "EUPL-1.2"},
        schema_version="3.0.0",
    )
    written: Json = json.loads(specification.to_specification().to_json())
    _complete_facts(written, publications, examples)
    for question in asked:
        _complete_question(written, question)
    return written


def _complete_facts(written: Json, publications: Sequence[Publication], examples: Mapping[str, Json]) -> None:
    """Adds the headers, parameters and examples that FastStream does not know, and our form of schemas."""
    components = written["components"]
    for publication in publications:
        channel = written["channels"][publication.name]
        channel["parameters"] = {
            "partition": {
                "description": "Répartit les agrégats ; l'ordre est gardé dans chacune.",
                "enum": [str(n) for n in range(PARTITIONS)],
            },
            "departement": {"description": "Code INSEE du département, ou _ quand aucun n'est concerné."},
        }
        [reference] = channel["messages"].values()
        message = components["messages"][reference["$ref"].rsplit("/", 1)[-1]]
        # FastStream's own header, which our messages do not carry.
        message.pop("correlationId", None)
        message["name"] = publication.name
        message["headers"] = {"$ref": "#/components/schemas/EntetesCloudEvents"}
        message["examples"] = [{"payload": examples[publication.name]}]
    schemas = components["schemas"]
    for model in models_in(p.contract for p in publications):
        schemas[model.__name__] = published_form(schemas[model.__name__], model)
    schemas["EntetesCloudEvents"] = {
        "type": "object",
        "description": "Les en-têtes de tout message.",
        "required": sorted(HEADERS),
        "properties": {name: {"type": "string", "description": text} for name, text in HEADERS.items()},
    }


def _complete_question(written: Json, question: Question[Any, Any]) -> None:
    """FastStream knows no reply: two messages, on the asker's own inbox."""
    components = written["components"]
    channel = written["channels"][question.subject]
    channel["bindings"]["nats"]["queue"] = question.service
    [asked] = channel["messages"].values()
    components["messages"][asked["$ref"].rsplit("/", 1)[-1]].pop("correlationId", None)
    inbox = f"{question.subject}.reponse"
    messages: Json = {}
    for model in (question.answers, Erreur):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        components["schemas"][model.__name__] = schema
        components["messages"][f"{inbox}:{model.__name__}"] = {
            "title": model.__name__,
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        }
        messages[model.__name__] = {"$ref": f"#/components/messages/{inbox}:{model.__name__}"}
    written["channels"][inbox] = {
        "address": None,
        "description": "La boîte de réception que donne celui qui demande.",
        "messages": messages,
    }
    written["operations"][question.subject] |= {
        "action": "receive",
        "reply": {
            "channel": {"$ref": f"#/channels/{inbox}"},
            "messages": [{"$ref": f"#/channels/{inbox}/messages/{name}"} for name in messages],
        },
    }
