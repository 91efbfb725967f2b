"""A CRA belongs to the médiateur who recorded it; somebody else's answers as one that does not exist."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from web.auth import COORDINATEUR, MEDIATEUR, Mediateur
from web.policies import Rule
from web.wiring import DatabaseDep, StoreDep

from activites.domain import activite
from activites.domain.activite import ACTIVITE, Auteur
from activites.domain.refus import ActiviteInconnue
from activites.policies.personne import AUTEUR, est


async def _activite(activite_id: UUID, store: StoreDep) -> tuple[activite.State, int]:
    return await store.state(ACTIVITE(activite_id))


ActiviteDep = Annotated[tuple[activite.State, int], Depends(_activite)]
"""The activité of the path, as its journal says it now, and its version."""


async def _auteur(moi: Mediateur, trouvee: ActiviteDep, database: DatabaseDep) -> Auteur | None:
    auteur = activite.auteur(trouvee[0])
    return auteur if auteur is not None and await est(moi, auteur.mediateur_id, database) else None


AuteurDep = Annotated[Auteur | None, Depends(_auteur)]
"""Who recorded the activité of the path, when it is the caller; under which of their identifiers."""


async def _place(auteur: AuteurDep) -> str | None:
    return AUTEUR if auteur is not None else None


SAISIR = Rule("saisir", "Un médiateur, pour lui-même.", roles=frozenset({MEDIATEUR}))
LIRE_SES_ACTIVITES = Rule(
    "lire_ses_activites", "Un médiateur : les activités qu’il a saisies.", roles=frozenset({MEDIATEUR})
)
EXPORTER = Rule(
    "exporter",
    "Un médiateur : les siennes ; un coordinateur : celles des membres actuels de ses équipes.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)
SON_ACTIVITE = Rule(
    "son_activite",
    "Le médiateur qui a saisi l’activité.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place,
    unknown=ActiviteInconnue,
)
