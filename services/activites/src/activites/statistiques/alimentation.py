"""Ce que le fichier lit du journal, et la seule transformation qui le remplit.

Le même SQL ensembliste sert chaque lot et la reconstruction. Il lit la forme claire des faits, celle du
journal : le fichier peut compter ce qu'aucun contrat ne publie, jamais un texte scellé.
"""

from hashlib import sha256

from activites.domain.activite import ActiviteCorrigee, ActiviteEnregistree, ActiviteSupprimee
from activites.statistiques.tables import COMPTEURS, TABLES

type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee


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
select xid, number, fait, from_json(corps, '{_forme()}') as d from lot
"""
"""lot : (xid, number, fait, corps) ; fait, le nom de l'événement ; corps, sa forme claire en JSON."""

RETIRER = f"""
delete from activites
where activite_id in (select d.activite_id from lu where fait <> '{ActiviteEnregistree.__name__}')
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
) where rang = 1 and fait <> '{ActiviteSupprimee.__name__}'
order by d.mediateur_id, d.date
"""

EMPREINTE = sha256("".join((TABLES, LIRE_LE_LOT, RETIRER, AJOUTER)).encode()).hexdigest()
"""Ce qui dit qu'un fichier a bien ces tables-ci, remplies comme ici : un autre est refait."""
