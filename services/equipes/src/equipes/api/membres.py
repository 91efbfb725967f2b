"""Les membres d'une équipe : la vue de l'équipe, et le départ."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from web.auth import Connecte
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from equipes.api.attente import SERVICE, AujourdHui, apres
from equipes.api.personnes import PersonnesDep
from equipes.domain import appartenance
from equipes.domain.appartenance import APPARTENANCE, MembreInconnu, QuitterEquipe
from equipes.domain.equipe import EquipeInconnue
from equipes.domain.vocabulaire import CompteId, EquipeId, cle_appartenance
from equipes.policies import (
    QUITTER_EQUIPE,
    VOIR_EQUIPE,
    Place,
    PlaceDep,
    SiensDep,
    coordinateurs_de,
    le_sien,
    sans_reveler,
)
from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.membres import Instant, Statut, vue_de_lequipe
from equipes.projections.reconnaissances import DansLeDispositif

router = APIRouter(prefix="/equipes/{equipe_id}/membres", tags=["Membres"])


class Contrat(BaseModel):
    """Le contrat d'un membre. fin : dernier jour, constaté ou prévu ; absent sans terme connu.

    termine : la fin est constatée.   alerte : elle est passée, ou à moins de trois mois.
    """

    fin: dt.date | None
    termine: bool
    alerte: bool


class Membre(BaseModel):
    """Un membre ou ancien membre.

    statut_depuis : pour un inactif, son dernier CRA (absent : jamais) ; pour un ancien, son départ.
    dernier_cra_le : instant du dernier CRA créé ou corrigé ; absent pour un ancien.
    contrat : donné aux coordinateurs, pour les membres actuels.   nom : absent si l'identité ne répond pas.
    dispositif : pour un membre actuel ; absent, il n'y est pas et ne demande pas à y être.
    """

    mediateur_id: UUID
    compte_id: UUID
    nom: str | None
    membre_depuis: dt.datetime
    statut: Statut
    statut_depuis: dt.datetime | None
    dernier_cra_le: dt.datetime | None
    contrat: Contrat | None
    dispositif: DansLeDispositif | None


@router.get(
    "",
    responses=problems(EquipeInconnue),
    dependencies=[
        allow(VOIR_EQUIPE),
        Depends(
            apres(
                equipes=("membres",),
                activites=("activites_vues",),
                identity=("emplois", "comptes_rapproches", "reconnaissances"),
            )
        ),
    ],
)
async def lister(
    equipe_id: UUID,
    place: PlaceDep,
    database: DatabaseDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    personnes: PersonnesDep,
    page: PageParams,
    statut: Annotated[
        list[Statut] | None, Query(max_length=3, description="Tous si absent ; peut être répété")
    ] = None,
) -> Page[Membre]:
    """La vue de l'équipe : ses membres et leur statut ; les anciens, pour ses coordinateurs."""
    visibles = frozenset(Statut) if place is Place.COORDINATEUR else frozenset({Statut.ACTIF, Statut.INACTIF})
    demandes = visibles & frozenset(statut) if statut else visibles
    select = vue_de_lequipe(EquipeId(equipe_id), Instant(clock.now(), aujourd_hui), demandes)
    vue = select.selected_columns
    found = await page.find(database, select, order=(vue.rang, vue.mediateur_id))
    noms = await personnes.noms([row.compte_id for row in found.rows])
    return found.page(lambda r: membre_lu(r, noms.get(r.compte_id), place))


@router.post(
    "/{mediateur_id}/depart",
    status_code=204,
    responses=problems(MembreInconnu),
    dependencies=[allow(QUITTER_EQUIPE)],
)
async def partir(
    equipe_id: UUID,
    mediateur_id: UUID,
    moi: Connecte,
    siens: SiensDep,
    store: StoreDep,
    database: DatabaseDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Quitter l'équipe, ou en retirer un membre quand on la coordonne."""
    maintenant = clock.now()
    coordinateurs = await coordinateurs_de(store, equipe_id, maintenant)
    command = QuitterEquipe(
        CompteId(moi.compte_id),
        le_sien(siens, coordinateurs) if siens.coordinateurs else None,
        coordinateurs,
        maintenant,
        frozenset(CompteId(un) for un in siens.comptes),
    )
    async with database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "mediateur", [mediateur_id])
    tous = [APPARTENANCE(cle_appartenance(equipe_id, un)) for un in personnes[mediateur_id].tous]
    etats = await store.states(tous)
    # Whoever leaves does so under all of their identifiers; never a member, the domain says so.
    flux = [un for un, etat in zip(tous, etats, strict=True) if etat != appartenance.initial] or tous[:1]
    with sans_reveler():
        for un in flux:
            outcome = await store.execute(un, command, context)
            if outcome.changed or un == flux[0]:
                written(response, SERVICE, outcome)


def membre_lu(row: Any, nom: str | None, place: Place | None) -> Membre:
    """Une ligne de la vue, comme la voit qui a cette place."""
    ancien = row.statut == Statut.ANCIEN
    contrat = None
    if place is Place.COORDINATEUR and not ancien:
        contrat = Contrat(fin=row.fin_contrat, termine=row.contrat_termine, alerte=row.contrat_alerte)
    depuis = {Statut.ACTIF: None, Statut.INACTIF: row.dernier_cra_le, Statut.ANCIEN: row.ancien_depuis}
    return Membre(
        mediateur_id=row.mediateur_id,
        compte_id=row.compte_id,
        nom=nom,
        membre_depuis=row.depuis,
        statut=Statut(row.statut),
        statut_depuis=depuis[Statut(row.statut)],
        dernier_cra_le=row.dernier_cra_le,
        contrat=contrat,
        dispositif=row.dispositif,
    )
