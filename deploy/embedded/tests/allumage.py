"""Lights the platform as a person does, in a process of its own, and looks at it from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SCRIPT = Path(__file__).with_name("plateforme_figurante.py")


@dataclass
class Allumage:
    """`lines` : what the standard output and the journal said so far."""

    folder: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def said(self, text: str, seconds: float = 90.0) -> str:
        """The line that contains `text`, waited for."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for line in list(self.lines):
                if text in line:
                    return line
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise AssertionError(f"« {text} » jamais lu dans :\n" + "\n".join(self.lines))

    def start_reading(self) -> None:
        self._reader = threading.Thread(target=self.read, daemon=True)
        self._reader.start()

    def ready(self) -> "Allumage":
        # First start: PostgreSQL makes its files; a busy machine takes its time.
        self.said("reste allumée", 120)
        return self

    def ended(self, seconds: float = 90.0) -> int:
        code = self.process.wait(seconds)
        self._reader.join(60)
        return code

    @property
    def ports(self) -> dict[str, int]:
        return json.loads((self.folder / "etat.json").read_text())["ports"]

    def pid(self, name: str) -> int:
        recorded = json.loads((self.folder / "etat.json").read_text())["processus"]
        return next(p["pid"] for p in recorded if p["name"] == name)

    def secret(self, name: str) -> str:
        return json.loads((self.folder / "secrets.json").read_text())[name]

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> "Answer":
        """Through the gateway, without following a redirection."""
        url = f"http://127.0.0.1:{self.ports['passerelle']}{path}"
        request = urllib.request.Request(url, headers=headers or {}, method=method)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=60) as response:
                return Answer(response.status, dict(response.headers.items()), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers.items()), error.read())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def received(self) -> dict[str, str]:
        """The headers that reached the service, names in lower case."""
        return {k.lower(): v for k, v in json.loads(self.body)["entetes"].items()}

    @property
    def service(self) -> str:
        return json.loads(self.body)["service"]


@contextlib.contextmanager
def allumer(
    folder: Path, *arguments: str, script: Sequence[str] = (str(SCRIPT),), **variables: str
) -> Generator[Allumage]:
    """Runs `run --sans-parcours` (or `arguments`) on free ports; nothing of it is left afterwards.

    script : the stand-ins' platform, unless told.
    """
    ours = {"COOP_PORTS": "libres", "COOP_DONNEES": str(folder), "COOP_DURABLE": "non"}
    process = subprocess.Popen(
        [sys.executable, *script, *(arguments or ("run", "--sans-parcours"))],
        env={**os.environ, **ours, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lit = Allumage(folder, process)
    lit.start_reading()
    try:
        yield lit
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        lit.ended()
        assert process.stdout is not None
        process.stdout.close()
