"""Quel emploi vaut à une date, et comment un contrat se lit (docs/domaine/identite.md §6.3 et §6.5)."""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from identity.domain.vocabulaire import TypeContrat


class EmploiDate(Protocol):
    """Ce dont la règle a besoin. fin : dernier jour constaté, sinon prévu ; absente sans terme connu."""

    @property
    def emploi_id(self) -> UUID: ...
    @property
    def debut(self) -> dt.date: ...
    @property
    def fin(self) -> dt.date | None: ...
    @property
    def temporaire(self) -> bool: ...


def emploi_applicable[E: EmploiDate](emplois: Iterable[E], jour: dt.date, *, strict: bool) -> E | None:
    """strict : pour un écran, rien hors d'un emploi ; sinon, pour un CRA, un intervalle entre deux emplois
    est au précédent, et ce qui précède le premier est au premier. None sans aucun emploi.

    Un emploi temporaire, que la source connaît sans contrat, vaut sans vrai emploi, ou quand tous sont finis
    avant ce jour.
    """
    tous = sorted(emplois, key=lambda e: (e.debut, e.emploi_id))
    vrais = [e for e in tous if not e.temporaire]
    temporaires = [e for e in tous if e.temporaire]
    temporaire = temporaires[0] if temporaires and _tous_finis(vrais, jour) else None
    commences = [e for e in vrais if e.debut <= jour]
    if strict:
        en_cours = [e for e in commences if e.fin is None or jour <= e.fin]
        return en_cours[-1] if en_cours else temporaire
    if temporaire is not None:
        return temporaire
    retenus = commences[-1:] or vrais[:1]
    return retenus[0] if retenus else None


def _tous_finis(vrais: Iterable[EmploiDate], jour: dt.date) -> bool:
    return all(e.fin is not None and e.fin < jour for e in vrais)


def libelle_du_contrat(type_contrat: TypeContrat | None, debut: dt.date, fin: dt.date | None) -> str | None:
    """« CDI », « CDD - Durée 6 mois » ; None si le type n'est pas connu. fin : dernier jour prévu."""
    if type_contrat is None:
        return None
    if type_contrat is not TypeContrat.CDD or fin is None:
        return type_contrat.libelle
    lendemain = fin + dt.timedelta(days=1)
    mois = (lendemain.year - debut.year) * 12 + lendemain.month - debut.month
    mois += 1 if lendemain.day - debut.day >= 15 else -1 if debut.day - lendemain.day > 15 else 0
    return f"{type_contrat.libelle} - Durée {mois} mois" if mois > 0 else type_contrat.libelle
