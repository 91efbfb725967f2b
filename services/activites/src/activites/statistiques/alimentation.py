"""Ce que le fichier lit du journal, et la seule transformation qui le remplit.

Le même SQL ensembliste sert chaque lot et la reconstruction. Il lit la forme claire des faits, celle du
journal : le fichier peut compter ce qu'aucun contrat ne publie, jamais un texte scellé.
"""

from hashlib import sha256

from activites.domain.faits import ActiviteCorrigee, ActiviteEnregistree, ActiviteSupprimee
from activites.statistiques.tables import COLONNES, COMPTEURS, TABLES

type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee


def _forme() -> str:
    """La structure lue par `from_json`, en une fois : un champ lu à la fois coûte quatre fois plus."""
    repartitions = ", ".join(
        '"{}": {{{}}}'.format(r, ", ".join(f'"{c}": "INTEGER"' for c in codes))
        for r, codes in COMPTEURS.items()
    )
    simples = ", ".join(f'"{c.nom}": {_json(c.sorte)}' for c in COLONNES)
    return f'{{{simples}, "participants": {{"deja_accompagnes": "INTEGER", {repartitions}}}}}'


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
) where rang = 1 and fait <> '{ActiviteSupprimee.__name__}'
order by d.mediateur_id, d.date
"""

EMPREINTE = sha256("".join((TABLES, LIRE_LE_LOT, RETIRER, AJOUTER)).encode()).hexdigest()
"""Ce qui dit qu'un fichier a bien ces tables-ci, remplies comme ici : un autre est refait."""
