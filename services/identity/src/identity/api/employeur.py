"""The employer that ProConnect gives and that the person's emplois do not know: new, second, or a mistake."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from events.decider import refuse
from events.postgres.database import Database
from events.store.store import Intent, SomeRefused, Store
from fastapi import APIRouter, Depends, Response
from process.clock import Clock
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from referentiels.territoires import fuseau_de
from web.auth import Caller, Connecte
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pace import keep_pace
from web.policies import allow
from web.positions import after, written
from web.problems import TROP_DE_DEMANDES, answers, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.browser import AccesDep
from identity.api.entreprises import RECHERCHES, EtablissementTrouve
from identity.connexion.sessions.jetons import load_compte
from identity.domain import compte, emploi, siret
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.employeur import EmployeurNonDemande, NouvelEmployeurAVenir, a_demander, suites
from identity.domain.vocabulaire import CompteId, EmploiId, ReponseEmployeur, TypeContrat
from identity.entreprises.annuaire import AnnuaireInjoignable
from identity.policies import SON_COMPTE
from identity.projections import emplois

router = APIRouter(prefix="/comptes/moi/employeur", tags=["Emplois"])

_A_LIRE = [allow(SON_COMPTE), Depends(after("emplois"))]


class EmployeurPropose(BaseModel):
    """Ce que ProConnect dit de mon employeur. siret : absent quand il n’y a rien à me demander.

    etablissement : ce que l’annuaire des entreprises en sait.   repond : faux quand il ne répond pas.
    """

    siret: str | None
    etablissement: EtablissementTrouve | None
    repond: bool


class _Reponse(BaseModel):
    model_config = ConfigDict(extra="forbid")

    siret: Annotated[str, StringConstraints(max_length=40)]


class PasMonEmployeur(_Reponse):
    """Une erreur de ProConnect. siret : celui qu’il donne."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reponse": "erreur", "siret": "13002603200016"}]}
    )

    reponse: Literal[ReponseEmployeur.ERREUR]


class MonEmployeur(_Reponse):
    """Un nouvel employeur, ou un second. siret : celui que donne ProConnect.

    emploi_id : tiré par le client.   code_insee : commune de la structure, dont le fuseau fait les jours de
    la personne.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reponse": "nouvel_employeur",
                    "siret": "13002603200016",
                    "emploi_id": EXAMPLE_ID,
                    "nom": "Agence d’exemple",
                    "debut": "2026-09-01",
                }
            ]
        },
    )

    reponse: Literal[ReponseEmployeur.NOUVEL_EMPLOYEUR, ReponseEmployeur.SECOND_EMPLOYEUR]
    emploi_id: NewId
    nom: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    debut: Day
    fin_prevue: Day | None = None
    code_insee: Annotated[str, StringConstraints(max_length=10)] | None = None
    type_contrat: TypeContrat | None = None


Reponse = Annotated[PasMonEmployeur | MonEmployeur, Field(discriminator="reponse")]


@router.get("", responses=answers(TROP_DE_DEMANDES), dependencies=[*_A_LIRE, keep_pace(RECHERCHES)])
async def propose(moi: Connecte, store: StoreDep, database: DatabaseDep, acces: AccesDep) -> EmployeurPropose:
    """L’employeur que donne ProConnect, quand aucun de mes emplois ne le connaît."""
    personne = await _inscrite(store, moi)
    siens = await _emplois(database, moi)
    numero = personne.personne.siret if personne else None
    if personne is None or numero is None or not a_demander(numero, personne.siret_ecarte, siens):
        return EmployeurPropose(siret=None, etablissement=None, repond=True)
    try:
        trouve = await acces.annuaire.etablissement(numero)
    except AnnuaireInjoignable:
        return EmployeurPropose(siret=numero, etablissement=None, repond=False)
    return EmployeurPropose(
        siret=numero,
        etablissement=EtablissementTrouve.model_validate(trouve) if trouve else None,
        repond=True,
    )


@router.post(
    "",
    status_code=204,
    responses=problems(
        EmployeurNonDemande,
        NouvelEmployeurAVenir,
        emploi.CommuneDeStructureInconnue,
        emploi.NomDEmployeurInvalide,
        emploi.DebutDEmploiImprobable,
        emploi.FinAvantDebut,
        emploi.FinDEmploiImprobable,
        emploi.EmploiDejaDeclare,
        emploi.TropDEmplois,
    ),
    dependencies=_A_LIRE,
)
async def repondre(
    body: Reponse,
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Dire ce qu’il en est. D’un nouvel employeur, les emplois d’avant finissent la veille."""
    personne = await _inscrite(store, moi)
    numero = siret.valide_ou_none(body.siret)
    if personne is None or numero is None or numero != personne.personne.siret:
        raise EmployeurNonDemande(field="/siret")
    if isinstance(body, PasMonEmployeur):
        outcome = await store.execute(
            COMPTE(moi.compte_id), compte.EcarterSiret(numero, clock.now()), context
        )
        written(response, "identity", outcome)
        return
    if body.reponse is ReponseEmployeur.NOUVEL_EMPLOYEUR and body.debut > clock.today(
        fuseau_de(body.code_insee)
    ):
        # The emplois before it would end on a day that has not come.
        raise NouvelEmployeurAVenir(field="/debut")
    siens = await _emplois(database, moi)
    deja_dit = any(e.emploi_id == body.emploi_id for e in siens)
    emploi.admettre(len(siens) - deja_dit)
    if not deja_dit and not a_demander(numero, None, siens):
        raise EmployeurNonDemande(field="/siret")
    try:
        outcomes = await store.execute_whole(_intents(body, siens, CompteId(moi.compte_id), clock), context)
    except SomeRefused as refused:
        refuse(refused.refusals.values())
        raise
    written(response, "identity", outcomes[0])


def _intents(
    body: MonEmployeur, siens: Sequence[Any], par: CompteId, clock: Clock
) -> list[Intent[Any, Any, Any]]:
    """The new emploi, then what it makes of the others."""
    maintenant = clock.now()
    declaration = emploi.DeclarerEmploi(
        EmploiId(body.emploi_id),
        par,
        body.siret,
        body.nom,
        body.debut,
        body.fin_prevue,
        maintenant,
        body.code_insee,
        body.type_contrat,
    )
    intents: list[Intent[Any, Any, Any]] = [Intent(EMPLOI(body.emploi_id), declaration)]
    if body.reponse is ReponseEmployeur.NOUVEL_EMPLOYEUR:
        numero = siret.normaliser(body.siret)
        for sien in siens:
            # Each ends for the account that declared it.
            autres = suites([sien], numero, body.debut, CompteId(sien.compte_id), maintenant)
            intents += [Intent(EMPLOI(autre.emploi_id), command) for autre, command in autres]
    return intents


async def _inscrite(store: Store[Any], moi: Caller) -> compte.Inscrit | None:
    """None before the end of the inscription, which asks for the employer itself."""
    state = await load_compte(store, CompteId(moi.compte_id))
    return state if isinstance(state, compte.Inscrit) else None


async def _emplois(database: Database, moi: Caller) -> Sequence[Any]:
    async with database.engine.connect() as connection:
        return (await connection.execute(emplois.tous_de(moi.compte_id))).all()
