"""A TCP proxy that misbehaves on demand: latency, cut, half-open connections, black hole.

Put between the services and a server. One at a time; `heal` ends whatever is going on.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass

_CHUNK = 65536
_WAITING = 256
"""Chunks held per direction before the sender itself is made to wait, as full socket buffers would."""


@dataclass(slots=True, eq=False)
class _Link:
    """One connection. lost : the network forgot it, nothing passes any more and neither end is told."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    lost: bool = False
    swallowed: bool = False
    """Bytes of the client disappeared."""

    def reset(self, *writers: asyncio.StreamWriter | None) -> None:
        for writer in writers or (self.client, self.server):
            if writer is not None:
                _reset(writer)


class FaultProxy:
    """`port` is where the services connect; `target` the server's own port on loopback."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._delay = 0.0
        self._cut = False
        self._passing = asyncio.Event()
        self._passing.set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for link in list(self._links):
            link.reset()
        self._passing.set()
        await self._server.wait_closed()

    # --- Faults ---

    def slow(self, seconds: float) -> None:
        """Every byte takes so many seconds more, each way."""
        self._delay = seconds

    def cut(self) -> None:
        """Resets every connection, and those to come."""
        self._cut = True
        for link in list(self._links):
            link.reset()

    def swallow(self) -> None:
        """Black hole: nothing passes and nobody is told. What was sent arrives after `heal`, as TCP sends it
        again."""
        self._passing.clear()

    def forget(self) -> None:
        """Half-open: like `swallow`, and the connections of now never work again.

        After `heal` the server's ends are reset, as its keepalive would find; a client is told only when it
        has something to say: bytes on their way at the time, or the next ones.
        """
        self.swallow()
        for link in self._links:
            link.lost = True

    def heal(self) -> None:
        self._delay = 0.0
        self._cut = False
        self._passing.set()
        for link in list(self._links):
            if link.lost:
                link.reset(link.server)
                if link.swallowed:
                    link.reset(link.client)

    # --- Connections ---

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        if self._cut:
            link.reset()
            return
        self._links.add(link)
        try:
            await self._passing.wait()
            with contextlib.suppress(OSError):
                server_reader, link.server = await asyncio.open_connection("127.0.0.1", self.target)
                await self._serve(link, reader, server_reader, link.server)
        finally:
            self._links.discard(link)
            # An ordinary end, unless a fault has reset it already.
            for end in (link.client, link.server):
                if end is not None:
                    end.close()

    async def _serve(
        self,
        link: _Link,
        from_client: asyncio.StreamReader,
        from_server: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        up = asyncio.create_task(self._pump(link, from_client, server))
        down = asyncio.create_task(self._pump(link, from_server, link.client))
        # The client's side decides: a lost link lives until its client speaks or leaves.
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        if link.lost:
            await asyncio.wait((up,))
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: read now, deliver later."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_WAITING)
        sending = asyncio.create_task(self._deliver(link, queue, writer))
        upwards = writer is link.server
        try:
            while True:
                try:
                    data = await reader.read(_CHUNK)
                except OSError:
                    data = b""
                if link.lost:
                    if upwards and data:
                        link.swallowed = True
                        if self._passing.is_set():
                            link.reset(link.client)
                            return
                    if data:
                        continue
                    return
                await queue.put((loop.time() + self._delay, data))
                if not data:
                    await sending
                    return
        finally:
            sending.cancel()

    async def _deliver(
        self, link: _Link, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._passing.wait()
                if link.lost:
                    # It was on its way when the network forgot the connection.
                    if writer is link.server:
                        link.reset(link.client)
                    return
                if not data:
                    return
                writer.write(data)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes with a RST: what the other end sees when a connection dies, not when it ends."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
