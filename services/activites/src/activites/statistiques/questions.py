"""Les questions posées au fichier de statistiques (docs/domaine/statistiques.md §1 à §3).

Toute valeur est liée ; seuls des noms de colonnes et des codes de nos nomenclatures entrent dans le SQL.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from referentiels import communes

from activites.domain.regles import DATE_MINIMALE
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Genre,
    Materiel,
    Nomenclature,
    StatutSocial,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.statistiques.fichier import COMPTEURS, DU_SUIVI, FichierStatistiques, colonne

type Bloc = dict[str, Any]
type Pas = Literal["week", "month"]

DUREES = (
    ("30", "Moins de 30 min", 0, 30),
    ("60", "30min à 1 h", 30, 60),
    ("120", "1 h à 2 h", 60, 120),
    ("more", "2 h et plus", 120, None),
)
"""Tranches de durée : code, libellé, minutes incluses, minutes exclues."""


@dataclass(frozen=True, slots=True)
class Perimetre:
    """Un médiateur compté, jusqu'à un jour compris (son départ de l'équipe), ou sans limite.

    personne : l'identifiant sous lequel elle sert, quand elle a saisi sous plusieurs.
    """

    mediateur_id: UUID
    jusqu_au: dt.date | None = None
    personne: UUID | None = None


@dataclass(frozen=True, slots=True)
class Periode:
    """Des jours où un médiateur est conseiller numérique, bornes comprises. fin : absente en cours."""

    mediateur_id: UUID
    debut: dt.date
    fin: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Dispositif:
    """Les activités faites par un conseiller numérique à leur date, ou les autres.

    dedans : celles-là, et non les autres.   periodes : de tous les médiateurs comptés.
    """

    dedans: bool
    periodes: Sequence[Periode]


@dataclass(frozen=True, slots=True)
class Filtres:
    """perimetres : les médiateurs comptés ; None = toute la plateforme. du, au : jours compris.

    communes : codes INSEE du lieu de l'activité ; vide = toutes.   dispositif : None = tout.
    """

    perimetres: Sequence[Perimetre] | None
    du: dt.date | None = None
    au: dt.date | None = None
    types: Sequence[TypeActivite] = ()
    communes: Sequence[str] = ()
    dispositif: Dispositif | None = None


def proportions(nombres: Sequence[int]) -> list[float]:
    """Le pourcentage de chacun dans leur somme, à trois décimales, arrondi au plus proche (0 si rien)."""
    total = sum(nombres)
    return [((200_000 * n + total) // (2 * total)) / 1000 if total else 0.0 for n in nombres]


def bloc_general(fichier: FichierStatistiques, filtres: Filtres, aujourd_hui: dt.date) -> Bloc:
    """Tous les chiffres de la page, sur les mêmes activités."""
    sommes = totaux(fichier, filtres)
    return {
        "totaux": sommes["totaux"],
        "accompagnements_par_jour": _par_jour(fichier, filtres, aujourd_hui),
        "accompagnements_par_semaine": _par_semaine(fichier, filtres, aujourd_hui),
        "accompagnements_par_mois": _par_mois(fichier, filtres, aujourd_hui),
        "activites": {
            "total": sommes["accompagnements"],
            "types": _liste(TypeActivite, sommes["types"]),
            "durees": _lignes([(code, libelle) for code, libelle, *_ in DUREES], sommes["durees"]),
            "types_lieu": _liste(TypeLieu, sommes["types_lieu"]),
            **_thematiques(fichier, filtres),
            "materiels": _liste(Materiel, _eclate(fichier, filtres, "materiels")),
        },
        "beneficiaires": sommes["beneficiaires"],
        "lieux": _par_lieu(fichier, filtres),
        "communes": _par_commune(fichier, filtres),
    }


def _retenues(filtres: Filtres) -> tuple[str, dict[str, Any]]:
    """Ce qui suit `from`, et ses valeurs : les activités retenues ; d'autres conditions s'y ajoutent."""
    conditions = ["true"]
    jointure = ""
    valeurs: dict[str, Any] = {}
    if filtres.perimetres is not None:
        # A plain comparison first: DuckDB then skips the blocks of the other médiateurs.
        if len(filtres.perimetres) == 1:
            conditions.append("mediateur_id = $mediateur")
            valeurs["mediateur"] = filtres.perimetres[0].mediateur_id
        else:
            conditions.append("mediateur_id in (select unnest($mediateurs::uuid[]))")
            valeurs["mediateurs"] = [p.mediateur_id for p in filtres.perimetres]
        partis = [p for p in filtres.perimetres if p.jusqu_au is not None]
        if partis:
            conditions.append(
                """not exists (
                     select 1 from (select unnest($partis::uuid[]) as m, unnest($fins::date[]) as j) p
                     where p.m = mediateur_id and date > p.j)"""
            )
            valeurs["partis"] = [p.mediateur_id for p in partis]
            valeurs["fins"] = [p.jusqu_au for p in partis]
    if filtres.du is not None:
        conditions.append("date >= $du")
        valeurs["du"] = filtres.du
    if filtres.au is not None:
        conditions.append("date <= $au")
        valeurs["au"] = filtres.au
    if filtres.types:
        conditions.append("list_contains($types, type)")
        valeurs["types"] = [t.value for t in filtres.types]
    if filtres.communes:
        conditions.append("list_contains($communes, code_insee)")
        valeurs["communes"] = list(filtres.communes)
    if filtres.dispositif is not None:
        # Decided here, not when a fact is taken: a period that is corrected moves no row of the file. Joined,
        # which costs half as much as `exists`.
        jointure = f"""{"semi" if filtres.dispositif.dedans else "anti"} join
            (select unnest($conseillers::uuid[]) as m, unnest($debuts::date[]) as d,
                    unnest($dernieres::date[]) as f) p
            on p.m = mediateur_id and date >= p.d and date <= p.f"""
        valeurs["conseillers"] = [p.mediateur_id for p in filtres.dispositif.periodes]
        valeurs["debuts"] = [p.debut for p in filtres.dispositif.periodes]
        valeurs["dernieres"] = [p.fin or dt.date.max for p in filtres.dispositif.periodes]
    return f"activites {jointure} where {' and '.join(conditions)}", valeurs


def totaux(fichier: FichierStatistiques, filtres: Filtres) -> Bloc:
    """Les sommes d'une seule lecture : totaux, types, durées, canaux, répartitions des bénéficiaires."""
    sommes: dict[str, str] = {
        "activites": "count(*)",
        "individuels": "count(*) filter (type = 'individuel')",
        "accompagnements": "sum(accompagnements)",
        "participants": "sum(accompagnements) filter (type = 'collectif')",
        "anonymes": "sum(accompagnements - len(suivis))",
        "nouveaux": "sum(accompagnements - len(suivis) - deja_accompagnes)",
    }
    for code, _, depuis, avant in DUREES:
        borne = f" and duree_minutes < {avant}" if avant is not None else ""
        sommes[f"duree:{code}"] = f"sum(accompagnements) filter (duree_minutes >= {depuis}{borne})"
    for lieu in TypeLieu:
        sommes[f"type_lieu:{lieu}"] = f"sum(accompagnements) filter (type_lieu = '{lieu.value}')"
    for repartition, codes in COMPTEURS.items():
        for code in codes:
            sommes[f"{repartition}:{code}"] = f"sum({colonne(repartition, code)})"
    retenues, valeurs = _retenues(filtres)
    [reponse] = fichier.demander(f"select {', '.join(sommes.values())} from {retenues}", valeurs)
    n = {nom: int(valeur or 0) for nom, valeur in zip(sommes, reponse, strict=True)}
    if n["anonymes"] < n["accompagnements"]:
        for nom, nombre in _des_suivis(fichier, filtres).items():
            n[nom] = n.get(nom, 0) + nombre
    collectifs = n["activites"] - n["individuels"]
    part_activites = proportions([n["individuels"], collectifs])
    part_accompagnements = proportions([n["individuels"], n["participants"]])
    # Un participant anonyme est un bénéficiaire ; « nouveaux » n'a de sens que sur une période (§1).
    suivis = n.get("suivis", 0)
    distincts = n["anonymes"] + suivis
    nouveaux = n["nouveaux"] if filtres.du is not None and filtres.au is not None else 0
    total = n["accompagnements"]
    return {
        "accompagnements": total,
        "totaux": {
            "activites": {
                "total": n["activites"],
                "individuels": {"total": n["individuels"], "proportion": part_activites[0]},
                "collectifs": {
                    "total": collectifs,
                    "proportion": part_activites[1],
                    "participants": n["participants"],
                },
            },
            "accompagnements": {
                "total": total,
                "individuels": {"total": n["individuels"], "proportion": part_accompagnements[0]},
                "collectifs": {"total": n["participants"], "proportion": part_accompagnements[1]},
            },
            "beneficiaires": {
                "total": distincts,
                "nouveaux": nouveaux,
                "suivis": suivis,
                "anonymes": n["anonymes"],
            },
        },
        "types": {"individuel": n["individuels"], "collectif": n["participants"]},
        "durees": {code: n[f"duree:{code}"] for code, *_ in DUREES},
        "types_lieu": {lieu.value: n[f"type_lieu:{lieu}"] for lieu in TypeLieu},
        "beneficiaires": {
            "total": distincts,
            "genres": _repartition(Genre, "genres", n, distincts),
            "tranches_age": _repartition(TrancheAge, "tranches_age", n, distincts),
            "statuts": _repartition(StatutSocial, "statuts", n, distincts),
        },
    }


def _des_suivis(fichier: FichierStatistiques, filtres: Filtres) -> dict[str, int]:
    """Ce que les suivis, chacun une fois, ajoutent aux sommes : un suivi effacé passe aux anonymes (§1).

    Nouveau : sa plus ancienne activité, toutes périodes confondues, est parmi celles que l'on retient.
    """
    retenues, valeurs = _retenues(filtres)
    sommes = {
        "suivis": "count(*) filter (not coalesce(efface, false))",
        "anonymes": "count(*) filter (coalesce(efface, false))",
        "nouveaux": "count(*) filter (premiere)",
    }
    for repartition, codes in COMPTEURS.items():
        for code in codes:
            sommes[f"{repartition}:{code}"] = f"count(*) filter ({DU_SUIVI[repartition]} = '{code}')"
    [reponse] = fichier.demander(
        f"""with recursive personnes as (
                select beneficiaire_id as fiche, beneficiaire_id from beneficiaires where vers is null
                union all
                select b.beneficiaire_id, p.beneficiaire_id
                from beneficiaires b join personnes p on p.fiche = b.vers),
              vus as (
                select activite_id, coalesce(p.beneficiaire_id, v.fiche) as beneficiaire_id
                from (select activite_id, unnest(suivis) as fiche from {retenues}) v
                left join personnes p using (fiche)),
              premieres as (
                select coalesce(p.beneficiaire_id, v.fiche) as beneficiaire_id,
                       arg_min(v.activite_id, (v.date, v.activite_id)) as activite_id
                from (select activite_id, date, unnest(suivis) as fiche from activites
                      where len(suivis) > 0) v
                left join personnes p using (fiche) group by 1),
              distincts as (
                select v.beneficiaire_id, bool_or(p.activite_id = v.activite_id) as premiere
                from vus v join premieres p using (beneficiaire_id) group by v.beneficiaire_id)
            select {", ".join(sommes.values())}
            from distincts left join beneficiaires using (beneficiaire_id)""",
        valeurs,
    )
    return {nom: int(valeur) for nom, valeur in zip(sommes, reponse, strict=True)}


def _repartition(nomenclature: type[Nomenclature], nom: str, n: dict[str, int], total: int) -> list[Bloc]:
    comptes = {code: n[f"{nom}:{code}"] for code in COMPTEURS[nom]}
    return _liste(nomenclature, comptes | {"non_communique": total - sum(comptes.values())})


def _thematiques(fichier: FichierStatistiques, filtres: Filtres) -> Bloc:
    comptes = _eclate(fichier, filtres, "thematiques")
    return {
        "thematiques": _liste([t for t in Thematique if t not in THEMATIQUES_ADMINISTRATIVES], comptes),
        "thematiques_administratives": _liste(
            [t for t in Thematique if t in THEMATIQUES_ADMINISTRATIVES], comptes
        ),
    }


def _eclate(fichier: FichierStatistiques, filtres: Filtres, champ: str) -> dict[str, int]:
    """Chaque valeur de la liste compte tous les accompagnements de l'activité : la somme dépasse le total."""
    retenues, valeurs = _retenues(filtres)
    lues = fichier.demander(
        f"""select valeur, sum(accompagnements)
            from (select unnest({champ}) as valeur, accompagnements from {retenues})
            group by valeur""",
        valeurs,
    )
    return {valeur: int(nombre) for valeur, nombre in lues}


def _par_lieu(fichier: FichierStatistiques, filtres: Filtres) -> list[Bloc]:
    """Accompagnements par lieu d'activité, les plus nombreux d'abord."""
    return _classees("lieu_id", _comptees(fichier, filtres, "lieu_id", "lieu_id is not null"))


def _par_commune(fichier: FichierStatistiques, filtres: Filtres) -> list[Bloc]:
    """Accompagnements par commune du lieu, « null » sans elle ; un arrondissement compte dans sa ville."""
    comptes: dict[str | None, int] = {}
    for code, nombre in _comptees(fichier, filtres, "code_insee", "true").items():
        ville = communes.ville_de(code) if code is not None else None
        comptee = ville.code if ville is not None else code
        comptes[comptee] = comptes.get(comptee, 0) + nombre
    lignes = _classees("code_insee", comptes)
    return [ligne | {"libelle": _libelle(ligne["code_insee"])} for ligne in lignes]


def _libelle(code_insee: str | None) -> str:
    """Un nom et son code postal ; une commune que le référentiel ne connaît pas le dit."""
    if code_insee is None:
        return "Non communiqué"
    commune = communes.par_code(code_insee)
    return commune.libelle() if commune else f"Commune inconnue · {code_insee}"


def _comptees(fichier: FichierStatistiques, filtres: Filtres, champ: str, present: str) -> dict[Any, int]:
    retenues, valeurs = _retenues(filtres)
    lues = fichier.demander(
        f"select {champ}, sum(accompagnements) from {retenues} and {present} group by {champ}",
        valeurs,
    )
    return {valeur: int(nombre) for valeur, nombre in lues}


def _classees(champ: str, comptes: dict[Any, int]) -> list[Bloc]:
    ordre = sorted(comptes.items(), key=lambda compte: (-compte[1], compte[0] is None, str(compte[0])))
    parts = proportions([nombre for _, nombre in ordre])
    return [
        {champ: valeur, "nombre": nombre, "proportion": part}
        for (valeur, nombre), part in zip(ordre, parts, strict=True)
    ]


def _par_jour(fichier: FichierStatistiques, filtres: Filtres, aujourd_hui: dt.date) -> list[Bloc]:
    """Du premier au dernier jour de la période, sans trou ; sans période, les 30 derniers jours."""
    fin = min(filtres.au or aujourd_hui, aujourd_hui)
    debut = max(filtres.du or fin - dt.timedelta(days=29), DATE_MINIMALE)
    retenues, valeurs = _retenues(filtres)
    lues = fichier.demander(
        f"""select jour, coalesce(nombre, 0)
            from (select unnest(generate_series($debut::date, $fin::date, interval 1 day))::date as jour)
            left join (select date as jour, sum(accompagnements) as nombre
                       from {retenues} group by date) using (jour) order by jour""",
        valeurs | {"debut": debut, "fin": fin},
    )
    return [{"jour": jour.isoformat(), "libelle": f"{jour:%d/%m}", "nombre": int(n)} for jour, n in lues]


def _par_semaine(fichier: FichierStatistiques, filtres: Filtres, aujourd_hui: dt.date) -> list[Bloc]:
    """Du lundi au dimanche, sans trou ; sans période, les 12 semaines qui finissent par celle de la fin."""
    fin = min(filtres.au or aujourd_hui, aujourd_hui)
    debut = filtres.du or fin - dt.timedelta(days=fin.weekday(), weeks=11)
    return [
        {"semaine": lundi.isoformat(), "libelle": f"{lundi:%d/%m}", **nombres}
        for lundi, nombres in _par_pas(fichier, filtres, "week", debut, fin)
    ]


def _par_mois(fichier: FichierStatistiques, filtres: Filtres, aujourd_hui: dt.date) -> list[Bloc]:
    """Par mois civil, sans trou ; sans période, les 12 mois qui finissent par celui de la fin."""
    fin = min(filtres.au or aujourd_hui, aujourd_hui)
    douze = (fin.year * 12 + fin.month - 1) - 11
    debut = filtres.du or dt.date(douze // 12, douze % 12 + 1, 1)
    return [
        {"mois": f"{mois:%Y-%m}", "libelle": f"{mois:%m/%y}", **nombres}
        for mois, nombres in _par_pas(fichier, filtres, "month", debut, fin)
    ]


def _par_pas(
    fichier: FichierStatistiques, filtres: Filtres, pas: Pas, debut: dt.date, fin: dt.date
) -> Iterator[tuple[dt.date, dict[str, int]]]:
    """Le premier jour de chaque pas, et ce qui est compté du début à la fin de la période."""
    debut = max(debut, DATE_MINIMALE)
    retenues, valeurs = _retenues(filtres)
    lues = fichier.demander(
        f"""select jour, coalesce(nombre, 0), coalesce(individuels, 0)
            from (select unnest(generate_series(date_trunc('{pas}', $debut::date)::timestamp,
                                                date_trunc('{pas}', $fin::date)::timestamp,
                                                interval 1 {pas}))::date as jour)
            left join (select date_trunc('{pas}', date)::date as jour, sum(accompagnements) as nombre,
                              count(*) filter (type = 'individuel') as individuels
                       from {retenues} and date between $debut and $fin group by all)
            using (jour) order by jour""",
        valeurs | {"debut": debut, "fin": fin},
    )
    for jour, nombre, individuels in lues:
        n, i = int(nombre), int(individuels)
        yield jour, {"nombre": n, "individuels": i, "participants": n - i}


def _liste(nomenclature: Iterable[Nomenclature], comptes: dict[str, int]) -> list[Bloc]:
    """Toutes les valeurs, dans l'ordre d'affichage, même nulles."""
    return _lignes([(v.value, v.libelle) for v in nomenclature], comptes)


def _lignes(valeurs: Sequence[tuple[str, str]], comptes: dict[str, int]) -> list[Bloc]:
    nombres = [comptes.get(code, 0) for code, _ in valeurs]
    return [
        {"valeur": code, "libelle": libelle, "nombre": nombre, "proportion": part}
        for (code, libelle), nombre, part in zip(valeurs, nombres, proportions(nombres), strict=True)
    ]
