"""The inscription, step by step: what is answered, each answer, and the validation that gives the role."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID, uuid5

from events.decider import refuse
from events.store.store import Claim, Intent, SomeRefused, Store
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from web.auth import Caller, Connecte
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.policies import allow
from web.positions import written
from web.problems import INTROUVABLE, Problem, already, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.browser import AccesDep, renew
from identity.api.comptes import RoleTenu
from identity.domain import cgu, compte, courriel, emploi, inscription, siret
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.inscription import INSCRIPTION
from identity.domain.reconnaissance import RECONNAISSANCE, DemanderReconnaissance
from identity.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EmploiId,
    Etape,
    LieuId,
    MediateurId,
    Profil,
    Role,
    SourceDuFait,
    TypeContrat,
    Verification,
)
from identity.entreprises.annuaire import verifier
from identity.policies import SON_COMPTE
from identity.projections import lieux_connus

router = APIRouter(prefix="/comptes/moi/inscription", tags=["Inscription"])

VersionCgu = Annotated[str, StringConstraints(max_length=40)]
_ETAPES_REFUSEES = (
    inscription.ProfilManquant,
    inscription.InformationsManquantes,
    inscription.EmployeurManquant,
    inscription.LieuxManquants,
    inscription.EtapeHorsParcours,
    inscription.InscriptionDejaValidee,
)


class Employeur(BaseModel):
    """La structure employeuse confirmée. verification : ce que l'annuaire des entreprises en dit."""

    model_config = ConfigDict(from_attributes=True)

    emploi_id: UUID
    structure_id: UUID
    siret: str
    nom: str = Field(validation_alias="nom_structure")
    adresse: str
    code_insee: str | None
    debut: dt.date
    fin_prevue: dt.date | None
    type_contrat: TypeContrat | None
    verification: Verification
    origine: SourceDuFait


class LieuChoisi(BaseModel):
    """Un lieu d'activité choisi, comme la cartographie le décrit aujourd'hui."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(validation_alias="lieu_id")
    nom: str
    adresse: str | None
    code_postal: str
    commune: str


class MonInscription(BaseModel):
    """Où la personne en est. etapes : les siennes.   etape : la première sans réponse.

    version_cgu : celle qu'elle a acceptée avec son profil, si c'est celle en vigueur.   siret_propose : celui
    que donne ProConnect.   adresse_generique : son courriel semble partagé (contact@, mairie@…).
    roles : ceux que la validation donnera.   origine_profil, origine_lieux : qui les a dits.
    """

    etapes: list[Etape]
    etape: Etape
    terminee: bool
    prenom: str
    nom: str
    courriel: str
    adresse_generique: bool
    siret_propose: str | None
    profil: Profil | None
    origine_profil: SourceDuFait | None
    roles: list[Role]
    version_cgu: str | None
    informations_confirmees: bool
    profession: str | None
    employeur: Employeur | None
    lieux: list[LieuChoisi]
    origine_lieux: SourceDuFait | None


class ChoixDeProfil(BaseModel):
    """version_cgu : celle de `/auth/cgu`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"profil": "mediateur", "cgu_acceptees": True, "version_cgu": "2026-01"}]
        },
    )

    profil: Profil
    cgu_acceptees: bool
    version_cgu: VersionCgu


class Informations(BaseModel):
    """profession : telle que la personne la nomme."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"profession": "Médiatrice numérique"}]}
    )

    profession: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None
    ) = None


class NouvelEmployeur(BaseModel):
    """emploi_id : tiré par le client, de l'emploi que la validation déclarera.   siret : espaces admis."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "emploi_id": EXAMPLE_ID,
                    "siret": "130 026 032 00016",
                    "nom": "Agence d’exemple",
                    "adresse": "1 place de la Mairie",
                    "debut": "2025-09-01",
                }
            ]
        },
    )

    emploi_id: NewId
    siret: Annotated[str, StringConstraints(max_length=40)]
    nom: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    adresse: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    code_insee: Annotated[str, StringConstraints(max_length=10)] | None = None
    debut: Day
    fin_prevue: Day | None = None
    type_contrat: TypeContrat | None = None


class ChoixDeLieux(BaseModel):
    """lieux : identifiants de la cartographie, 50 au plus."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"lieux": ["00000000-0000-4000-8000-000000000000"]}]}
    )

    lieux: Annotated[list[UUID], Field(max_length=inscription.LIEUX_MAX)]


class Validation(BaseModel):
    """id : du rôle du profil, tiré par le client ; celui d’un second rôle en est dérivé.

    cgu_acceptees, version_cgu : quand la personne ne les a pas acceptées avec son profil.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": EXAMPLE_ID}]})

    id: NewId
    cgu_acceptees: bool = False
    version_cgu: VersionCgu | None = None


@router.get("", dependencies=[allow(SON_COMPTE)])
async def mon_inscription(moi: Connecte, store: StoreDep, database: DatabaseDep) -> MonInscription:
    """Où j'en suis, et ce que j'ai répondu."""
    personne, finie, reponses = await _ou_j_en_suis(store, moi)
    lieux = reponses.lieux.lieux if reponses.lieux else ()
    async with database.engine.connect() as connection:
        connus = {row.lieu_id: row for row in await connection.execute(lieux_connus.ceux_ci(lieux))}
    profil, informations = reponses.profil, reponses.informations
    return MonInscription(
        etapes=list(inscription.etapes(reponses)),
        etape=inscription.etape_courante(reponses),
        terminee=finie,
        prenom=personne.prenom,
        nom=personne.nom,
        courriel=personne.courriel,
        adresse_generique=courriel.generique(personne.courriel),
        siret_propose=personne.siret,
        profil=profil.profil if profil else None,
        origine_profil=profil.origine if profil else None,
        roles=list(inscription.roles(profil)) if profil else [],
        version_cgu=_acceptee(reponses),
        informations_confirmees=informations is not None,
        profession=informations.profession if informations else None,
        employeur=Employeur.model_validate(reponses.employeur) if reponses.employeur else None,
        lieux=[LieuChoisi.model_validate(connus[lieu]) for lieu in lieux if lieu in connus],
        origine_lieux=reponses.lieux.origine if reponses.lieux else None,
    )


@router.put(
    "/profil",
    status_code=204,
    responses=problems(
        compte.CguNonAcceptees,
        compte.VersionDeCguInconnue,
        inscription.EtapeHorsParcours,
        inscription.InscriptionDejaValidee,
    ),
    dependencies=[allow(SON_COMPTE)],
)
async def choisir_le_profil(
    body: ChoixDeProfil,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Dire mon profil, et accepter les conditions générales. Qui est reconnu du dispositif ne choisit pas."""
    if body.version_cgu != cgu.ACTUELLE.version:
        raise compte.VersionDeCguInconnue(field="/version_cgu")
    if not body.cgu_acceptees:
        raise compte.CguNonAcceptees(field="/cgu_acceptees")
    await _pas_encore_inscrite(store, moi)
    command = inscription.ChoisirProfil(CompteId(moi.compte_id), body.profil, body.version_cgu, clock.now())
    written(response, "identity", await store.execute(INSCRIPTION(moi.compte_id), command, context))


@router.put(
    "/informations",
    status_code=204,
    responses=problems(*_ETAPES_REFUSEES),
    dependencies=[allow(SON_COMPTE)],
)
async def confirmer_les_informations(
    body: Informations,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Confirmer qui je suis, et dire ma profession."""
    await _pas_encore_inscrite(store, moi)
    command = inscription.ConfirmerInformations(CompteId(moi.compte_id), body.profession, clock.now())
    written(response, "identity", await store.execute(INSCRIPTION(moi.compte_id), command, context))


@router.put(
    "/employeur",
    status_code=204,
    responses=problems(
        *_ETAPES_REFUSEES,
        inscription.EtablissementFerme,
        siret.SiretMalForme,
        siret.SiretInvalide,
        emploi.CommuneDeStructureInconnue,
        emploi.NomDEmployeurInvalide,
        emploi.DebutDEmploiImprobable,
        emploi.FinAvantDebut,
        emploi.FinDEmploiImprobable,
    ),
    dependencies=[allow(SON_COMPTE)],
)
async def confirmer_l_employeur(
    body: NouvelEmployeur,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> None:
    """Dire quelle structure m'emploie. L'annuaire des entreprises muet, elle est gardée « à vérifier »."""
    await _pas_encore_inscrite(store, moi)
    lu = siret.valide_ou_none(body.siret)
    command = inscription.ConfirmerEmployeur(
        emploi.DeclarerEmploi(
            emploi_id=EmploiId(body.emploi_id),
            par=CompteId(moi.compte_id),
            siret=body.siret,
            nom_structure=body.nom,
            debut=body.debut,
            fin_prevue=body.fin_prevue,
            maintenant=clock.now(),
            code_insee=body.code_insee,
            type_contrat=body.type_contrat,
        ),
        body.adresse,
        await verifier(acces.annuaire, lu) if lu else Verification.INCONNU,
    )
    written(response, "identity", await store.execute(INSCRIPTION(moi.compte_id), command, context))


@router.put(
    "/lieux",
    status_code=204,
    responses=problems(
        *_ETAPES_REFUSEES, inscription.LieuDActiviteInconnu, inscription.LieuRepete, inscription.TropDeLieux
    ),
    dependencies=[allow(SON_COMPTE)],
)
async def choisir_les_lieux(
    body: ChoixDeLieux,
    moi: Connecte,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Dire où j'exerce, parmi les lieux de la cartographie."""
    await _pas_encore_inscrite(store, moi)
    async with database.engine.connect() as connection:
        connus = [row.lieu_id for row in await connection.execute(lieux_connus.ceux_ci(body.lieux))]
    command = inscription.ChoisirLieux(
        CompteId(moi.compte_id), tuple(LieuId(lieu) for lieu in body.lieux), frozenset(connus), clock.now()
    )
    written(response, "identity", await store.execute(INSCRIPTION(moi.compte_id), command, context))


@router.post(
    "/validation",
    status_code=201,
    responses=problems(
        *_ETAPES_REFUSEES,
        inscription.CguAAccepter,
        compte.VersionDeCguInconnue,
        compte.RoleDejaChoisi,
        emploi.EmploiDejaDeclare,
    )
    | already(RoleTenu),
    dependencies=[allow(SON_COMPTE)],
)
async def valider(
    body: Validation,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    acces: AccesDep,
    response: Response,
) -> RoleTenu:
    """Valider mon inscription : elle me donne mon rôle, et déclare mon emploi. Le cookie est remplacé.

    Un coordinateur du dispositif à qui la source connaît des lieux devient médiateur aussi ; la réponse donne
    le rôle de son profil. 200 si c'était déjà fait.
    """
    if body.version_cgu is not None and body.version_cgu != cgu.ACTUELLE.version:
        raise compte.VersionDeCguInconnue(field="/version_cgu")
    await _pas_encore_inscrite(store, moi)
    compte_id, maintenant = CompteId(moi.compte_id), clock.now()
    state, _ = await store.state(INSCRIPTION(compte_id))
    reponses = state.reponses if isinstance(state, inscription.Validee) else state
    acceptee = _acceptee(reponses) or (body.version_cgu if body.cgu_acceptees else None)
    command = inscription.ValiderInscription(compte_id, acceptee, maintenant)
    # What is missing is said before anything else is decided.
    inscription.decide(command, state)
    assert reponses.profil is not None, "une inscription sans profil est refusée"
    role = reponses.profil.profil.role
    roles = {r: body.id if r is role else uuid5(body.id, r.value) for r in inscription.roles(reponses.profil)}
    intents: list[Intent[Any, Any, Any]] = [
        *(
            Intent(COMPTE(compte_id), _choix(r, role_id, acceptee or cgu.ACTUELLE.version, maintenant))
            for r, role_id in roles.items()
        ),
        *_emploi(reponses.employeur, maintenant),
        *_reconnaissance(reponses.profil, compte_id, maintenant),
        Intent(INSCRIPTION(compte_id), command),
    ]
    try:
        # The client draws the identifier: it must be nobody else's, or a token would speak for them.
        claims = [Claim(r.value, role_id.bytes) for r, role_id in roles.items()]
        outcomes = await store.execute_whole(intents, context, claims=claims)
    except SomeRefused as refused:
        refuse(refused.refusals.values())
        raise
    changed = any(outcome.changed for outcome in outcomes)
    if changed:
        await renew(acces, moi, context, response)
    response.status_code = 201 if changed else 200
    written(response, "identity", outcomes[0])
    return RoleTenu(role=role, id=body.id)


def _choix(role: Role, role_id: UUID, version_cgu: str, maintenant: dt.datetime) -> compte.ChoisirRole:
    return compte.ChoisirRole(
        role=role,
        mediateur_id=MediateurId(role_id) if role is Role.MEDIATEUR else None,
        coordinateur_id=CoordinateurId(role_id) if role is Role.COORDINATEUR else None,
        cgu_acceptees=True,
        version_cgu=version_cgu,
        maintenant=maintenant,
    )


def _emploi(
    employeur: inscription.EmployeurConfirme | None, maintenant: dt.datetime
) -> list[Intent[Any, Any, Any]]:
    """The emploi that the person declared; those of the dispositif come from its source."""
    if employeur is None or employeur.origine is SourceDuFait.DISPOSITIF:
        return []
    declaration = emploi.DeclarerEmploi(
        employeur.emploi_id,
        employeur.compte_id,
        employeur.siret,
        employeur.nom_structure,
        employeur.debut,
        employeur.fin_prevue,
        maintenant,
        employeur.code_insee,
        employeur.type_contrat,
    )
    return [Intent(EMPLOI(employeur.emploi_id), declaration)]


def _reconnaissance(
    profil: inscription.ProfilChoisi, compte_id: CompteId, maintenant: dt.datetime
) -> list[Intent[Any, Any, Any]]:
    """Who says to be of the dispositif asks for it to be recognised (C4); the source asks for nothing."""
    if profil.origine is SourceDuFait.DISPOSITIF or profil.profil not in {
        Profil.CONSEILLER_NUMERIQUE,
        Profil.COORDINATEUR_DISPOSITIF,
    }:
        return []
    return [Intent(RECONNAISSANCE(compte_id), DemanderReconnaissance(compte_id, maintenant))]


def _acceptee(reponses: inscription.EnCours) -> str | None:
    """The version accepted with the profil, when it still is the one in force."""
    version = reponses.profil.version_cgu if reponses.profil else None
    return version if version == cgu.ACTUELLE.version else None


async def _ou_j_en_suis(store: Store[Any], moi: Caller) -> tuple[compte.Personne, bool, inscription.EnCours]:
    """Who, whether it is over, and the answers."""
    sien = await store.state(COMPTE(moi.compte_id))
    state, _ = await store.state(INSCRIPTION(moi.compte_id))
    if not isinstance(sien[0], compte.EnInscription | compte.Inscrit):
        raise Problem(INTROUVABLE)
    reponses = state.reponses if isinstance(state, inscription.Validee) else state
    return sien[0].personne, isinstance(sien[0], compte.Inscrit), reponses


async def _pas_encore_inscrite(store: Store[Any], moi: Caller) -> None:
    """Accounts older than the steps have a role without having taken them: nothing is left to answer."""
    sien, _ = await store.state(COMPTE(moi.compte_id))
    state, _ = await store.state(INSCRIPTION(moi.compte_id))
    if isinstance(sien, compte.Inscrit) and not isinstance(state, inscription.Validee):
        raise inscription.InscriptionDejaValidee
