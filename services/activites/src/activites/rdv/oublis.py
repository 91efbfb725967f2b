"""Qui est effacé ici quitte aussi les rendez-vous gardés, et n'y revient pas quand on les relit."""

import datetime as dt
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.store.store import Store
from events.vault.vault import PersonErased
from sqlalchemy.dialects.postgresql import insert

from activites.domain.doublons import Comparee
from activites.domain.rdv import Participant
from activites.projections.tables import rdv_comptes, rdv_oublies, rdvs
from activites.rdv import copie, personnes


async def oublier(
    store: Store[Any], comptes: Collection[UUID], fiches: Sequence[Comparee], le: dt.datetime
) -> None:
    """Remove this person from the rendez-vous of these accounts. Safe to repeat.

    fiches : under which identifiers, and as whom, they were followed here.   le : the Clock's.
    """
    async with store.database.engine.connect() as connection:
        choix = sa.select(rdv_comptes.c.compte_id).where(rdv_comptes.c.compte_id.in_(comptes))
        relies = (await connection.scalars(choix.order_by(rdv_comptes.c.compte_id))).all()
    for compte_id in relies:
        # Without their key, nobody is in them any more.
        with suppress(PersonErased):
            await _oublier(store, compte_id, fiches, le)


async def _oublier(store: Store[Any], compte_id: UUID, fiches: Sequence[Comparee], le: dt.datetime) -> None:
    secret = await copie.secret(store, compte_id)
    ids = {fiche.beneficiaire_id for fiche in fiches}

    def est(participant: Participant) -> bool:
        siens = personnes.siens(secret, participant)
        return not siens.isdisjoint(ids) or personnes.ressemble(participant, fiches, le.date())

    async with store.database.engine.begin() as connection:
        # A reading in flight ends before, or takes this into account (agenda).
        c = rdv_comptes.c
        lie = sa.select(c.compte_id).where(c.compte_id == compte_id).with_for_update()
        if (await connection.execute(lie)).one_or_none() is None:
            return
        rows = (await connection.execute(sa.select(rdvs).where(rdvs.c.compte_id == compte_id))).all()
        for rdv in await copie.ouvrir(store, rows):
            partis = {participant.usager_id for participant in rdv.participants if est(participant)}
            if not partis:
                continue
            scelle = await copie.sceller(store, compte_id, rdv.sans(partis))
            ici = sa.update(rdvs).where(rdvs.c.compte_id == compte_id, rdvs.c.rdv_id == rdv.rdv_id)
            await connection.execute(ici.values(contenu=scelle))
            dits = [
                {"compte_id": compte_id, "usager": copie.usager(secret, usager_id), "oublie_le": le}
                for usager_id in partis
            ]
            await connection.execute(insert(rdv_oublies).values(dits).on_conflict_do_nothing())
