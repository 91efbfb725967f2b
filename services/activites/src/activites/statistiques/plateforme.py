"""Toute la plateforme, hors V1, mois par mois : qui y travaille, ce qui s'y fait, et pour qui.

Les blocs de docs/domaine/statistiques.md §5, tels que comptés ; `plateforme_publiee.py` dit ce qui s'en lit.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.types import START, Position

from activites.statistiques.fichier import FichierStatistiques, Lecture
from activites.statistiques.filtres import Dispositif, Filtres, Periode, Valeurs, retenues
from activites.statistiques.series import Pas, bornes, decale, points

ACTIFS_JOURS = 30
"""Jours qui font un actif, aujourd'hui compris."""

type Mois = dt.date | None
"""Le premier jour d'un mois montré ; None, tout ce qui précède le premier."""


@dataclass(frozen=True, slots=True)
class Professionnels:
    """Combien, de chaque sorte ; qui coordonne et accompagne est des deux."""

    mediateurs: int = 0
    conseillers: int = 0
    coordinateurs: int = 0


@dataclass(frozen=True, slots=True)
class Personnes:
    """Ce que le fichier ne sait pas. sert : identifiant de médiateur -> celui sous lequel la personne sert.

    periodes : de conseillers numériques, de tous les médiateurs.   coordinateurs : actifs de chaque mois.
    coordinateurs_actifs : des 30 derniers jours.   inscrits : comptes de chaque sorte ; None, on ne sait pas.
    """

    sert: Mapping[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    periodes: Sequence[Periode] = ()
    coordinateurs: Mapping[dt.date, int] = field(default_factory=dict[dt.date, int])
    coordinateurs_actifs: int = 0
    inscrits: Professionnels | None = None


@dataclass(frozen=True, slots=True)
class Accompagnements:
    """D'un mois et d'une sorte. personnes : combien sont derrière, un anonyme à chaque fois."""

    nombre: int = 0
    personnes: int = 0


@dataclass(slots=True)
class Plateforme:
    """Ce qui est compté. mois : les douze, dans l'ordre.

    par_mois : (mois, par un conseiller) ; par_sorte : par un conseiller, ou non.   nouveaux : bénéficiaires,
    par mois de leur premier accompagnement.   venues : accompagnements des suivis.   accompagnants : ceux qui
    ont saisi une activité ; qui_suivent : une d'un suivi, parmi eux.
    """

    mois: list[dt.date]
    actifs_depuis: dt.date
    aujourd_hui: dt.date
    professionnels: dict[dt.date, Professionnels] = field(default_factory=dict[dt.date, Professionnels])
    actifs: Professionnels = Professionnels()
    inscrits: Professionnels | None = None
    par_mois: dict[tuple[Mois, bool], Accompagnements] = field(
        default_factory=dict[tuple[Mois, bool], Accompagnements]
    )
    tous_par_mois: dict[Mois, Accompagnements] = field(default_factory=dict[Mois, Accompagnements])
    par_sorte: dict[bool, Accompagnements] = field(default_factory=dict[bool, Accompagnements])
    nouveaux: dict[Mois, int] = field(default_factory=dict[Mois, int])
    suivis: int = 0
    anonymes: int = 0
    venues: int = 0
    accompagnants: int = 0
    qui_suivent: int = 0
    position: Position = START


def fenetre(aujourd_hui: dt.date) -> tuple[list[dt.date], dt.date]:
    """Les douze derniers mois, celui-ci compris, et le premier des trente derniers jours."""
    debut, fin = bornes(Pas.MOIS, None, None, aujourd_hui)
    return list(points(Pas.MOIS, debut, fin)), aujourd_hui - dt.timedelta(days=ACTIFS_JOURS - 1)


def compter(fichier: FichierStatistiques, personnes: Personnes, aujourd_hui: dt.date) -> Plateforme:
    """Tous les blocs, au même instant du fichier, jusqu'à la fin de ce mois."""
    mois, actifs_depuis = fenetre(aujourd_hui)
    p = Plateforme(mois, actifs_depuis, aujourd_hui, inscrits=personnes.inscrits)
    with fichier.lire() as lecture:
        question = _Question(lecture, personnes, mois)
        _les_professionnels(question, p, personnes)
        _les_accompagnements(question, p)
        _les_beneficiaires(question, p)
        p.position = lecture.position()
    return p


class _Question:
    """Les activités de la plateforme, chacune avec la personne qui l'a faite (`qui`), si elle était alors
    conseillère (`conseiller`), et son mois (`mois`, null avant le premier)."""

    def __init__(self, lecture: Lecture, personnes: Personnes, mois: Sequence[dt.date]) -> None:
        self._lecture = lecture
        dedans, self._valeurs = _faites(personnes.periodes, mois, dedans=True)
        dehors, autres = _faites(personnes.periodes, mois, dedans=False)
        self._valeurs |= autres | {
            "debut": mois[0],
            "anciens": list(personnes.sert.keys()),
            "sert": list(personnes.sert.values()),
        }
        self.source = f"""(
            select coalesce(r.sert, a.mediateur_id) as qui, a.*,
                   case when date >= $debut then date_trunc('month', date)::date end as mois
            from (select *, true as conseiller from {dedans}
                  union all select *, false from {dehors}) a
            left join (select unnest($anciens::uuid[]) as ancien, unnest($sert::uuid[]) as sert) r
              on r.ancien = a.mediateur_id)"""
        # One row per activité and suivi, mergers followed.
        self.suivis = f"""(
            select v.activite_id, v.date, v.mois, v.conseiller,
                   coalesce(f.beneficiaire_id, v.fiche) as beneficiaire_id
            from (select *, unnest(suivis) as fiche from {self.source} where len(suivis) > 0) v
            left join fusions f using (fiche))"""

    def poser(self, sql: str, **autres: Any) -> list[tuple[Any, ...]]:
        return self._lecture.demander(sql, self._valeurs | autres)


def _faites(periodes: Sequence[Periode], mois: Sequence[dt.date], *, dedans: bool) -> tuple[str, Valeurs]:
    """Celles d'un conseiller numérique à leur date, ou les autres ; jusqu'à la fin du dernier mois."""
    fin = decale(Pas.MOIS, mois[-1], 1) - dt.timedelta(days=1)
    colonnes = "activite_id, mediateur_id, date, accompagnements, suivis"
    return retenues(Filtres(None, au=fin, v1=False, dispositif=Dispositif(dedans, periodes)), colonnes)


def _les_professionnels(question: _Question, p: Plateforme, personnes: Personnes) -> None:
    """Chacun une fois par mois : conseiller si une de ses activités du mois l'était."""
    lus = question.poser(
        f"""select mois, count(distinct qui) filter (conseiller), count(distinct qui)
            from {question.source} where mois is not null group by 1"""
    )
    comptes = {mois: (int(conseillers), int(tous)) for mois, conseillers, tous in lus}
    for mois in p.mois:
        conseillers, tous = comptes.get(mois, (0, 0))
        p.professionnels[mois] = Professionnels(
            tous - conseillers, conseillers, personnes.coordinateurs.get(mois, 0)
        )
    lus = question.poser(
        f"select distinct qui from {question.source} where date >= $depuis and date <= $aujourd_hui",
        depuis=p.actifs_depuis,
        aujourd_hui=p.aujourd_hui,
    )
    actifs = {qui for (qui,) in lus}
    # What they are today, as those who are registered are counted.
    conseillers_du_jour = {
        personnes.sert.get(une.mediateur_id, une.mediateur_id)
        for une in personnes.periodes
        if une.comprend(p.aujourd_hui)
    }
    conseillers = len(actifs & conseillers_du_jour)
    p.actifs = Professionnels(len(actifs) - conseillers, conseillers, personnes.coordinateurs_actifs)
    [(p.accompagnants, p.qui_suivent)] = question.poser(
        f"select count(distinct qui), count(distinct qui) filter (len(suivis) > 0) from {question.source}"
    )


def _les_accompagnements(question: _Question, p: Plateforme) -> None:
    lus = question.poser(
        f"""select mois, conseiller, sum(accompagnements), sum(accompagnements - len(suivis))
            from {question.source} group by 1, 2"""
    )
    nombres = {(mois, conseiller): (int(nombre), int(anonymes)) for mois, conseiller, nombre, anonymes in lus}
    # Who was met by both, or in two months, is one person of the whole.
    lus = question.poser(
        f"""select grouping(mois, conseiller), mois, conseiller, count(distinct beneficiaire_id)
            from {question.suivis} group by grouping sets ((mois, conseiller), (mois), (conseiller))"""
    )
    suivis = {(quel, mois, conseiller): int(n) for quel, mois, conseiller, n in lus}

    def sommes(retenir: Callable[[Mois, bool], bool], distincts: int) -> Accompagnements:
        lignes = [n for cle, n in nombres.items() if retenir(*cle)]
        return Accompagnements(sum(n for n, _ in lignes), sum(a for _, a in lignes) + distincts)

    tous_les_mois: Iterable[Mois] = (None, *p.mois)
    for mois in tous_les_mois:
        for sorte in (False, True):
            p.par_mois[mois, sorte] = sommes(
                lambda m, s, mois=mois, sorte=sorte: (m, s) == (mois, sorte), suivis.get((0, mois, sorte), 0)
            )
        p.tous_par_mois[mois] = sommes(lambda m, _, mois=mois: m == mois, suivis.get((1, mois, None), 0))
        p.nouveaux[mois] = sum(a for (m, _), (_, a) in nombres.items() if m == mois)
    for sorte in (False, True):
        p.par_sorte[sorte] = sommes(lambda _, s, sorte=sorte: s == sorte, suivis.get((2, None, sorte), 0))
    p.anonymes = sum(anonymes for _, anonymes in nombres.values())


def _les_beneficiaires(question: _Question, p: Plateforme) -> None:
    """Un suivi compte le mois de son premier accompagnement, un anonyme à chacun ; un suivi effacé passe aux
    anonymes. Deux fiches réunies d'une même activité y sont une seule personne."""
    # Only who has several fiches may be twice in an activité: for all, it would hold every pair in memory.
    lus = question.poser(
        f"""select case when premier >= $debut then date_trunc('month', premier)::date end,
                   count(*) filter (not coalesce(efface, false)), count(*) filter (coalesce(efface, false)),
                   sum(venues) filter (not coalesce(efface, false))
            from (select beneficiaire_id, min(date) as premier,
                         count(*) filter (not reunie) + count(distinct activite_id) filter (reunie) as venues
                  from (select *, beneficiaire_id in (select beneficiaire_id from fusions) as reunie
                        from {question.suivis}) group by 1)
            left join beneficiaires using (beneficiaire_id) group by 1"""
    )
    for mois, suivis, effaces, venues in lus:
        p.nouveaux[mois] += int(suivis) + int(effaces)
        p.suivis += int(suivis)
        p.anonymes += int(effaces)
        p.venues += int(venues or 0)
