"""Les statistiques, un fichier DuckDB par réplique : ses tables, ce qui les remplit, ce qui le tient.

La transformation lit la forme claire des faits, celle du journal : le fichier peut compter ce qu'aucun
contrat ne publie, jamais un texte scellé. Les participants anonymes sont des nombres ; chacun est un
bénéficiaire distinct. Un bénéficiaire suivi compte une fois (docs/domaine/statistiques.md).
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
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
from activites.domain.vocabulaire import Genre, StatutSocial, TrancheAge

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

MEMOIRE = "192MB"
FILS = 2
_LIGNES = 2_000

# --- Les tables, et d'où vient chaque colonne ---
COMPTEURS: dict[str, tuple[str, ...]] = {
    "genres": tuple(v.value for v in Genre if v is not Genre.NON_COMMUNIQUE),
    "tranches_age": tuple(v.value for v in TrancheAge if v is not TrancheAge.NON_COMMUNIQUE),
    "statuts": tuple(v.value for v in StatutSocial if v is not StatutSocial.NON_COMMUNIQUE),
}
"""Répartition -> codes comptés ; « non communiqué » est toujours le reste."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """Un champ du fait, tel quel. sorte : type DuckDB.   defaut : quand le fait ne le dit pas."""

    nom: str
    sorte: str
    requise: bool = True
    defaut: str | None = None

    @property
    def valeur(self) -> str:
        return f"d.{self.nom}" if self.defaut is None else f"coalesce(d.{self.nom}, {self.defaut})"


COLONNES = (
    Colonne("activite_id", "uuid"),
    Colonne("mediateur_id", "uuid"),
    Colonne("date", "date"),
    Colonne("type", "varchar"),
    Colonne("duree_minutes", "integer"),
    Colonne("type_lieu", "varchar"),
    Colonne("lieu_id", "uuid", requise=False),
    Colonne("code_insee", "varchar", requise=False),
    Colonne("departement", "varchar", requise=False),
    Colonne("structure_employeuse_id", "uuid"),
    Colonne("thematiques", "varchar[]"),
    Colonne("materiels", "varchar[]", defaut="[]"),
    Colonne("accompagnements", "integer"),
    Colonne("suivis", "uuid[]", defaut="[]"),
    Colonne("residence_code_insee", "varchar", requise=False),
)
"""Ce qui se compte d'une activité : un champ de plus est une ligne de plus."""
DU_SUIVI = {"genres": "genre", "tranches_age": "tranche_age", "statuts": "statut_social"}
"""Répartition -> champ de la fiche d'un bénéficiaire suivi."""


def colonne(repartition: str, code: str) -> str:
    """Le nom de la colonne d'un compteur."""
    return f"{repartition}_{code}"


_COLONNES_COMPTEURS = [colonne(r, c) for r, codes in COMPTEURS.items() for c in codes]

TABLES = f"""
create table if not exists activites (
  {", ".join(f"{c.nom} {c.sorte}{' not null' if c.requise else ''}" for c in COLONNES)},
  deja_accompagnes integer not null,
  {", ".join(f"{nom} integer not null" for nom in _COLONNES_COMPTEURS)}
);
create table if not exists beneficiaires (
  beneficiaire_id uuid not null, {", ".join(f"{nom} varchar" for nom in DU_SUIVI.values())},
  efface boolean not null, vers uuid
);
create table if not exists avancement (xid bigint not null, number bigint not null);
create table if not exists forme (empreinte varchar not null);
"""


# --- Remplir : le même SQL ensembliste sert chaque lot et la reconstruction ---
def _forme() -> str:
    """La structure lue par `from_json`, en une fois : un champ lu à la fois coûte quatre fois plus."""
    repartitions = ", ".join(
        '"{}": {{{}}}'.format(r, ", ".join(f'"{c}": "INTEGER"' for c in codes))
        for r, codes in COMPTEURS.items()
    )
    simples = ", ".join(f'"{c.nom}": {_json(c.sorte)}' for c in COLONNES)
    suivi = ", ".join(f'"{nom}": "VARCHAR"' for nom in DU_SUIVI.values())
    return (
        f'{{{simples}, "participants": {{"deja_accompagnes": "INTEGER", {repartitions}}}, '
        f'"beneficiaire_id": "UUID", "vers": "UUID", {suivi}}}'
    )


def _json(sorte: str) -> str:
    simple = sorte.removesuffix("[]")
    return f'"{simple}"' if simple == sorte else f'["{simple}"]'


LIRE_LE_LOT = f"""
create or replace temp table lu as
select xid, number, fait, from_json(corps, '{_forme()}') as d from lot
"""
"""lot : (xid, number, fait, corps) ; fait, le nom de l'événement ; corps, sa forme claire en JSON."""

RETIRER = f"""
delete from activites
where activite_id in (select d.activite_id from lu where fait <> '{ActiviteEnregistree.__name__}')
"""

AJOUTER = f"""
insert into activites
select {", ".join(c.valeur for c in COLONNES)},
  coalesce(d.participants.deja_accompagnes, 0),
  {", ".join(f"coalesce(d.participants.{r}.{c}, 0)" for r, codes in COMPTEURS.items() for c in codes)}
from (
  select *, row_number() over (partition by d.activite_id order by xid desc, number desc) as rang from lu
) where rang = 1 and fait <> '{ActiviteSupprimee.__name__}' and d.activite_id is not null
order by d.mediateur_id, d.date
"""

_RAPPROCHE = f"fait in ('{BeneficiaireFusionne.__name__}', '{FusionAnnulee.__name__}')"
_DECRIT = f"fait in ('{BeneficiaireEnregistre.__name__}', '{SituationCorrigee.__name__}')"
DECRIRE = f"""
create or replace temp table menait as
select beneficiaire_id as qui, vers from beneficiaires
where beneficiaire_id in (select d.beneficiaire_id from lu where {_DECRIT});
delete from beneficiaires where beneficiaire_id in (select d.beneficiaire_id from lu where {_DECRIT});
insert into beneficiaires
select m.d.beneficiaire_id, {", ".join(f"m.d.{nom}" for nom in DU_SUIVI.values())}, false, menait.vers
from (
  select *, row_number() over (partition by d.beneficiaire_id order by xid desc, number desc) as rang
  from lu where {_DECRIT}
) m left join menait on menait.qui = m.d.beneficiaire_id where rang = 1;
update beneficiaires set vers = case when m.fait = '{BeneficiaireFusionne.__name__}' then m.d.vers end
from (
  select *, row_number() over (partition by d.beneficiaire_id order by xid desc, number desc) as rang
  from lu where {_RAPPROCHE}
) m where m.rang = 1 and m.d.beneficiaire_id = beneficiaires.beneficiaire_id;
update beneficiaires set efface = true
where beneficiaire_id in (select d.beneficiaire_id from lu where fait = '{BeneficiaireEfface.__name__}')
"""
"""Une fiche se décrit, se corrige, se fusionne et se sépare, puis s'efface : rien ne suit son effacement.

Fusionnée, elle rend encore ce qu'elle tenait d'une autre : corrigée, elle mène toujours où elle menait.
"""

EMPREINTE = sha256("".join((TABLES, LIRE_LE_LOT, RETIRER, AJOUTER, DECRIRE)).encode()).hexdigest()
"""Ce qui dit qu'un fichier a bien ces tables-ci, remplies comme ici : un autre est refait."""


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
            self._preparer(chemin)
        except BaseException:
            self._base.close()
            raise

    def _preparer(self, chemin: Path | str) -> None:
        connues = {nom for (nom,) in self.demander("select table_name from duckdb_tables()", {})}
        if not connues:
            self._base.execute(TABLES)
            self._base.execute("insert into forme values (?)", [EMPREINTE])
        elif "forme" not in connues or self.demander("from forme", {}) != [(EMPREINTE,)]:
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
                    ecriture.execute(LIRE_LE_LOT)
                    ecriture.execute(RETIRER)
                    ecriture.execute(AJOUTER)
                    ecriture.execute(DECRIRE)
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
