"""/beneficiaires : les fiches d'une même personne. Les rapprocher se défait ; les distinguer se retient."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from events.postgres.database import Database
from events.store.store import Conflict, Context, Intent, SomeRefused, Store
from events.vault.vault import PersonErased
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from web.auth import Connecte
from web.docs import EXAMPLE_ID
from web.pace import Pace, keep_pace
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch, after
from web.problems import TROP_DE_DEMANDES, VERSION_ATTENDUE, Problem, answers, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.beneficiaires import reference
from activites.api.fiches import BeneficiaireListe, ReferenceBeneficiaire
from activites.api.suivis import ceux_de
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_commandes import (
    AccueillirDouble,
    AnnulerFusion,
    Distinguer,
    FusionnerVers,
    SeparerDouble,
)
from activites.domain.beneficiaire_etat import Suivi
from activites.domain.beneficiaire_faits import ChampDeFiche
from activites.domain.beneficiaire_refus import (
    AdresseDUneAutreCommune,
    BeneficiaireInconnu,
    DestinationInconnue,
    FusionAvecSoi,
    FusionDejaFaite,
    PrisEtLaisse,
)
from activites.domain.doublons import Comparee, Ressemblance, paires
from activites.domain.separation import sans_elle
from activites.domain.vocabulaire import BeneficiaireId
from activites.fusions import ESSAIS, changes_depuis, jusqu_a_la_personne
from activites.policies.beneficiaires import SES_BENEFICIAIRES, SON_BENEFICIAIRE, SuiviParDep
from activites.policies.personne import SiensDep, en_personne
from activites.projections import activites_suivies, beneficiaires_suivis

router = APIRouter(prefix="/beneficiaires", tags=["Bénéficiaires"], dependencies=[Depends(en_personne)])

COMPARES = 1_000
"""Files compared at most, the last touched first."""
MONTRES = 50
PRENDRE = (
    "Les champs où cette fiche, la double, l’emporte ; sans eux, l’autre garde ce qu’elle a. "
    "Vides ici, l’autre les oublie. Avec une commune vient son adresse"
)
LAISSER = "Les champs que l’autre, même vides, ne prend pas de celle-ci"
VERSION = "L’ETag lu de l’autre fiche, sans ses guillemets : la fusion est refusée (412) si elle a changé"
type _Demande = Intent[Any, Any, Any]
_ALLURE = Pace("doublons", 20, dt.timedelta(seconds=5))
_A_JOUR = [Depends(after(t.table.name)) for t in (beneficiaires_suivis, activites_suivies)]


class Doublon(BaseModel):
    """Deux fiches qui sont peut-être de la même personne. ressemblances : ce qui le fait penser."""

    une: BeneficiaireListe
    autre: BeneficiaireListe
    ressemblances: list[Ressemblance]


class Doublons(BaseModel):
    """Les paires qui se ressemblent le plus, 50 au plus. total : de toutes."""

    elements: list[Doublon]
    total: int


class FicheFusionnee(BeneficiaireListe):
    """Une fiche en double. vers : la personne où elle est."""

    vers: UUID
    vers_prenom: str
    vers_nom: str


class FusionDemandee(BaseModel):
    """vers : la personne dont celle-ci est le double, et dont la fiche prend ce qui lui manque."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"vers": EXAMPLE_ID, "prendre": ["telephone", "commune"], "laisser": ["notes"]}]
        },
    )

    vers: BeneficiaireId
    prendre: Annotated[tuple[ChampDeFiche, ...], Field(max_length=11, description=PRENDRE)] = ()
    laisser: Annotated[tuple[ChampDeFiche, ...], Field(max_length=11, description=LAISSER)] = ()
    version_de_vers: Annotated[StrictInt | None, Field(ge=0, le=1_000_000, description=VERSION)] = None


class DistinctionDemandee(BaseModel):
    """autre : une fiche qui ressemble à celle-ci, d'une autre personne."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"autre": EXAMPLE_ID}]})

    autre: BeneficiaireId


@router.get(
    "/doublons",
    responses=answers(TROP_DE_DEMANDES),
    dependencies=[allow(SES_BENEFICIAIRES), keep_pace(_ALLURE), *_A_JOUR],
)
async def chercher(siens: SiensDep, database: DatabaseDep) -> Doublons:
    """Les fiches qui se ressemblent : deux au moins du nom, du prénom, du téléphone et du courriel."""
    lues = await _lues(database, siens.mediateurs)
    trouvees = await asyncio.to_thread(paires, [_comparee(row) for row in lues])
    par_id = {row.beneficiaire_id: row for row in lues}
    return Doublons(
        elements=[
            Doublon(
                une=BeneficiaireListe.model_validate(par_id[p.une]),
                autre=BeneficiaireListe.model_validate(par_id[p.autre]),
                ressemblances=list(p.ressemblances),
            )
            for p in trouvees[:MONTRES]
        ],
        total=len(trouvees),
    )


@router.get("/fusions", dependencies=[allow(SES_BENEFICIAIRES), *_A_JOUR])
async def lister_les_fusions(
    siens: SiensDep, database: DatabaseDep, page: PageParams
) -> Page[FicheFusionnee]:
    """Les fiches en double, que l'on peut encore séparer."""
    choix = beneficiaires_suivis.fusionnes(siens.mediateurs)
    return await page.of(
        database,
        activites_suivies.comptes(choix),
        order=beneficiaires_suivis.ORDRES["nom"],
        to=FicheFusionnee.model_validate,
    )


@router.post(
    "/{beneficiaire_id:uuid}/fusion",
    responses=problems(
        BeneficiaireInconnu,
        DestinationInconnue,
        FusionAvecSoi,
        FusionDejaFaite,
        AdresseDUneAutreCommune,
        PrisEtLaisse,
    ),
    dependencies=[allow(SON_BENEFICIAIRE)],
)
async def fusionner(
    beneficiaire_id: UUID,
    body: FusionDemandee,
    suivi_par: SuiviParDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> ReferenceBeneficiaire:
    """Dire que cette personne est une autre : ses accompagnements y sont comptés, une fois chacun.

    Si l'une des deux a changé depuis les versions que l'on dit, le 412 nomme dans `changements` les champs
    qui ne disent plus la même chose : `double`, `vers`.
    """
    assert suivi_par is not None
    qui, vers = BeneficiaireId(beneficiaire_id), body.vers
    choix = {"prendre": body.prendre, "laisser": body.laisser}
    fusionner = FusionnerVers(beneficiaire_id=qui, par=suivi_par, vers=vers, **choix, maintenant=clock.now())

    async def demander() -> list[_Demande]:
        etat, version = await store.state(BENEFICIAIRE(qui))
        demandes: list[_Demande] = [Intent(BENEFICIAIRE(qui), fusionner, version)]
        if not isinstance(etat, Suivi):
            return demandes
        la_bas, version_la_bas = await store.state(BENEFICIAIRE(vers))
        # Of two of theirs only: of another's file, the decider says that it is unknown.
        if isinstance(la_bas, Suivi) and la_bas.mediateur_id == suivi_par:
            await _verifier(store, {"double": (qui, expected), "vers": (vers, body.version_de_vers)})
        accueillir = AccueillirDouble(
            beneficiaire_id=vers,
            par=suivi_par,
            de=qui,
            source=etat.dite,
            **choix,
            maintenant=fusionner.maintenant,
        )
        return [*demandes, Intent(BENEFICIAIRE(vers), accueillir, version_la_bas)]

    return await _ensemble(store, demander, context, response, vers)


@router.post(
    "/{beneficiaire_id:uuid}/separation",
    responses=problems(BeneficiaireInconnu),
    dependencies=[allow(SON_BENEFICIAIRE)],
)
async def separer(
    beneficiaire_id: UUID,
    suivi_par: SuiviParDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceBeneficiaire:
    """Revenir sur une fusion : chacune retrouve sa fiche et ses accompagnements."""
    assert suivi_par is not None
    qui, maintenant = BeneficiaireId(beneficiaire_id), clock.now()
    annuler = AnnulerFusion(beneficiaire_id=qui, par=suivi_par, maintenant=maintenant)

    async def demander() -> list[_Demande]:
        etats, versions = await jusqu_a_la_personne(store, qui)
        separer = (
            SeparerDouble(
                beneficiaire_id=un,
                par=suivi_par,
                de=qui,
                doubles=doubles,
                maintenant=maintenant,
            )
            for un, doubles in sans_elle(qui, etats)
        )
        commandes = (annuler, *separer)
        return [Intent(BENEFICIAIRE(c.beneficiaire_id), c, versions[c.beneficiaire_id]) for c in commandes]

    return await _ensemble(store, demander, context, response, qui)


@router.post(
    "/{beneficiaire_id:uuid}/distinction",
    responses=problems(BeneficiaireInconnu),
    dependencies=[allow(SON_BENEFICIAIRE)],
)
async def distinguer(
    beneficiaire_id: UUID,
    body: DistinctionDemandee,
    moi: Connecte,
    suivi_par: SuiviParDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceBeneficiaire:
    """Dire que ce ne sont pas les mêmes : cette paire n'est plus proposée."""
    assert suivi_par is not None
    qui = BeneficiaireId(beneficiaire_id)
    if body.autre == qui or body.autre not in await ceux_de(store, moi, [body.autre]):
        raise BeneficiaireInconnu
    command = Distinguer(beneficiaire_id=qui, par=suivi_par, autre=body.autre, maintenant=clock.now())
    return reference(response, qui, await store.execute(BENEFICIAIRE(qui), command, context))


async def _lues(database: Database, siens: Sequence[UUID]) -> Sequence[Any]:
    choix = activites_suivies.comptes(beneficiaires_suivis.du_mediateur(siens))
    recentes = choix.order_by(*beneficiaires_suivis.ORDRES["recents"]).limit(COMPARES)
    async with database.engine.connect() as connection:
        return (await connection.execute(recentes)).all()


def _comparee(row: Any) -> Comparee:
    return Comparee(
        row.beneficiaire_id, row.prenom, row.nom, row.telephone, row.courriel, frozenset(row.distincts)
    )


async def _verifier(store: Store[Any], vues: Mapping[str, tuple[BeneficiaireId, int | None]]) -> None:
    """Raises the 412 when one of these is no longer at the version that was seen, if one is said."""
    changements: dict[str, Sequence[str] | None] = {
        nom: await changes_depuis(store, qui, version) if version is not None else None
        for nom, (qui, version) in vues.items()
    }
    if any(champs is not None for champs in changements.values()):
        raise Problem(
            VERSION_ATTENDUE, changements={nom: champs or () for nom, champs in changements.items()}
        )


async def _ensemble(
    store: Store[Any],
    demander: Callable[[], Awaitable[Sequence[_Demande]]],
    context: Context,
    response: Response,
    qui: BeneficiaireId,
) -> ReferenceBeneficiaire:
    """All these files in one append, or none; made again when one of them changed since it was read."""
    for _ in range(ESSAIS):
        try:
            ecrits = await store.execute_whole(await demander(), context)
        except (Conflict, PersonErased):
            continue
        except SomeRefused as refuses:
            raise next(iter(refuses.refusals.values())) from None
        return reference(response, qui, ecrits[0])
    raise Conflict
