"""A coordination belongs to the coordinateur who recorded it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from web.auth import COORDINATEUR, Coordinateur
from web.policies import Rule
from web.wiring import StoreDep

from activites.domain import coordination
from activites.domain.coordination import COORDINATION
from activites.domain.coordination_refus import CoordinationInconnue
from activites.policies.personne import SiensDep

AUTEUR_DE_COORDINATION = "auteur_de_coordination"
"""Place of the coordinateur who recorded the coordination."""


async def _coordination(coordination_id: UUID, store: StoreDep) -> tuple[coordination.State, int]:
    return await store.state(COORDINATION(coordination_id))


CoordinationDep = Annotated[tuple[coordination.State, int], Depends(_coordination)]
"""The coordination of the path, as its journal says it now, and its version."""


async def _auteur_de_coordination(
    moi: Coordinateur, trouvee: CoordinationDep, siens: SiensDep
) -> coordination.Auteur | None:
    auteur = coordination.auteur(trouvee[0])
    return auteur if auteur is not None and auteur.coordinateur_id in siens.coordinateurs else None


AuteurDeCoordinationDep = Annotated[coordination.Auteur | None, Depends(_auteur_de_coordination)]
"""Who recorded the coordination of the path, when it is the caller; under which of their identifiers."""


async def _place_de_coordination(auteur: AuteurDeCoordinationDep) -> str | None:
    return AUTEUR_DE_COORDINATION if auteur is not None else None


SAISIR_COORDINATION = Rule(
    "saisir_coordination", "Un coordinateur, pour lui-même.", roles=frozenset({COORDINATEUR})
)
LIRE_SES_COORDINATIONS = Rule(
    "lire_ses_coordinations",
    "Un coordinateur : les activités de coordination qu’il a saisies.",
    roles=frozenset({COORDINATEUR}),
)
SA_COORDINATION = Rule(
    "sa_coordination",
    "Le coordinateur qui a saisi l’activité de coordination.",
    roles=frozenset({COORDINATEUR}),
    places=frozenset({AUTEUR_DE_COORDINATION}),
    place=_place_de_coordination,
    unknown=CoordinationInconnue,
)
