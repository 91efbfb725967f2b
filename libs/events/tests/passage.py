"""Between a client and its server: an answer lost or held back, every connection cut, when a test says so."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit, urlunsplit


class Passage:
    """url : the server's address, through here."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.caught = asyncio.Event()
        """Set once the awaited answer came."""
        self._links: set[asyncio.StreamWriter] = set()
        self._mark = b""
        self._resume: asyncio.Event | None = None

    def lose(self, mark: bytes) -> None:
        """The next answer that holds these bytes is lost with its connection: the server did its work."""
        self._mark, self._resume = mark, None
        self.caught.clear()

    def hold(self, mark: bytes) -> None:
        """The next answer that holds these bytes waits for `release`; the other connections go on."""
        self._mark, self._resume = mark, asyncio.Event()
        self.caught.clear()

    def release(self) -> None:
        assert self._resume is not None, "hold first"
        self._resume.set()

    def cut(self) -> None:
        """Every connection of now."""
        for writer in self._links:
            writer.transport.abort()

    def links(self) -> int:
        """How many connections pass."""
        return len(self._links)

    async def _up(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            server.write(data)

    async def _down(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await server.read(65536):
            if self._mark and self._mark in data:
                self._mark = b""
                resume = self._resume
                self.caught.set()
                if resume is None:
                    return
                await resume.wait()
            writer.write(data)

    async def serve(
        self, target: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._links.add(writer)
        try:
            with contextlib.suppress(OSError):
                from_server, to_server = await asyncio.open_connection(*target)
                ways = [
                    asyncio.ensure_future(self._up(reader, to_server)),
                    asyncio.ensure_future(self._down(from_server, writer)),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)
                    to_server.transport.abort()
        finally:
            self._links.discard(writer)
            writer.transport.abort()


@contextlib.asynccontextmanager
async def through(url: str) -> AsyncGenerator[Passage]:
    """A passage to the server of this address."""
    parts = urlsplit(url)
    target = (parts.hostname or "127.0.0.1", parts.port or 0)
    opened: list[Passage] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await opened[0].serve(target, reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user, at, _ = parts.netloc.rpartition("@")
    opened.append(Passage(urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))))
    try:
        yield opened[0]
    finally:
        server.close()
        opened[0].cut()
        await server.wait_closed()
