"""Identifiers that a client draws, so that what it sends twice is written once."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

NIL = UUID(int=0)
"""What a client sends that has drawn nothing: the same for everybody."""


def _drawn(value: UUID) -> UUID:
    if value == NIL:
        raise PydanticCustomError("uuid_nul", "uuid_nul")
    return value


NewId = Annotated[
    UUID,
    AfterValidator(_drawn),
    WithJsonSchema({"type": "string", "format": "uuid", "not": {"const": str(NIL)}}),
]
"""The identifier of what a request creates: any UUID but the nil one."""
