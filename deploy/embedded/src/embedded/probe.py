"""Whether a server of the platform answers."""

import asyncio
import contextlib


async def http_status(port: int, path: str, seconds: float = 2.0) -> int | None:
    """Status of `GET path` on loopback; None when nothing answers in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                first = (await reader.readline()).split()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return None
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else None


async def http_ready(port: int, path: str) -> bool:
    return await http_status(port, path) == 200
