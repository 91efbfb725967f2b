"""Passwords and keys of the embedded platform: drawn once, kept in the data folder (mode 0600)."""

import base64
import json
import os
import secrets
from pathlib import Path

from embedded.settings import SERVICES


class Credentials:
    """A name -> a secret. A name never asked before gets a new secret, stored before it is given."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "secrets.json"
        self._known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        missing = [name for name in _names() if name not in self._known]
        if missing:
            self._known |= {name: _draw(name) for name in missing}
            fresh = self._file.with_suffix(".neuf")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(json.dumps(self._known, indent=1))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)

    def __getitem__(self, name: str) -> str:
        return self._known[name]


def _names() -> list[str]:
    by_service = [f"{kind}/{s}" for s in SERVICES for kind in ("postgres", "nats", "coffre")]
    operators = [f"nats/coop-{s}" for s in SERVICES]
    return [*by_service, *operators, "hachage", "proconnect", "rdv"]


def _draw(name: str) -> str:
    if name.startswith("coffre/"):  # master key of the service's vault: "<id>:<base64 of 32 bytes>"
        return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()
    if name == "hachage":
        return base64.b64encode(secrets.token_bytes(32)).decode()
    # A letter first, then hexadecimal: NATS reads the values of its environment as configuration, where
    # what starts as a number must go on as one.
    return "s" + secrets.token_hex(32)
