"""Les tables DuckDB des statistiques, et la seule transformation qui les remplit.

Le même SQL ensembliste sert les lots du bus et la reconstruction (ADR 0003). Les participants anonymes sont
des nombres ; chaque participant anonyme est un bénéficiaire distinct (docs/domaine/statistiques.md §1).
"""

from hashlib import sha256

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
create table if not exists avancement (xid bigint not null, number bigint not null, sequence bigint not null);
create table if not exists forme (empreinte varchar not null);
"""

EMPREINTE = sha256(TABLES.encode()).hexdigest()
"""Ce qui dit qu'un fichier a bien ces tables-ci."""


def _forme() -> str:
    """La structure lue par `from_json`, en une fois : un champ lu à la fois coûte quatre fois plus."""
    repartitions = ", ".join(
        '"{}": {{{}}}'.format(r, ", ".join(f'"{c}": "INTEGER"' for c in codes))
        for r, codes in COMPTEURS.items()
    )
    champs = {
        "activite_id": "UUID",
        "mediateur_id": "UUID",
        "date": "DATE",
        "type": "VARCHAR",
        "duree_minutes": "INTEGER",
        "type_lieu": "VARCHAR",
        "lieu_id": "UUID",
        "code_insee": "VARCHAR",
        "departement": "VARCHAR",
        "structure_employeuse_id": "UUID",
        "accompagnements": "INTEGER",
        "residence_code_insee": "VARCHAR",
    }
    simples = ", ".join(f'"{nom}": "{sorte}"' for nom, sorte in champs.items())
    return (
        f'{{{simples}, "thematiques": ["VARCHAR"], "materiels": ["VARCHAR"], '
        f'"participants": {{"deja_accompagnes": "INTEGER", {repartitions}}}}}'
    )


LIRE_LE_LOT = f"""
create or replace temp table lu as
select xid, number, sorte, from_json(corps, '{_forme()}') as d from lot
"""
"""lot : (xid, number, sorte, corps) ; sorte, Enregistree, Corrigee ou Supprimee ; corps, le contrat JSON."""

RETIRER = """
delete from activites where activite_id in (select d.activite_id from lu where sorte <> 'Enregistree')
"""

AJOUTER = f"""
insert into activites
select d.activite_id, d.mediateur_id, d.date, d.type, d.duree_minutes, d.type_lieu, d.lieu_id,
  d.code_insee, d.departement, d.structure_employeuse_id, d.thematiques,
  coalesce(d.materiels, []), d.accompagnements,
  coalesce(d.participants.deja_accompagnes, 0), d.residence_code_insee,
  {", ".join(f"coalesce(d.participants.{r}.{c}, 0)" for r, codes in COMPTEURS.items() for c in codes)}
from (
  select *, row_number() over (partition by d.activite_id order by xid desc, number desc) as rang from lu
) where rang = 1 and sorte <> 'Supprimee'
order by d.mediateur_id, d.date
"""
