"""Ce qui remplit les tables : le même SQL ensembliste sert chaque lot et la reconstruction.

La transformation lit la forme claire des faits, celle du journal : le fichier peut compter ce qu'aucun
contrat ne publie, jamais un texte scellé.
"""

from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    FusionAnnulee,
    SituationCorrigee,
)
from activites.domain.faits import ActiviteEnregistree, ActiviteSupprimee
from activites.statistiques.tables import (
    ACTIVITES,
    BENEFICIAIRES,
    CLES,
    COMPTEURS,
    DU_SUIVI,
    LUS,
    ORDRES,
    REFAITES,
    noms,
    rangees,
)


def _forme() -> str:
    """La structure lue par `from_json`, en une fois : un champ lu à la fois coûte quatre fois plus."""
    repartitions = ", ".join(
        '"{}": {{{}}}'.format(r, ", ".join(f'"{c}": "INTEGER"' for c in codes))
        for r, codes in COMPTEURS.items()
    )
    simples = ", ".join(f'"{nom}": {_json(sorte)}' for nom, sorte in LUS.items())
    return f'{{{simples}, "participants": {{"deja_accompagnes": "INTEGER", {repartitions}}}}}'


def _json(sorte: str) -> str:
    simple = sorte.removesuffix("[]")
    return f'"{simple}"' if simple == sorte else f'["{simple}"]'


_LU = f"xid, number, fait, from_json(corps, '{_forme()}') as d"
LIRE_LE_LOT = f"create or replace temp table lu as select {_LU} from lot"
"""lot : (xid, number, fait, corps) ; fait, le nom de l'événement ; corps, sa forme claire en JSON."""

CREER_LES_LUS = f"""
create table lus_recents (xid bigint, number bigint, fait varchar, corps varchar);
create table lus_ranges as select {_LU} from lus_recents;
create view lus as select * from lus_ranges union all select {_LU} from lus_recents;
"""
"""Tous les faits lus, en colonnes : en refaire les tables va dix fois plus vite que de relire leur JSON."""
GARDER_LE_LOT = "insert into lus_recents select * from lot"
GARDER_UN_GRAND_LOT = "insert into lus_ranges select * from lu"
RANGER_LES_LUS = f"""
insert into lus_ranges select {_LU} from lus_recents;
delete from lus_recents
"""
RELIRE_TOUT = "create or replace temp view lu as select * from lus"
RELIRE_LA_SUITE = "create or replace temp table lu as select * from lus where (xid, number) > (?, ?)"

_ENREGISTREE = f"fait = '{ActiviteEnregistree.__name__}'"
_SUPPRIMEE = f"fait = '{ActiviteSupprimee.__name__}'"
# An activité stays its médiateur's: sorted by médiateur, the table is searched where theirs are.
_DE_CES_MEDIATEURS = "mediateur_id in (select mediateur_id from revues)"

_NEES_EN_V1 = f"select d.activite_id from lu where {_ENREGISTREE} and d.v1_cra_id is not null"

REVOIR = f"""
create or replace temp table revues as
select d.activite_id as cle, any_value(d.mediateur_id) as mediateur_id
from lu where d.activite_id is not null and not {_ENREGISTREE} group by 1;
create or replace temp table de_la_v1 as
select activite_id from activites
where v1 and {_DE_CES_MEDIATEURS} and activite_id in (select cle from revues)
union select activite_id from supprimees_v1 where activite_id in (select cle from revues)
union {_NEES_EN_V1}
"""
"""Les activités que le lot corrige, supprime ou rend, et celles du lot qui viennent de la V1."""


def retirer(table: str, *, a_noter: bool) -> tuple[str, ...]:
    """Ôte les lignes de `revues`. a_noter : le rangement en cours en a peut-être déjà pris copie ($lot)."""
    ou = f"{_DE_CES_MEDIATEURS} and {CLES[table]} in (select cle from revues)"
    note = f"insert into {table}_retirees select cle, mediateur_id, $lot from revues"
    return (
        f"delete from {table}_rangees where {ou}",
        f"delete from {table}_recentes where {CLES[table]} in (select cle from revues)",
        *((note,) if a_noter else ()),
    )


# A number of the journal is given once. A window over the whole facts would copy them all.
_DERNIERE = """number in (
  select arg_max(number, (xid, number)) from lu where d.activite_id is not null group by d.activite_id)"""
_AJOUTEES = f"""
from (select *, d.activite_id in (select activite_id from de_la_v1) as v1 from lu where {_DERNIERE})
where not {_SUPPRIMEE} order by d.mediateur_id, d.date
"""
_VALEURS = ", ".join(c.valeur for c in ACTIVITES)
AJOUTER = f"insert into activites_recentes ({noms('activites')}, lot) select {_VALEURS}, $lot {_AJOUTEES}"
_SUPPRIMEES_V1 = f"""
select d.activite_id from lu
where {_SUPPRIMEE} and d.activite_id in (select activite_id from de_la_v1) and {_DERNIERE}
"""
GARDER_LA_V1 = f"""
delete from supprimees_v1 where activite_id in (select activite_id from de_la_v1);
insert into supprimees_v1 {_SUPPRIMEES_V1}
"""

_RAPPROCHE = f"fait in ('{BeneficiaireFusionne.__name__}', '{FusionAnnulee.__name__}')"
_DECRIT = f"fait in ('{BeneficiaireEnregistre.__name__}', '{SituationCorrigee.__name__}')"
_EFFACE = f"fait = '{BeneficiaireEfface.__name__}'"
_DIT = (*DU_SUIVI.values(), "code_insee")


def _dernier(quoi: str, lesquels: str) -> str:
    return f"arg_max({quoi}, (xid, number)) filter ({lesquels})"


_DECRIRE = f"""
create or replace temp table revues as
select d.beneficiaire_id as cle, any_value(d.mediateur_id) as mediateur_id,
  {_dernier("d", _DECRIT)} as dit, {_dernier("d", _RAPPROCHE)} as rapproche,
  {_dernier("fait", _RAPPROCHE)} as comment, bool_or({_EFFACE}) as efface
from lu where d.beneficiaire_id is not null group by 1;
create or replace temp table decrites as
select r.cle as beneficiaire_id, r.mediateur_id,
  {", ".join(f"case when dit is null then b.{n} else dit.{n} end as {n}" for n in _DIT)},
  coalesce(r.efface, false) or coalesce(b.efface, false) as efface,
  case when comment is null then b.vers
       when comment = '{BeneficiaireFusionne.__name__}' then rapproche.vers end as vers
from revues r
left join (select * from beneficiaires where {{connues}}) b on b.beneficiaire_id = r.cle
where dit is not null or b.beneficiaire_id is not null
"""
DECRIRE = _DECRIRE.format(connues=_DE_CES_MEDIATEURS)
"""Une fiche se décrit, se corrige, se fusionne et se sépare, puis s'efface : rien ne suit son effacement."""

_FICHES = ", ".join(c.valeur for c in BENEFICIAIRES)
POSER_LES_FICHES = (
    f"insert into beneficiaires_recentes ({noms('beneficiaires')}, lot) select {_FICHES}, $lot from decrites"
)
RAPPROCHER = """
delete from fusions;
insert into fusions
with recursive menees as (
  select beneficiaire_id as fiche, vers as beneficiaire_id from beneficiaires where vers is not null
  union all
  select m.fiche, b.vers from menees m join beneficiaires b using (beneficiaire_id) where b.vers is not null)
select fiche, beneficiaire_id from menees
where beneficiaire_id not in (select beneficiaire_id from beneficiaires where vers is not null)
"""
"""Toutes, à chaque rapprochement d'un lot : elles sont peu nombreuses."""


TOUT_POSER = (
    f"create or replace temp table de_la_v1 as {_NEES_EN_V1}",
    rangees("activites", f"activites{REFAITES}"),
    f"insert into activites{REFAITES} select {_VALEURS} {_AJOUTEES}",
    f"create table supprimees_v1{REFAITES} as {_SUPPRIMEES_V1}",
    _DECRIRE.format(connues="false"),
    rangees("beneficiaires", f"beneficiaires{REFAITES}"),
    f"""insert into beneficiaires{REFAITES}
        select {_FICHES} from decrites order by {ORDRES["beneficiaires"]}""",
)
"""Les lignes de tous les faits de `lu`, rangées, dans des tables à part, qui n'existent pas."""

SQL = "".join(
    (
        LIRE_LE_LOT,
        REVOIR,
        *retirer("activites", a_noter=True),
        AJOUTER,
        GARDER_LA_V1,
        DECRIRE,
        POSER_LES_FICHES,
        RAPPROCHER,
        *TOUT_POSER,
    )
)
"""Tout ce que fait un lot, pour l'empreinte du fichier."""
RAPPROCHENT = frozenset({BeneficiaireFusionne.__name__, FusionAnnulee.__name__})
DECRIVENT = RAPPROCHENT | {
    BeneficiaireEnregistre.__name__,
    SituationCorrigee.__name__,
    BeneficiaireEfface.__name__,
}
