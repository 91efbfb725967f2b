"""Feuilles de style, scripts, robots.txt, et ce que les champs proposent pendant que l'on écrit."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from portail.affichage import sans_accents
from portail.saisie_cra import MOTS_MAX, nom_de_lieu
from portail.visiteur import PourTous

router = APIRouter()

_ECARTEES = ("/espace", "/gestion", "/partage", "/auth")
_ROBOTS = "\n".join(["User-agent: *", *(f"Disallow: {chemin}" for chemin in _ECARTEES), ""])


@router.get("/static/{nom:path}")
@router.head("/static/{nom:path}")
async def fichier(
    nom: str,
    qui: PourTous,
    v: Annotated[str | None, Query()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Un fichier ; gardé pour toujours s'il est demandé par sa version."""
    return qui.rendu.servir(nom, v, comprime="gzip" in accept_encoding and "gzip;q=0" not in accept_encoding)


@router.get("/sw.js")
async def hors_ligne(qui: PourTous) -> Response:
    """Le script qui ouvre un formulaire sans réseau : à la racine, car il vaut pour tout le site."""
    return qui.rendu.sans_reseau()


@router.get("/robots.txt")
async def robots(qui: PourTous) -> Response:
    """Ce qu'un moteur de recherche ne lit pas : ce qui est à quelqu'un (RFC 9309)."""
    return Response(_ROBOTS, media_type="text/plain", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/suggestions/communes")
async def communes(
    qui: PourTous,
    commune: Annotated[str, Query(max_length=500)] = "",
    residence: Annotated[str, Query(max_length=100)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Les options de la liste qui accompagne un champ où s'écrit une commune, ou une de plus."""
    avant, virgule, dernier = (commune or residence or q).rpartition(",")
    ecrit = dernier.strip()[:100]
    lues = await qui.api.lire_si_possible("/carte/communes", q=ecrit, limite=8) if ecrit else None
    deja = f"{avant.strip()}{virgule} " if virgule else ""
    return qui.page("composants/communes.html", communes=lues["elements"] if lues else [], deja=deja)


@router.get("/suggestions/lieux")
async def lieux(qui: PourTous, lieu_cherche: Annotated[str, Query(max_length=300)] = "") -> Response:
    """Les options de la liste qui accompagne un champ où s'écrit un lieu."""
    mots = " ".join(sans_accents(lieu_cherche).split()[:MOTS_MAX])[:100]
    lus = await qui.api.lire_si_possible("/lieux", q=mots, limite=8) if mots else None
    return qui.page("composants/lieux.html", lieux=[nom_de_lieu(li) for li in lus["elements"]] if lus else [])
