"""Les bénéficiaires suivis d'une activité : lesquels sont au médiateur, et comment il les relit."""

from collections.abc import Collection, Sequence
from typing import Any

from events.store.store import Store
from web.auth import Caller

from activites.api.lectures import BeneficiaireVu
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Fusionne, Suivi
from activites.domain.vocabulaire import ActiviteId, BeneficiaireId
from activites.exports.beneficiaires import menees
from activites.projections import activites_suivies
from activites.projections.comptes_rapproches import comptes_rapproches


async def ceux_de(
    store: Store[Any], moi: Caller, demandes: Collection[BeneficiaireId]
) -> frozenset[BeneficiaireId]:
    """Those of these that the caller follows, as the journal says now: one just recorded is there."""
    if not demandes:
        return frozenset()
    etats = dict(zip(demandes, await store.states([BENEFICIAIRE(un) for un in demandes]), strict=True))
    async with store.database.engine.connect() as connection:
        siens = (await comptes_rapproches.de(connection, moi)).mediateurs
    return frozenset(
        un for un, etat in etats.items() if isinstance(etat, Suivi | Fusionne) and etat.mediateur_id in siens
    )


async def vus(
    store: Store[Any], moi: Caller, activite_id: ActiviteId, suivis: Sequence[BeneficiaireId]
) -> list[BeneficiaireVu]:
    """Each person once, whatever the number of their files. Named to their own médiateur only: who sees the
    platform as them reads how many they were.
    """
    if not suivis:
        return []
    etats = dict((await menees(store, suivis)).values())
    async with store.database.engine.connect() as connection:
        lues = (await connection.execute(activites_suivies.premieres(list(etats)))).all()
    premieres = {(row.beneficiaire_id, row.activite_id) for row in lues}
    nommes = etats if moi.usurpe_par is None else {}
    return [_vu(un, nommes.get(un), premier=(un, activite_id) in premieres) for un in etats]


async def personnes(
    store: Store[Any], suivis: Collection[BeneficiaireId]
) -> dict[BeneficiaireId, BeneficiaireId]:
    """Who each of these is now, as the journal says: a file in double leads to the person's own."""
    return {un: personne for un, (personne, _) in (await menees(store, suivis)).items()}


def _vu(beneficiaire_id: BeneficiaireId, etat: Any, *, premier: bool) -> BeneficiaireVu:
    nom = (etat.derniere.prenom, etat.derniere.nom) if isinstance(etat, Suivi) else (None, None)
    return BeneficiaireVu(id=beneficiaire_id, prenom=nom[0], nom=nom[1], premier_accompagnement=premier)
