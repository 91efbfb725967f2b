"""Compter ce qu'une question retient : une lecture des activités, une des suivis, au même instant du fichier.

Des médiateurs nommés : leurs lignes sont mises de côté une fois, et tout se compte d'elles. Toute la
plateforme : chaque question ne lit que ses colonnes, ce qui coûte moins que de tout mettre de côté.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from activites.statistiques.fichier import Lecture
from activites.statistiques.filtres import Filtres, Valeurs, retenues
from activites.statistiques.tables import COMPTEURS, DU_SUIVI, ENSEMBLES, bits, colonne

DUREES = (
    ("30", "Moins de 30 min", 0, 30),
    ("60", "30 min à 1 h", 30, 60),
    ("120", "1 h à 2 h", 60, 120),
    ("more", "2 h et plus", 120, None),
)
"""Tranches de durée : code, libellé, minutes incluses, minutes exclues."""
_DUREE = (
    "case "
    + " ".join(f"when duree_minutes < {avant} then '{code}'" for code, _, _, avant in DUREES if avant)
    + f" else '{DUREES[-1][0]}' end"
)
_GROUPES = ("duree", "type_lieu", "lieu_id", "code_insee", "thematiques", "materiels", "residence_code_insee")
_COMPTEURS = {f"{r}:{code}": colonne(r, code) for r, codes in COMPTEURS.items() for code in codes}
_LUES = (
    "activite_id",
    "date",
    "individuel",
    "duree_minutes",
    "type_lieu",
    "lieu_id",
    "code_insee",
    "thematiques",
    "materiels",
    "residence_code_insee",
    "accompagnements",
    "suivis",
    "tags",
    "deja_accompagnes",
    *_COMPTEURS.values(),
)
_SOMMES = {
    "activites": "count(*)",
    "individuels": "count(*) filter (individuel)",
    "accompagnements": "sum(accompagnements)",
    "participants": "sum(accompagnements) filter (not individuel)",
    "anonymes": "sum(accompagnements - len(suivis))",
    "nouveaux": "sum(accompagnements - len(suivis) - deja_accompagnes)",
    "etiquettes": "sum(len(tags))",
} | {nom: f"sum({nom_de_colonne})" for nom, nom_de_colonne in _COMPTEURS.items()}


@dataclass(slots=True)
class Comptes:
    """n : les nombres d'une seule ligne.   par_jour : (accompagnements, individuels) de chaque jour.

    par : accompagnements de chaque valeur d'un champ.   residences : bénéficiaires distincts, par commune.
    tags : accompagnements des activités qui portent chaque étiquette, telle que posée.   personnes : combien
    de personnes sont derrière chaque valeur d'une liste publiée ; un anonyme en est une à chaque fois.
    auteurs : des médiateurs nommés, ceux qui ont saisi quelque chose de ce qui se publie.
    """

    n: dict[str, int]
    par_jour: dict[dt.date, tuple[int, int]] = field(default_factory=dict[dt.date, tuple[int, int]])
    par: dict[str, dict[Any, int]] = field(default_factory=dict[str, dict[Any, int]])
    residences: dict[str | None, int] = field(default_factory=dict[str | None, int])
    tags: dict[tuple[UUID, ...], int] = field(default_factory=dict[tuple[UUID, ...], int])
    personnes: dict[str, dict[Any, int]] = field(default_factory=dict[str, dict[Any, int]])
    auteurs: frozenset[UUID] = frozenset()


def compter(lecture: Lecture, filtres: Filtres, *, repartir: bool = True, personnes: bool = False) -> Comptes:
    """Tout ce que la question retient. repartir : aussi par jour, lieu… ; sinon les seules sommes.

    personnes : aussi celles de chaque valeur, et qui a saisi, pour publier.
    """
    if filtres.beneficiaires:
        filtres = replace(filtres, beneficiaires=_toutes_leurs_fiches(lecture, filtres.beneficiaires))
    if filtres.perimetres is None:
        source, valeurs = retenues(filtres)
        comptes = _compter(lecture, filtres, source, valeurs, repartir)
        if personnes:
            _ajouter_les_personnes(lecture, source, valeurs, comptes)
        return comptes
    source, valeurs = retenues(filtres, ", ".join(_LUES))
    lecture.demander(f"create or replace temp table retenues as from {source}", valeurs)
    comptes = _compter(lecture, filtres, "retenues", {}, repartir)
    if personnes:
        _ajouter_les_personnes(lecture, "retenues", {}, comptes)
        source, valeurs = retenues(filtres, "mediateur_id")
        lus = lecture.demander(f"select distinct mediateur_id from {source}", valeurs)
        comptes.auteurs = frozenset(qui for (qui,) in lus)
    return comptes


def _toutes_leurs_fiches(lecture: Lecture, fiches: Sequence[UUID]) -> list[UUID]:
    """Celles-ci, et celles réunies aux leurs."""
    lues = lecture.demander(
        """with voulues as (select unnest($fiches::uuid[]) as fiche),
             elles as (select coalesce(f.beneficiaire_id, v.fiche) as beneficiaire_id
                       from voulues v left join fusions f using (fiche))
           select beneficiaire_id from elles
           union select fiche from fusions where beneficiaire_id in (select beneficiaire_id from elles)""",
        {"fiches": list(fiches)},
    )
    return [fiche for (fiche,) in lues]


def _compter(lecture: Lecture, filtres: Filtres, source: str, valeurs: Valeurs, repartir: bool) -> Comptes:
    [ligne] = lecture.demander(f"select {', '.join(_SOMMES.values())} from {source}", valeurs)
    comptes = Comptes({nom: int(v or 0) for nom, v in zip(_SOMMES, ligne, strict=True)})
    anonymes_d_emblee = comptes.n["anonymes"]
    if anonymes_d_emblee < comptes.n["accompagnements"]:
        _ajouter_les_suivis(lecture, filtres, source, valeurs, comptes)
    if repartir and comptes.n["activites"]:
        _repartir(lecture, source, valeurs, comptes)
        if comptes.n["etiquettes"]:
            lues = lecture.demander(
                f"""select tags, sum(accompagnements) from {source} where len(tags) > 0 group by tags""",
                valeurs,
            )
            comptes.tags = {tuple(tags): int(nombre) for tags, nombre in lues}
    return comptes


def _repartir(lecture: Lecture, source: str, valeurs: Valeurs, comptes: Comptes) -> None:
    """Une lecture pour toutes les listes ; `grouping` dit de laquelle est chaque ligne."""
    ensembles = ", ".join(f"({champ})" for champ in _GROUPES)
    lues = lecture.demander(
        f"""select grouping({", ".join(_GROUPES)}), {", ".join(_GROUPES)}, date, sum(accompagnements),
                   count(*) filter (individuel), sum(accompagnements - len(suivis))
            from (select *, {_DUREE} as duree from {source})
            group by grouping sets ({ensembles}, (date))""",
        valeurs,
    )
    tous = 2 ** len(_GROUPES) - 1
    champ_de = {tous - (1 << rang): champ for rang, champ in enumerate(reversed(_GROUPES))}
    comptes.par = {champ: defaultdict(int) for champ in _GROUPES}
    for quel, *groupes, jour, nombre, individuels, anonymes in lues:
        if quel == tous:
            comptes.par_jour[jour] = (int(nombre), int(individuels))
            continue
        champ = champ_de[quel]
        valeur = groupes[_GROUPES.index(champ)]
        if champ == "residence_code_insee":
            comptes.residences[valeur] = comptes.residences.get(valeur, 0) + int(anonymes)
        elif champ in ENSEMBLES:
            for code in _codes(champ, valeur):
                comptes.par[champ][code] += int(nombre)
        else:
            comptes.par[champ][valeur] = int(nombre)


def _codes(champ: str, nombre: int) -> Iterator[str]:
    for rang, valeur in enumerate(ENSEMBLES[champ][0]):
        if nombre >> rang & 1:
            yield valeur.value


_DES_SUIVIS = {
    "suivis": "count(*) filter (not coalesce(efface, false))",
    "anonymes": "count(*) filter (coalesce(efface, false))",
    "nouveaux": "count(*) filter (premiere)",
} | {
    f"{r}:{code}": f"count(*) filter ({DU_SUIVI[r]} = '{code}')"
    for r, codes in COMPTEURS.items()
    for code in codes
}


def _ajouter_les_suivis(
    lecture: Lecture, filtres: Filtres, source: str, valeurs: Valeurs, comptes: Comptes
) -> None:
    """Ce que les suivis, chacun une fois, ajoutent : un suivi effacé passe aux anonymes.

    Définitions : docs/domaine/statistiques.md §1.

    Nouveau : sa plus ancienne activité, toutes périodes confondues, est parmi celles que l'on retient. Une
    fiche est d'une seule personne : de médiateurs nommés, il n'y a qu'eux à lire.
    """
    valeurs = dict(valeurs)
    leurs = "true"
    if filtres.perimetres is not None:
        leurs = "mediateur_id in (select unnest($leurs::uuid[]))"
        valeurs["leurs"] = list({p.mediateur_id for p in filtres.perimetres})
    premieres = "select null::uuid as beneficiaire_id, null::uuid as activite_id where false"
    if not filtres.tout_le_passe:
        premieres = f"""
            select coalesce(f.beneficiaire_id, v.fiche) as beneficiaire_id,
                   arg_min(v.activite_id, (v.date, v.activite_id)) as activite_id
            from (select activite_id, date, unnest(suivis) as fiche from activites
                  where len(suivis) > 0 and {leurs}) v
            left join fusions f using (fiche)
            where coalesce(f.beneficiaire_id, v.fiche) in (select beneficiaire_id from vus) group by 1"""
    sommes = ", ".join(_DES_SUIVIS.values())
    lues = lecture.demander(
        f"""with vus as (
              select v.activite_id, coalesce(f.beneficiaire_id, v.fiche) as beneficiaire_id
              from (select activite_id, unnest(suivis) as fiche from {source} where len(suivis) > 0) v
              left join fusions f using (fiche)),
            premieres as ({premieres}),
            distincts as (
              select v.beneficiaire_id,
                     {"true" if filtres.tout_le_passe else "bool_or(p.activite_id is not null)"} as premiere
              from vus v left join premieres p using (beneficiaire_id, activite_id) group by 1),
            fiches as (select * from beneficiaires where {leurs})
            select grouping(code_insee), code_insee, count(*), {sommes}
            from distincts left join fiches using (beneficiaire_id)
            group by grouping sets ((), (code_insee))""",
        valeurs,
    )
    for ensemble, code, nombre, *ligne in lues:
        if not ensemble:
            comptes.residences[code] = comptes.residences.get(code, 0) + int(nombre)
            continue
        for nom, valeur in zip(_DES_SUIVIS, ligne, strict=True):
            comptes.n[nom] = comptes.n.get(nom, 0) + int(valeur)


_SIMPLES = {"types": "individuel", "durees": "duree", "types_lieu": "type_lieu", "mois": "mois"}
"""Listes publiées dont une activité n'a qu'une valeur, et le champ qui la dit."""


def _ajouter_les_personnes(lecture: Lecture, source: str, valeurs: Valeurs, comptes: Comptes) -> None:
    """Anonymes et suivis distincts, fusions suivies, des activités qui ont chaque valeur."""
    champs = ", ".join(_SIMPLES.values())
    ensembles = ", ".join(f"({champ})" for champ in (*_SIMPLES.values(), *ENSEMBLES))
    datees = f"(select *, {_DUREE} as duree, date_trunc('month', date)::date as mois from {source})"
    vus = f"""vus as (
        select {champs}, {", ".join(ENSEMBLES)}, coalesce(f.beneficiaire_id, v.fiche) as qui
        from (select *, unnest(suivis) as fiche from {datees} where len(suivis) > 0) v
        left join fusions f using (fiche))"""
    comptes.personnes = {nom: defaultdict(int) for nom in (*_SIMPLES, *ENSEMBLES)}
    noms = (*_SIMPLES, *ENSEMBLES)

    def ajouter(lues: list[tuple[Any, ...]], rangs: int) -> None:
        for quel, *groupes, nombre in lues:
            rang = next(r for r in range(rangs) if not quel >> (rangs - 1 - r) & 1)
            nom, valeur = noms[rang], groupes[rang]
            for un in _codes(nom, valeur) if nom in ENSEMBLES else (valeur,):
                comptes.personnes[nom][un] += int(nombre)

    toutes = f"{champs}, {', '.join(ENSEMBLES)}"
    ajouter(
        lecture.demander(
            f"""select grouping({toutes}), {toutes}, sum(accompagnements - len(suivis)) from {datees}
                group by grouping sets ({ensembles})""",
            valeurs,
        ),
        len(noms),
    )
    ajouter(
        lecture.demander(
            f"""with {vus} select grouping({champs}), {champs}, count(distinct qui) from vus
                group by grouping sets ({", ".join(f"({champ})" for champ in _SIMPLES.values())})""",
            valeurs,
        ),
        len(_SIMPLES),
    )
    # Somebody met for several subjects counts once in each: their subjects are put together first.
    codes = [(nom, code) for nom, (valeurs_de, _) in ENSEMBLES.items() for code in valeurs_de]
    [presents] = lecture.demander(
        f"""with {vus} select {
            ", ".join(f"count(*) filter ({nom} & {bits(nom, {code.value})} <> 0)" for nom, code in codes)
        } from (select {", ".join(f"bit_or({nom}) as {nom}" for nom in ENSEMBLES)} from vus group by qui)""",
        valeurs,
    )
    for (nom, code), nombre in zip(codes, presents, strict=True):
        comptes.personnes[nom][code.value] += int(nombre)
    comptes.personnes["types"] = {
        "individuel" if individuel else "collectif": nombre
        for individuel, nombre in comptes.personnes["types"].items()
    }
