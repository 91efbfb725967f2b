"""Quelle structure emploie un médiateur à une date (docs/domaine/identite.md §6.3, mode non strict)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from activites.domain.vocabulaire import StructureId


@dataclass(frozen=True, slots=True)
class Emploi:
    """Un emploi déclaré. debut : premier jour travaillé.   fuseau : de son territoire, s'il est connu.
    code_insee : commune de la structure, si elle est connue."""

    emploi_id: UUID
    structure_id: StructureId
    debut: dt.date
    fuseau: str | None = None
    code_insee: str | None = None


def emploi_du_jour(emplois: Iterable[Emploi], jour: dt.date) -> Emploi | None:
    """L'emploi qui compte pour une activité de ce jour ; None sans aucun emploi.

    Avant le premier emploi, le premier ; ensuite le dernier commencé : un intervalle entre deux emplois
    appartient au précédent, terminé ou non.
    """
    dans_l_ordre = sorted(emplois, key=lambda e: (e.debut, e.emploi_id))
    commences = [e for e in dans_l_ordre if e.debut <= jour]
    retenu = commences[-1:] or dans_l_ordre[:1]
    return retenu[0] if retenu else None
