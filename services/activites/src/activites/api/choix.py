"""Ce qu'une liste d'activités retient : les mêmes choix pour la lire et pour la télécharger."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from referentiels import communes as referentiel
from web.auth import Connecte
from web.days import PeriodParams
from web.problems import Problem, parameter_error
from web.wiring import ClockDep, DatabaseDep

from activites.domain.vocabulaire import Thematique, TypeActivite
from activites.policies import place_de
from activites.projections import tags as etiquettes
from activites.projections.activites_listees import Choix

COMMUNES = "Codes INSEE ; une ville compte ses arrondissements"
_PLUSIEURS = "Répéter pour en demander plusieurs"

Tri = Literal["recentes", "anciennes"]


def codes_compris(demandes: Sequence[str], inconnu: Callable[[int], Problem]) -> tuple[str, ...]:
    """Les codes demandés ; une ville compte aussi ses arrondissements."""
    retenus: dict[str, None] = {}
    for rang, code in enumerate(demandes):
        codes = referentiel.avec_arrondissements(code)
        if not codes:
            raise inconnu(rang)
        retenus |= dict.fromkeys(codes)
    return tuple(retenus)


async def _posees(
    moi: Connecte,
    database: DatabaseDep,
    clock: ClockDep,
    tags: Annotated[list[UUID] | None, Query(max_length=50, description="L’une de ces étiquettes")] = None,
) -> Sequence[UUID] | None:
    if not tags:
        return None
    voulues = etiquettes.posees_comme(await place_de(database, moi, clock), tags)
    async with database.engine.connect() as connection:
        return (await connection.scalars(voulues)).all()


PoseesParams = Annotated[Sequence[UUID] | None, Depends(_posees)]
"""The tags of the address, as they were posed one day; None when it has none."""


async def choix(
    periode: PeriodParams,
    posees: PoseesParams,
    types: Annotated[list[TypeActivite] | None, Query(max_length=2, description=_PLUSIEURS)] = None,
    thematiques: Annotated[
        list[Thematique] | None, Query(max_length=20, description="L’une d’elles au moins")
    ] = None,
    lieux: Annotated[list[UUID] | None, Query(max_length=50, description="Lieux d’activité")] = None,
    communes: Annotated[list[str] | None, Query(max_length=50, description=COMMUNES)] = None,
) -> Choix:
    """Les filtres de l'adresse, tous à la fois."""
    codes = codes_compris(communes or (), lambda _: parameter_error("communes", "commune_inconnue"))
    return Choix(periode.du, periode.au, types or (), thematiques or (), lieux or (), codes, posees)


ChoixParams = Annotated[Choix, Depends(choix)]
