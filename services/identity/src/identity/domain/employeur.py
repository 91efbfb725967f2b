"""L'employeur que donne ProConnect et que La Coop ne connaît pas (docs/domaine/identite.md §6.2)."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Protocol

from events.decider import Refusal

from identity.domain.emploi import CloreEmploi, TerminerContrat
from identity.domain.vocabulaire import CompteId, MotifFin, SourceDuFait


class EmployeurNonDemande(Refusal):
    """ProConnect ne donne pas d’autre employeur que les vôtres : il n’y a rien à répondre."""


class NouvelEmployeurAVenir(Refusal):
    """Ce premier jour n’est pas encore arrivé : répondez à partir de ce jour-là."""


class Emploi(Protocol):
    """Ce dont la règle a besoin d'un emploi. fin : dernier jour constaté."""

    @property
    def siret(self) -> str: ...
    @property
    def debut(self) -> dt.date: ...
    @property
    def fin(self) -> dt.date | None: ...
    @property
    def source(self) -> str: ...
    @property
    def temporaire(self) -> bool: ...


def a_demander(propose: str | None, ecarte: str | None, emplois: Iterable[Emploi]) -> bool:
    """propose : SIRET que donne ProConnect.   ecarte : celui que la personne a déjà dit n'être pas le sien.

    D'un conseiller en contrat, la source du dispositif fait foi : rien ne lui est demandé.
    """
    if propose is None or propose == ecarte:
        return False
    return not any(
        e.fin is None
        and (e.siret == propose or (e.source == SourceDuFait.DISPOSITIF.value and not e.temporaire))
        for e in emplois
    )


def suites[E: Emploi](
    emplois: Iterable[E], siret: str, debut: dt.date, par: CompteId, maintenant: dt.datetime
) -> Iterator[tuple[E, TerminerContrat | CloreEmploi]]:
    """Ce que devient chaque emploi quand un autre employeur commence à ce jour.

    Les temporaires d'un autre SIRET disparaissent ; ceux qui étaient commencés finissent la veille ; ce qui
    doit commencer plus tard reste dit.
    """
    for emploi in emplois:
        if emploi.fin is not None or emploi.siret == siret:
            continue
        if emploi.temporaire:
            yield emploi, CloreEmploi(maintenant)
        elif emploi.debut < debut:
            yield emploi, TerminerContrat(par, debut - dt.timedelta(days=1), MotifFin.TERME, maintenant)
