"""/statistiques/coordination : les activités de coordination d'une personne, comptées."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from referentiels.nomenclature import Nomenclature
from web.days import PeriodParams
from web.policies import allow
from web.positions import after
from web.wiring import DatabaseDep

from activites.domain.coordination_vocabulaire import (
    EchelonTerritorial,
    NaturePartenariat,
    ThematiqueAnimation,
    TypeCoordination,
    TypeEvenement,
)
from activites.policies.coordinations import LIRE_SES_COORDINATIONS
from activites.policies.personne import SiensDep
from activites.projections import coordinations_listees

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])


class NombreDeCoordinations(BaseModel):
    """Une valeur d'une nomenclature, et combien d'activités de coordination la portent."""

    valeur: str
    libelle: str
    nombre: int


class Trimestre(BaseModel):
    """Un trimestre civil, sans trou entre deux. trimestre : AAAA-qN."""

    trimestre: str
    libelle: str
    total: int
    types: list[NombreDeCoordinations]


class ChiffresDeCoordination(BaseModel):
    """Des activités de coordination, chacune comptée une fois ; une thématique ou une nature, autant de fois
    qu'elle est dite."""

    total: int
    types: list[NombreDeCoordinations]
    trimestres: list[Trimestre]
    thematiques_animation: list[NombreDeCoordinations]
    types_evenement: list[NombreDeCoordinations]
    natures_partenariat: list[NombreDeCoordinations]
    echelons_territoriaux: list[NombreDeCoordinations]


@router.get(
    "/coordination",
    dependencies=[allow(LIRE_SES_COORDINATIONS), Depends(after(coordinations_listees.table.name))],
)
async def compter(siens: SiensDep, database: DatabaseDep, periode: PeriodParams) -> ChiffresDeCoordination:
    """Mes activités de coordination, par type, trimestre, thématique et échelon."""
    c = coordinations_listees.table.c
    choix = sa.select(
        c.type,
        c.date,
        c.thematiques_animation,
        c.type_evenement,
        c.natures_partenariat,
        c.echelon_territorial,
    ).where(c.coordinateur_id.in_(siens.coordinateurs))
    if periode.du is not None:
        choix = choix.where(c.date >= periode.du)
    if periode.au is not None:
        choix = choix.where(c.date <= periode.au)
    async with database.engine.connect() as connection:
        rows = (await connection.execute(choix)).all()
    par_trimestre: dict[tuple[int, int], Counter[str]] = {}
    for row in rows:
        par_trimestre.setdefault(_trimestre(row.date), Counter())[row.type] += 1
    return ChiffresDeCoordination(
        total=len(rows),
        types=_liste(TypeCoordination, Counter(row.type for row in rows)),
        trimestres=[
            Trimestre(
                trimestre=f"{annee}-q{rang}",
                libelle=f"T{rang} {annee}",
                total=sum(par_trimestre.get((annee, rang), {}).values()),
                types=_liste(TypeCoordination, par_trimestre.get((annee, rang), {})),
            )
            for annee, rang in _sans_trou(par_trimestre)
        ],
        thematiques_animation=_liste(
            ThematiqueAnimation, Counter(t for row in rows for t in row.thematiques_animation)
        ),
        types_evenement=_liste(TypeEvenement, Counter(row.type_evenement for row in rows)),
        natures_partenariat=_liste(
            NaturePartenariat, Counter(n for row in rows for n in row.natures_partenariat)
        ),
        echelons_territoriaux=_liste(EchelonTerritorial, Counter(row.echelon_territorial for row in rows)),
    )


def _trimestre(jour: dt.date) -> tuple[int, int]:
    return jour.year, (jour.month + 2) // 3


def _sans_trou(trimestres: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    rangs = [annee * 4 + rang - 1 for annee, rang in trimestres]
    if not rangs:
        return []
    return [(rang // 4, rang % 4 + 1) for rang in range(min(rangs), max(rangs) + 1)]


def _liste(nomenclature: type[Nomenclature], comptes: Mapping[str, int]) -> list[NombreDeCoordinations]:
    """Toutes les valeurs, dans l'ordre d'affichage, même nulles."""
    return [
        NombreDeCoordinations(valeur=v.value, libelle=v.libelle, nombre=comptes.get(v.value, 0))
        for v in nomenclature
    ]
