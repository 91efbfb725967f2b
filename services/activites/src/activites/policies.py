"""Who may do what with activités: one rule per kind of request, named by each route.

An activité belongs to the médiateur or coordinateur who recorded it, a draft to whom keeps it, and to the
account that theirs was brought to; somebody else's answers as one that does not exist.
"""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from events.postgres.database import Database
from fastapi import Depends
from process.clock import Clock
from referentiels.territoires import PARIS
from web.auth import ADMIN, COORDINATEUR, MEDIATEUR, Caller, Connecte, Coordinateur, Mediateur, holds
from web.policies import Rule
from web.problems import INTROUVABLE, Problem
from web.rapproches import Siens, siens_de
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites import casiers, liens
from activites.domain import activite, beneficiaire, coordination, tag
from activites.domain.activite import ACTIVITE, Auteur
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_refus import BeneficiaireInconnu
from activites.domain.coordination import COORDINATION
from activites.domain.coordination_refus import CoordinationInconnue
from activites.domain.coordination_vocabulaire import CoordinateurId
from activites.domain.place import Place
from activites.domain.rdv_refus import RdvInconnu
from activites.domain.refus import (
    ActiviteInconnue,
    BrouillonInconnu,
    ImportInconnu,
    LienInconnu,
    ModeleInconnu,
    TagInconnu,
)
from activites.domain.tag import TAG
from activites.domain.vocabulaire import CompteId, EquipeId, MediateurId
from activites.projections import appartenances, coordinations, emplois, lieux_connus
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import rdvs

AUTEUR = "auteur"
"""Place of who recorded the activité, or keeps the draft."""
TERRITOIRE = "territoire"
"""Place of who works where the figures come from."""
AUTEUR_DE_COORDINATION = "auteur_de_coordination"
"""Place of the coordinateur who recorded the coordination."""


async def _activite(activite_id: UUID, store: StoreDep) -> tuple[activite.State, int]:
    return await store.state(ACTIVITE(activite_id))


ActiviteDep = Annotated[tuple[activite.State, int], Depends(_activite)]
"""The activité of the path, as its journal says it now, and its version."""


SiensDep = Annotated[Siens, Depends(siens_de(comptes_rapproches))]
"""Under which identifiers the caller has recorded."""


async def _auteur(moi: Mediateur, trouvee: ActiviteDep, database: DatabaseDep) -> Auteur | None:
    auteur = activite.auteur(trouvee[0])
    return auteur if auteur is not None and await _est(moi, auteur.mediateur_id, database) else None


async def _est(moi: Caller, mediateur_id: MediateurId, database: DatabaseDep) -> bool:
    """Whether the caller is this médiateur, today or under an account that was brought to theirs."""
    if mediateur_id == moi.mediateur_id:
        return True
    async with database.engine.connect() as connection:
        return mediateur_id in (await comptes_rapproches.de(connection, moi)).mediateurs


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


async def en_personne(moi: Connecte) -> None:
    """Who sees the platform as a médiateur does not see whom they follow: nobody else may know them."""
    if moi.usurpe_par is not None:
        raise Problem(INTROUVABLE)


async def _beneficiaire(beneficiaire_id: UUID, store: StoreDep) -> tuple[beneficiaire.State, int]:
    return await store.state(BENEFICIAIRE(beneficiaire_id))


BeneficiaireDep = Annotated[tuple[beneficiaire.State, int], Depends(_beneficiaire)]
"""The bénéficiaire of the path, as the journal says now, and its version."""


async def _suivi_par(moi: Connecte, trouve: BeneficiaireDep, database: DatabaseDep) -> MediateurId | None:
    mediateur_id = beneficiaire.mediateur(trouve[0])
    if mediateur_id is None or moi.usurpe_par is not None:
        return None
    return mediateur_id if await _est(moi, mediateur_id, database) else None


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
LIRE_STATISTIQUES = Rule(
    "lire_statistiques",
    "Un médiateur : les siennes ; un coordinateur : celles de ses équipes.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)


async def place_de(database: Database, caller: Caller, clock: Clock) -> Place:
    """From where the caller sees tags, at this very moment: who left an équipe has lost its own."""
    async with database.engine.connect() as connection:
        siens = await comptes_rapproches.de(connection, caller)
        membre = await connection.scalars(appartenances.equipes_de(siens.mediateurs))
        equipes = set(membre)
        equipes |= set(await connection.scalars(coordinations.equipes_de(siens.coordinateurs)))
        emplois_situes = (await connection.execute(emplois.departements(siens.comptes))).all()
    jour = clock.today(next((e.fuseau for e in reversed(emplois_situes) if e.fuseau), PARIS))
    en_cours = [e for e in emplois_situes if e.debut <= jour and (e.fin is None or jour <= e.fin)]
    return Place(
        comptes=tuple(CompteId(compte) for compte in siens.comptes),
        mediateurs=tuple(MediateurId(mediateur) for mediateur in siens.mediateurs),
        coordinateurs=tuple(CoordinateurId(coordinateur) for coordinateur in siens.coordinateurs),
        saisit=holds(caller, MEDIATEUR) or holds(caller, COORDINATEUR),
        coordonne=holds(caller, COORDINATEUR),
        administre=holds(caller, ADMIN),
        equipes=frozenset(EquipeId(equipe) for equipe in equipes),
        departements=tuple(dict.fromkeys(e.departement for e in en_cours)),
    )


async def _place_des_tags(moi: Connecte, database: DatabaseDep, clock: ClockDep) -> Place:
    return await place_de(database, moi, clock)


PlaceDep = Annotated[Place, Depends(_place_des_tags)]
"""From where the caller sees tags."""


PARTAGER_SES_CHIFFRES = Rule(
    "partager_ses_chiffres",
    "Un médiateur, un coordinateur : donner et révoquer ses propres liens.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)


async def _donneur(lien_id: UUID, moi: Connecte, database: DatabaseDep) -> str | None:
    async with database.engine.connect() as connection:
        sien = await connection.scalar(liens.sien(lien_id, moi.compte_id))
    return AUTEUR if sien else None


SON_LIEN = Rule(
    "son_lien",
    "Qui a donné ce lien.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
    places=frozenset({AUTEUR}),
    place=_donneur,
    unknown=LienInconnu,
)
ADMINISTRER_LES_CHIFFRES = Rule(
    "administrer_les_chiffres",
    "Un administrateur : ceux de toute la plateforme.",
    roles=frozenset({ADMIN}),
)


async def _du_departement(departement: str, moi: Connecte, place: PlaceDep) -> str | None:
    return _territoire(moi, departement in place.departements)


async def _du_lieu(lieu_id: UUID, moi: Connecte, place: PlaceDep, database: DatabaseDep) -> str | None:
    async with database.engine.connect() as connection:
        departement = await connection.scalar(lieux_connus.departement_de(lieu_id))
    return _territoire(moi, departement is not None and departement in place.departements)


async def _de_la_structure(
    structure_id: UUID, moi: Connecte, siens: SiensDep, database: DatabaseDep, clock: ClockDep
) -> str | None:
    async with database.engine.connect() as connection:
        employe = await connection.scalar(
            emplois.y_travaille(siens.comptes, structure_id, clock.today(PARIS))
        )
    return _territoire(moi, bool(employe))


def _territoire(moi: Caller, sien: bool) -> str | None:
    return TERRITOIRE if sien or holds(moi, ADMIN) else None


_TERRITORIAL = frozenset({COORDINATEUR, ADMIN})
CHIFFRES_DU_DEPARTEMENT = Rule(
    "chiffres_du_departement",
    "Un coordinateur qui y est employé, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_du_departement,
)
CHIFFRES_DU_LIEU = Rule(
    "chiffres_du_lieu",
    "Un coordinateur employé dans son département, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_du_lieu,
)
CHIFFRES_DE_LA_STRUCTURE = Rule(
    "chiffres_de_la_structure",
    "Un coordinateur qu’elle emploie, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_de_la_structure,
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


async def _tag(tag_id: UUID, store: StoreDep) -> tuple[tag.State, int]:
    return await store.state(TAG(tag_id))


TagDep = Annotated[tuple[tag.State, int], Depends(_tag)]
"""The tag of the path, as its journal says it now, and its version."""


async def _voit(trouve: TagDep, place: PlaceDep) -> str | None:
    etendue = tag.etendue_de(trouve[0])
    return AUTEUR if etendue is not None and place.voit(etendue) else None


async def _tient(trouve: TagDep, place: PlaceDep) -> str | None:
    etendue = tag.etendue_de(trouve[0])
    return AUTEUR if etendue is not None and place.tient(etendue) else None


_ETIQUETTE = frozenset({MEDIATEUR, COORDINATEUR, ADMIN})
SES_TAGS = Rule(
    "ses_tags",
    "Un médiateur, un coordinateur, un administrateur : les étiquettes que sa place lui montre.",
    roles=_ETIQUETTE,
)
VOIR_L_USAGE_DES_TAGS = Rule(
    "voir_l_usage_des_tags",
    "Un administrateur : ce que tous font des étiquettes, sans les mots des personnelles.",
    roles=frozenset({ADMIN}),
)
VOIR_UN_TAG = Rule(
    "voir_un_tag",
    "Qui voit l’étiquette : la sienne, celles de ses équipes, de son département, les nationales.",
    roles=_ETIQUETTE,
    places=frozenset({AUTEUR}),
    place=_voit,
    unknown=TagInconnu,
)
TENIR_UN_TAG = Rule(
    "tenir_un_tag",
    "Qui tient l’étiquette : son auteur, son équipe, un coordinateur du département, un administrateur.",
    roles=_ETIQUETTE,
    places=frozenset({AUTEUR}),
    place=_tient,
    unknown=TagInconnu,
)


DE_COMPTES_RENDUS, DE_BENEFICIAIRES = "activites", "beneficiaires"
"""What a deposited file holds."""


async def _depot(import_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    trouve = await casiers.ligne(database, casiers.DEPOTS, import_id, moi.compte_id)
    return trouve if trouve is not None and trouve.sorte == DE_COMPTES_RENDUS else None


async def _depot_de_beneficiaires(import_id: UUID, moi: Connecte, database: DatabaseDep) -> Any | None:
    if moi.usurpe_par is not None:
        return None
    trouve = await casiers.ligne(database, casiers.DEPOTS, import_id, moi.compte_id)
    return trouve if trouve is not None and trouve.sorte == DE_BENEFICIAIRES else None


DepotDep = Annotated[Any | None, Depends(_depot)]
"""The deposited file of the path among the caller's own, sealed; None when there is none."""
DepotDeBeneficiairesDep = Annotated[Any | None, Depends(_depot_de_beneficiaires)]
"""The same, of bénéficiaires."""


async def _place_du_depot(trouve: DepotDep) -> str | None:
    return AUTEUR if trouve is not None else None


async def _place_du_depot_de_beneficiaires(trouve: DepotDeBeneficiairesDep) -> str | None:
    return AUTEUR if trouve is not None else None


async def _rdv(rdv_id: int, moi: Connecte, database: DatabaseDep) -> Any | None:
    if moi.usurpe_par is not None or not 0 < rdv_id < 2**63:
        return None
    c = rdvs.c
    async with database.engine.connect() as connection:
        choix = sa.select(rdvs).where(c.compte_id == moi.compte_id, c.rdv_id == rdv_id)
        return (await connection.execute(choix)).one_or_none()


RdvDep = Annotated[Any | None, Depends(_rdv)]
"""The rendez-vous of the path among the caller's own, sealed; None when there is none."""


async def _place_du_rdv(trouve: RdvDep) -> str | None:
    return AUTEUR if trouve is not None else None


SES_RDV = Rule(
    "ses_rdv",
    "Un médiateur : ses rendez-vous et son compte relié, en personne.",
    roles=frozenset({MEDIATEUR}),
)
SON_RDV = Rule(
    "son_rdv",
    "Le médiateur à qui est ce rendez-vous, en personne, et nul autre.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_rdv,
    unknown=RdvInconnu,
)
SON_IMPORT = Rule(
    "son_import",
    "Le médiateur qui a déposé ce fichier.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_depot,
    unknown=ImportInconnu,
)
SON_IMPORT_DE_BENEFICIAIRES = Rule(
    "son_import_de_beneficiaires",
    "Le médiateur qui a déposé ce fichier, en personne.",
    roles=frozenset({MEDIATEUR}),
    places=frozenset({AUTEUR}),
    place=_place_du_depot_de_beneficiaires,
    unknown=ImportInconnu,
)
