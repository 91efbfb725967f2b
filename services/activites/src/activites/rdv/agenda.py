"""La copie des rendez-vous d'une personne, relue chez RDV Service Public, chiffrée sous la clé du compte."""

import asyncio
import datetime as dt
import hmac
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from events.store.store import Store
from events.vault.vault import PersonErased
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.domain import activite
from activites.domain.activite import ACTIVITE
from activites.domain.rdv import EtatRdv, Rdv, StatutRdv
from activites.domain.rdv_refus import (
    CompteRdvNonLie,
    RdvServicePublicMuet,
    StatutRdvRefuse,
)
from activites.projections import activites_listees, comptes_suspendus, emplois
from activites.projections.tables import Rows, rdv_comptes, rdv_oublies, rdvs
from activites.rdv import copie
from activites.rdv.comptes import Comptes
from activites.rdv.service import Muet, Refuse, ServiceRdv

log = structlog.get_logger()

PASSE, A_VENIR = dt.timedelta(days=60), dt.timedelta(days=90)
"""What is read again, around today, never before the day of the link."""
FRAIS = dt.timedelta(minutes=5)
"""A copy read since then is shown as it is."""
SECONDES_D_ECOUTE = 20.0
"""For all the organisations of one account: nobody has many, and the next night goes on."""
SECONDES = 3.0
"""How long a page waits for a copy read again."""
PATIENCE = dt.timedelta(minutes=2)
"""After a reading that failed, how long before the next one."""
GARDE = dt.timedelta(days=365)
"""How long a rendez-vous is kept after it took place."""


class Agenda:
    """Their rendez-vous, of one account at a time."""

    def __init__(
        self,
        store: Store[Any],
        service: ServiceRdv,
        comptes: Comptes,
        *,
        cle: bytes,
        messages: str,
    ) -> None:
        """cle : of the secrets of webhooks.   messages : address where we hear of changes."""
        self._store = store
        self._service = service
        self._comptes = comptes
        self._cle = cle
        self._messages = messages

    def secret(self, organisation_id: int) -> str:
        """What signs the messages of this organisation: derived from the key of the service, kept nowhere."""
        return hmac.digest(self._cle, f"rdv/messages/{organisation_id}".encode(), "sha256").hex()

    async def relire(self, compte_id: UUID, maintenant: dt.datetime) -> bool:
        """Read again all that is near. Whether it could. Never raises for the other side's sake.

        Told afterwards: an RDV whose CRA is written was kept.
        """
        try:
            agent_id, acces = await self._comptes.acces(compte_id, maintenant)
            row = await self._comptes.lu(compte_id)
            if row is None:
                return False
            du = max(maintenant - PASSE, await self._minuit(compte_id, row.lie_le))
            au = maintenant + A_VENIR
            lus = await self._service.rdvs(acces, agent_id, du, au)
        except (Muet, Refuse, CompteRdvNonLie, PersonErased) as echec:
            if isinstance(echec, Refuse) and str(echec) == "401":
                await self._comptes.douter(compte_id)
            log.info("rdv_not_read", reason=f"{type(echec).__name__}:{echec}"[:60])
            await self._dater(compte_id, tente_le=maintenant)
            return False
        with suppress(PersonErased):
            await self._remplacer(compte_id, agent_id, lus, du, au)
        await self._dater(compte_id, lu_le=maintenant, tente_le=maintenant)
        await self._honorer(compte_id, acces)
        return True

    async def _remplacer(
        self, compte_id: UUID, agent_id: int, lus: Collection[Rdv], du: dt.datetime, au: dt.datetime
    ) -> None:
        """These are all that there is between these instants. Raises PersonErased."""
        gardes = [rdv.rdv_id for rdv in lus]
        async with self._store.database.engine.begin() as connection:
            if not await _encore_lie(connection, compte_id, agent_id):
                return
            await self._ecrire(connection, compte_id, lus)
            # What is not told any more was deleted there.
            c = rdvs.c
            disparus = (c.compte_id == compte_id) & c.debut.between(du, au) & c.rdv_id.not_in(gardes)
            await connection.execute(sa.delete(rdvs).where(disparus))

    async def _minuit(self, compte_id: UUID, instant: dt.datetime) -> dt.datetime:
        """When the day of this instant began, where the person works."""
        async with self._store.database.engine.connect() as connection:
            fuseau = ZoneInfo(await emplois.fuseau(connection, compte_id))
        return dt.datetime.combine(instant.astimezone(fuseau).date(), dt.time(), fuseau).astimezone(dt.UTC)

    async def relire_si_besoin(self, compte_id: UUID, maintenant: dt.datetime) -> Any | None:
        """The row of the account, read again when it has aged; None when nothing is linked."""
        row = await self._comptes.lu(compte_id)
        if row is None or row.rompu or row.suspendu:
            return row
        if (row.lu_le is None or row.lu_le + FRAIS < maintenant) and await self._tour(compte_id, maintenant):
            # Too slow, it is shown as it was: the next page, or the night, tries again.
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDES):
                    await self.relire(compte_id, maintenant)
            row = await self._comptes.lu(compte_id)
        return row

    async def _tour(self, compte_id: UUID, maintenant: dt.datetime) -> bool:
        """Whether it is for this request to read again: one at a time, and not at once after a failure."""
        c = rdv_comptes.c
        libre = c.tente_le.is_(None) | (c.tente_le < maintenant - PATIENCE)
        pris = sa.update(rdv_comptes).where(c.compte_id == compte_id, libre).values(tente_le=maintenant)
        async with self._store.database.engine.begin() as connection:
            return (await connection.execute(pris)).rowcount == 1

    async def relire_un(self, compte_id: UUID, rdv_id: int, maintenant: dt.datetime) -> None:
        """Read one again: changed, or gone; one of before the link is not taken.

        Raises CompteRdvNonLie, Muet, Refuse.
        """
        agent_id, acces = await self._comptes.acces(compte_id, maintenant)
        lu = await self._service.rdv(acces, agent_id, rdv_id)
        row = await self._comptes.lu(compte_id)
        if row is None or (lu is not None and lu.debut < await self._minuit(compte_id, row.lie_le)):
            return
        async with self._store.database.engine.begin() as connection:
            if not await _encore_lie(connection, compte_id, agent_id):
                return
            if lu is not None:
                await self._ecrire(connection, compte_id, [lu])
            else:
                await connection.execute(
                    sa.delete(rdvs).where(rdvs.c.compte_id == compte_id, rdvs.c.rdv_id == rdv_id)
                )

    async def ecouter(self, compte_id: UUID, maintenant: dt.datetime) -> None:
        """Have each organisation tell us of changes. An agent who may not is read again each night."""
        try:
            _, acces = await self._comptes.acces(compte_id, maintenant)
            organisations = await self._service.organisations(acces)
            await self._dater(compte_id, organisations=list(organisations))
            async with asyncio.timeout(SECONDES_D_ECOUTE):
                for organisation_id in organisations:
                    await self._service.ecouter(
                        acces, organisation_id, self._messages, self.secret(organisation_id)
                    )
        except (Muet, Refuse, CompteRdvNonLie, PersonErased, TimeoutError) as echec:
            log.info("rdv_not_heard", reason=f"{type(echec).__name__}:{echec}"[:60])

    async def accueillir(self, compte_id: UUID, maintenant: dt.datetime) -> None:
        """What follows a link, once it is said: hear of changes, read what was too slow to be read."""
        await self.ecouter(compte_id, maintenant)
        row = await self._comptes.lu(compte_id)
        if row is not None and row.lu_le is None:
            await self.relire(compte_id, maintenant)

    async def changer_statut(
        self, compte_id: UUID, rdv_id: int, statut: StatutRdv, maintenant: dt.datetime
    ) -> None:
        """There first, then here: what they refuse does not change.

        Raises CompteRdvNonLie, StatutRdvRefuse, RdvServicePublicMuet.
        """
        try:
            _, acces = await self._comptes.acces(compte_id, maintenant)
            await self._service.changer_statut(acces, rdv_id, statut)
        except Muet:
            # It may have been taken all the same: what it says of it now is what is shown.
            with suppress(Muet, Refuse, CompteRdvNonLie, TimeoutError):
                async with asyncio.timeout(SECONDES):
                    await self.relire_un(compte_id, rdv_id, maintenant)
            raise RdvServicePublicMuet from None
        except Refuse as refus:
            if str(refus) == "401":
                await self._comptes.douter(compte_id)
                raise RdvServicePublicMuet from None
            raise StatutRdvRefuse from None
        c = rdvs.c
        valeurs = {"statut": statut.value, "ecarte": statut == StatutRdv.HONORE}
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdvs).where(c.compte_id == compte_id, c.rdv_id == rdv_id)
            await connection.execute(ici.values(**valeurs))
        # What it says of each participant has changed too.
        with suppress(Muet, Refuse, CompteRdvNonLie):
            await self.relire_un(compte_id, rdv_id, maintenant)

    async def ouvrir(self, rows: Sequence[Any]) -> list[Rdv]:
        """The rendez-vous of these rows, of one account; nobody is in those whose key is destroyed."""
        return await copie.ouvrir(self._store, rows)

    async def reserver(self, row: Any, *, efface: bool) -> UUID:
        """The identifier that the CRA of this RDV takes: asked twice, the same, so that it has only one.

        Nobody else computes it: who could would take its place.
        efface : the CRA which had it was deleted; another one takes its place.   Raises PersonErased.
        """
        ancien: UUID | None = row.activite_id
        if ancien is not None and not efface:
            return ancien
        secret = await copie.secret(self._store, row.compte_id)
        neuf = copie.identifiant(secret, f"rdv/{row.rdv_id}/{ancien if efface else ''}")
        c = rdvs.c
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdvs).where(c.compte_id == row.compte_id, c.rdv_id == row.rdv_id)
            await connection.execute(ici.values(activite_id=neuf))
        return neuf

    async def usager(self, compte_id: UUID, usager_id: int, rang: int) -> UUID:
        """The identifier under which a participant is followed: asked twice, the same person.

        Raises PersonErased.
        """
        return copie.usager(await copie.secret(self._store, compte_id), usager_id, rang)

    async def _honorer(self, compte_id: UUID, acces: str) -> None:
        """Those whose CRA is written were kept: RDV Service Public is told, once of one that it refuses.

        Silent, it is told the next time. Raises nothing for the other side's sake.
        """
        t, a = rdvs, activites_listees.table
        rendus = (
            sa.select(t.c.rdv_id, t.c.activite_id)
            .join_from(t, a, a.c.activite_id == t.c.activite_id)
            .where(t.c.compte_id == compte_id, t.c.statut == StatutRdv.A_VENIR.value, ~t.c.refuse)
            .order_by(t.c.debut, t.c.rdv_id)
            .limit(50)
        )
        async with self._store.database.engine.connect() as connection:
            rows = (await connection.execute(rendus)).all()
        for rdv_id, activite_id in rows:
            auteur = activite.auteur((await self._store.state(ACTIVITE(activite_id)))[0])
            if auteur is None or auteur.compte_id != compte_id:
                continue
            try:
                await self._service.changer_statut(acces, rdv_id, StatutRdv.HONORE)
                su: dict[str, Any] = {"statut": StatutRdv.HONORE.value}
            except Muet as echec:
                log.info("rdv_not_told", reason=str(echec))
                return
            except Refuse as refus:
                log.info("rdv_status_refused", reason=str(refus))
                if str(refus) == "401":
                    return
                su = {"refuse": True}
            async with self._store.database.engine.begin() as connection:
                ici = sa.update(t).where(t.c.compte_id == compte_id, t.c.rdv_id == rdv_id)
                await connection.execute(ici.values(**su))

    async def _ecrire(self, connection: AsyncConnection, compte_id: UUID, lus: Collection[Rdv]) -> None:
        a, t, o = activites_listees.table, rdvs, rdv_oublies.c
        choix = (
            sa.select(t.c.rdv_id)
            .join_from(t, a, a.c.activite_id == t.c.activite_id)
            .where(t.c.compte_id == compte_id)
        )
        rendus = set(await connection.scalars(choix))
        oublies = set(await connection.scalars(sa.select(o.usager).where(o.compte_id == compte_id)))
        secret = await copie.secret(self._store, compte_id)
        for lu in lus:
            rdv = lu.sans(
                {u.usager_id for u in lu.participants if copie.usager(secret, u.usager_id) in oublies}
            )
            # Who came is followed: how to reach them is in their file, not here.
            garde = rdv.sans_coordonnees() if rdv.rdv_id in rendus else rdv
            scelle = await copie.sceller(self._store, compte_id, garde)
            valeurs = {
                "organisation_id": rdv.organisation_id,
                "debut": rdv.debut,
                "duree_minutes": rdv.duree_minutes,
                "collectif": rdv.collectif,
                "statut": rdv.statut.value,
                "contenu": scelle,
            }
            ecrit = insert(rdvs).values(
                compte_id=compte_id, rdv_id=rdv.rdv_id, ecarte=False, refuse=False, **valeurs
            )
            await connection.execute(
                ecrit.on_conflict_do_update(index_elements=["compte_id", "rdv_id"], set_=valeurs)
            )

    async def _dater(self, compte_id: UUID, **valeurs: Any) -> None:
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdv_comptes).where(rdv_comptes.c.compte_id == compte_id)
            await connection.execute(ici.values(**valeurs))


def du_compte(
    compte_id: UUID,
    mediateurs: Collection[UUID],
    maintenant: dt.datetime,
    *,
    du: dt.datetime | None = None,
    avant: dt.datetime | None = None,
    statuts: Collection[EtatRdv] = (),
    a_rendre: bool = False,
    sans_compte_rendu: bool = False,
) -> Rows:
    """Ceux de ce compte, avec `rendu` : son compte rendu s'il est enregistré. du : compris ; avant : exclu.

    mediateurs : sous lesquels la personne enregistre ; le compte rendu d'un autre n'est pas le sien.
    a_rendre : passés, sans compte rendu, ni écartés ni annulés.   sans_compte_rendu : quels qu'ils soient.
    """
    t, a = rdvs, activites_listees.table
    choix = (
        sa.select(t, a.c.activite_id.label("rendu"))
        .join_from(
            t, a, (a.c.activite_id == t.c.activite_id) & a.c.mediateur_id.in_(mediateurs), isouter=True
        )
        .where(t.c.compte_id == compte_id)
    )
    if du is not None:
        choix = choix.where(t.c.debut >= du)
    if avant is not None:
        choix = choix.where(t.c.debut < avant)
    if statuts:
        choix = choix.where(sa.or_(*(_est(etat, maintenant) for etat in statuts)))
    if sans_compte_rendu:
        choix = choix.where(a.c.activite_id.is_(None))
    if a_rendre:
        venus = (StatutRdv.A_VENIR.value, StatutRdv.HONORE.value)
        choix = choix.where(
            t.c.debut <= maintenant, a.c.activite_id.is_(None), ~t.c.ecarte, t.c.statut.in_(venus)
        )
    return choix


def _est(etat: EtatRdv, maintenant: dt.datetime) -> sa.ColumnElement[bool]:
    c = rdvs.c
    inconnu = c.statut == StatutRdv.A_VENIR.value
    match etat:
        case EtatRdv.A_VENIR:
            return inconnu & (c.debut > maintenant)
        case EtatRdv.PASSE:
            return inconnu & (c.debut <= maintenant)
        case _:
            return c.statut == etat.value


def comptes_rendus(compte_id: UUID, parmi: Collection[UUID]) -> sa.Select[UUID]:
    """De ces identifiants, ceux qui sont proposés au compte rendu d'un rendez-vous de ce compte."""
    c = rdvs.c
    return sa.select(c.activite_id).where(c.compte_id == compte_id, c.activite_id.in_(parmi))


async def _encore_lie(connection: AsyncConnection, compte_id: UUID, agent_id: int) -> bool:
    """Whether what was read may be written: nobody unlinks it, nor links another, before the end."""
    c = rdv_comptes.c
    ligne = sa.select(c.agent_id).where(c.compte_id == compte_id, c.agent_id == agent_id)
    return (await connection.execute(ligne.with_for_update(read=True))).one_or_none() is not None


ORDRE = (rdvs.c.debut, rdvs.c.rdv_id)
"""Celui de la journée."""


async def relies(store: Store[Any]) -> Sequence[UUID]:
    """Les comptes reliés que l'on relit, dans l'ordre : aucun qui soit suspendu."""
    c = rdv_comptes.c
    async with store.database.engine.connect() as connection:
        choix = sa.select(c.compte_id).where(~c.rompu, ~comptes_suspendus.est(c.compte_id))
        return (await connection.scalars(choix.order_by(c.compte_id))).all()


async def purger(store: Store[Any], maintenant: dt.datetime) -> int:
    """Oublie les rendez-vous d'il y a un an. Rend combien."""
    async with store.database.engine.begin() as connection:
        # Beyond, no reading goes back to those whom they named.
        passes = rdv_oublies.c.oublie_le < maintenant - GARDE
        await connection.execute(sa.delete(rdv_oublies).where(passes))
        vieux = sa.delete(rdvs).where(rdvs.c.debut < maintenant - GARDE)
        return (await connection.execute(vieux)).rowcount
