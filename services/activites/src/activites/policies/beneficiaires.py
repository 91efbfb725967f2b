"""A bénéficiaire is known to the médiateur who follows them, in person, and to nobody else."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from web.auth import MEDIATEUR, Connecte
from web.policies import Rule
from web.wiring import DatabaseDep, StoreDep

from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import State, mediateur
from activites.domain.beneficiaire_refus import BeneficiaireInconnu
from activites.domain.vocabulaire import MediateurId
from activites.policies.personne import AUTEUR, est


async def _beneficiaire(beneficiaire_id: UUID, store: StoreDep) -> tuple[State, int]:
    return await store.state(BENEFICIAIRE(beneficiaire_id))


BeneficiaireDep = Annotated[tuple[State, int], Depends(_beneficiaire)]
"""The bénéficiaire of the path, as the journal says now, and its version."""


async def _suivi_par(moi: Connecte, trouve: BeneficiaireDep, database: DatabaseDep) -> MediateurId | None:
    mediateur_id = mediateur(trouve[0])
    if mediateur_id is None or moi.usurpe_par is not None:
        return None
    return mediateur_id if await est(moi, mediateur_id, database) else None


SuiviParDep = Annotated[MediateurId | None, Depends(_suivi_par)]
"""Under which identifier the caller follows the bénéficiaire of the path; None when they do not."""


async def _place_du_mediateur(suivi_par: SuiviParDep) -> str | None:
    return AUTEUR if suivi_par is not None else None


SES_BENEFICIAIRES = Rule(
    "ses_beneficiaires",
    "Un médiateur : les bénéficiaires qu’il suit, en personne.",
    roles=frozenset({MEDIATEUR}),
)
SON_BENEFICIAIRE = Rule(
    "son_beneficiaire",
    "Le médiateur qui suit ce bénéficiaire, en personne, et nul autre.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_mediateur,
    unknown=BeneficiaireInconnu,
)
