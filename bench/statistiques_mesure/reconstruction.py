"""Refaire le fichier de tout le journal, puis de ce qu'il en garde ; et ce que coûtent lire et verser."""

import asyncio
import resource
import time
from pathlib import Path
from typing import Any, cast

from activites.app import DESCRIPTION
from activites.statistiques import fichier
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from events.postgres.database import Database
from events.projection import filerows
from events.projection.filemodel import Fact
from events.projection.fileprojector import PAGE_OF_REBUILD, Feeder
from events.types import START, Position

_PREMIERS, _UN_PAR_UN = 200_000, 500


async def refaire(url: str, cle: bytes, chemin: Path) -> dict[str, float]:
    """secondes : lecture, prise, rangement et échange compris, sans démarrer Python.

    des_lus : ensuite, refait à la demande (`coop projections rebuild`) des faits que le fichier garde.
    """
    store: Any = DESCRIPTION.store(Database(url), {1: cle})
    debut = time.perf_counter()
    chiffres = await _ouvrir(store, chemin)
    secondes, memoire = time.perf_counter() - debut, memoire_max_mo()
    neuf = await asyncio.to_thread(chemin.stat)
    await filerows.ask_rebuild(store.database, chiffres.line)
    debut = time.perf_counter()
    await _ouvrir(store, chemin)
    des_lus = time.perf_counter() - debut
    if (await asyncio.to_thread(chemin.stat)).st_ino != neuf.st_ino:
        raise RuntimeError("le fichier a été refait du journal")
    await store.database.close()
    return {
        "secondes": secondes,
        "memoire_max_mo": memoire,
        "des_lus_secondes": des_lus,
        "des_lus_memoire_max_mo": memoire_max_mo(),
    }


async def _ouvrir(store: Any, chemin: Path) -> Statistiques:
    chiffres = DESCRIPTION.file(fichier, store, chemin)
    await chiffres.open()
    await chiffres.close()
    return chiffres


def memoire_max_mo() -> int:
    """De ce processus."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class _Retient:
    """Un fichier qui ne fait que garder les lots qu'on lui donne."""

    def __init__(self) -> None:
        self.lots: list[tuple[list[Fact], Position]] = []

    def take(self, facts: list[Fact], upto: Position) -> None:
        self.lots.append((facts, upto))


async def decomposer(url: str, cle: bytes, chemin: Path) -> dict[str, int]:
    """Faits par seconde : lus du journal et rendus clairs ; pris par DuckDB, sans rien lire ; et un à un."""
    store: Any = DESCRIPTION.store(Database(url), {1: cle})
    retient = _Retient()
    lecteur = Feeder(fichier, cast("Any", retient), START, store, DESCRIPTION.name)
    lus, debut = 0, time.perf_counter()
    while lus < _PREMIERS and (page := await lecteur.step(size=PAGE_OF_REBUILD)):
        lus += len(page)
    lecture = time.perf_counter() - debut
    await store.database.close()
    neuf = FichierStatistiques(chemin)
    debut = time.perf_counter()
    for faits, jusque in retient.lots:
        neuf.take(faits, jusque)
    prise = time.perf_counter() - debut
    neuf.close()
    un_par_un = FichierStatistiques(chemin.with_name("un-par-un.duckdb"))
    premiers = retient.lots[0][0][:_UN_PAR_UN]
    debut = time.perf_counter()
    for fait in premiers:
        un_par_un.take([fait], fait.position)
    une_a_une = time.perf_counter() - debut
    un_par_un.close()
    return {
        "lus_par_s": round(lus / lecture),
        "pris_par_s": round(lus / prise),
        "pris_un_par_un_par_s": round(len(premiers) / une_a_une),
    }
