"""Les pages de textes, ouvertes à tous : présentation, nouveautés, aide, pages légales."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portail import textes
from portail.textes import Section
from portail.visiteur import PeutEtre, PourTous, Visiteur

router = APIRouter()

TEXTES = textes.tous()
CHEMINS = {
    "/presentation": "presentation",
    "/feuille-de-route": "feuille-de-route",
    "/accessibilite": "accessibilite",
    "/mentions-legales": "mentions-legales",
    "/donnees-personnelles": "donnees-personnelles",
    "/plan-du-site": "plan-du-site",
}
"""Les pages qui ne sont que leur texte."""
STATUTS: Mapping[str, int] = {
    "adresse-supprimee": 403,
    "panne": 503,
    "injoignable": 503,
    "trop": 503,
    "erreur": 503,
}
"""De la page d'un refus de connexion, 400 sinon. Trop de connexions : la passerelle garde 429 pour elle."""
_ATTENTES = {"trop": 600}
_ATTENTE = 60
"""Secondes avant de réessayer."""
_SUJETS = (
    ("Se connecter, votre identité chez ProConnect", "support_proconnect"),
    ("Votre compte, vos comptes rendus, vos chiffres, vos données", "support_coop"),
    ("Un contenu inaccessible, une faute dans une page", "support_coop"),
    ("Votre équipe, une invitation, un contrat", ""),
)
"""(sujet, réglage qui porte l'adresse) ; sans réglage : son coordinateur."""


@dataclass(frozen=True, slots=True)
class Nouveaute:
    """Une entrée datée du journal."""

    jour: dt.date
    titre: str
    section: Section


def nouveautes() -> list[Nouveaute]:
    """De la plus récente à la plus ancienne. Raises ValueError si un titre ne commence pas par son jour."""
    entrees: list[Nouveaute] = []
    for section in TEXTES["nouveautes"].sections:
        jour, _, titre = section.titre.partition(" ")
        entrees.append(Nouveaute(dt.date.fromisoformat(jour), titre, section))
    return entrees


def _texte(nom: str) -> Callable[[Visiteur], Awaitable[Response]]:
    async def page(qui: PeutEtre) -> Response:
        return qui.page("textes/page.html", texte=TEXTES[nom])

    page.__doc__ = TEXTES[nom].titre
    return page


for _chemin, _nom in CHEMINS.items():
    router.add_api_route(_chemin, _texte(_nom), methods=["GET"])


@router.get("/nouveautes")
async def journal(qui: PeutEtre) -> Response:
    """Ce qui a changé, du plus récent au plus ancien."""
    return qui.page("textes/nouveautes.html", texte=TEXTES["nouveautes"], entrees=nouveautes())


@router.get("/nouveautes.atom")
async def fil(qui: PourTous) -> Response:
    """Le même journal, pour un lecteur de flux (RFC 4287)."""
    base = qui.request.app.state.settings.public_url
    corps = qui.rendu.texte("textes/nouveautes.atom", base=base, entrees=nouveautes())
    return Response(
        corps, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=3600"}
    )


@router.get("/aide")
async def aide(qui: PeutEtre) -> Response:
    """Les questions fréquentes, et à qui en poser d'autres."""
    reglages = qui.request.app.state.settings
    contacts = [(sujet, getattr(reglages, reglage) if reglage else None) for sujet, reglage in _SUJETS]
    return qui.page("textes/aide.html", texte=TEXTES["aide"], contacts=contacts)


@router.get("/aide/connexion")
async def refus_de_connexion(qui: PeutEtre) -> Response:
    """Toutes les raisons d'un refus, et quoi faire."""
    return qui.page("textes/page.html", texte=TEXTES["aide-connexion"])


@router.get("/aide/connexion/{refus}")
async def un_refus_de_connexion(
    refus: str, qui: PourTous, numero: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Où identity envoie quand la connexion n'aboutit pas. Ne demande rien à l'API, qui peut être en panne.

    refus : la raison, jamais une donnée de la personne.   numero : celui de la demande, pour le support.
    """
    section = TEXTES["aide-connexion"].section(refus)
    if section is None:
        raise HTTPException(404)
    return _refus(qui, section, numero if _est_un_numero(numero) else "")


def _refus(qui: Visiteur, section: Section, numero: str) -> Response:
    statut = STATUTS.get(section.ancre, 400)
    reglages = qui.request.app.state.settings
    supports = {"La Coop": reglages.support_coop, "ProConnect": reglages.support_proconnect}
    reponse = qui.page(
        "textes/refus.html",
        statut,
        section=section,
        numero=numero,
        supports={nom: adresse for nom, adresse in supports.items() if adresse},
    )
    if statut == 503:
        reponse.headers["Retry-After"] = str(_ATTENTES.get(section.ancre, _ATTENTE))
    return reponse


def _est_un_numero(texte: str) -> bool:
    """Ce que la passerelle et les services donnent : rien d'autre ne se montre sur la page."""
    return 8 <= len(texte) <= 64 and texte.isascii() and texte.replace("-", "").isalnum()


@router.get("/cgu")
async def conditions(qui: PeutEtre) -> Response:
    """Les conditions en vigueur."""
    return _conditions(qui, (await qui.api.lire("/auth/cgu")).corps)


@router.get("/cgu/{version}")
async def une_version_des_conditions(version: str, qui: PeutEtre) -> Response:
    """Une version publiée : celle que l'on a acceptée se relit."""
    return _conditions(qui, (await qui.api.lire(f"/auth/cgu/{version}")).corps)


def _conditions(qui: Visiteur, cgu: Mapping[str, object]) -> Response:
    return qui.page("textes/cgu.html", cgu=cgu)
