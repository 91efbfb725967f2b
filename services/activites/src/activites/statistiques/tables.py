"""Les tables DuckDB des statistiques, et d'où vient chaque colonne.

Les participants anonymes sont des nombres ; chaque participant anonyme est un bénéficiaire distinct
(docs/domaine/statistiques.md).
"""

from dataclasses import dataclass

from activites.domain.vocabulaire import Genre, StatutSocial, TrancheAge

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
    Colonne("residence_code_insee", "varchar", requise=False),
)
"""Ce qui se compte d'une activité : un champ de plus est une ligne de plus."""


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
create table if not exists avancement (xid bigint not null, number bigint not null);
create table if not exists forme (empreinte varchar not null);
"""
