"""Le fichier DuckDB d'une réplique : un seul processus l'écrit et répond aux questions."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from events.projection.source import Checkpoint
from events.types import Position

from activites.statistiques import tables

MEMOIRE = "192MB"
FILS = 2


@dataclass(frozen=True, slots=True)
class Ligne:
    """Un contrat d'activité. sorte : Enregistree, Corrigee ou Supprimee.   corps : le JSON du contrat."""

    position: Position
    sorte: str
    corps: str


class FichierIllisible(Exception):
    """Le fichier n'en est pas un, ou date d'une autre forme des tables : il se refait depuis le journal."""


class FichierStatistiques:
    """Les écritures passent par un verrou ; chaque lecture a son propre curseur. Appels bloquants."""

    def __init__(self, chemin: Path | str) -> None:
        """chemin : du fichier, ou « :memory: ».

        Lève duckdb.IOException quand un autre processus le tient, FichierIllisible quand il est à refaire.
        """
        if isinstance(chemin, Path):
            chemin.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = duckdb.connect(
                str(chemin),
                config={"memory_limit": MEMOIRE, "threads": FILS, "preserve_insertion_order": False},
            )
        except duckdb.Error as error:
            # The same class says that another process holds the file, and that the file is damaged.
            if isinstance(error, duckdb.IOException) and "lock" in str(error):
                raise
            raise FichierIllisible(chemin) from error
        self._verrou = threading.Lock()
        self._base.execute(tables.TABLES)
        forme = self._base.execute("select empreinte from forme").fetchone()
        if forme is None:
            self._base.execute("insert into forme values (?)", [tables.EMPREINTE])
        elif forme[0] != tables.EMPREINTE:
            self._base.close()
            raise FichierIllisible(chemin)

    @staticmethod
    def existe(chemin: Path) -> bool:
        """Vrai quand une réplique a déjà son fichier."""
        return chemin.exists()

    def avancement(self) -> Checkpoint:
        """Où en est ce fichier."""
        lu = self._base.cursor().execute("select xid, number, sequence from avancement").fetchone()
        return Checkpoint(Position(lu[0], lu[1]), lu[2]) if lu else Checkpoint()

    def prendre(self, lignes: Sequence[Ligne], jusqu_a: Checkpoint) -> None:
        """Applique un lot et avance, dans la même transaction."""
        lot = pa.table(
            {
                "xid": pa.array([ligne.position.xid for ligne in lignes], pa.int64()),
                "number": pa.array([ligne.position.number for ligne in lignes], pa.int64()),
                "sorte": pa.array([ligne.sorte for ligne in lignes], pa.string()),
                "corps": pa.array([ligne.corps for ligne in lignes], pa.string()),
            }
        )
        with self._verrou:
            ecriture = self._base.cursor()
            ecriture.execute("begin")
            try:
                if lignes:
                    ecriture.register("lot", lot)
                    ecriture.execute(tables.LIRE_LE_LOT)
                    ecriture.execute(tables.RETIRER)
                    ecriture.execute(tables.AJOUTER)
                ecriture.execute("delete from avancement")
                ecriture.execute(
                    "insert into avancement values (?, ?, ?)",
                    [jusqu_a.position.xid, jusqu_a.position.number, jusqu_a.sequence],
                )
                ecriture.execute("commit")
            except BaseException:
                ecriture.execute("rollback")
                raise
            finally:
                ecriture.close()

    def demander(self, question: str, valeurs: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Les lignes de la réponse ; les valeurs sont liées."""
        curseur = self._base.cursor()
        try:
            return curseur.execute(question, valeurs).fetchall()
        finally:
            curseur.close()

    def fermer(self) -> None:
        with self._verrou:
            self._base.close()
