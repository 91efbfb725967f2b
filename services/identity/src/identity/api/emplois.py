"""The person's own emplois: declare, end, list."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, TypedDict
from uuid import UUID

from events.postgres.database import Database
from events.store.store import Intent, Store
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints
from web.auth import Connecte
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import already, problems
from web.rapproches import Siens
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.domain import emploi, siret
from identity.domain.emploi import EMPLOI
from identity.domain.emploi_applicable import emploi_applicable, libelle_du_contrat
from identity.domain.reconnaissance import RECONNAISSANCE, source_fait_foi
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin, SeuilDeFin, SourceDuFait, TypeContrat
from identity.policies import SON_COMPTE, SON_EMPLOI, SiensDep
from identity.projections import emplois

router = APIRouter(prefix="/comptes/moi/emplois", tags=["Emplois"])


EXEMPLE: dict[str, JsonValue] = {
    "siret": "130 026 032 00016",
    "nom": "Agence d’exemple",
    "debut": "2025-09-01",
    "fin_prevue": None,
    "type_contrat": "cdi",
}


class Dit(TypedDict):
    """What the commands of the domain take of it."""

    siret: str
    nom_structure: str
    debut: dt.date
    fin_prevue: dt.date | None
    code_insee: str | None
    type_contrat: TypeContrat | None


class CorrectionDEmploi(BaseModel):
    """Ce qui est dit d’un emploi. siret : espaces admis.   fin_prevue : dernier jour prévu.

    code_insee : commune de la structure ; son fuseau est celui des jours de la personne, Paris sans elle.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXEMPLE]})

    siret: Annotated[str, StringConstraints(max_length=40)]
    nom: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    debut: Day
    fin_prevue: Day | None = None
    code_insee: Annotated[str, StringConstraints(max_length=10)] | None = None
    type_contrat: TypeContrat | None = None

    def dit(self) -> Dit:
        """As the commands take it."""
        return Dit(
            siret=self.siret,
            nom_structure=self.nom,
            debut=self.debut,
            fin_prevue=self.fin_prevue,
            code_insee=self.code_insee,
            type_contrat=self.type_contrat,
        )


class NouvelEmploi(CorrectionDEmploi):
    """Un emploi de plus. id : tiré par le client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **EXEMPLE}]})

    id: NewId


class FinDEmploi(BaseModel):
    """fin : dernier jour travaillé."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fin": "2026-06-30", "motif": "rupture"}]}
    )

    fin: Day
    motif: MotifFin


class ReferenceEmploi(BaseModel):
    """L'emploi et la structure dérivée de son SIRET."""

    id: UUID
    structure_id: UUID


class Emploi(BaseModel):
    """Un emploi de la personne. fin : dernier jour travaillé, absent tant qu'il n'est pas terminé.

    source : qui le dit.   temporaire : le dispositif connaît la structure, pas le contrat.   alerte : le
    terme prévu approche.
    """

    model_config = ConfigDict(from_attributes=True)

    emploi_id: UUID
    structure_id: UUID
    siret: str
    nom_structure: str
    debut: dt.date
    fin_prevue: dt.date | None
    code_insee: str | None
    commence: bool
    fin: dt.date | None
    motif_fin: MotifFin | None
    declare_le: dt.datetime
    type_contrat: TypeContrat | None
    source: SourceDuFait
    temporaire: bool
    alerte: SeuilDeFin | None


class MonEmploi(Emploi):
    """contrat : tel qu’il se lit, « CDD - Durée 6 mois ».   principal : celui qui vaut aujourd’hui.

    modifiable : faux quand la source du dispositif fait foi.
    """

    contrat: str | None
    principal: bool
    modifiable: bool


def stream_of(emploi_id: UUID) -> str:
    """The emploi's stream."""
    return f"emploi-{emploi_id}"


@router.post(
    "",
    status_code=201,
    responses=problems(
        siret.SiretMalForme,
        siret.SiretInvalide,
        emploi.CommuneDeStructureInconnue,
        emploi.NomDEmployeurInvalide,
        emploi.DebutDEmploiImprobable,
        emploi.FinAvantDebut,
        emploi.FinDEmploiImprobable,
        emploi.EmploiDejaDeclare,
        emploi.TropDEmplois,
    )
    | already(ReferenceEmploi),
    dependencies=[allow(SON_COMPTE), Depends(after("emplois"))],
)
async def declarer(
    body: NouvelEmploi,
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceEmploi:
    """Déclarer un emploi. Cent au plus, passés compris. 200 si c'était déjà fait."""
    await admettre_un_emploi(database, moi.compte_id, body.id)
    command = emploi.DeclarerEmploi(
        emploi_id=EmploiId(body.id),
        par=CompteId(moi.compte_id),
        maintenant=clock.now(),
        **body.dit(),
    )
    outcome = await store.execute(EMPLOI(body.id), command, context)
    response.status_code = 201 if outcome.changed else 200
    written(response, "identity", outcome)
    return ReferenceEmploi(id=body.id, structure_id=siret.structure_de(siret.normaliser(body.siret)))


@router.put(
    "/{emploi_id}",
    status_code=204,
    responses=problems(
        siret.SiretMalForme,
        siret.SiretInvalide,
        emploi.CommuneDeStructureInconnue,
        emploi.NomDEmployeurInvalide,
        emploi.DebutDEmploiImprobable,
        emploi.FinAvantDebut,
        emploi.FinDEmploiImprobable,
        emploi.EmploiInconnu,
        emploi.EmploiDuDispositif,
    ),
    dependencies=[allow(SON_EMPLOI)],
)
async def corriger(
    emploi_id: UUID,
    body: CorrectionDEmploi,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Corriger un emploi ; ce qui était dit reste dans son histoire.

    En contrat dans le dispositif, ce qui vient de lui s’y corrige.
    """
    par = await titulaire_parmi(store, emploi_id, siens.comptes)
    command = emploi.CorrigerEmploi(
        par=par, maintenant=clock.now(), source_fait_foi=await _source_fait_foi(store, par), **body.dit()
    )
    outcome = await store.execute(EMPLOI(emploi_id), command, context, expected=expected)
    written(response, "identity", outcome)


@router.post(
    "/{emploi_id}/fin",
    status_code=204,
    responses=problems(
        emploi.EmploiInconnu,
        emploi.EmploiDejaTermine,
        emploi.EmploiDuDispositif,
        emploi.FinAvantDebut,
        emploi.FinDansLeFutur,
        emploi.FinDEmploiImprobable,
    ),
    dependencies=[allow(SON_EMPLOI)],
)
async def terminer(
    emploi_id: UUID,
    body: FinDEmploi,
    siens: SiensDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Terminer un de mes emplois, sauf un contrat en cours du dispositif : lui seul en dit la fin."""
    par = await titulaire_parmi(store, emploi_id, siens.comptes)
    command = emploi.TerminerContrat(
        par=par,
        fin=body.fin,
        motif=body.motif,
        maintenant=clock.now(),
        source_fait_foi=await _source_fait_foi(store, par),
    )
    outcome = await store.execute(EMPLOI(emploi_id), command, context, expected=expected)
    await _terminer_ailleurs(store, emploi_id, siens, command, context)
    written(response, "identity", outcome)


@router.get("", dependencies=[allow(SON_COMPTE), Depends(after("emplois"))])
async def mes_emplois(
    moi: Connecte, store: StoreDep, database: DatabaseDep, clock: ClockDep
) -> list[MonEmploi]:
    """Mes emplois, le plus récent d'abord."""
    foi = await _source_fait_foi(store, CompteId(moi.compte_id))
    async with database.engine.connect() as connection:
        rows = (await connection.execute(emplois.emplois_de(moi.compte_id))).all()
    lus = [Emploi.model_validate(row) for row in rows]
    # One declared by mistake never was.
    reels = [_Date(lu) for lu in lus if lu.motif_fin is not MotifFin.ERREUR]
    aujourd_hui = clock.today(emplois.fuseau_de_la_personne(rows))
    principal = emploi_applicable(reels, aujourd_hui, strict=True)
    return [
        MonEmploi(
            **lu.model_dump(),
            contrat=libelle_du_contrat(lu.type_contrat, lu.debut, lu.fin_prevue),
            principal=principal is not None and principal.emploi_id == lu.emploi_id,
            modifiable=not (foi and lu.source is SourceDuFait.DISPOSITIF),
        )
        for lu in lus
    ]


async def _source_fait_foi(store: Store[Any], compte_id: CompteId) -> bool:
    etat, _ = await store.state(RECONNAISSANCE(compte_id))
    return source_fait_foi(etat)


async def admettre_un_emploi(database: Database, compte_id: UUID, emploi_id: UUID) -> None:
    """Raises TropDEmplois. The table may be late: a burst passes the bound by a little, not for ever."""
    async with database.engine.connect() as connection:
        connus = await connection.scalar(emplois.autres_que(emploi_id, compte_id))
    emploi.admettre(connus or 0)


async def _terminer_ailleurs(
    store: StoreDep, emploi_id: UUID, siens: Siens, command: emploi.TerminerContrat, context: ContextDep
) -> None:
    """The same emploi, that another of their accounts declared too, ends with it."""
    if len(siens.comptes) == 1:
        return
    async with store.database.engine.connect() as connection:
        autres = (await connection.execute(emplois.jumeaux(emploi_id, siens.comptes))).all()
    intents = [Intent(EMPLOI(un.emploi_id), replace(command, par=CompteId(un.compte_id))) for un in autres]
    # Ended already, or not to be ended that day: it says otherwise, and stays as it is.
    await store.execute_many(intents, context)


async def titulaire_parmi(store: Store[Any], emploi_id: UUID, siens: Sequence[UUID]) -> CompteId:
    """Which of these accounts of a person declared it; the first, today's, when none did."""
    etat, _ = await store.state(EMPLOI(emploi_id))
    declare = emploi.titulaire(etat)
    return declare if declare is not None and declare in siens else CompteId(siens[0])


class _Date:
    """An emploi, for the rule that chooses one: its planned end counts as long as none is recorded."""

    def __init__(self, lu: Emploi) -> None:
        self.emploi_id, self.debut, self.temporaire = lu.emploi_id, lu.debut, lu.temporaire
        self.fin = lu.fin or lu.fin_prevue
