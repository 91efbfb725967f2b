"""Who may do what with activités: one rule per kind of request, named by each route.

An activité belongs to the médiateur who recorded it, a draft to whom keeps it, and to the account that theirs
was brought to; somebody else's answers as one that does not exist.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from web.auth import COORDINATEUR, MEDIATEUR, Connecte, Mediateur
from web.policies import Rule
from web.rapproches import Siens, siens_de
from web.wiring import DatabaseDep, StoreDep

from activites import casiers
from activites.domain import activite
from activites.domain.activite import ACTIVITE, Auteur
from activites.domain.refus import ActiviteInconnue, BrouillonInconnu, ImportInconnu, ModeleInconnu
from activites.projections.comptes_rapproches import comptes_rapproches

AUTEUR = "auteur"
"""Place of who recorded the activité, or keeps the draft."""


async def _activite(activite_id: UUID, store: StoreDep) -> tuple[activite.State, int]:
    return await store.state(ACTIVITE(activite_id))


ActiviteDep = Annotated[tuple[activite.State, int], Depends(_activite)]
"""The activité of the path, as its journal says it now, and its version."""


SiensDep = Annotated[Siens, Depends(siens_de(comptes_rapproches))]
"""Under which identifiers the caller has recorded."""


async def _auteur(moi: Mediateur, trouvee: ActiviteDep, database: DatabaseDep) -> Auteur | None:
    auteur = activite.auteur(trouvee[0])
    if auteur is None or auteur.mediateur_id == moi.mediateur_id:
        return auteur
    async with database.engine.connect() as connection:
        siens = await comptes_rapproches.de(connection, moi)
    return auteur if auteur.mediateur_id in siens.mediateurs else None


AuteurDep = Annotated[Auteur | None, Depends(_auteur)]
"""Who recorded the activité of the path, when it is the caller; under which of their identifiers."""


async def _place(auteur: AuteurDep) -> str | None:
    return AUTEUR if auteur is not None else None


SAISIR = Rule("saisir", "Un médiateur, pour lui-même.", roles=frozenset({MEDIATEUR}))
LIRE_SES_ACTIVITES = Rule(
    "lire_ses_activites", "Un médiateur : les activités qu’il a saisies.", roles=frozenset({MEDIATEUR})
)
SON_ACTIVITE = Rule(
    "son_activite",
    "Le médiateur qui a saisi l’activité.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place,
    unknown=ActiviteInconnue,
)
LIRE_STATISTIQUES = Rule(
    "lire_statistiques",
    "Un médiateur : les siennes ; un coordinateur : celles de ses équipes.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)


async def _brouillon(brouillon_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await casiers.ligne(database, casiers.BROUILLONS, brouillon_id, moi.compte_id)


BrouillonDep = Annotated[Any | None, Depends(_brouillon)]
"""The draft of the path among the caller's own, sealed; None when there is none."""


async def _place_du_brouillon(trouve: BrouillonDep) -> str | None:
    return AUTEUR if trouve is not None else None


_SAISIT = frozenset({MEDIATEUR, COORDINATEUR})
SES_BROUILLONS = Rule(
    "ses_brouillons", "Un médiateur ou un coordinateur : ses brouillons, et rien d’autre.", roles=_SAISIT
)
SON_BROUILLON = Rule(
    "son_brouillon",
    "Le médiateur ou le coordinateur qui garde ce brouillon.",
    roles=_SAISIT,
    places=frozenset({AUTEUR}),
    place=_place_du_brouillon,
    unknown=BrouillonInconnu,
)


async def _modele(modele_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await casiers.ligne(database, casiers.MODELES, modele_id, moi.compte_id)


ModeleDep = Annotated[Any | None, Depends(_modele)]
"""The model of the path among the caller's own, sealed; None when there is none."""


async def _place_du_modele(trouve: ModeleDep) -> str | None:
    return AUTEUR if trouve is not None else None


SES_MODELES = Rule(
    "ses_modeles", "Un médiateur ou un coordinateur : ses modèles, et rien d’autre.", roles=_SAISIT
)
SON_MODELE = Rule(
    "son_modele",
    "Le médiateur ou le coordinateur qui garde ce modèle.",
    roles=_SAISIT,
    places=frozenset({AUTEUR}),
    place=_place_du_modele,
    unknown=ModeleInconnu,
)


async def _depot(import_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    return await casiers.ligne(database, casiers.DEPOTS, import_id, moi.compte_id)


DepotDep = Annotated[Any | None, Depends(_depot)]
"""The deposited file of the path among the caller's own, sealed; None when there is none."""


async def _place_du_depot(trouve: DepotDep) -> str | None:
    return AUTEUR if trouve is not None else None


SON_IMPORT = Rule(
    "son_import",
    "Le médiateur qui a déposé ce fichier.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_depot,
    unknown=ImportInconnu,
)
