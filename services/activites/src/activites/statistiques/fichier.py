"""Les statistiques, un fichier DuckDB par réplique : ce qui le tient, l'écrit et y lit.

Les participants anonymes sont des nombres ; chacun est un bénéficiaire distinct. Un bénéficiaire suivi compte
une fois (docs/domaine/statistiques.md).
"""

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import duckdb
import pyarrow as pa
from events.codec import union_members
from events.projection.filemodel import Fact, Held, Unreadable
from events.projection.fileprojector import FileProjector
from events.types import START, Position

from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    FusionAnnulee,
    SituationCorrigee,
)
from activites.domain.faits import ActiviteCorrigee, ActiviteEnregistree, ActiviteRestauree, ActiviteSupprimee
from activites.statistiques import alimentation, reprise
from activites.statistiques.rangement import Rangement
from activites.statistiques.reponses import Reponses
from activites.statistiques.tables import CREER, CREER_L_AVANCEMENT, DES_LUS

type Event = (
    ActiviteEnregistree
    | ActiviteCorrigee
    | ActiviteSupprimee
    | ActiviteRestauree
    | BeneficiaireEnregistre
    | SituationCorrigee
    | BeneficiaireFusionne
    | FusionAnnulee
    | BeneficiaireEfface
)

name = "statistiques"
reads = Event
guilty = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
"""Conversion, dépassement, contrainte, JSON illisible. Le disque et la mémoire n'y sont pas."""

MEMOIRE, MEMOIRE_POUR_REFAIRE = "384MB", "768MB"
FILS = 2
_LIGNES, _LIGNES_PAR_FIL = 2_000, 10_240
_GRAND_LOT = 1_000


def _formes() -> str:
    """Les champs des faits : ils changent quand on change comment une ancienne forme se lit."""
    return " ".join(f"{fait.__name__}{_champs(fait)}" for fait in union_members(reads))


def _champs(sorte: Any) -> Any:
    """Ceux des parents et de ce qu'un champ contient aussi."""
    if not is_dataclass(sorte):
        return sorte
    return {nom: _champs(de) for nom, de in get_type_hints(sorte).items()}


EMPREINTE = sha256((CREER + alimentation.SQL).encode()).hexdigest()
"""Ce qui dit qu'un fichier a bien ces tables-ci, remplies comme ici : celles d'un autre sont refaites."""
EMPREINTE_DES_LUS = sha256((CREER_L_AVANCEMENT + alimentation.CREER_LES_LUS + _formes()).encode()).hexdigest()
"""Ce qui dit que les faits qu'un fichier a lus le seraient ainsi aujourd'hui : sinon, tout est relu."""


class Lecture:
    """Des questions sur un même instant du fichier. Les valeurs sont liées."""

    def __init__(self, curseur: duckdb.DuckDBPyConnection) -> None:
        self._curseur = curseur

    def demander(self, question: str, valeurs: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Les lignes de la réponse."""
        return self._curseur.execute(question, dict(valeurs or {})).fetchall()

    def avancement(self) -> tuple[int, Position]:
        """Jusqu'à quel lot, et où dans le journal, cet instant a lu."""
        lu = self.demander("select lot, xid, number from avancement")
        return (lu[0][0], Position(*lu[0][1:])) if lu else (0, START)

    def position(self) -> Position:
        """Jusqu'où cet instant a lu le journal."""
        return self.avancement()[1]


# --- Le fichier : un seul processus l'écrit et répond aux questions ---
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
            self.stale = self._preparer(chemin)
            self._rangement = Rangement(self._base, self._verrou)
            if not self.stale:
                self._rangement.abandonner()
                reprise.oter(self._base)
            self.reponses = Reponses(self.progress())
        except BaseException:
            self._base.close()
            raise

    def _preparer(self, chemin: Path | str) -> bool:
        """Rend vrai quand les tables sont à refaire des faits lus."""
        connues = {nom for (nom,) in self.demander("select table_name from duckdb_tables()", {})}
        if not connues:
            self._base.execute(CREER_L_AVANCEMENT + alimentation.CREER_LES_LUS + CREER)
            self._base.execute("insert into forme values (?, ?)", [EMPREINTE_DES_LUS, EMPREINTE])
        formes = self.demander("from forme", {}) if "forme" in connues or not connues else []
        if [des_lus for des_lus, *_ in formes] != [EMPREINTE_DES_LUS]:
            raise Unreadable(chemin)
        [(self._lot,)] = self.demander("select coalesce(max(lot), 0) from avancement", {})
        return formes != [(EMPREINTE_DES_LUS, EMPREINTE)]

    def _vider(self) -> None:
        """Des tables vides, à la présente forme ; les faits lus restent.

        Jusqu'à l'échange, elles ne sont d'aucune version : celle d'avant, revenue, les referait.
        """
        with self._ecrire() as ecriture:
            ecriture.execute("update forme set des_tables = ''")
            for sorte in ("view", "table"):
                noms = f"select {sorte}_name from duckdb_{sorte}s() where not internal"
                for (nom,) in ecriture.execute(noms).fetchall():
                    if nom not in DES_LUS:
                        ecriture.execute(f"drop {sorte} {nom}")
            ecriture.execute(CREER)

    def progress(self) -> Position:
        """Où en est ce fichier."""
        with self.lire() as lecture:
            return lecture.position()

    def take(self, facts: Sequence[Fact], upto: Position) -> None:
        """Applique un lot et avance, dans la même transaction. Un fait déjà pris ne change rien."""
        # Whole: its task may be stopped while it works, and who closes then waits for it.
        with self._verrou:
            self._prendre(facts, upto)

    def _prendre(self, facts: Sequence[Fact], upto: Position) -> None:
        deja = self.progress()
        facts = [fait for fait in facts if fait.position > deja]
        lot = pa.table(
            {
                "xid": pa.array([fait.position.xid for fait in facts], pa.int64()),
                "number": pa.array([fait.position.number for fait in facts], pa.int64()),
                "fait": pa.array([fait.type for fait in facts], pa.string()),
                "corps": pa.array([fait.data for fait in facts], pa.string()),
            }
        )
        # Each thread of DuckDB takes whole batches.
        lot = pa.Table.from_batches(lot.to_batches(max_chunksize=_LIGNES_PAR_FIL), lot.schema)
        faits = {fait.type for fait in facts}
        touches: list[UUID] | None = []
        with self._ecrire() as ecriture:
            if facts:
                ecriture.register("lot", lot)
                ecriture.execute(alimentation.LIRE_LE_LOT)
                # One fact is put down in one column much faster than in sixty.
                grand = len(facts) >= _GRAND_LOT
                ecriture.execute(alimentation.GARDER_UN_GRAND_LOT if grand else alimentation.GARDER_LE_LOT)
                self._appliquer(ecriture, faits)
                lus = ecriture.execute("select distinct d.mediateur_id from lu").fetchall()
                # Two fiches may be of two accounts of one person.
                touches = None if faits & alimentation.RAPPROCHENT else [qui for (qui,) in lus]
            self._avancer(ecriture, max(upto, deja))
        self._dire_ecrit(max(upto, deja), touches)

    def skip(self, upto: Position) -> None:
        """Passe un fait mis de côté, et le retient : ce que ce fichier garde des faits n'est plus entier."""
        with self._verrou:
            with self._ecrire() as ecriture:
                ecriture.execute("insert into sautes values (?, ?)", [*upto])
                self._avancer(ecriture, upto)
            self._dire_ecrit(upto, [])

    @contextmanager
    def _ecrire(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Une transaction, écrite en entier ou pas du tout."""
        ecriture = self._base.cursor()
        try:
            ecriture.execute("begin")
            yield ecriture
            ecriture.execute("commit")
        except BaseException:
            # A commit that the disk refused has ended its transaction: the rollback says just that.
            with suppress(duckdb.TransactionException):
                ecriture.execute("rollback")
            raise
        finally:
            ecriture.close()

    def _dire_ecrit(self, upto: Position, touches: list[UUID] | None) -> None:
        """touches : les médiateurs dont les chiffres ont changé ; None, tous."""
        self._lot += 1
        self.reponses.avancer(self._lot, upto, touches)

    def remake(self) -> bool:
        """Refait ses tables de tous les faits qu'il a lus. Rend faux s'il en a sauté un."""
        if self.demander("from sautes", {}):
            return False
        if self.stale:
            self._vider()
        self._base.execute(f"set memory_limit = '{MEMOIRE_POUR_REFAIRE}'")
        try:
            jusque = reprise.preparer(self._base)
            with self._verrou:
                self._echanger(jusque)
        finally:
            # What the questions of this instant hold is not taken from them: it stays larger for a while.
            with suppress(duckdb.OutOfMemoryException):
                self._base.execute(f"set memory_limit = '{MEMOIRE}'")
        return True

    def _echanger(self, jusque: Position) -> None:
        self._rangement.abandonner()
        deja = self.progress()
        with self._ecrire() as ecriture:
            reprise.echanger(ecriture)
            ecriture.execute(alimentation.RELIRE_LA_SUITE, [*jusque])
            if faits := {fait for (fait,) in ecriture.execute("select distinct fait from lu").fetchall()}:
                self._appliquer(ecriture, faits)
            self._avancer(ecriture, deja)
            ecriture.execute("delete from forme")
            ecriture.execute("insert into forme values (?, ?)", [EMPREINTE_DES_LUS, EMPREINTE])
        self.stale = False
        self._dire_ecrit(deja, None)

    def _avancer(self, ecriture: duckdb.DuckDBPyConnection, upto: Position) -> None:
        ecriture.execute("delete from avancement")
        ecriture.execute("insert into avancement values (?, ?, ?)", [*upto, self._lot + 1])

    def _appliquer(self, ecriture: duckdb.DuckDBPyConnection, faits: set[str]) -> None:
        """Verse dans les tables ce que dit `lu`."""
        a = alimentation
        lot = {"lot": self._lot + 1}

        def retirer(table: str) -> None:
            cours = self._rangement.en_cours
            for ordre in a.retirer(table, a_noter=cours is not None and cours.table == table):
                ecriture.execute(ordre, lot if "$lot" in ordre else {})

        if not faits <= a.DECRIVENT:
            ecriture.execute(a.REVOIR)
            if faits - a.DECRIVENT - {ActiviteEnregistree.__name__}:
                retirer("activites")
            ecriture.execute(a.AJOUTER, lot)
            ecriture.execute(a.GARDER_LA_V1)
        if faits & a.DECRIVENT:
            ecriture.execute(a.DECRIRE)
            retirer("beneficiaires")
            ecriture.execute(a.POSER_LES_FICHES, lot)
            if faits & a.RAPPROCHENT:
                ecriture.execute(a.RAPPROCHER)

    def tidy(self, *, whole: bool = False) -> bool:
        """Un pas de rangement (rangement.py). whole : tout, quel qu'en soit le nombre ; après une reprise."""
        return self._rangement.avancer(tout=whole)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Une activité, ou un bénéficiaire, et son rang, puis sa ligne : sans clé, un double doit se voir."""
        curseur = self._base.cursor()
        try:
            curseur.execute(
                """select activite_id::varchar || ' '
                          || row_number() over (partition by activite_id order by ligne) as cle, ligne
                   from (select activite_id, to_json(a)::varchar as ligne from activites a
                         union all
                         select beneficiaire_id, to_json(b)::varchar from beneficiaires b) order by cle"""
            )
            while lues := curseur.fetchmany(_LIGNES):
                yield from lues
        finally:
            curseur.close()

    @contextmanager
    def lire(self) -> Generator[Lecture]:
        """De quoi poser plusieurs questions au même instant du fichier."""
        curseur = self._base.cursor()
        try:
            curseur.execute("begin")
            yield Lecture(curseur)
        finally:
            # Never committed: what a question keeps aside goes with it.
            curseur.close()

    def demander(self, question: str, valeurs: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Les lignes de la réponse à une seule question."""
        curseur = self._base.cursor()
        try:
            return Lecture(curseur).demander(question, valeurs)
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
