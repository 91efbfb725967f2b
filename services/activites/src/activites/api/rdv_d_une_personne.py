"""/beneficiaires/{id}/rdv : les rendez-vous d'une personne, pour qui la suit et a relié son compte."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from web.auth import Mediateur
from web.policies import allow
from web.positions import after
from web.problems import problems
from web.wiring import ClockDep, StoreDep

from activites.api.rdv import CompteRdv, PeutEtreRdv, RdvLu, compte_lu, rdv_lu
from activites.domain.beneficiaire_refus import BeneficiaireInconnu
from activites.policies.beneficiaires import SON_BENEFICIAIRE
from activites.policies.personne import SiensDep
from activites.projections import activites_listees, beneficiaires_suivis
from activites.rdv import personnes

router = APIRouter(prefix="/beneficiaires", tags=["Bénéficiaires"])


class RdvDUnePersonne(BaseModel):
    """Vingt au plus de chaque côté. a_venir : le plus proche d'abord.   passes : le plus récent d'abord.

    compte : où en est la liaison ; sans elle, il n'y en a aucun.
    """

    compte: CompteRdv
    a_venir: list[RdvLu]
    passes: list[RdvLu]


@router.get(
    "/{beneficiaire_id:uuid}/rdv",
    responses=problems(BeneficiaireInconnu),
    dependencies=[
        allow(SON_BENEFICIAIRE),
        *(Depends(after(t.table.name)) for t in (activites_listees, beneficiaires_suivis)),
    ],
)
async def lister(
    beneficiaire_id: UUID,
    moi: Mediateur,
    siens: SiensDep,
    rendezvous: PeutEtreRdv,
    store: StoreDep,
    clock: ClockDep,
) -> RdvDUnePersonne:
    """Les rendez-vous d'un de ses bénéficiaires, reconnu comme le compte rendu le reconnaît."""
    maintenant = clock.now()
    if rendezvous is None:
        return RdvDUnePersonne(compte=compte_lu(None, None), a_venir=[], passes=[])
    compte = await rendezvous.agenda.relire_si_besoin(moi.compte_id, maintenant)
    a_venir, passes = (
        ([], [])
        if compte is None
        else await personnes.rendez_vous(store, moi.compte_id, siens.mediateurs, beneficiaire_id, maintenant)
    )
    return RdvDUnePersonne(
        compte=compte_lu(compte, rendezvous),
        a_venir=[rdv_lu(row, rdv, maintenant) for row, rdv in a_venir],
        passes=[rdv_lu(row, rdv, maintenant) for row, rdv in passes],
    )
