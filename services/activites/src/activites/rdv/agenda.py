"""La copie des rendez-vous d'une personne, relue chez RDV Service Public, chiffrée sous la clé du compte."""

import asyncio
import datetime as dt
import hmac
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from events.codec import Secret
from events.store.store import Store
from events.types import ERASED
from events.vault.vault import PersonErased
from referentiels.territoires import PARIS
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activites.domain.rdv import Participant, Rdv, StatutRdv
from activites.domain.rdv_refus import (
    CompteRdvNonLie,
    RdvServicePublicMuet,
    StatutRdvRefuse,
)
from activites.projections import activites_listees, emplois
from activites.projections.tables import Rows, rdv_comptes, rdvs
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
_ESPACE = UUID("6f6e1f5c-2a0b-5d0e-9a53-2f1f6c1d7e11")
_GENRE = "compte"
_SCELLES = ("nom", "motif", "lieu", "participants", "agents")


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

        Their changes go first: an RDV whose CRA is written was kept.
        """
        try:
            agent_id, acces = await self._comptes.acces(compte_id, maintenant)
            row = await self._comptes.lu(compte_id)
            if row is None:
                return False
            await self._honorer(compte_id, acces)
            du = max(maintenant - PASSE, await self._minuit(compte_id, row.lie_le))
            au = maintenant + A_VENIR
            lus = await self._service.rdvs(acces, agent_id, du, au)
        except (Muet, Refuse, CompteRdvNonLie, PersonErased) as echec:
            if isinstance(echec, Refuse) and str(echec) == "401":
                await self._comptes.rompre(compte_id)
            log.info("rdv_not_read", reason=f"{type(echec).__name__}:{echec}"[:60])
            await self._dater(compte_id, tente_le=maintenant)
            return False
        with suppress(PersonErased):
            await self._remplacer(compte_id, lus, du, au)
        await self._dater(compte_id, lu_le=maintenant, tente_le=maintenant)
        return True

    async def _remplacer(
        self, compte_id: UUID, lus: Collection[Rdv], du: dt.datetime, au: dt.datetime
    ) -> None:
        """These are all that there is between these instants. Raises PersonErased."""
        gardes = [rdv.rdv_id for rdv in lus]
        async with self._store.database.engine.begin() as connection:
            await self._ecrire(connection, compte_id, lus)
            # What is not told any more was deleted there.
            c = rdvs.c
            disparus = (c.compte_id == compte_id) & c.debut.between(du, au) & c.rdv_id.not_in(gardes)
            await connection.execute(sa.delete(rdvs).where(disparus))

    async def _minuit(self, compte_id: UUID, instant: dt.datetime) -> dt.datetime:
        """When the day of this instant began, where the person works."""
        async with self._store.database.engine.connect() as connection:
            fuseau = ZoneInfo(await connection.scalar(emplois.fuseau_de_la_personne(compte_id)) or PARIS)
        return dt.datetime.combine(instant.astimezone(fuseau).date(), dt.time(), fuseau).astimezone(dt.UTC)

    async def relire_si_besoin(self, compte_id: UUID, maintenant: dt.datetime) -> Any | None:
        """The row of the account, read again when it has aged; None when nothing is linked."""
        row = await self._comptes.lu(compte_id)
        if row is None or row.rompu:
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
            raise RdvServicePublicMuet from None
        except Refuse as refus:
            if str(refus) == "401":
                await self._comptes.rompre(compte_id)
                raise CompteRdvNonLie from None
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
        assert self._store.vault is not None
        await self._store.vault.load_keys([row.contenu for row in rows], cached=True)
        return [_ouvert(row, self._store.vault.open(_nom_de(row), rdvs.name, row.contenu)) for row in rows]

    async def reserver(self, row: Any, *, efface: bool) -> UUID:
        """The identifier that the CRA of this RDV takes: the same whoever asks, so that it has only one.

        efface : the CRA which had it was deleted; another one takes its place.
        """
        ancien: UUID | None = row.activite_id
        neuf = uuid5(_ESPACE, f"{row.compte_id}/{row.rdv_id}/{ancien if efface else ''}")
        if ancien is not None and not efface:
            return ancien
        c = rdvs.c
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdvs).where(c.compte_id == row.compte_id, c.rdv_id == row.rdv_id)
            await connection.execute(ici.values(activite_id=neuf))
        return neuf

    def usager(self, compte_id: UUID, usager_id: int, rang: int) -> UUID:
        """The identifier under which a participant is followed: asked twice, the same person."""
        return uuid5(_ESPACE, f"{compte_id}/usager/{usager_id}/{rang}")

    async def _honorer(self, compte_id: UUID, acces: str) -> None:
        """Those whose CRA is written were kept: RDV Service Public is told. One that it refuses stays so."""
        t, a = rdvs, activites_listees.table
        rendus = (
            sa.select(t.c.rdv_id)
            .join_from(t, a, a.c.activite_id == t.c.activite_id)
            .where(t.c.compte_id == compte_id, t.c.statut == StatutRdv.A_VENIR.value)
            .limit(50)
        )
        async with self._store.database.engine.connect() as connection:
            ids = (await connection.scalars(rendus)).all()
        for rdv_id in ids:
            try:
                await self._service.changer_statut(acces, rdv_id, StatutRdv.HONORE)
            except Refuse as refus:
                log.info("rdv_status_refused", reason=str(refus))

    async def _ecrire(self, connection: AsyncConnection, compte_id: UUID, lus: Collection[Rdv]) -> None:
        assert self._store.vault is not None
        for rdv in lus:
            nom = _nom(compte_id, rdv.rdv_id)
            dits = {champ: valeur for champ, valeur in asdict(rdv).items() if champ in _SCELLES}
            scelle = await self._store.vault.seal(nom, rdvs.name, [Secret(_GENRE, compte_id, dits)])
            valeurs = {
                "organisation_id": rdv.organisation_id,
                "debut": rdv.debut,
                "duree_minutes": rdv.duree_minutes,
                "collectif": rdv.collectif,
                "statut": rdv.statut.value,
                "contenu": scelle,
            }
            ecrit = insert(rdvs).values(compte_id=compte_id, rdv_id=rdv.rdv_id, ecarte=False, **valeurs)
            await connection.execute(
                ecrit.on_conflict_do_update(index_elements=["compte_id", "rdv_id"], set_=valeurs)
            )

    async def _dater(self, compte_id: UUID, **valeurs: Any) -> None:
        async with self._store.database.engine.begin() as connection:
            ici = sa.update(rdv_comptes).where(rdv_comptes.c.compte_id == compte_id)
            await connection.execute(ici.values(**valeurs))


def du_compte(
    compte_id: UUID,
    maintenant: dt.datetime,
    *,
    du: dt.datetime | None = None,
    avant: dt.datetime | None = None,
    statuts: Collection[StatutRdv] = (),
    a_rendre: bool = False,
) -> Rows:
    """Ceux de ce compte, avec `rendu` : son compte rendu s'il est enregistré. du : compris ; avant : exclu.

    a_rendre : passés, sans compte rendu, ni écartés ni annulés.
    """
    t, a = rdvs, activites_listees.table
    choix = (
        sa.select(t, a.c.activite_id.label("rendu"))
        .join_from(t, a, a.c.activite_id == t.c.activite_id, isouter=True)
        .where(t.c.compte_id == compte_id)
    )
    if du is not None:
        choix = choix.where(t.c.debut >= du)
    if avant is not None:
        choix = choix.where(t.c.debut < avant)
    if statuts:
        choix = choix.where(t.c.statut.in_([statut.value for statut in statuts]))
    if a_rendre:
        venus = (StatutRdv.A_VENIR.value, StatutRdv.HONORE.value)
        choix = choix.where(
            t.c.debut <= maintenant, a.c.activite_id.is_(None), ~t.c.ecarte, t.c.statut.in_(venus)
        )
    return choix


ORDRE = (rdvs.c.debut, rdvs.c.rdv_id)
"""Celui de la journée."""


async def relies(store: Store[Any]) -> Sequence[UUID]:
    """Les comptes reliés, dans l'ordre."""
    t = rdv_comptes
    async with store.database.engine.connect() as connection:
        choix = sa.select(t.c.compte_id).where(~t.c.rompu).order_by(t.c.compte_id)
        return (await connection.scalars(choix)).all()


async def purger(store: Store[Any], maintenant: dt.datetime) -> int:
    """Oublie les rendez-vous d'il y a un an. Rend combien."""
    async with store.database.engine.begin() as connection:
        vieux = sa.delete(rdvs).where(rdvs.c.debut < maintenant - GARDE)
        return (await connection.execute(vieux)).rowcount


def _nom(compte_id: UUID, rdv_id: int) -> UUID:
    """What binds a ciphertext to its row."""
    return uuid5(_ESPACE, f"{compte_id}/{rdv_id}")


def _nom_de(row: Any) -> UUID:
    return _nom(row.compte_id, row.rdv_id)


def _ouvert(row: Any, dits: Mapping[str, Any]) -> Rdv:
    lus = {nom: None if valeur == ERASED else valeur for nom, valeur in dits.items()}
    dits_d_eux: Sequence[dict[str, Any]] = lus["participants"] or ()
    participants = tuple(
        Participant(statut=StatutRdv(p["statut"]), **{nom: v for nom, v in p.items() if nom != "statut"})
        for p in dits_d_eux
    )
    return Rdv(
        rdv_id=row.rdv_id,
        organisation_id=row.organisation_id,
        agents=tuple(lus["agents"] or ()),
        debut=row.debut,
        duree_minutes=row.duree_minutes,
        collectif=row.collectif,
        statut=StatutRdv(row.statut),
        nom=lus["nom"],
        motif=lus["motif"],
        lieu=lus["lieu"],
        participants=participants,
    )
