"""What the gateway says when it refuses by itself or when a service is down: a problem, a page for people.

A server of the supervisor's own, so that it outlives any service. Traefik asks it by its `errors` middleware
(`/429`, `/502`…) and sends it what no route takes.
"""

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass
from html import escape

_SECONDS = 10.0
_OF_A_FORM = ("application/x-www-form-urlencoded", "multipart/form-data")
_FORM_ADVICE = (
    "Vous veniez d’envoyer un formulaire ? Revenez en arrière : ce que vous avez écrit y est le plus souvent "
    "encore. Ou rechargez cette page et acceptez de renvoyer : rien ne s’enregistre deux fois."
)
"""Seen in Chromium, without scripts, on `no-store` pages. Another browser may forget: it sends again."""
_ENCODINGS = re.compile(r"%(?:2f|5c|00|3b|25|3f|23)", re.IGNORECASE)
"""Those of the gateway's rule « encodage »."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """name : last part of the problem's `type`.   retry : seconds, 0 when asking again is useless."""

    status: int
    name: str
    title: str
    advice: str
    retry: int = 0


NOT_FOUND = Refusal(404, "Introuvable", "Cette ressource n’existe pas.", "Vérifiez l’adresse demandée.")
ENCODED = Refusal(
    400,
    "RequeteIllisible",
    "La requête est illisible.",
    "L’adresse contient un caractère encodé qui n’y est pas accepté : %2F, %5C, %00, %3B, %25, %3F ou %23.",
)
TOO_MANY = Refusal(
    429, "TropDeDemandes", "Trop de demandes : réessayez dans un moment.", "Attendez une seconde.", retry=1
)
DOWN = Refusal(
    503,
    "Indisponible",
    "Le service est momentanément indisponible.",
    "Réessayez dans quelques secondes : rien de ce qui a été accepté n’est perdu.",
    retry=3,
)


def _refusal(path: str) -> Refusal:
    match path:
        case "/429":
            return TOO_MANY
        case "/500" | "/502" | "/503" | "/504":
            return DOWN
        case _ if _ENCODINGS.search(path):
            return ENCODED
        case _:
            return NOT_FOUND


def _page(refusal: Refusal, *, of_a_form: bool) -> str:
    title, advice = escape(refusal.title), escape(refusal.advice)
    form = f"<p>{escape(_FORM_ADVICE)}</p>" if of_a_form else ""
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head>'
        f'<body><main><h1>{title}</h1><p>{advice}</p>{form}<p><a href="/">Revenir à l’accueil</a></p>'
        "</main></body></html>\n"
    )


def _problem(refusal: Refusal) -> str:
    return json.dumps(
        {
            "type": f"/problemes/{refusal.name}",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.advice,
        },
        ensure_ascii=False,
    )


def answer(head: bytes) -> bytes:
    """The whole HTTP answer to a request's head. A browser (`Accept: text/html`) gets a page."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path = [*first.split(" "), ""][:2]
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    refusal = _refusal(path.partition("?")[0])
    html = "text/html" in fields.get("accept", "")
    # Traefik asks by GET, with the headers of what it could not pass on.
    of_a_form = bool(refusal.retry) and fields.get("content-type", "").startswith(_OF_A_FORM)
    body = (_page(refusal, of_a_form=of_a_form) if html else _problem(refusal)).encode()
    headers = [
        f"HTTP/1.1 {refusal.status} -",
        f"Content-Type: {'text/html; charset=utf-8' if html else 'application/problem+json'}",
        f"Content-Length: {len(body)}",
        "Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Vary: Accept",
        "Connection: close",
    ]
    headers += [f"Retry-After: {refusal.retry}"] if refusal.retry else []
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else body)


async def serve() -> asyncio.Server:
    """Listening on loopback, a free port."""
    return await asyncio.start_server(_serve_one, "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Whoever hangs up or says nothing is no concern of the platform's.
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(_SECONDS):
            writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()
            writer.write_eof()
            # A body that nobody reads would make the close an error, and the answer be lost.
            while await reader.read(65536):
                pass
    writer.close()
