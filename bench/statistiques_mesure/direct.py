# ruff: noqa: S608 - our own column names; the values are bound
"""Les mêmes questions en SQL direct, sur des tables : docs/domaine/statistiques.md §6 dit leur forme."""

import time
from typing import Any
from uuid import UUID

from activites.domain.vocabulaire import Materiel, Thematique, TypeLieu

TABLES = """
create schema direct;
create table direct.activites as
select (data->>'activite_id')::uuid as id, (data->>'mediateur_id')::uuid as mediateur_id,
  (data->>'date')::date as date, data->>'type' as type, (data->>'duree_minutes')::int as duree,
  data->>'type_lieu' as type_lieu, (data->>'lieu_id')::uuid as structure_id, data->>'code_insee' as insee,
  data->>'departement' as departement, (data->>'structure_employeuse_id')::uuid as structure_employeuse_id,
  array(select jsonb_array_elements_text(data->'thematiques')) as thematiques,
  array(select jsonb_array_elements_text(coalesce(data->'materiels', '[]'))) as materiels,
  (data->>'accompagnements')::int as accompagnements_count, null::timestamptz as suppression
from events where type = 'ActiviteEnregistree';
create table direct.accompagnements as
select (data->>'activite_id')::uuid as activite_id, b.id as beneficiaire_id, b.anonyme, false as premier
from events, lateral (
  select value::uuid as id, false as anonyme from jsonb_array_elements_text(coalesce(data->'suivis', '[]'))
  union all
  select gen_random_uuid(), true from generate_series(1, (data->'participants'->>'total')::int)) b
where type = 'ActiviteEnregistree';
create table direct.beneficiaires as
select distinct on (beneficiaire_id) beneficiaire_id as id, anonyme,
  (array['masculin', 'feminin', null])[1 + (random() * 2)::int] as genre,
  (array['retraite', 'sans_emploi', 'en_emploi', 'scolarise', null])[1 + (random() * 4)::int] as statut,
  1930 + (random() * 90)::int as annee_naissance, '21231' as insee
from direct.accompagnements;
alter table direct.activites add primary key (id);
alter table direct.beneficiaires add primary key (id);
create index on direct.activites (suppression, date);
create index on direct.activites (suppression, type);
create index on direct.activites (mediateur_id);
create index on direct.activites using gin (thematiques);
create index on direct.accompagnements (activite_id, beneficiaire_id);
create index on direct.accompagnements (premier);
analyze direct.activites; analyze direct.accompagnements; analyze direct.beneficiaires;
"""


def _somme(condition: str) -> str:
    return f"sum(accompagnements_count) filter (where {condition})"


_SOMMES = ", ".join(
    [
        "sum(accompagnements_count)",
        *(_somme(f"type = '{t}'") for t in ("individuel", "collectif")),
        *(_somme(f"duree >= {a} and duree < {b}") for a, b in ((0, 30), (30, 60), (60, 120), (120, 9999))),
        *(_somme(f"type_lieu = '{t.value}'") for t in TypeLieu),
        *(_somme(f"'{t.value}' = any(thematiques)") for t in Thematique),
        *(_somme(f"'{m.value}' = any(materiels)") for m in Materiel),
    ]
)


def _distincts(conditions: list[str]) -> str:
    return ", ".join(f"count(distinct b.id) filter (where {c})" for c in conditions)


_AGE = "2026 - b.annee_naissance"
_DISTINCTS = _distincts(
    [
        "true",
        *(f"b.genre = '{g}'" for g in ("masculin", "feminin")),
        "b.genre is null",
        *(f"b.statut = '{s}'" for s in ("retraite", "sans_emploi", "en_emploi", "scolarise")),
        "b.statut is null",
        *(f"{_AGE} >= {a} and {_AGE} < {b}" for a, b in ((0, 12), (12, 18), (18, 25), (25, 40))),
        *(f"{_AGE} >= {a} and {_AGE} < {b}" for a, b in ((40, 60), (60, 70), (70, 200))),
    ]
)
_JOINTES = """direct.activites a join direct.accompagnements c on c.activite_id = a.id
  join direct.beneficiaires b on b.id = c.beneficiaire_id"""


def page(condition: str) -> list[str]:
    """Les requêtes d'une page. condition : sur `a`, aux valeurs liées."""
    ou = f"where a.suppression is null and {condition}"
    series = (
        "select {pas}, count(*) from direct.activites a join direct.accompagnements c on c.activite_id = a.id"
    )
    return [
        f"select {_SOMMES} from direct.activites a {ou}",
        f"select count(*), count(*) filter (where type = 'individuel') from direct.activites a {ou}",
        f"select count(distinct b.id), count(distinct b.id) filter (where not b.anonyme)"
        f" from {_JOINTES} {ou}",
        f"select count(*) from {_JOINTES} {ou} and c.premier",
        f"select {_DISTINCTS} from {_JOINTES} {ou}",
        f"select b.insee, count(distinct b.id) from {_JOINTES} {ou} group by 1",
        f"select a.structure_id, count(*) from {_JOINTES} {ou} group by 1",
        f"select a.insee, count(*) from {_JOINTES} {ou} group by 1",
        f"{series.format(pas='a.date')} {ou} group by 1",
        f"{series.format(pas="date_trunc('month', a.date)")} {ou} group by 1",
    ]


async def duree_ms(connection: Any, condition: str, valeurs: list[Any | UUID]) -> float:
    """Les requêtes d'une page, l'une après l'autre."""
    debut = time.perf_counter()
    for requete in page(condition):
        await connection.fetch(requete, *valeurs)
    return (time.perf_counter() - debut) * 1000
