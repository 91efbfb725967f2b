"""Les rendez-vous comme les pages les montrent, et leur place parmi les activités d'une journée."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.rendu import fuseau_de
from portail.suivis import nom
from portail.visiteur import Visiteur

GESTES = ("seen", "noshow", "excused", "revoked")
"""Ce que l'on dit d'un geste."""
_ANNULENT = ("excused", "revoked")
"""D'un rendez-vous à venir, rien d'autre."""
_LIMITE = 100
PAR_COTE = 20
"""Le plus que l'API donne d'une personne, à venir, puis passés."""

type Montre = dict[str, Any]
type Journee = tuple[str, list[Mapping[str, Any]], list[Montre]]
"""Un jour, ses activités, ses rendez-vous."""


def montres(
    rdvs: Sequence[Mapping[str, Any]], statuts: Mapping[str, str], fuseau: str, maintenant: dt.datetime
) -> list[Montre]:
    """Avec leur jour, leurs mots et les gestes possibles. jour : civil, là où travaille la personne.

    statuts : code -> libellé.
    """
    lus: list[Montre] = []
    for rdv in rdvs:
        debut = dt.datetime.fromisoformat(rdv["debut"])
        passe = debut <= maintenant
        statut = (
            "Passé" if passe and rdv["statut"] == "unknown" else statuts.get(rdv["statut"], rdv["statut"])
        )
        lus.append(
            {
                **rdv,
                "jour": debut.astimezone(ZoneInfo(fuseau)).date().isoformat(),
                "qui": ", ".join(nom(p) for p in rdv["participants"]),
                "passe": passe,
                "mots": statut,
                "gestes": {
                    code: statuts.get(code, code)
                    for code in GESTES
                    if code != rdv["statut"] and (passe or code in _ANNULENT)
                },
                "a_faire": rdv["a_rendre"],
            }
        )
    return lus


@dataclass(frozen=True, slots=True)
class Lus:
    """Une page de rendez-vous. total : sur toutes.   precedent, suivant : où commencent celles d'à côté.
    compte : où en est la liaison."""

    rdvs: Sequence[Montre]
    total: int
    compte: Mapping[str, Any]
    precedent: str | None = None
    suivant: str | None = None

    @property
    def plusieurs_pages(self) -> bool:
        return bool(self.precedent or self.suivant)


async def lus(qui: Visiteur, **filtres: Any) -> Lus | None:
    """Ceux qui répondent, du plus ancien au plus récent ; None si cette partie ne répond pas."""
    recus = await qui.api.lire_si_possible("/rdv", limite=_LIMITE, **filtres)
    return None if recus is None else await _lus(qui, recus)


async def _lus(qui: Visiteur, recus: Mapping[str, Any]) -> Lus:
    rdvs = await _montres(qui, recus["elements"])
    return Lus(rdvs, recus["total"], recus["compte"], recus.get("precedent"), recus["suivant"])


@dataclass(frozen=True, slots=True)
class DUnePersonne:
    """Ceux d'un bénéficiaire. etat : de la liaison (`lie`, `rompu`), ou `muet` : cette partie ne répond pas.
    par_cote : « À venir », « Passés » -> les plus proches de maintenant d'abord."""

    etat: str
    par_cote: Mapping[str, Sequence[Montre]]

    @property
    def bornes(self) -> bool:
        """Il peut y en avoir d'autres."""
        return any(len(rdvs) >= PAR_COTE for rdvs in self.par_cote.values())


async def de_la_personne(qui: Visiteur, beneficiaire_id: UUID) -> DUnePersonne | None:
    """None si rien n'est relié, ou ne s'ouvre à cette personne."""
    try:
        recus = (await qui.api.lire(f"/beneficiaires/{beneficiaire_id}/rdv")).corps
    except Muette:
        return DUnePersonne("muet", {})
    except Refus as refus:
        return None if refus.statut in (403, 404) else DUnePersonne("muet", {})
    etat = recus["compte"]["etat"]
    if etat in ("non_propose", "non_lie"):
        return None
    cotes = {"À venir": "a_venir", "Passés": "passes"}
    return DUnePersonne(etat, {titre: await _montres(qui, recus[cote]) for titre, cote in cotes.items()})


async def _montres(qui: Visiteur, rdvs: Sequence[Mapping[str, Any]]) -> list[Montre]:
    statuts = libelles((await qui.request.app.state.nomenclatures.de("activites"))["statut_rdv"])
    return montres(rdvs, statuts, fuseau_de(qui.moi), qui.request.app.state.clock.now())


async def du_jour(qui: Visiteur, jour: dt.date) -> list[Montre] | None:
    """Ceux de cette journée ; aucun si rien n'est relié, None si cette partie ne répond pas."""
    recus = await lus(qui, du=jour.isoformat(), au=jour.isoformat())
    return [*recus.rdvs] if recus else None


@dataclass(frozen=True, slots=True)
class Meles:
    """Des rendez-vous parmi des activités. autres : combien il y en a de plus, qui ne sont pas là.
    precedent, suivant : par où les lire, cent à la fois.   muets : cette partie ne répond pas.
    relies : le compte l'est."""

    rdvs: Sequence[Montre] = ()
    autres: int = 0
    muets: bool = False
    relies: bool = True
    precedent: str | None = None
    suivant: str | None = None


async def parmi(
    qui: Visiteur, etats: Sequence[str] = (), du: str = "", au: str = "", apres: str | None = None
) -> Meles:
    """Ceux qui attendent leur compte rendu ; d'états choisis, ceux dont rien n'est enregistré. Les plus
    anciens, quand ils sont trop ; apres : ceux qui les suivent."""
    choix = {"statuts": list(etats), "sans_compte_rendu": "true"} if etats else {"a_rendre": "true"}
    try:
        recus = (await qui.api.lire("/rdv", limite=_LIMITE, du=du, au=au, apres=apres, **choix)).corps
    except Muette:
        return Meles(muets=True)
    except Refus as refus:
        if apres and refus.statut == 400:
            # The days of the page have changed since: from the first, then.
            return await parmi(qui, etats, du, au)
        # Who has no rendez-vous of their own lacks none.
        return Meles(muets=refus.statut != 403)
    lus = await _lus(qui, recus)
    return Meles(
        lus.rdvs,
        lus.total - len(lus.rdvs),
        relies=lus.compte["etat"] == "lie",
        precedent=lus.precedent,
        suivant=lus.suivant,
    )


def fenetre(
    jours: Sequence[str], du: str, au: str, *, recentes: bool, avant: bool, apres: bool
) -> tuple[str, str]:
    """Les jours dont cette page d'activités montre les rendez-vous (`par_journees`), dans la période choisie.

    jours : ceux de ses activités, dans son ordre.   avant, apres : il y a des pages de ce côté.
    """
    if jours:
        tot, tard = (apres, avant) if recentes else (avant, apres)
        if tot:
            du = max(du, min(jours))
        if tard:
            au = min(au or max(jours), max(jours))
    return du, au


def par_journees(
    activites: Sequence[Mapping[str, Any]],
    rdvs: Sequence[Montre],
    *,
    recentes: bool,
    avant: bool,
    apres: bool,
) -> list[Journee]:
    """Dans l'ordre de la liste.

    avant, apres : il y a des pages de ce côté ; leurs jours n'ont pas leurs rendez-vous ici. Un jour coupé en
    deux a les siens sur la première de ses pages.
    """
    jours = {jour: list(du_jour) for jour, du_jour in groupby(activites, key=lambda a: str(a["date"]))}
    ordre = list(jours)
    retenus: dict[str, list[Montre]] = {}
    for rdv in rdvs:
        jour = str(rdv["jour"])
        if ordre and avant and (jour >= ordre[0] if recentes else jour <= ordre[0]):
            continue
        if ordre and apres and (jour < ordre[-1] if recentes else jour > ordre[-1]):
            continue
        retenus.setdefault(jour, []).append(rdv)
    tous = sorted({*jours, *retenus}, reverse=recentes)
    return [(jour, jours.get(jour, []), retenus.get(jour, [])) for jour in tous]


@dataclass(frozen=True, slots=True)
class Semaine:
    """Du lundi au dimanche, et ceux de ses jours où il y a quelque chose. minutes, activites : de la page."""

    lundi: str
    dimanche: str
    jours: Sequence[Journee]

    @property
    def activites(self) -> int:
        return sum(len(du_jour) for _, du_jour, _ in self.jours)

    @property
    def minutes(self) -> int:
        return sum(activite["duree_minutes"] for _, du_jour, _ in self.jours for activite in du_jour)


def par_semaines(jours: Sequence[Journee]) -> list[Semaine]:
    """Les mêmes jours, dans le même ordre, semaine par semaine."""

    def lundi(journee: Journee) -> dt.date:
        jour = dt.date.fromisoformat(journee[0])
        return jour - dt.timedelta(days=jour.weekday())

    return [
        Semaine(debut.isoformat(), (debut + dt.timedelta(days=6)).isoformat(), [*siens])
        for debut, siens in groupby(jours, key=lundi)
    ]
