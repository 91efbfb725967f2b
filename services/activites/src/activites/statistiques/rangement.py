"""Ranger le fichier sans faire attendre : ce qui est arrivé rejoint, tranche par tranche, ce qui est rangé.

Une table neuve est faite à côté, quelques médiateurs à la fois, sans tenir le verrou de qui écrit ; chaque
tranche sait jusqu'à quel lot elle a vu. L'échange, lui, le tient un instant : il ôte des récentes ce que
chaque tranche avait vu, et de la table neuve ce qui a été retiré depuis.
"""

import threading
from dataclasses import dataclass, field
from uuid import UUID

import duckdb

from activites.statistiques.alimentation import RANGER_LES_LUS
from activites.statistiques.tables import CLES, ORDRES, TABLES, noms, rangees

LIGNES_PAR_TRANCHE = 122_880
"""Un groupe de lignes de DuckDB, ce qu'une question lit au moins."""
_A_LA_FOIS = 4
"""Groupes d'une tranche quand personne n'attend : chacune relit toute la table."""
_SEUIL_MIN, _SEUIL_MAX, _PART = 2_000, 60_000, 16
"""Des lignes récentes : une part des rangées, entre ces bornes, avant de ranger."""


@dataclass(slots=True)
class EnCours:
    """Un rangement commencé. bornes : premier médiateur de chaque tranche.   lots : vus par chacune."""

    table: str
    bornes: list[UUID]
    lots: list[int] = field(default_factory=list[int])


class Rangement:
    """D'un fichier ouvert. Appels bloquants, d'un fil à la fois."""

    def __init__(self, base: duckdb.DuckDBPyConnection, verrou: threading.Lock) -> None:
        """base : du fichier.   verrou : de qui l'écrit."""
        self._base = base
        self._verrou = verrou
        self.en_cours: EnCours | None = None
        """Lu sous le verrou, par qui écrit."""

    def avancer(self, *, tout: bool = False) -> bool:
        """Fait un pas, s'il y a à ranger. tout : même peu. Rend s'il en reste un autre à faire.

        Un pas qui échoue ne range rien ; le suivant recommence du début.
        """
        try:
            if self.en_cours is None:
                self._ranger_les_lus(tout)
                self._commencer(tout)
            elif len(self.en_cours.lots) < len(self.en_cours.bornes):
                self._copier(self.en_cours)
            else:
                self._echanger(self.en_cours)
        except BaseException:
            self._abandonner()
            raise
        return self.en_cours is not None or (tout and self._a_ranger(tout) is not None)

    def _ranger_les_lus(self, tout: bool) -> None:
        if self._compter("lus_recents") < (1 if tout else _SEUIL_MIN):
            return
        with self._verrou:
            curseur = self._base.cursor()
            try:
                curseur.execute("begin")
                curseur.execute(RANGER_LES_LUS)
                curseur.execute("commit")
            finally:
                curseur.close()

    def _a_ranger(self, tout: bool) -> str | None:
        for table in TABLES:
            recentes, deja = (self._compter(f"{table}_{quoi}") for quoi in ("recentes", "rangees"))
            seuil = min(max(deja // _PART, _SEUIL_MIN), _SEUIL_MAX)
            if recentes >= (1 if tout else seuil):
                return table
        return None

    def _compter(self, table: str) -> int:
        curseur = self._base.cursor()
        try:
            [(combien,)] = curseur.execute(f"select count(*) from {table}").fetchall()
            return int(combien)
        finally:
            curseur.close()

    def _commencer(self, tout: bool) -> None:
        table = self._a_ranger(tout)
        if table is None:
            return
        with self._verrou:
            curseur = self._base.cursor()
            try:
                curseur.execute(rangees(table, f"{table}_neuves"))
                comptes = curseur.execute(
                    f"select mediateur_id, count(*) from {table} group by 1 order by 1"
                ).fetchall()
            finally:
                curseur.close()
            self.en_cours = EnCours(table, _bornes(comptes, LIGNES_PAR_TRANCHE * (_A_LA_FOIS if tout else 1)))

    def _copier(self, cours: EnCours) -> None:
        """La tranche suivante, de ce qui est écrit à cet instant."""
        rang, table = len(cours.lots), cours.table
        # The first slice takes whoever is before it, the last one whoever is after.
        conditions: list[str] = []
        valeurs: dict[str, UUID] = {}
        if rang > 0:
            conditions.append("mediateur_id >= $de")
            valeurs["de"] = cours.bornes[rang]
        if rang + 1 < len(cours.bornes):
            conditions.append("mediateur_id < $a")
            valeurs["a"] = cours.bornes[rang + 1]
        curseur = self._base.cursor()
        try:
            curseur.execute("begin")
            [(lot,)] = curseur.execute("select coalesce(max(lot), 0) from avancement").fetchall()
            curseur.execute(
                f"""insert into {table}_neuves select {noms(table)} from {table}
                    where {" and ".join(conditions) or "true"} order by {ORDRES[table]}""",
                valeurs,
            )
            curseur.execute("commit")
        finally:
            curseur.close()
        cours.lots.append(int(lot))

    def _echanger(self, cours: EnCours) -> None:
        table = cours.table
        tranches = {
            "d": [None, *cours.bornes[1:]],
            "a": [*cours.bornes[1:], None],
            "vus": cours.lots,
        }
        tranche = (
            """(select unnest($d::uuid[]) as de, unnest($a::uuid[]) as a, unnest($vus::bigint[]) as vu) t"""
        )
        dedans = "(t.de is null or x.mediateur_id >= t.de) and (t.a is null or x.mediateur_id < t.a)"
        with self._verrou:
            curseur = self._base.cursor()
            try:
                curseur.execute("begin")
                curseur.execute(
                    f"delete from {table}_recentes x using {tranche} where {dedans} and x.lot <= t.vu",
                    tranches,
                )
                curseur.execute(
                    f"""delete from {table}_neuves where {CLES[table]} in (
                          select x.cle from {table}_retirees x, {tranche} where {dedans} and x.lot > t.vu)""",
                    tranches,
                )
                curseur.execute(f"drop table {table}_rangees")
                curseur.execute(f"alter table {table}_neuves rename to {table}_rangees")
                curseur.execute(f"delete from {table}_retirees")
                curseur.execute("commit")
            finally:
                curseur.close()
            self.en_cours = None

    def _abandonner(self) -> None:
        with self._verrou:
            self.abandonner()

    def abandonner(self) -> None:
        """Sous le verrou, ou à l'ouverture : ce qui était commencé n'a plus lieu d'être."""
        self.en_cours = None
        self._oter_les_neuves()

    def _oter_les_neuves(self) -> None:
        curseur = self._base.cursor()
        try:
            for table in TABLES:
                curseur.execute(f"drop table if exists {table}_neuves; delete from {table}_retirees")
        finally:
            curseur.close()


def _bornes(comptes: list[tuple[UUID, int]], par_tranche: int) -> list[UUID]:
    """Le premier médiateur de chaque tranche, d'après le nombre de lignes de chacun, dans l'ordre."""
    bornes: list[UUID] = []
    pleine = par_tranche
    for mediateur, lignes in comptes:
        if pleine >= par_tranche:
            bornes.append(mediateur)
            pleine = 0
        pleine += lignes
    return bornes
