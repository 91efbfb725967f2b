"""nats-py made to survive any message; done when `events.bus` is imported, for every connection.

It parses headers in its reading loop: a status line that is not UTF-8, which the server lets anybody write,
ends that loop, and the connection hears nothing more while it believes itself connected. A subclass would
leave out the connections that other libraries make (FastStream's).
"""

from typing import Any

from nats.aio.client import Client

_process_headers: Any = vars(Client)["_process_headers"]


async def _survive(client: Client, headers: Any) -> dict[str, str] | None:
    try:
        return await _process_headers(client, headers)
    except Exception:
        # Without its status line: what follows, the server's own headers too, is still to be read.
        _, _, rest = bytes(headers).partition(b"\r\n")
        return await _process_headers(client, b"NATS/1.0\r\n" + rest)


def harden() -> None:
    """Safe to repeat."""
    setattr(Client, "_process_headers", _survive)  # noqa: B010 - private to the library
