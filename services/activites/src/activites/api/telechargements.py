"""Combien de fichiers s'écrivent à la fois : chacun occupe une connexion à la base, et parfois deux."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from tableurs import Format
from web.pace import Pace, keep_pace
from web.problems import INDISPONIBLE, TROP_DE_DEMANDES, Problem, answers

ALLURE = keep_pace(Pace("exports", 20, dt.timedelta(seconds=10)))
"""Who asks for them all, again and again."""
A_LA_FOIS = 2
_SECONDES = 15
"""How long one waits for another to end, and is told to wait before asking again."""


async def _place(request: Request) -> AsyncIterator[None]:
    """A place to write a file, until the answer starts. Raises the 503 that says when to ask again."""
    places: asyncio.Semaphore = request.app.state.telechargements
    try:
        async with asyncio.timeout(_SECONDES):
            await places.acquire()
    except TimeoutError:
        raise Problem(INDISPONIBLE, headers={"Retry-After": str(_SECONDES)}) from None
    try:
        yield
    finally:
        places.release()


PLACE = Depends(_place, scope="function")
"""For `dependencies=` of a route that writes a file, after its rule."""
REPONSES: dict[int | str, dict[str, Any]] = answers(TROP_DE_DEMANDES, INDISPONIBLE)
FormatVoulu = Annotated[Format, Query(alias="format", description="Celui du fichier")]
"""Of a route that writes a file: `format` in the address, which is a builtin's name here."""
