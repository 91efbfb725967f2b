"""Ce qu'une liste d'activités retient : les mêmes choix pour la lire et pour la télécharger."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from uuid import UUID

from events.postgres.database import Database
from fastapi import Depends, Query
from referentiels import communes as referentiel
from referentiels.territoires import departements as les_departements
from web.auth import Connecte
from web.days import PeriodParams
from web.limits import VALUES_MAX
from web.problems import parameter_error
from web.wiring import ClockDep, DatabaseDep

from activites.domain.vocabulaire import Thematique, TypeActivite
from activites.policies.personne import SiensDep
from activites.policies.tags import place_de
from activites.projections import beneficiaires_suivis
from activites.projections import tags as etiquettes
from activites.projections.activites_listees import Choix, Source

COMMUNES = "Codes INSEE ; une ville compte ses arrondissements"
CONSEILLER_NUMERIQUE = (
    "Vrai : les activités faites par un conseiller numérique à leur date ; faux : les autres"
)
RDV = "Vrai : celles qui rendent compte d’un rendez-vous ; faux : les autres"
COMMUNES_MAX = 1000
_PLUSIEURS = "Répéter pour en demander plusieurs"

Tri = Literal["recentes", "anciennes"]


def codes_compris(demandes: Sequence[str], inconnu: Callable[[int], Exception]) -> tuple[str, ...]:
    """Les codes demandés ; une ville compte aussi ses arrondissements."""
    retenus: dict[str, None] = {}
    for rang, code in enumerate(demandes):
        codes = referentiel.avec_arrondissements(code)
        if not codes:
            raise inconnu(rang)
        retenus |= dict.fromkeys(codes)
    return tuple(retenus)


TagsDemandes = Annotated[
    list[UUID] | None, Query(max_length=VALUES_MAX, description="L’une de ces étiquettes")
]
"""The tags of the address, as they are named there."""


async def _posees(
    moi: Connecte,
    database: DatabaseDep,
    clock: ClockDep,
    tags: TagsDemandes = None,
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
    moi: Connecte,
    siens: SiensDep,
    database: DatabaseDep,
    types: Annotated[list[TypeActivite] | None, Query(max_length=2, description=_PLUSIEURS)] = None,
    thematiques: Annotated[
        list[Thematique] | None, Query(max_length=40, description="L’une d’elles au moins")
    ] = None,
    lieux: Annotated[list[UUID] | None, Query(max_length=VALUES_MAX, description="Lieux d’activité")] = None,
    communes: Annotated[list[str] | None, Query(max_length=COMMUNES_MAX, description=COMMUNES)] = None,
    beneficiaires: Annotated[
        list[UUID] | None, Query(max_length=VALUES_MAX, description="L’un de ceux que l’on suit")
    ] = None,
    departements: Annotated[
        list[str] | None,
        Query(max_length=VALUES_MAX, description="Codes des départements où elles ont eu lieu"),
    ] = None,
    structures_employeuses: Annotated[
        list[UUID] | None, Query(max_length=VALUES_MAX, description="Qui employait à leur date")
    ] = None,
    conseiller_numerique: Annotated[bool | None, Query(description=CONSEILLER_NUMERIQUE)] = None,
    demarches_administratives: Annotated[
        bool | None, Query(description="Vrai : l’aide aux démarches administratives ; faux : le reste")
    ] = None,
    source: Annotated[
        Source | None, Query(description="Saisies sur l’espace Coop d’avant (v1), ou ici (v2)")
    ] = None,
    rdv: Annotated[bool | None, Query(description=RDV)] = None,
) -> Choix:
    """Les filtres de l'adresse, tous à la fois."""
    codes = codes_compris(communes or (), lambda _: parameter_error("communes", "commune_inconnue"))
    inconnus = [rang for rang, code in enumerate(departements or ()) if code not in les_departements()]
    if inconnus:
        raise parameter_error("departements", "departement_inconnu")
    fiches = None
    if beneficiaires:
        # Who sees the platform as somebody else does not see whom they follow.
        fiches = await _fiches(database, siens.mediateurs, beneficiaires) if moi.usurpe_par is None else ()
    return Choix(
        du=periode.du,
        au=periode.au,
        types=types or (),
        thematiques=thematiques or (),
        lieux=lieux or (),
        communes=codes,
        tags=posees,
        beneficiaires=fiches,
        departements=departements or (),
        structures_employeuses=structures_employeuses or (),
        conseiller_numerique=conseiller_numerique,
        demarches_administratives=demarches_administratives,
        source=source,
        rdv=rdv,
    )


async def _fiches(database: Database, siens: Sequence[UUID], demandes: Sequence[UUID]) -> Sequence[UUID]:
    async with database.engine.connect() as connection:
        return (await connection.scalars(beneficiaires_suivis.fiches(siens, demandes))).all()


ChoixParams = Annotated[Choix, Depends(choix)]
