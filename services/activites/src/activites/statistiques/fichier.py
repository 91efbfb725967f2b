"""Le fichier DuckDB d'une réplique : un seul processus l'écrit et répond aux questions."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from events.projection.filemodel import Fact, Held, Unreadable
from events.projection.fileprojector import FileProjector
from events.types import START, Position

from activites.statistiques import tables

name = "statistiques"
reads = tables.Event
guilty = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
"""Conversion, dépassement, contrainte, JSON illisible. Le disque et la mémoire n'y sont pas."""

MEMOIRE = "192MB"
FILS = 2
_LIGNES = 2_000


class FichierStatistiques:
    """Les écritures passent par un verrou ; chaque lecture a son propre curseur. Appels bloquants."""

    def __init__(self, chemin: Path | str) -> None:
        """chemin : du fichier, ou « :memory: ».

        Lève Held quand un autre processus le tient, Unreadable quand il est à refaire.
        """
        if isinstance(chemin, Path):
            chemin.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._base = duckdb.connect(
                str(chemin),
                config={"memory_limit": MEMOIRE, "threads": FILS, "preserve_insertion_order": False},
            )
        except duckdb.Error as error:
            # The same class says that another process holds the file, and that the file is damaged.
            if "Could not set lock" in str(error):
                raise Held(chemin) from error
            raise Unreadable(chemin) from error
        self._verrou = threading.Lock()
        if isinstance(chemin, Path):
            # It says who did what, médiateur by médiateur: not for the other users of the machine.
            chemin.chmod(0o600)
        try:
            self._preparer(chemin)
        except BaseException:
            self._base.close()
            raise

    def _preparer(self, chemin: Path | str) -> None:
        connues = {nom for (nom,) in self.demander("select table_name from duckdb_tables()", {})}
        if not connues:
            self._base.execute(tables.TABLES)
            self._base.execute("insert into forme values (?)", [tables.EMPREINTE])
        elif "forme" not in connues or self.demander("from forme", {}) != [(tables.EMPREINTE,)]:
            raise Unreadable(chemin)

    def progress(self) -> Position:
        """Où en est ce fichier."""
        lu = self.demander("select xid, number from avancement", {})
        return Position(*lu[0]) if lu else START

    def take(self, facts: Sequence[Fact], upto: Position) -> None:
        """Applique un lot et avance, dans la même transaction."""
        lot = pa.table(
            {
                "xid": pa.array([fait.position.xid for fait in facts], pa.int64()),
                "number": pa.array([fait.position.number for fait in facts], pa.int64()),
                "fait": pa.array([fait.type for fait in facts], pa.string()),
                "corps": pa.array([fait.data for fait in facts], pa.string()),
            }
        )
        with self._verrou:
            ecriture = self._base.cursor()
            ecriture.execute("begin")
            try:
                if facts:
                    ecriture.register("lot", lot)
                    ecriture.execute(tables.LIRE_LE_LOT)
                    ecriture.execute(tables.RETIRER)
                    ecriture.execute(tables.AJOUTER)
                ecriture.execute("delete from avancement")
                ecriture.execute("insert into avancement values (?, ?)", list(upto))
                ecriture.execute("commit")
            except BaseException:
                # A commit that the disk refused has ended its transaction: the rollback says just that.
                with suppress(duckdb.TransactionException):
                    ecriture.execute("rollback")
                raise
            finally:
                ecriture.close()

    def rows(self) -> Iterator[tuple[str, str]]:
        """Une activité et son rang, puis sa ligne : la table n'a pas de clé, et un double doit se voir."""
        curseur = self._base.cursor()
        try:
            curseur.execute(
                """select activite_id::varchar || ' '
                          || row_number() over (partition by activite_id order by ligne) as cle, ligne
                   from (select activite_id, to_json(a)::varchar as ligne from activites a) order by cle"""
            )
            while lues := curseur.fetchmany(_LIGNES):
                yield from lues
        finally:
            curseur.close()

    def demander(self, question: str, valeurs: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Les lignes de la réponse ; les valeurs sont liées."""
        curseur = self._base.cursor()
        try:
            return curseur.execute(question, valeurs).fetchall()
        finally:
            curseur.close()

    def close(self) -> None:
        """Ferme le fichier."""
        with self._verrou:
            self._base.close()


type Statistiques = FileProjector[FichierStatistiques]


def open_file(path: Path) -> FichierStatistiques:
    """Le fichier, créé s'il manque."""
    return FichierStatistiques(path)
