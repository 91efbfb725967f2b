"""Ce qu'une liste de bénéficiaires retient, hors des mots qui nomment quelqu'un."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from activites.domain.beneficiaire_regles import ANNEE_MIN, tranche_age
from activites.domain.vocabulaire import TrancheAge
from activites.projections import activites_suivies, beneficiaires_suivis
from activites.projections.tables import Rows


@dataclass(frozen=True, slots=True)
class Retenus:
    """Vide, tous. tranches_age : l'une d'elles.   code_postal : de sa commune, ou ses premiers chiffres.
    accompagnes : au moins une fois, ou jamais."""

    tranches_age: Sequence[TrancheAge] = ()
    code_postal: str | None = None
    accompagnes: bool | None = None


def retenir(choix: Rows, voulus: Retenus, annee: int) -> Rows:
    """Ceux de ces lignes de `beneficiaires_suivis` que l'on veut. annee : celle d'aujourd'hui."""
    c = beneficiaires_suivis.table.c
    if voulus.tranches_age:
        choix = choix.where(sa.or_(*(_nes(tranche, annee) for tranche in voulus.tranches_age)))
    if voulus.code_postal:
        choix = choix.where(c.code_postal.startswith(voulus.code_postal, autoescape=True))
    if voulus.accompagnes is not None:
        vus = sa.exists().where(activites_suivies.avec(c.beneficiaire_id))
        choix = choix.where(vus if voulus.accompagnes else ~vus)
    return choix


def _nes(tranche: TrancheAge, annee: int) -> sa.ColumnElement[bool]:
    ne_en = beneficiaires_suivis.table.c.annee_naissance
    if tranche is TrancheAge.NON_COMMUNIQUE:
        return ne_en.is_(None)
    annees = [une for une in range(ANNEE_MIN, annee + 1) if tranche_age(une, annee) is tranche]
    return ne_en.between(annees[0], annees[-1])
