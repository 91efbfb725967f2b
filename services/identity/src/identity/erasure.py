"""Erasing an account: the fact and its keys at once, then what follows from it, as often as needed."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from events.store.appender import Erasure
from events.store.store import Conflict, Context, Store

from identity.connexion.adresses import comptes_de
from identity.dispositif.reprise import CLE
from identity.dispositif.suivi import Suivi
from identity.domain import compte, emploi, emploi_faits, prise_de_poste, reconnaissance, session
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.prise_de_poste import PRISE_DE_POSTE
from identity.domain.reconnaissance import RECONNAISSANCE
from identity.domain.session import SESSION
from identity.domain.vocabulaire import CompteId, MotifRevocation
from identity.projections.tables import sessions

KIND = "compte"
RELEASED = ("identite", "courriel")
"""What a later sign-in may claim for a new account. The identifier of a role never serves again: it would
give the erased person's activities to somebody else."""

_ATTEMPTS = 8


async def effacer(
    store: Store[Any],
    kind: str,
    person: UUID,
    reason: str,
    context: Context,
    maintenant: dt.datetime,
    *,
    seulement: type[compte.Ferme] | type[compte.Prepare] | None = None,
) -> None:
    """Erase an account: keys, claims, emplois, sessions; the read models and the other services follow.

    kind : "compte".   reason : a word for the record of keys, without personal data. Safe to repeat: after a
    restore, call it for each line of the ledger.   seulement : if the account is still in that state;
    a person who came (back) in the meantime stays.
    Raises ValueError (another kind), CompteInconnu, Conflict.
    """
    if kind != KIND:
        raise ValueError(f"identity n'efface que des comptes, pas « {kind} »")
    if seulement is not None:
        etat, _ = await store.state(COMPTE(person))
        if not isinstance(etat, seulement | compte.Efface):
            return
    # The accounts that lead here are the same person's: their claims would lead to nobody.
    for amene in (await comptes_de(store, CompteId(person)))[1:]:
        await effacer(store, kind, amene, reason, context, maintenant)
    for _ in range(_ATTEMPTS):
        state, version = await store.state(COMPTE(person))
        if seulement is not None and not isinstance(state, seulement | compte.Efface):
            return
        # Read from the journal: the hashes can no longer be made once the keys are gone.
        releases = await store.held(COMPTE(person), RELEASED)
        try:
            outcome = await store.execute(
                COMPTE(person),
                compte.EffacerCompte(maintenant),
                context,
                expected=version,
                releases=releases,
                erasures=[Erasure(kind, person, reason)],
            )
            break
        except Conflict:
            # The person was signing in: what they claimed since must be released too.
            continue
    else:
        raise Conflict
    if not outcome.changed and store.vault is not None:
        await store.vault.destroy(kind, person, reason)
    await suites(store, CompteId(person), context, maintenant)


async def suites(store: Store[Any], compte_id: CompteId, context: Context, maintenant: dt.datetime) -> None:
    """Erase the emplois and what the dispositif said, close the sessions and forget them. Safe to repeat."""
    # Erasures are rare, so the journal is read rather than a table, which may be late.
    for declare in await store.streams_with(EMPLOI, emploi_faits.EmploiDeclare, compte_id=compte_id):
        await store.execute(declare, emploi.EffacerEmploi(maintenant), context)
    await _oublier_le_dispositif(store, compte_id, context, maintenant)
    async with store.database.engine.connect() as connection:
        ouvertes = sa.select(sessions.c.session_id).where(sessions.c.compte_id == compte_id)
        ids = list((await connection.execute(ouvertes)).scalars())
    revocation = session.RevoquerSession(compte_id, MotifRevocation.EFFACEMENT, maintenant)
    for session_id in ids:
        await store.execute(SESSION(session_id), revocation, context)
    async with store.database.engine.begin() as connection:
        await connection.execute(sa.delete(sessions).where(sessions.c.session_id.in_(ids)))


async def _oublier_le_dispositif(
    store: Store[Any], compte_id: CompteId, context: Context, maintenant: dt.datetime
) -> None:
    """What it knew of the person serves nobody else; its record may be another account's again."""
    flux = RECONNAISSANCE(compte_id)
    oubli = reconnaissance.EffacerReconnaissance(compte_id, maintenant)
    await store.execute(flux, oubli, context, releases=await store.held(flux, (CLE,)))
    await store.execute(
        PRISE_DE_POSTE(compte_id), prise_de_poste.EffacerPriseDePoste(compte_id, maintenant), context
    )
    await Suivi(store.database).oublier(compte_id)
