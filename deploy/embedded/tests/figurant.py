"""A stand-in for a service: answers as one would, and tells what reached it.

`python figurant.py <name> all|migrer`
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = sys.argv[1]
PORT = int(os.environ.get("FAUX_PORT") or os.environ.get("FAUX_RDV_PORT") or os.environ["PORT"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/auth/verifier":
            self._verify()
        elif path == "/meurs":
            os._exit(3)
        else:
            self._answer(200, {"service": NAME, "chemin": self.path, "entetes": dict(self.headers.items())})

    do_POST = do_GET

    def _verify(self) -> None:
        machine = self.headers.get("Authorization") == "Bearer jeton-de-machine"
        if not machine and "coop_session=" not in self.headers.get("Cookie", ""):
            self._answer(401, {"title": "Personne n’est connecté."})
            return
        audience = self.path.rpartition("audience=")[2]
        given = {"Authorization": f"Bearer jeton-interne-{audience}", "X-Request-Id": "numero-d-identity"}
        self._answer(200, {}, given)

    def _answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def leave(*_: object) -> None:
    sys.exit(0)


if sys.argv[2] == "migrer":
    say(f"INFO {NAME} a migré")
    sys.exit(0)
if os.environ.get("FIGURANT_EN_PANNE") == NAME:
    say("ERROR: je ne sais pas démarrer")
    sys.exit(4)
signal.signal(signal.SIGTERM, leave)
say(f"INFO {NAME} écoute")
with ThreadingHTTPServer(("127.0.0.1", PORT), Handler) as server:
    server.serve_forever()
