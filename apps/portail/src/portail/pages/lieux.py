"""Mes lieux : ceux de la cartographie où j'exerce, que le prochain compte rendu propose d'abord."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail import mes_lieux
from portail.affichage import sans_accents
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, recue
from portail.passerelle import Muette, Refus
from portail.saisie_cra import MOTS_MAX
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/profil/lieux")

_FAIT = {"ajoute": "Lieu ajouté.", "retire": "Lieu retiré."}
_PROPOSES = 12


@router.get("")
async def lieux(
    qui: Connecte,
    q: Annotated[str, Query(max_length=100)] = "",
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Les lieux où j'exerce, et ceux que je cherche."""
    return await _page(qui, q, message=_FAIT.get(fait))


@router.post("/ajouter")
async def ajouter(qui: Connecte) -> Response:
    """Un lieu de plus."""
    saisie = await recue(qui.request)
    return await _changer(qui, saisie, "ajoute")


@router.post("/retirer")
async def retirer(qui: Connecte) -> Response:
    """Un lieu de moins."""
    saisie = await recue(qui.request)
    return await _changer(qui, saisie, "retire")


async def _changer(qui: Visiteur, saisie: Saisie, quoi: str) -> Response:
    lieu = saisie.un("lieu")

    def voulus(miens: list[str]) -> list[str]:
        return [un for un in miens if un != lieu] + ([lieu] if quoi == "ajoute" else [])

    try:
        await mes_lieux.changer(qui.api, saisie.un("csrf"), voulus)
    except (Refus, Muette) as echec:
        return await _page(qui, saisie.un("q")[:100], echec)
    return qui.aller("/espace/profil/lieux?" + urlencode({"fait": quoi, "q": saisie.un("q")[:100]}))


async def _cherches(qui: Visiteur, mots: str) -> Any:
    """None sans rien à chercher, ou quand la recherche ne répond pas."""
    return await qui.api.lire_si_possible("/lieux", q=mots, limite=_PROPOSES) if mots else None


async def _page(qui: Visiteur, q: str, echec: Echec | None = None, *, message: str | None = None) -> Response:
    mots = " ".join(sans_accents(q).split()[:MOTS_MAX])[:100]
    miens, lus = await asyncio.gather(mes_lieux.lire(qui.api), _cherches(qui, mots))
    siens = {lieu["id"] for lieu in miens}
    trouves = [lieu for lieu in lus["elements"] if lieu["id"] not in siens] if lus else None
    return qui.page(
        "profil/lieux.html",
        statut_de(echec),
        lieux=miens,
        trouves=trouves,
        q=q,
        cherche=bool(mots),
        faute=" ".join(fautes_de(echec).values()),
        message=message,
    )
