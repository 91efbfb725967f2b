"""Les tables DuckDB des statistiques.

Les participants anonymes sont des nombres ; chaque participant anonyme est un bénéficiaire distinct
(docs/domaine/statistiques.md).
"""

from activites.domain.vocabulaire import Genre, StatutSocial, TrancheAge

COMPTEURS: dict[str, tuple[str, ...]] = {
    "genres": tuple(v.value for v in Genre if v is not Genre.NON_COMMUNIQUE),
    "tranches_age": tuple(v.value for v in TrancheAge if v is not TrancheAge.NON_COMMUNIQUE),
    "statuts": tuple(v.value for v in StatutSocial if v is not StatutSocial.NON_COMMUNIQUE),
}
"""Répartition -> codes comptés ; « non communiqué » est toujours le reste."""


def colonne(repartition: str, code: str) -> str:
    """Le nom de la colonne d'un compteur."""
    return f"{repartition}_{code}"


_COLONNES_COMPTEURS = [colonne(r, c) for r, codes in COMPTEURS.items() for c in codes]

TABLES = f"""
create table if not exists activites (
  activite_id uuid not null,
  mediateur_id uuid not null,
  date date not null,
  type varchar not null,
  duree_minutes integer not null,
  type_lieu varchar not null,
  lieu_id uuid,
  code_insee varchar,
  departement varchar,
  structure_employeuse_id uuid not null,
  thematiques varchar[] not null,
  materiels varchar[] not null,
  accompagnements integer not null,
  deja_accompagnes integer not null,
  residence_code_insee varchar,
  {", ".join(f"{nom} integer not null" for nom in _COLONNES_COMPTEURS)}
);
create table if not exists avancement (xid bigint not null, number bigint not null);
create table if not exists forme (empreinte varchar not null);
"""
