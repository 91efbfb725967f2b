"""The catalogue that people read: docs/contrats/README.md."""

import datetime as dt
import json
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from events.bus.subjects import PARTITIONS
from events.contract import Contract
from events.types import Json
from pydantic.fields import FieldInfo

from contracts.publish.asyncapi import HEADERS, address
from contracts.publish.catalogue import Model, Publication, field_descriptions, models_in

_HEAD = f"""# Catalogue des événements publics

<!-- Écrit par `make events` à partir de libs/contracts/src/contracts : ne pas modifier à la main. -->

Chaque service publie ses faits sur son propre flux NATS JetStream. Un contrat ne porte jamais le nom, le
courriel, le téléphone d'une personne, ni un texte libre : des identifiants, des codes et des nombres.

- **Sujet** : `<service>.<Evenement>.v<n>.<partition>.<département ou _>`, partition de 0 à {PARTITIONS - 1}.
  `activites.ActiviteEnregistree.v1.>` reçoit tout, `activites.ActiviteEnregistree.v1.*.39` le Jura seul.
- **Histoire** : les flux gardent tout ; un nouvel abonné commence par le premier fait.
- **Ordre** : celui du journal du service. Un message peut arriver deux fois : son `ce-id` le dit.
- **Évolution** : un champ facultatif peut s'ajouter, ignorez ceux que vous ne connaissez pas. Tout autre
  changement est une version suivante, publiée à côté de l'ancienne.
- **Schémas** : `tests/contracts/schemas`. **AsyncAPI 3** : [asyncapi.json](asyncapi.json).
"""


def render(publications: Sequence[Publication], examples: Mapping[str, Json]) -> str:
    """examples : name of the publication -> data of a message."""
    return "\n".join([*_lines(publications, examples)]).rstrip() + "\n"


def _lines(publications: Sequence[Publication], examples: Mapping[str, Json]) -> Iterator[str]:
    yield _HEAD
    yield "## En-têtes de tout message (CloudEvents 1.0, mode binaire)\n"
    yield "| en-tête | contenu |\n|---|---|"
    yield from (f"| `{name}` | {_cell(text)} |" for name, text in HEADERS.items())
    for service in dict.fromkeys(p.service for p in publications):
        own = [p for p in publications if p.service == service]
        yield f"\n## {service}\n"
        yield "| événement | version | publié par | sujet | ce qu'il dit |\n|---|---|---|---|---|"
        for p in own:
            link = f"[{p.event}](#{_anchor(p)})"
            yield f"| {link} | {p.version} | {p.service} | `{_subject(p)}` | {_cell(p.summary)} |"
        for p in own:
            yield from _section(p, examples[p.name])


def _section(publication: Publication, example: Json) -> Iterator[str]:
    yield f"\n### {publication.name}\n"
    yield f"{publication.summary}\n"
    yield from _fields(publication.contract)
    for part in sorted(models_in([publication.contract]) - {publication.contract}, key=lambda m: m.__name__):
        yield f"\n`{part.__name__}` :\n"
        yield from _fields(part)
    yield "\n```json"
    yield json.dumps(example, ensure_ascii=False, indent=2)
    yield "```"


def _fields(contract: Model) -> Iterator[str]:
    described = field_descriptions(contract)
    yield "| champ | type | présence | description |\n|---|---|---|---|"
    for name, field in contract.model_fields.items():
        description = _cell(described.get(name, ""))
        yield f"| `{name}` | {type_name(field.annotation)} | {_presence(field)} | {description} |"


def _presence(field: FieldInfo) -> str:
    if field.is_required():
        return "obligatoire"
    return "facultatif" if field.default_factory or field.default is None else f"défaut : {field.default}"


_SIMPLE: dict[Any, str] = {
    str: "texte",
    int: "entier",
    float: "nombre",
    bool: "vrai ou faux",
    UUID: "identifiant (UUID)",
    dt.date: "jour (AAAA-MM-JJ)",
    dt.datetime: "instant UTC (RFC 3339)",
    types.NoneType: "rien",
}


def type_name(hint: Any) -> str:
    """In French, for a reader who does not write Python."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " ou ".join(f"`{value}`" for value in args)
    if origin in (Union, types.UnionType):
        return " ou ".join(type_name(a) for a in args)
    if origin in (list, tuple):
        return f"liste : {type_name(args[0])}"
    if origin is dict:
        return f"{type_name(args[0])} → {type_name(args[1])}"
    if isinstance(hint, type) and issubclass(hint, Contract):
        return f"`{hint.__name__}`"
    return _SIMPLE.get(hint) or getattr(hint, "__name__", str(hint))


def _subject(publication: Publication) -> str:
    return address(publication).replace("{", "<").replace("}", ">")


def _anchor(publication: Publication) -> str:
    return publication.name.lower().replace(".", "")


def _cell(text: str) -> str:
    # A placeholder between angle brackets would vanish as HTML.
    return f"`{text}`" if "<" in text else text.replace("|", "\\|")
