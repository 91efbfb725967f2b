"""Une personne suivie, parmi les participants des rendez-vous gardés : par identifiant, ou par sa fiche."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.store.store import Store

from activites.domain.doublons import Comparee
from activites.domain.rdv import Participant, Rdv, deja_suivi, fiche_de
from activites.domain.vocabulaire import BeneficiaireId
from activites.projections import beneficiaires_suivis
from activites.projections.tables import rdvs
from activites.rdv import agenda, copie

RENDUS = 20
"""Of each side, at most: what a page shows."""
_LUS = 500
"""Opened of each side, the nearest: nobody has as many in that time."""

type Trouve = tuple[Any, Rdv]
"""A row, as `agenda.du_compte` gives it, and what it says."""


def siens(secret: bytes, participant: Participant) -> set[UUID]:
    """Under which identifiers this participant may be followed."""
    return {copie.usager(secret, participant.usager_id, rang) for rang in range(copie.RANGS)}


def ressemble(participant: Participant, fiches: Sequence[Comparee], jour: dt.date) -> bool:
    """What is said of this participant is what one of these files says."""
    dite = fiche_de(participant, jour)
    return dite is not None and deja_suivi(dite, fiches) is not None


async def rendez_vous(
    store: Store[Any],
    compte_id: UUID,
    mediateurs: Sequence[UUID],
    beneficiaire_id: UUID,
    maintenant: dt.datetime,
) -> tuple[list[Trouve], list[Trouve]]:
    """Those of this account where the person is expected, the nearest first, then those that are past, the
    latest first. Raises PersonErased.

    mediateurs : under which the account's person follows.
    """
    fiches, rows = await _lire(store, compte_id, mediateurs, beneficiaire_id, maintenant)
    secret = await copie.secret(store, compte_id)
    ids = {fiche.beneficiaire_id for fiche in fiches}
    surs: set[int] = set()
    semblables: list[tuple[int, set[UUID]]] = []
    lus = list(zip(rows, await copie.ouvrir(store, rows), strict=True))
    for _, rdv in lus:
        for participant in rdv.participants:
            if not ids.isdisjoint(eux := siens(secret, participant)):
                surs.add(rdv.rdv_id)
            elif ressemble(participant, fiches, maintenant.date()):
                semblables.append((rdv.rdv_id, set(eux)))
    # A namesake who has a file of their own is not this person.
    ailleurs = await _suivis(store, mediateurs, set().union(*(eux for _, eux in semblables)))
    surs |= {rdv_id for rdv_id, eux in semblables if eux.isdisjoint(ailleurs)}
    trouves = [trouve for trouve in lus if trouve[1].rdv_id in surs]
    a_venir = [trouve for trouve in trouves if trouve[1].debut > maintenant]
    passes = [trouve for trouve in trouves if trouve[1].debut <= maintenant]
    return a_venir[:RENDUS], passes[:RENDUS]


async def _lire(
    store: Store[Any],
    compte_id: UUID,
    mediateurs: Sequence[UUID],
    beneficiaire_id: UUID,
    maintenant: dt.datetime,
) -> tuple[list[Comparee], list[Any]]:
    """The files of this person, and the rows nearest to now: those to come, then the past ones."""
    b, t = beneficiaires_suivis.table.c, rdvs.c
    memes = sa.any_(beneficiaires_suivis.memes(sa.literal(beneficiaire_id, sa.Uuid)))
    ceux_ci = sa.select(b.beneficiaire_id, b.prenom, b.nom, b.telephone, b.courriel).where(
        b.beneficiaire_id == memes, b.mediateur_id.in_(mediateurs)
    )
    choix = agenda.du_compte(compte_id, mediateurs, maintenant)
    a_venir = choix.where(t.debut > maintenant).order_by(t.debut, t.rdv_id).limit(_LUS)
    passes = choix.where(t.debut <= maintenant).order_by(t.debut.desc(), t.rdv_id.desc()).limit(_LUS)
    async with store.database.engine.connect() as connection:
        fiches = [
            Comparee(BeneficiaireId(f.beneficiaire_id), f.prenom, f.nom, f.telephone, f.courriel)
            for f in await connection.execute(ceux_ci)
        ]
        rows = [row for un in (a_venir, passes) for row in await connection.execute(un)] if fiches else []
    return fiches, rows


async def _suivis(store: Store[Any], mediateurs: Sequence[UUID], parmi: Collection[UUID]) -> set[UUID]:
    if not parmi:
        return set()
    c = beneficiaires_suivis.table.c
    choix = sa.select(c.beneficiaire_id).where(c.mediateur_id.in_(mediateurs), c.beneficiaire_id.in_(parmi))
    async with store.database.engine.connect() as connection:
        return set(await connection.scalars(choix))
