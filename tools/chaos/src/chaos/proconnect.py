"""The faux ProConnect of a world, in its own process: who signs in to identity comes from there."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
from embedded.probe import http_ready
from events.ops.servers import free_port, launched

from chaos.servers import PROCONNECT

_READY_SECONDS = 300.0
_DISCOVERY = "/api/v2/.well-known/openid-configuration"


class FauxProConnect:
    """No fault strikes it: it is the State's, and identity's own tests make it fail in every way."""

    def __init__(self, folder: Path, public_url: str) -> None:
        """public_url : of identity, where it sends people back."""
        self.port = free_port()
        self.issuer = f"http://localhost:{self.port}/api/v2"
        self.public_url = public_url
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        told = {
            "FAUX_PORT": str(self.port),
            "FAUX_ISSUER": self.issuer,
            "FAUX_CLIENT_ID": PROCONNECT["client"],
            "FAUX_CLIENT_SECRET": PROCONNECT["secret"],
            "FAUX_REDIRECT_URIS": f"{self.public_url}/auth/retour",
            "FAUX_POST_LOGOUT_URIS": f"{self.public_url}/auth/deconnexion/retour",
        }
        with (self._folder / "proconnect.log").open("ab") as out:
            self._process = subprocess.Popen(
                launched([sys.executable, "-m", "faux_proconnect"], self._folder),
                env={**os.environ, **told},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def settings(self) -> dict[str, str]:
        """What identity is told of it, and of itself."""
        return {
            "PUBLIC_URL": self.public_url,
            "PROCONNECT_ISSUER": self.issuer,
        }

    async def ready(self) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(_READY_SECONDS):
            while not await http_ready(self.port, _DISCOVERY):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def know(self, client: httpx2.AsyncClient, person: dict[str, Any]) -> None:
        """Somebody whom it knows from now on; `claims` : what it says of them instead."""
        answer = await client.post(f"http://127.0.0.1:{self.port}/_test/people", json=person)
        answer.raise_for_status()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
