"""Two accounts of one person: what the support reads of each case, attests, rejects or undoes."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from events.store.store import Context, Written
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import ADMIN, Connecte, holds
from web.docs import EXAMPLE_ID
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import after, written
from web.problems import problems
from web.wiring import ContextDep, DatabaseDep, StoreDep

from identity.api.browser import AccesDep
from identity.api.gestion.acces import Decision, Raison
from identity.connexion.rapprochement import Rapprochements, Resultat
from identity.domain import compte
from identity.domain import rapprochement as domaine
from identity.domain.acces import RaisonAbsente
from identity.domain.rapprochement import ANNULABLE, RAPPROCHEMENT, Obstacle, Origine
from identity.domain.vocabulaire import CompteId, RapprochementId
from identity.policies import LIRE_LA_GESTION, RAPPROCHER
from identity.projections import comptes, rapprochements
from identity.projections.rapprochements import EtatRapprochement

router = APIRouter(prefix="/comptes/gestion/rapprochements", tags=["Gestion"])

_LIRE = [allow(LIRE_LA_GESTION), *(Depends(after(t.name)) for t in (rapprochements.table, comptes.table))]
_DECIDER = [allow(RAPPROCHER)]


class NouveauRapprochement(Decision):
    """Deux comptes que le support dit être à une même personne."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"compte_id": EXAMPLE_ID, "autre": EXAMPLE_ID, "raison": "Vue au téléphone."}]
        }
    )

    compte_id: UUID
    autre: UUID
    # Here too: what is wrong with the other account and what is missing are said at once.
    raison: Annotated[Raison, StringConstraints(min_length=1)]


class Partie(BaseModel):
    """Un des deux comptes. prenom, nom, courriel : absents une fois le compte effacé."""

    compte_id: UUID
    prenom: str | None
    nom: str | None
    courriel: str | None


class Dossier(BaseModel):
    """demandeur : le compte de la personne qui s’est connectée.   titulaire : l’autre.

    obstacle : ce que la boîte prouvée ne suffit pas à lever.   attestations : du support, deux quand l’un des
    comptes peut beaucoup.   garde : celui qui reste.   annulable_jusqu_a : du rapprochement fait.
    """

    rapprochement_id: UUID
    demandeur: Partie
    titulaire: Partie
    origine: Origine
    etat: EtatRapprochement
    obstacle: Obstacle | None
    attestations: int
    garde: UUID | None
    ouvert_le: dt.datetime
    decide_le: dt.datetime | None
    annulable_jusqu_a: dt.datetime | None


class Suite(BaseModel):
    """Ce que l’attestation a permis : `rapproche`, ou `confie` tant qu’un second doit le dire."""

    rapprochement_id: UUID
    resultat: Resultat


@router.get("", dependencies=_LIRE)
async def lister(
    page: PageParams,
    database: DatabaseDep,
    etats: Annotated[
        list[EtatRapprochement] | None, Query(max_length=5, description="Un de ceux-là ; tous, sans eux")
    ] = None,
) -> Page[Dossier]:
    """Les dossiers, le dernier ouvert d’abord."""
    choix = rapprochements.tous(etats or tuple(EtatRapprochement))
    return await page.of(database, choix, order=rapprochements.ORDRE, to=_dossier, previous=True, total=True)


@router.get("/{rapprochement_id}", responses=problems(domaine.RapprochementInconnu), dependencies=_LIRE)
async def un(rapprochement_id: UUID, database: DatabaseDep) -> Dossier:
    """Un dossier."""
    async with database.engine.connect() as connection:
        row = (await connection.execute(rapprochements.un(rapprochement_id))).one_or_none()
    if row is None:
        raise domaine.RapprochementInconnu
    return _dossier(row)


@dataclass(frozen=True, slots=True)
class Soutien:
    """Who decides, of the gestion."""

    par: CompteId
    administre: bool
    rapprochements: Rapprochements
    context: Context
    response: Response

    async def attester(self, demandeur: CompteId, autre: CompteId, raison: str) -> Suite:
        """They are one person, says who decides. Raises as `Rapprochements.attester`."""
        suite = await self.rapprochements.attester(
            demandeur, autre, self.par, raison, self.context, administre=self.administre
        )
        if suite.ecrit is not None:
            self.dire(suite.ecrit)
        return Suite(rapprochement_id=domaine.identifiant(demandeur, autre), resultat=suite.resultat)

    def dire(self, ecrit: Written) -> None:
        """Where to read from."""
        written(self.response, "identity", ecrit)


async def _soutien(moi: Connecte, acces: AccesDep, context: ContextDep, response: Response) -> Soutien:
    return Soutien(CompteId(moi.compte_id), holds(moi, ADMIN), acces.rapprochements, context, response)


SoutienDep = Annotated[Soutien, Depends(_soutien)]


@router.post(
    "",
    responses=problems(
        domaine.AttestationDeSoi,
        RaisonAbsente,
        domaine.RapprochementReserve,
        domaine.RapprochementImpossible,
        compte.CompteInconnu,
    ),
    dependencies=_DECIDER,
)
async def proposer(body: NouveauRapprochement, qui: SoutienDep) -> Suite:
    """Dire que deux comptes sont à une même personne. Un second le confirme si l’un peut beaucoup."""
    return await qui.attester(CompteId(body.compte_id), CompteId(body.autre), body.raison)


@router.post(
    "/{rapprochement_id}/attestation",
    responses=problems(
        domaine.RapprochementInconnu,
        domaine.AttestationDeSoi,
        RaisonAbsente,
        domaine.RapprochementReserve,
        domaine.RapprochementImpossible,
        compte.CompteInconnu,
    ),
    dependencies=_DECIDER,
)
async def attester(rapprochement_id: UUID, body: Decision, store: StoreDep, qui: SoutienDep) -> Suite:
    """Attester que les deux comptes d’un dossier sont à une même personne."""
    state, _ = await store.state(RAPPROCHEMENT(rapprochement_id))
    if isinstance(state, domaine.Absent):
        raise domaine.RapprochementInconnu
    return await qui.attester(state.dossier.demandeur, state.dossier.titulaire, body.raison)


@router.post(
    "/{rapprochement_id}/ecartement",
    status_code=204,
    responses=problems(
        domaine.RapprochementInconnu,
        domaine.RapprochementDejaDecide,
        domaine.AttestationDeSoi,
        RaisonAbsente,
        domaine.RapprochementReserve,
    ),
    dependencies=_DECIDER,
)
async def ecarter(rapprochement_id: UUID, body: Decision, qui: SoutienDep) -> None:
    """Dire que ce sont deux personnes."""
    rid = RapprochementId(rapprochement_id)
    qui.dire(
        await qui.rapprochements.ecarter(rid, qui.par, body.raison, qui.context, administre=qui.administre)
    )


@router.post(
    "/{rapprochement_id}/annulation",
    status_code=204,
    responses=problems(
        domaine.RapprochementInconnu,
        domaine.RapprochementDefinitif,
        domaine.RapprochementRecouvert,
        domaine.AttestationDeSoi,
        RaisonAbsente,
        domaine.RapprochementReserve,
        compte.DerniereIdentite,
    ),
    dependencies=_DECIDER,
)
async def annuler(rapprochement_id: UUID, body: Decision, qui: SoutienDep) -> None:
    """Défaire un rapprochement, dans les trente jours. Chaque compte reprend ce qui était à lui."""
    rid = RapprochementId(rapprochement_id)
    qui.dire(
        await qui.rapprochements.annuler(rid, qui.par, body.raison, qui.context, administre=qui.administre)
    )


def _dossier(row: Any) -> Dossier:
    fait = row.etat == EtatRapprochement.RAPPROCHE.value
    return Dossier(
        rapprochement_id=row.rapprochement_id,
        demandeur=Partie(
            compte_id=row.demandeur,
            prenom=row.demandeur_prenom,
            nom=row.demandeur_nom,
            courriel=row.demandeur_courriel,
        ),
        titulaire=Partie(
            compte_id=row.titulaire,
            prenom=row.titulaire_prenom,
            nom=row.titulaire_nom,
            courriel=row.titulaire_courriel,
        ),
        origine=Origine(row.origine),
        etat=EtatRapprochement(row.etat),
        obstacle=Obstacle(row.obstacle) if row.obstacle else None,
        attestations=row.attestations,
        garde=row.garde,
        ouvert_le=row.ouvert_le,
        decide_le=row.decide_le,
        annulable_jusqu_a=row.decide_le + ANNULABLE if fait else None,
    )
