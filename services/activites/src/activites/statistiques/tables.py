"""Les tables du fichier de statistiques, et d'où vient chaque colonne.

Chaque table est en deux : ce qui est rangé, dans l'ordre de `ORDRES`, et ce qui est arrivé depuis. Une vue de
leur nom commun rend les deux. Rangée, une question sur un médiateur ne lit que ses lignes, quel que soit leur
nombre à tous.
"""

from dataclasses import dataclass

from activites.domain.vocabulaire import Genre, Materiel, Nomenclature, StatutSocial, Thematique, TrancheAge

COMPTEURS: dict[str, tuple[str, ...]] = {
    "genres": tuple(v.value for v in Genre if v is not Genre.NON_COMMUNIQUE),
    "tranches_age": tuple(v.value for v in TrancheAge if v is not TrancheAge.NON_COMMUNIQUE),
    "statuts": tuple(v.value for v in StatutSocial if v is not StatutSocial.NON_COMMUNIQUE),
}
"""Répartition -> codes comptés ; « non communiqué » est toujours le reste."""
DU_SUIVI = {"genres": "genre", "tranches_age": "tranche_age", "statuts": "statut_social"}
"""Répartition -> champ de la fiche d'un bénéficiaire suivi."""
ENSEMBLES: dict[str, tuple[type[Nomenclature], str]] = {
    "thematiques": (Thematique, "ubigint"),
    "materiels": (Materiel, "utinyint"),
}
"""Listes de codes gardées en un nombre, un bit par code dans l'ordre de la nomenclature, et son type."""


def colonne(repartition: str, code: str) -> str:
    """Le nom de la colonne d'un compteur."""
    return f"{repartition}_{code}"


def bits(champ: str, codes: frozenset[str] | set[str]) -> int:
    """Le nombre qui dit ces codes."""
    nomenclature, _ = ENSEMBLES[champ]
    return sum(1 << rang for rang, valeur in enumerate(nomenclature) if valeur.value in codes)


def _ensemble(champ: str) -> str:
    nomenclature, sorte = ENSEMBLES[champ]
    presents = (
        f"(list_contains(coalesce(d.{champ}, []), '{valeur.value}')::{sorte} << {rang})"
        for rang, valeur in enumerate(nomenclature)
    )
    return f"({' | '.join(presents)})::{sorte}"


@dataclass(frozen=True, slots=True)
class Colonne:
    """sorte : type DuckDB.   valeur : d'où elle vient, `d` étant le fait lu."""

    nom: str
    sorte: str
    valeur: str
    requise: bool = True

    @property
    def ddl(self) -> str:
        return f"{self.nom} {self.sorte}{' not null' if self.requise else ''}"


LUS = {
    "activite_id": "uuid",
    "mediateur_id": "uuid",
    "date": "date",
    "type": "varchar",
    "duree_minutes": "integer",
    "type_lieu": "varchar",
    "lieu_id": "uuid",
    "code_insee": "varchar",
    "departement": "varchar",
    "structure_employeuse_id": "uuid",
    "thematiques": "varchar[]",
    "materiels": "varchar[]",
    "accompagnements": "integer",
    "suivis": "uuid[]",
    "tags": "uuid[]",
    "residence_code_insee": "varchar",
    "sur_rendez_vous": "boolean",
    "v1_cra_id": "varchar",
    "beneficiaire_id": "uuid",
    "vers": "uuid",
    "genre": "varchar",
    "tranche_age": "varchar",
    "statut_social": "varchar",
}
"""Champs des faits, et comment ils se lisent ; s'y ajoutent les participants."""

ACTIVITES = (
    Colonne("activite_id", "uuid", "d.activite_id"),
    Colonne("mediateur_id", "uuid", "d.mediateur_id"),
    Colonne("date", "date", "d.date"),
    Colonne("individuel", "boolean", "d.type = 'individuel'"),
    Colonne("duree_minutes", "integer", "d.duree_minutes"),
    Colonne("type_lieu", "varchar", "d.type_lieu"),
    Colonne("lieu_id", "uuid", "d.lieu_id", requise=False),
    Colonne("code_insee", "varchar", "d.code_insee", requise=False),
    Colonne("departement", "varchar", "d.departement", requise=False),
    Colonne("structure_employeuse_id", "uuid", "d.structure_employeuse_id"),
    *(Colonne(champ, sorte, _ensemble(champ)) for champ, (_, sorte) in ENSEMBLES.items()),
    Colonne("accompagnements", "integer", "d.accompagnements"),
    Colonne("suivis", "uuid[]", "coalesce(d.suivis, [])"),
    Colonne("tags", "uuid[]", "coalesce(d.tags, [])"),
    Colonne("residence_code_insee", "varchar", "d.residence_code_insee", requise=False),
    Colonne("deja_accompagnes", "integer", "coalesce(d.participants.deja_accompagnes, 0)"),
    *(
        Colonne(colonne(r, code), "integer", f"coalesce(d.participants.{r}.{code}, 0)")
        for r, codes in COMPTEURS.items()
        for code in codes
    ),
    Colonne("sur_rendez_vous", "boolean", "coalesce(d.sur_rendez_vous, false)"),
    Colonne("v1", "boolean", "v1"),
)
"""Ce qui se compte d'une activité. v1 : elle vient de la V1, ce que seul dit son premier fait."""

BENEFICIAIRES = (
    Colonne("beneficiaire_id", "uuid", "beneficiaire_id"),
    Colonne("mediateur_id", "uuid", "mediateur_id"),
    *(Colonne(nom, "varchar", nom, requise=False) for nom in DU_SUIVI.values()),
    Colonne("code_insee", "varchar", "code_insee", requise=False),
    Colonne("efface", "boolean", "efface"),
    Colonne("vers", "uuid", "vers", requise=False),
)
"""Ce qu'est un bénéficiaire suivi. vers : celui qu'il est aussi, une fois leurs fiches réunies."""

TABLES: dict[str, tuple[Colonne, ...]] = {"activites": ACTIVITES, "beneficiaires": BENEFICIAIRES}
CLES = {"activites": "activite_id", "beneficiaires": "beneficiaire_id"}
ORDRES = {"activites": "mediateur_id, date", "beneficiaires": "mediateur_id, beneficiaire_id"}
"""Ordre des lignes rangées : le médiateur d'abord, c'est par lui que l'on demande."""


def noms(table: str) -> str:
    """Les colonnes d'une table, pour une liste de SQL."""
    return ", ".join(c.nom for c in TABLES[table])


def rangees(table: str, nom: str) -> str:
    """L'ordre qui crée une table de lignes rangées sous ce nom."""
    return f"create table {nom} ({', '.join(c.ddl for c in TABLES[table])});"


def _les_deux(table: str) -> str:
    colonnes = ", ".join(c.ddl for c in TABLES[table])
    return f"""
{rangees(table, f"{table}_rangees")}
create table {table}_recentes ({colonnes}, lot bigint not null);
create view {table} as
select {noms(table)} from {table}_rangees union all select {noms(table)} from {table}_recentes;
create table {table}_retirees (cle uuid not null, mediateur_id uuid not null, lot bigint not null);
"""


CREER = f"""
{"".join(_les_deux(table) for table in TABLES)}
create table fusions (fiche uuid not null, beneficiaire_id uuid not null);
create table supprimees_v1 (activite_id uuid not null);
"""
"""lot : celui des prises qui a écrit la ligne (rangement.py).   fusions : une fiche réunie à d'autres, et
celle où elles mènent toutes.   supprimees_v1 : activités de la V1 supprimées, qui peuvent revenir."""
CREER_L_AVANCEMENT = """
create table avancement (xid bigint not null, number bigint not null, lot bigint not null);
create table forme (des_lus varchar not null, des_tables varchar not null);
create table sautes (xid bigint not null, number bigint not null);
"""
"""forme : empreintes de ce qui a lu les faits, et de ce qui en a fait les tables.   sautes : faits mis de
côté, que ce fichier ne garde pas."""
REFAITES = "_refaites"
"""Fin du nom des tables que l'on refait à côté."""
DES_LUS = frozenset({"avancement", "forme", "sautes", "lus", "lus_ranges", "lus_recents"})
"""Ce qui reste quand on en refait les tables."""
