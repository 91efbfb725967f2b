"""Mes statistiques : des chiffres qui disent ce qu'ils comptent."""

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.graphiques import colonnes, mois, semaines
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte

router = APIRouter()

PERIODES = {"30j": "30 jours", "12m": "12 mois", "annee": "Cette année", "libre": "Autre période"}
DISPOSITIF = {"": "Tout", "1": "Conseiller numérique", "0": "Hors dispositif"}
_TRIMESTRE = dt.timedelta(days=92)


@router.get("/espace/statistiques")
async def statistiques(
    qui: Connecte,
    periode: Annotated[str, Query(max_length=10)] = "12m",
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    conseiller_numerique: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Les filtres sont dans l'adresse, et rien d'autre."""
    choix = periode if periode in PERIODES else "12m"
    debut, fin = bornes(choix, du, au, qui.aujourd_hui)
    choisis = types or []
    dedans = conseiller_numerique if conseiller_numerique in DISPOSITIF else ""
    bloc, erreur, statut = None, None, 200
    try:
        # Up to now, said by no date: it is already tomorrow for who works in Nouméa.
        au_plus_tard = fin if choix == "libre" else None
        lue = await qui.api.lire(
            "/statistiques", du=debut, au=au_plus_tard, types=choisis, conseiller_numerique=dedans
        )
        bloc = lue.corps
    except Refus as refus:
        erreur, statut = refus.phrases, refus.statut
    except Muette:
        erreur, statut = "Les chiffres ne répondent pas. Réessayez dans un moment.", 503
    propre: list[tuple[str, str]] = [("periode", choix)]
    propre += [("du", debut), ("au", fin)] if choix == "libre" else []
    propre += [("types", t) for t in choisis]
    propre += [("conseiller_numerique", dedans)] if dedans else []
    pas = pas_de(debut, fin)
    partie = qui.veut_la_partie("resultats")
    gabarit = "statistiques/resultats.html" if partie else "statistiques/page.html"
    reponse = qui.page(
        gabarit,
        statut,
        s=bloc,
        pas=pas,
        g=bloc and graphique(bloc, pas),
        erreur=erreur,
        choix=choix,
        du=debut,
        au=fin,
        types=choisis,
        periodes=PERIODES,
        dedans=dedans,
        dispositif=DISPOSITIF,
    )
    # The address says what is shown, no more: the dates of a hidden field do not enter it.
    reponse.headers["HX-Push-Url"] = f"/espace/statistiques?{urlencode(propre)}"
    return reponse


def bornes(choix: str, du: str, au: str, aujourd_hui: dt.date) -> tuple[str, str]:
    """Premier et dernier jour de la période choisie."""
    match choix:
        case "30j":
            debut = aujourd_hui - dt.timedelta(days=29)
        case "annee":
            debut = aujourd_hui.replace(month=1, day=1)
        case "libre":
            return du, au or aujourd_hui.isoformat()
        case _:
            rang = aujourd_hui.year * 12 + aujourd_hui.month - 1 - 11
            debut = dt.date(rang // 12, rang % 12 + 1, 1)
    return debut.isoformat(), aujourd_hui.isoformat()


def pas_de(debut: str, fin: str) -> str:
    """Par semaine pour un trimestre au plus, par mois au-delà ou sans début."""
    try:
        jours = dt.date.fromisoformat(fin) - dt.date.fromisoformat(debut)
    except ValueError:
        return "mois"
    return "semaine" if jours <= _TRIMESTRE else "mois"


def graphique(bloc: dict[str, Any], pas: str) -> dict[str, Any]:
    """Individuels en bas, participations aux ateliers en haut."""
    if pas == "semaine":
        return colonnes(semaines(bloc["accompagnements_par_semaine"]))
    return colonnes(mois(bloc["accompagnements_par_mois"]))
