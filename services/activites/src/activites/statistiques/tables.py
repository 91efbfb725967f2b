"""Les tables DuckDB des statistiques, d'où vient chaque colonne, et la seule transformation qui les remplit.

Elle lit la forme claire des faits, celle du journal : le fichier peut compter ce qu'aucun contrat ne publie,
jamais un texte scellé.

Les participants anonymes sont des nombres ; chaque participant anonyme est un bénéficiaire distinct
(docs/domaine/statistiques.md).
"""

from dataclasses import dataclass
from hashlib import sha256

from activites.domain.faits import ActiviteCorrigee, ActiviteEnregistree, ActiviteRestauree, ActiviteSupprimee
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

# --- Remplir : le même SQL ensembliste sert chaque lot et la reconstruction ---
type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee | ActiviteRestauree


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
