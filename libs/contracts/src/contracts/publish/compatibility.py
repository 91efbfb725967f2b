"""What may change in a published contract: nothing that a subscriber, or an old message, relies on."""

from typing import Any

from events.types import Json

_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$id", "$schema", "$defs"})


def incompatibilities(old: Json, new: Json) -> list[str]:
    """Why messages or subscribers of the old schema would break under the new one, in French; none if fine.

    Streams keep their whole history: old messages are read by the new code, new ones by subscribers that have
    not moved. Only adding an optional field, or rewriting a description, is compatible.
    """
    return _compare(_Side(old, old), _Side(new, new), "")


class _Side:
    """A schema, and the document where its references lead."""

    def __init__(self, schema: Any, document: Json) -> None:
        self.document = document
        self.schema: Any = schema
        while isinstance(self.schema, dict) and "$ref" in self.schema:
            self.schema = document["$defs"][self.schema["$ref"].rsplit("/", 1)[-1]]

    def __getitem__(self, key: Any) -> "_Side":
        return _Side(self.schema[key], self.document)

    def get(self, key: str) -> Any:
        return self.schema.get(key) or {}


def _compare(old: _Side, new: _Side, path: str) -> list[str]:
    if not (isinstance(old.schema, dict) and isinstance(new.schema, dict)):
        return [] if old.schema == new.schema else [f"{path} a changé"]
    if old.get("properties") and new.get("properties"):
        return _compare_objects(old, new, path)
    found: list[str] = []
    keys: list[str] = []
    for key in sorted((set(old.schema) | set(new.schema)) - _ANNOTATIONS):
        if key not in old.schema or key not in new.schema:
            keys.append(key)
        elif key == "anyOf" and len(old.schema[key]) == len(new.schema[key]):
            for n in range(len(old.schema[key])):
                found += _compare(old[key][n], new[key][n], path)
        elif key in ("items", "additionalProperties"):
            found += _compare(old[key], new[key], f"{path}[]")
        elif _unordered(old.schema[key]) != _unordered(new.schema[key]):
            keys.append(key)
    return [*found, f"{path} a changé de type ({', '.join(keys)})"] if keys else found


def _compare_objects(old: _Side, new: _Side, path: str) -> list[str]:
    before, after = old.get("properties"), new.get("properties")
    found = [f"{path}/{name} est retiré" for name in before if name not in after]
    for name in sorted(set(new.get("required")) - set(old.get("required"))):
        how = "devient obligatoire" if name in before else "est ajouté comme obligatoire"
        found.append(f"{path}/{name} {how}")
    for name in before:
        if name in after:
            found += _compare(old["properties"][name], new["properties"][name], f"{path}/{name}")
    return found


def _unordered(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value
