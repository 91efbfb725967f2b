"""Les chiffres que d'autres que les siens lisent, gardés une minute : les demander ne coûte pas à tous.

De qui n'est pas connecté, peu de questions se comptent à la fois.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from events.types import Position
from fastapi import Depends, Request
from web.problems import INDISPONIBLE, Problem

from activites.api.gardes import Gardes
from activites.api.lecteur import ApresDep, StatistiquesDep
from activites.statistiques.definitions import definitions_publiques
from activites.statistiques.fichier import Statistiques
from activites.statistiques.filtres import Filtres
from activites.statistiques.petites_cases import publier
from activites.statistiques.questions import Bloc, Page, bloc_general

GARDE_S = 60.0
GARDE = "public, max-age=60"
"""De même, pour un cache."""
_AUTEURS = "auteurs"
"""Gardé avec les chiffres, et lu de personne."""
PLACES, ATTENTE_S = 2, 2.0
"""Questions de qui n'est pas connecté, comptées à la fois ; et combien de temps une autre attend."""


class Publies:
    """Ceux d'un processus."""

    def __init__(self) -> None:
        self._gardes = Gardes(GARDE_S)
        self.places = asyncio.Semaphore(PLACES)

    async def lire(
        self,
        cle: str,
        compter: Callable[[], Awaitable[Bloc]],
        *,
        apres: Position | None = None,
        anonyme: bool,
    ) -> Bloc:
        """Ce qui répond à cette question, avec sa `position`. apres : au moins jusque-là.

        Raises 503 quand trop se comptent déjà.
        """
        return await self._gardes.lire(
            cle, partial(self._a_son_tour, compter) if anonyme else compter, apres=apres
        )

    async def _a_son_tour(self, compter: Callable[[], Awaitable[Bloc]]) -> Bloc:
        try:
            async with asyncio.timeout(ATTENTE_S):
                await self.places.acquire()
        except TimeoutError:
            raise Problem(INDISPONIBLE, headers={"Retry-After": "2"}) from None
        try:
            return await compter()
        finally:
            self.places.release()


async def _sans_petites_cases(statistiques: Statistiques, filtres: Filtres, aujourd_hui: dt.date) -> Bloc:
    # Read before the question: the figures may be newer than what is said of them, never older.
    au = await statistiques.as_of()
    bloc = await statistiques.ask(bloc_general, filtres, Page(aujourd_hui, lignes=1, publier=True))
    return publier(bloc) | {
        _AUTEURS: bloc["auteurs"],
        "definitions": definitions_publiques(),
        "position": f"{statistiques.service}:{bloc['position']}",
        "a_jour_au": au,
    }


@dataclass(frozen=True, slots=True)
class Publication:
    """Ce qui se publie, pour une demande. apres : la position que cette demande a déjà vue comptée."""

    publies: Publies
    statistiques: Statistiques
    apres: Position | None

    async def lire(self, filtres: Filtres, aujourd_hui: dt.date, *, anonyme: bool = False) -> Bloc:
        """Les chiffres de ce qui est retenu. Raises 503."""
        bloc, _ = await self.lire_de_qui(filtres, aujourd_hui, anonyme=anonyme)
        return bloc

    async def lire_de_qui(
        self, filtres: Filtres, aujourd_hui: dt.date, *, anonyme: bool
    ) -> tuple[Bloc, frozenset[UUID]]:
        """De même, et ceux des médiateurs nommés qui ont saisi ce qui y est compté. Raises 503."""
        compter = partial(_sans_petites_cases, self.statistiques, filtres, aujourd_hui)
        bloc = await self.publies.lire(
            repr((filtres, aujourd_hui)), compter, apres=self.apres, anonyme=anonyme
        )
        return {nom: dit for nom, dit in bloc.items() if nom != _AUTEURS}, bloc[_AUTEURS]


async def _publication(request: Request, statistiques: StatistiquesDep, apres: ApresDep) -> Publication:
    return Publication(request.app.state.publies, statistiques, apres)


PublicationDep = Annotated[Publication, Depends(_publication)]
