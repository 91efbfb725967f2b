"""`/problemes/<nom>`: the page of each problem, at the address that its `type` gives.

`problemes.json`, beside this file, is written by `make docs` from the code of every service: the gateway
leads here to one of them, which must know the problems of all.
"""

from functools import cache
from html import escape
from importlib.resources import files
from typing import TypedDict

import orjson
from fastapi import APIRouter, Response

from web.policies import PUBLIC, allow
from web.problems import INTROUVABLE, Problem

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – La Coop de la médiation numérique</title>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_ADVICE = {
    400: "La demande n’a pas pu être lue : elle est à corriger par l’application qui l’a envoyée.",
    401: "Connectez-vous, puis recommencez.",
    403: "Votre compte, ou la page d’où vient la demande, ne permet pas ceci.",
    404: "Vérifiez l’adresse ; ce que vous cherchez n’existe pas, ou n’est pas à vous.",
    405: "L’en-tête Allow de la réponse dit les méthodes possibles.",
    409: "L’état des choses ne le permet pas : relisez-le avant de recommencer.",
    412: "Relisez la version actuelle, puis refaites votre modification.",
    422: "La saisie est à corriger ; `erreurs` dit chaque faute, avec son champ.",
    429: "Attendez le nombre de secondes de l’en-tête Retry-After, puis recommencez.",
    500: "La faute est de notre côté : donnez le `request_id` de la réponse au support.",
    503: "Recommencez dans un instant : l’en-tête Retry-After dit quand.",
}
_ADVICE_OTHERWISE = "La demande est à corriger par l’application qui l’a envoyée."


class Described(TypedDict):
    """One meaning of a name. services : who answers it; empty : any of them."""

    status: int
    title: str
    services: list[str]


@cache
def known() -> dict[str, list[Described]]:
    """By name: usually one meaning, several when services use the name each in its own way."""
    return orjson.loads(files("web").joinpath("problemes.json").read_bytes())


def router() -> APIRouter:
    """The page of each problem, and their list."""
    routes = APIRouter(prefix="/problemes", include_in_schema=False, dependencies=[allow(PUBLIC)])

    @routes.get("")
    async def lister() -> Response:
        """Tous les problèmes."""
        items = [
            f'<li><a href="/problemes/{name}">{name}</a> : {escape(meaning["title"])}</li>'
            for name, meanings in sorted(known().items())
            for meaning in meanings
        ]
        return _html("Problèmes que l’API peut répondre", f"<ul>{''.join(items)}</ul>")

    @routes.get("/{nom}")
    async def lire(nom: str) -> Response:
        """La page d'un problème."""
        meanings = known().get(nom)
        if meanings is None:
            raise Problem(INTROUVABLE, "Aucun problème ne porte ce nom.")
        return _html(nom, "".join(map(_meaning, meanings)))

    return routes


def _meaning(meaning: Described) -> str:
    advice = _ADVICE.get(meaning["status"], _ADVICE_OTHERWISE)
    who = ", ".join(meaning["services"]) or "tous les services"
    return (
        f"<p><strong>{escape(meaning['title'])}</strong></p><p>{escape(advice)}</p>"
        f"<p>Statut HTTP {meaning['status']} ; répondu par : {escape(who)}.</p>"
    )


def _html(title: str, content: str) -> Response:
    page = _PAGE.format(title=escape(title), content=content)
    return Response(page, media_type="text/html", headers={"Cache-Control": "public, max-age=3600"})
