"""/statistiques/suivi : ses compteurs, envoyés quand ils bougent, pour qu'une page bouge d'elle-même."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from events.types import Position
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse
from web.policies import allow
from web.problems import TROP_DE_DEMANDES, Problem, answers

from activites.api.demandes import QuestionStatistiques, de_l_adresse
from activites.api.lecteur import Lecteur, LecteurDep
from activites.policies.chiffres import LIRE_STATISTIQUES
from activites.statistiques.filtres import Filtres
from activites.statistiques.questions import totaux

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])

PAR_COMPTE, EN_TOUT = 2, 50
"""Suivis ouverts à la fois, dans un processus."""
DUREE_S = 600.0
"""Puis il finit de lui-même : qui le lit toujours le rouvre, et ses droits sont revus."""
PAUSE_S, BATTEMENT_S = 1.0, 15.0
"""Entre deux envois au moins ; sans rien de neuf, un mot au plus tard pour que la connexion vive."""

A_LA_FOIS = 2
"""Suivis qui recomptent au même moment : un seul compte rendu les réveille tous."""

_ouverts: Counter[Any] = Counter()


@router.get(
    "/suivi",
    response_class=StreamingResponse,
    responses=answers(TROP_DE_DEMANDES),
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def suivre(
    request: Request,
    question: Annotated[QuestionStatistiques, Query()],
    lecteur: LecteurDep,
    accept: Annotated[str, Header(max_length=200)] = "",
) -> StreamingResponse:
    """Ses totaux, puis chaque fois qu'ils changent (text/event-stream) ; dix minutes au plus.

    Qui n'accepte pas ce type les lit une fois, et c'est fini.
    """
    filtres = await lecteur.filtres(question, de_l_adresse)
    compte = lecteur.moi.compte_id
    if _ouverts[compte] >= PAR_COMPTE or _ouverts.total() >= EN_TOUT:
        raise Problem(TROP_DE_DEMANDES, "Ces chiffres se suivent déjà ailleurs : fermez une page.")
    return StreamingResponse(
        _envois(
            lecteur,
            filtres,
            DUREE_S if "text/event-stream" in accept else 0.0,
            request.app.state.suivis_qui_recomptent,
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _envois(
    lecteur: Lecteur, filtres: Filtres, secondes: float, recomptent: asyncio.Semaphore
) -> AsyncIterator[bytes]:
    compte, statistiques = lecteur.moi.compte_id, lecteur.statistiques
    _ouverts[compte] += 1
    try:
        fin, dits = time.monotonic() + secondes, None
        while dits is None or time.monotonic() < fin:
            async with recomptent:
                bloc = await statistiques.ask(totaux, filtres)
            if bloc["totaux"] != dits:
                dits = bloc["totaux"]
                dit = {"totaux": dits, "position": f"{statistiques.service}:{bloc['position']}"}
                yield b"event: totaux\ndata: " + orjson.dumps(dit) + b"\n\n"
            else:
                yield b": toujours la\n\n"
            await asyncio.sleep(max(0.0, min(PAUSE_S, fin - time.monotonic())))
            ici: Position = bloc["position"]
            attente = max(0.0, min(BATTEMENT_S, fin - time.monotonic()))
            await statistiques.reached(ici._replace(number=ici.number + 1), attente)
        yield b"event: fin\ndata: {}\n\n"
    finally:
        _ouverts[compte] -= 1
        if not _ouverts[compte]:
            del _ouverts[compte]
