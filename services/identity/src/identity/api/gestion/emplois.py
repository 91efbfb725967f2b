"""The emplois of an account, corrected by an administrator in the place of the person, with a reason."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import ConfigDict
from web.docs import EXAMPLE_ID
from web.policies import allow
from web.problems import already, problems
from web.wiring import DatabaseDep

from identity.api.emplois import (
    EXEMPLE,
    CorrectionDEmploi,
    FinDEmploi,
    NouvelEmploi,
    ReferenceEmploi,
    admettre_un_emploi,
    titulaire_parmi,
)
from identity.api.gestion.acces import DecideurDep, Decision, Raison
from identity.connexion.adresses import comptes_de
from identity.domain import acces as domaine
from identity.domain import compte, emploi, siret
from identity.domain.emploi import EMPLOI
from identity.domain.intervention import Geste
from identity.domain.reconnaissance import RECONNAISSANCE, source_fait_foi
from identity.domain.vocabulaire import CompteId, EmploiId
from identity.policies import GERER

router = APIRouter(prefix="/comptes/gestion/utilisateurs/{compte_id}/emplois", tags=["Gestion"])

_POURQUOI = "D’après le contrat envoyé au support."
_REFUS = (domaine.RaisonAbsente, domaine.SonPropreCompte, compte.CompteInconnu)
_DE_LA_SAISIE = (
    siret.SiretMalForme,
    siret.SiretInvalide,
    emploi.CommuneDeStructureInconnue,
    emploi.NomDEmployeurInvalide,
    emploi.DebutDEmploiImprobable,
    emploi.FinAvantDebut,
    emploi.FinDEmploiImprobable,
)
_DE_L_EMPLOI = (emploi.EmploiInconnu, emploi.EmploiDuDispositif)


class NouvelEmploiDonne(NouvelEmploi):
    """Un emploi de plus. raison : gardée avec lui, dans l’histoire du compte."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": EXAMPLE_ID, **EXEMPLE, "raison": _POURQUOI}]}
    )

    raison: Raison


class CorrectionDonnee(CorrectionDEmploi):
    """Ce qui est dit d’un emploi, à la place d’avant. raison : gardée de même."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXEMPLE, "raison": _POURQUOI}]})

    raison: Raison


class FinDonnee(FinDEmploi):
    """fin : dernier jour travaillé. raison : gardée de même."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fin": "2026-06-30", "motif": "rupture", "raison": _POURQUOI}]}
    )

    raison: Raison


async def _au_nom_de(emploi_id: UUID, qui: DecideurDep) -> CompteId:
    """Under which of the person's accounts the emploi was said."""
    return await titulaire_parmi(qui.store, emploi_id, await comptes_de(qui.store, qui.compte_id))


AuNomDe = Annotated[CompteId, Depends(_au_nom_de)]


async def _fait_foi(qui: DecideurDep, par: AuNomDe) -> bool:
    """Whether the source of the dispositif speaks alone of this person's contracts: they have one today."""
    return source_fait_foi((await qui.store.state(RECONNAISSANCE(par)))[0])


SourceFaitFoi = Annotated[bool, Depends(_fait_foi)]


@router.post(
    "",
    status_code=201,
    responses=problems(*_REFUS, *_DE_LA_SAISIE, emploi.EmploiDejaDeclare, emploi.TropDEmplois)
    | already(ReferenceEmploi),
    dependencies=[allow(GERER)],
)
async def ajouter(body: NouvelEmploiDonne, qui: DecideurDep, database: DatabaseDep) -> ReferenceEmploi:
    """Ajouter un emploi à ce compte. 200 si c'était déjà fait."""
    await admettre_un_emploi(database, qui.compte_id, body.id)
    command = emploi.DeclarerEmploi(
        emploi_id=EmploiId(body.id), par=qui.compte_id, maintenant=qui.maintenant, **body.dit()
    )
    outcome = await qui.intervenir(EMPLOI(body.id), command, qui.noter(Geste.EMPLOI_AJOUTE, body.raison))
    qui.response.status_code = 201 if outcome.changed else 200
    return ReferenceEmploi(id=body.id, structure_id=siret.structure_de(siret.normaliser(body.siret)))


@router.put(
    "/{emploi_id}",
    status_code=204,
    responses=problems(*_REFUS, *_DE_LA_SAISIE, *_DE_L_EMPLOI),
    dependencies=[allow(GERER)],
)
async def corriger(
    emploi_id: UUID, body: CorrectionDonnee, qui: DecideurDep, par: AuNomDe, foi: SourceFaitFoi
) -> None:
    """Corriger un emploi ; ce qui vient du dispositif, seulement quand son contrat y est fini."""
    command = emploi.CorrigerEmploi(par=par, maintenant=qui.maintenant, source_fait_foi=foi, **body.dit())
    await qui.intervenir(EMPLOI(emploi_id), command, qui.noter(Geste.EMPLOI_CORRIGE, body.raison))


@router.post(
    "/{emploi_id}/fin",
    status_code=204,
    responses=problems(
        *_REFUS,
        *_DE_L_EMPLOI,
        emploi.EmploiDejaTermine,
        emploi.FinAvantDebut,
        emploi.FinDansLeFutur,
        emploi.FinDEmploiImprobable,
    ),
    dependencies=[allow(GERER)],
)
async def terminer(
    emploi_id: UUID, body: FinDonnee, qui: DecideurDep, par: AuNomDe, foi: SourceFaitFoi
) -> None:
    """Terminer un emploi."""
    command = emploi.TerminerContrat(par, body.fin, body.motif, qui.maintenant, foi)
    await qui.intervenir(EMPLOI(emploi_id), command, qui.noter(Geste.EMPLOI_TERMINE, body.raison))


@router.post(
    "/{emploi_id}/retrait",
    status_code=204,
    responses=problems(*_REFUS, *_DE_L_EMPLOI),
    dependencies=[allow(GERER)],
)
async def retirer(
    emploi_id: UUID, body: Decision, qui: DecideurDep, par: AuNomDe, foi: SourceFaitFoi
) -> None:
    """Dire qu'un emploi n'a jamais été : il reste dans l'histoire, et ne vaut plus pour aucun jour."""
    command = emploi.RetirerEmploi(par, foi, qui.maintenant)
    await qui.intervenir(EMPLOI(emploi_id), command, qui.noter(Geste.EMPLOI_RETIRE, body.raison))
