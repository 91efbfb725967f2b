"""Une fausse source du dispositif : qui est conseiller numérique. Boucle locale, personnes inventées.

`GET /rpc/get_mediateur?email=…` avec une clé ; ses pannes se commandent depuis l'essai.
"""

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route


class Panne(Enum):
    """Ce que la source fait au lieu de répondre."""

    AUCUNE = auto()
    INDISPONIBLE = auto()
    HTML = auto()
    TRONQUEE = auto()
    REDIRECTION = auto()
    ENORME = auto()
    AUTRE_PERSONNE = auto()
    MUETTE = auto()


@dataclass
class Source:
    """Ce que la source sait. fiches : par adresse en minuscules.   attente : secondes avant de répondre.

    demandes : les adresses qui lui ont été demandées.
    """

    cle: str
    fiches: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    attente: float = 0.0
    panne: Panne = Panne.AUCUNE
    demandes: list[str] = field(default_factory=list[str])

    async def repondre(self, request: Request) -> Response:
        email = request.query_params.get("email", "")
        self.demandes.append(email)
        await asyncio.sleep(self.attente)
        if request.headers.get("authorization") != f"Bearer {self.cle}":
            return JSONResponse({"message": "clé refusée"}, 401)
        match self.panne:
            case Panne.AUCUNE:
                fiche = self.fiches.get(email)
                return JSONResponse([] if fiche is None else [{**fiche, "email": email}])
            case Panne.INDISPONIBLE:
                return JSONResponse({"message": "en travaux"}, 503)
            case Panne.HTML:
                return HTMLResponse("<p>Bienvenue</p>")
            case Panne.TRONQUEE:
                return Response('[{"id": 1, "pg_id": nu', media_type="application/json")
            case Panne.REDIRECTION:
                return RedirectResponse(str(request.url_for("repondre")), 302)
            case Panne.ENORME:
                return Response("[" + " " * 1_000_000 + "]", media_type="application/json")
            case Panne.AUTRE_PERSONNE:
                return JSONResponse([{**fiche_simple(1), "email": "quelquun@ailleurs.exemple.fr"}])
            case Panne.MUETTE:
                # Longer than anybody waits, not so long that a test waits for its end.
                await asyncio.sleep(8)
                return Response()


def create_app(source: Source) -> Starlette:
    """L'application HTTP de la source."""
    return Starlette(routes=[Route("/rpc/get_mediateur", source.repondre, name="repondre")])


ADRESSE = {
    "nom_voie": "rue de l'Exemple",
    "numero_voie": "1",
    "repetition": None,
    "code_insee": "75056",
    "code_postal": "75001",
    "nom_commune": "Paris",
}


def contrat(debut: str | None, fin: str | None = None, rupture: str | None = None) -> dict[str, Any]:
    """Un contrat, CDI s'il n'a pas de fin."""
    return {
        "type": "CDD" if fin else "CDI",
        "date_debut": debut,
        "date_fin": fin,
        "date_rupture": rupture,
    }


def structure(
    *contrats: dict[str, Any] | None, siret: str = "13002603200016", **champs: Any
) -> dict[str, Any]:
    """Une structure employeuse, à l'adresse complète sauf avis contraire."""
    return {
        "nom": "Ville d'Exemple",
        "siret": siret,
        "ids": None,
        "contact": None,
        "adresse": ADRESSE,
        "contrats": list(contrats) or None,
        **champs,
    }


def fiche_simple(identifiant: int, *structures: dict[str, Any], **champs: Any) -> dict[str, Any]:
    """Un conseiller numérique."""
    return {
        "id": identifiant,
        "pg_id": None,
        "is_conseiller_numerique": True,
        "is_coordinateur": False,
        "structures_employeuses": list(structures) or None,
        "lieux_activite": None,
        "conseillers_numeriques_coordonnes": [],
        **champs,
    }
