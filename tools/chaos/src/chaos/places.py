"""Lieux imported again and again: cartographie's own import, of real rows a little changed each time."""

import asyncio
import datetime as dt
import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from cartographie.domain import source
from cartographie.domain.lieu import LIEU, identifier
from cartographie.domain.source import SOURCE
from cartographie.domain.vocabulaire import LieuId
from cartographie.imports.configuration import livrees
from cartographie.imports.importer import contexte, importer
from embedded.settings import ROOT

from chaos.erasing import Eraser
from chaos.history import Deed, Told
from chaos.journals import Journals, insist
from chaos.people import new_mark

_SOURCE = livrees()["mednum-bfc"]
_PAUSE = 3.0
_ROWS = 12
_NEW = 6
"""So many of an edition were not in the one before; the others come again, changed."""
_ERASED_EVERY = 4
"""Editions, the first one included, after which the contacts of a lieu are erased."""


class Places:
    """`run` until `finish`."""

    def __init__(self, journals: Journals, eraser: Eraser, told: Told, folder: Path) -> None:
        self._store = journals["cartographie"]
        self._eraser = eraser
        self._told = told
        self._file = folder / _SOURCE.fichier
        with gzip.open(ROOT / "data" / "lieux" / _SOURCE.fichier, "rt") as lines:
            self._rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._marks: dict[LieuId, str] = {}
        self._finished = asyncio.Event()

    async def run(self) -> None:
        for edition in range(len(self._rows) // _NEW):
            # Two at least, on a machine however slow: the second one changes lieux that are there.
            if edition > 1 and self._finished.is_set():
                return
            rows = self._rows[edition * _NEW : edition * _NEW + _ROWS]
            await self._import(rows, edition)
            if edition % _ERASED_EVERY == 0:
                await self._erase(rows[:_NEW])
            await asyncio.sleep(_PAUSE)

    def finish(self) -> None:
        self._finished.set()

    async def _import(self, rows: list[dict[str, Any]], edition: int) -> None:
        for row in rows:
            mark = self._marks.setdefault(_lieu(row), new_mark())
            row |= {"adresse": f"{edition + 1} rue du Chaos", "contact_email": f"{mark}@exemple.fr"}
        with gzip.open(self._file, "wt") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        context, now = contexte(uuid4()), dt.datetime.now(dt.UTC)
        await insist(partial(importer, self._store, _SOURCE, self._file, None, context, now))
        imported = SOURCE(source.identifier(_SOURCE.code))
        _, version = await insist(partial(self._store.state, imported))
        self._told.deeds.append(Deed("cartographie", imported.name, version))

    async def _erase(self, rows: list[dict[str, Any]]) -> None:
        """One of these, that the editions to come do not name."""
        for row in rows:
            lieu_id = _lieu(row)
            _, version = await insist(partial(self._store.state, LIEU(lieu_id)))
            # A row may have been refused: there is then nobody to erase.
            if version:
                return await self._eraser.place(lieu_id, self._marks[lieu_id])
        return None


def _lieu(row: dict[str, Any]) -> LieuId:
    return identifier(_SOURCE.code, str(row["bfc_id"]))
