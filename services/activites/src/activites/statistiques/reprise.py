"""Refaire les tables d'un fichier des faits qu'il a lus, pendant qu'il répond et qu'il en prend d'autres.

De nouvelles tables sont faites à côté, sans tenir le verrou de qui écrit, sur l'instant où elles commencent.
L'échange, lui, le tient : les nouvelles prennent la place, puis ce qui a été lu depuis les rejoint.
"""

import duckdb
from events.types import Position

from activites.statistiques import alimentation
from activites.statistiques.tables import REFAITES, TABLES


def oter(curseur: duckdb.DuckDBPyConnection) -> None:
    """Ôte les tables qu'une reprise interrompue a laissées."""
    for table in (*TABLES, "supprimees_v1"):
        curseur.execute(f"drop table if exists {table}{REFAITES}")


def preparer(base: duckdb.DuckDBPyConnection) -> Position:
    """Fait les nouvelles tables, rangées. Rend jusqu'où elles ont lu."""
    curseur = base.cursor()
    try:
        oter(curseur)
        # One instant of the file: what is taken meanwhile is read by the exchange.
        curseur.execute("begin")
        [jusque] = curseur.execute("select xid, number from avancement").fetchall() or [(0, 0)]
        curseur.execute(alimentation.RELIRE_TOUT)
        for ordre in alimentation.TOUT_POSER:
            curseur.execute(ordre)
        curseur.execute("commit")
        return Position(*jusque)
    finally:
        curseur.close()


def echanger(ecriture: duckdb.DuckDBPyConnection) -> None:
    """Dans la transaction de qui écrit : les nouvelles prennent la place des autres."""
    for table in TABLES:
        ecriture.execute(f"drop table {table}_rangees")
        ecriture.execute(f"alter table {table}{REFAITES} rename to {table}_rangees")
        ecriture.execute(f"delete from {table}_recentes")
        ecriture.execute(f"delete from {table}_retirees")
    ecriture.execute("drop table supprimees_v1")
    ecriture.execute(f"alter table supprimees_v1{REFAITES} rename to supprimees_v1")
    ecriture.execute(alimentation.RAPPROCHER)
