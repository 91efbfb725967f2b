"""A file to download: written in full first, so that the database is free and its weight is known."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from io import SEEK_END
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from starlette.responses import StreamingResponse

_CHUNK = 64 * 1024


def files(types: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: a file of one of these media types, bytes, or lines by name of column."""
    return {200: {"content": {type_: {"schema": _schema(type_)} for type_ in types}}}


async def download(
    write: Callable[[BinaryIO], Awaitable[None]], headers: Mapping[str, str]
) -> StreamingResponse:
    """The file that `write` makes. headers : its type and its name, among others."""
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        await write(file)
        stack.pop_all()  # closed once sent
    size = file.seek(0, SEEK_END)
    return StreamingResponse(_chunks(file), headers={**headers, "Content-Length": str(size)})


def _schema(type_: str) -> dict[str, Any]:
    if type_ == "application/json":
        return {"type": "array", "items": {"type": "object"}}
    return {"type": "string", "format": "binary"}


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
