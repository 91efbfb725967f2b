"""Who asks: under which identifiers they have recorded, and whether they do in person."""

from typing import Annotated

from fastapi import Depends
from web.auth import Caller, Connecte
from web.problems import INTROUVABLE, Problem
from web.rapproches import Siens, siens_de
from web.wiring import DatabaseDep

from activites.domain.vocabulaire import MediateurId
from activites.projections.comptes_rapproches import comptes_rapproches

AUTEUR = "auteur"
"""Place of who recorded the activité, or keeps the draft."""
SiensDep = Annotated[Siens, Depends(siens_de(comptes_rapproches))]
"""Under which identifiers the caller has recorded."""


async def est(moi: Caller, mediateur_id: MediateurId, database: DatabaseDep) -> bool:
    """Whether the caller is this médiateur, today or under an account that was brought to theirs."""
    if mediateur_id == moi.mediateur_id:
        return True
    async with database.engine.connect() as connection:
        return mediateur_id in (await comptes_rapproches.de(connection, moi)).mediateurs


async def en_personne(moi: Connecte) -> None:
    """Who sees the platform as a médiateur does not see whom they follow: nobody else may know them."""
    if moi.usurpe_par is not None:
        raise Problem(INTROUVABLE)
