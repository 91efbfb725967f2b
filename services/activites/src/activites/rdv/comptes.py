"""Le compte RDV Service Public d'une personne : relié par OAuth, ses jetons scellés sous sa clé.

Nothing here is in clear in the database, nor in any log: the state of a link as a digest, the rest sealed.
"""

import asyncio
import base64
import datetime as dt
import hashlib
import secrets
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from events.codec import Secret
from events.store.store import Store
from events.types import ERASED
from sqlalchemy.dialects.postgresql import insert

from activites.domain.rdv_refus import (
    AdresseRdvDifferente,
    CompteRdvNonLie,
    LiaisonPerimee,
    LiaisonRefusee,
)
from activites.projections import comptes_suspendus
from activites.projections.tables import rdv_comptes, rdv_liaisons, rdv_oublies, rdvs
from activites.rdv import revocations
from activites.rdv.service import Adresses, Jetons, Muet, Refuse, ServiceRdv

log = structlog.get_logger()

LIAISON = dt.timedelta(minutes=10)
"""How long one may take to authorize us."""
_AVANT = dt.timedelta(minutes=1)
"""A token that ends sooner is renewed first."""
_RENOUVELLEMENTS = 2
"""Renewals at once, in one process: each holds a connection of the database while it waits."""
_GENRE = "compte"


class Comptes:
    """Who has linked what, and with which tokens."""

    def __init__(self, store: Store[Any], service: ServiceRdv, adresses: Adresses) -> None:
        self._store = store
        self._service = service
        self._adresses = adresses
        self._en_cours: set[asyncio.Task[tuple[int, str]]] = set()
        self._renouvellements = asyncio.Semaphore(_RENOUVELLEMENTS)

    async def demander(self, compte_id: UUID, maintenant: dt.datetime) -> str:
        """Start a link; it takes the place of the one before. Gives where the browser goes."""
        etat, verifieur = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        valeurs = {
            "etat": _empreinte(etat),
            "verifieur": await self._sceller(compte_id, rdv_liaisons.name, {"verifieur": verifieur}),
            "commencee_le": maintenant,
        }
        demande = insert(rdv_liaisons).values(compte_id=compte_id, **valeurs)
        async with self._store.database.engine.begin() as connection:
            await connection.execute(
                demande.on_conflict_do_update(index_elements=["compte_id"], set_=valeurs)
            )
        defi = base64.urlsafe_b64encode(hashlib.sha256(verifieur.encode()).digest()).rstrip(b"=").decode()
        return self._service.adresse_d_autorisation(etat, defi)

    async def relier(self, compte_id: UUID, code: str, etat: str, maintenant: dt.datetime) -> None:
        """Finish the link that this account has started.

        What it was linked with before, or is given for nothing, is to be revoked (`revocations`).
        Raises LiaisonPerimee, LiaisonRefusee, AdresseRdvDifferente, Muet.
        """
        t = rdv_liaisons
        async with self._store.database.engine.begin() as connection:
            # Taken away first: a state serves once, whatever follows.
            prise = sa.delete(t).where(t.c.compte_id == compte_id).returning(t)
            row = (await connection.execute(prise)).one_or_none()
        if (
            row is None
            or not secrets.compare_digest(row.etat, _empreinte(etat))
            or row.commencee_le + LIAISON < maintenant
        ):
            raise LiaisonPerimee
        verifieur = await self._ouvrir(compte_id, t.name, row.verifieur, "verifieur")
        try:
            jetons = await self._service.echanger(code, verifieur)
        except Refuse:
            raise LiaisonRefusee from None
        scelles = await self._scelles(compte_id, jetons)
        try:
            agent = await self._service.moi(jetons.acces)
            organisations = await self._service.organisations(jetons.acces)
            if not await self._adresses.est_a(compte_id, agent.courriel):
                raise AdresseRdvDifferente
        except (Muet, Refuse, AdresseRdvDifferente) as echec:
            # Given for nothing, it serves nobody, and should not be able to.
            async with self._store.database.engine.begin() as connection:
                await revocations.rendre(connection, compte_id, scelles["jetons"], maintenant)
            if isinstance(echec, Refuse):
                raise LiaisonRefusee from None
            raise
        valeurs = {
            "agent_id": agent.agent_id,
            "organisations": list(organisations),
            **scelles,
            "lie_le": maintenant,
            "lu_le": None,
            "tente_le": None,
            "rompu": False,
        }
        lie = insert(rdv_comptes).values(compte_id=compte_id, **valeurs)
        async with self._store.database.engine.begin() as connection:
            # Linked again, it is still linked since the first day.
            garde = {nom: v for nom, v in valeurs.items() if nom != "lie_le"}
            meme = rdv_comptes.c.agent_id == agent.agent_id
            autre = sa.and_(rdv_comptes.c.compte_id == compte_id, ~meme)
            # Whoever the agent, what the link before was made with speaks for nobody any more.
            await revocations.ceder(connection, compte_id, maintenant)
            if await connection.scalar(sa.select(rdv_comptes.c.agent_id).where(autre)) is not None:
                await connection.execute(sa.delete(rdv_comptes).where(autre))
                await connection.execute(sa.delete(rdvs).where(rdvs.c.compte_id == compte_id))
            await connection.execute(lie.on_conflict_do_update(index_elements=["compte_id"], set_=garde))

    async def lu(self, compte_id: UUID) -> Any | None:
        """The row of this account, its tokens still sealed, and whether it is suspended (`suspendu`); None
        when nothing is linked.
        """
        c = rdv_comptes.c
        suspendu = comptes_suspendus.est(c.compte_id).label("suspendu")
        async with self._store.database.engine.connect() as connection:
            choix = sa.select(rdv_comptes, suspendu).where(c.compte_id == compte_id)
            return (await connection.execute(choix)).one_or_none()

    async def acces(self, compte_id: UUID, maintenant: dt.datetime) -> tuple[int, str]:
        """The agent, and a token good for a minute more at least. Raises CompteRdvNonLie, Muet."""
        # Who asks may not wait any more; a token that was renewed there is kept here all the same.
        tache = asyncio.create_task(self._acces(compte_id, maintenant))
        self._en_cours.add(tache)
        tache.add_done_callback(self._fini)
        return await asyncio.shield(tache)

    def _fini(self, tache: asyncio.Task[tuple[int, str]]) -> None:
        self._en_cours.discard(tache)
        if not tache.cancelled():
            tache.exception()  # read, when nobody waited for it

    async def _acces(self, compte_id: UUID, maintenant: dt.datetime) -> tuple[int, str]:
        row = await self.lu(compte_id)
        # Who is suspended is still linked, and nobody speaks for them meanwhile.
        if row is None or row.rompu or row.suspendu:
            raise CompteRdvNonLie
        if row.expire_le > maintenant + _AVANT:
            return row.agent_id, await self._ouvrir(compte_id, rdv_comptes.name, row.jetons, "acces")
        # The other side may be slow: a few connections wait for it, never all of them.
        async with self._renouvellements:
            return await self._renouveler(compte_id, maintenant)

    async def _renouveler(self, compte_id: UUID, maintenant: dt.datetime) -> tuple[int, str]:
        t = rdv_comptes
        async with self._store.database.engine.begin() as connection:
            # A renewal token serves once: whoever else needs it waits for the one that we are given.
            ligne = sa.select(t).where(t.c.compte_id == compte_id).with_for_update()
            row = (await connection.execute(ligne)).one_or_none()
            if row is None or row.rompu:
                raise CompteRdvNonLie
            if row.expire_le > maintenant + _AVANT:
                return row.agent_id, await self._ouvrir(compte_id, t.name, row.jetons, "acces")
            ancien = await self._ouvrir(compte_id, t.name, row.jetons, "renouvellement")
            try:
                jetons = await self._service.renouveler(ancien)
                valeurs = await self._scelles(compte_id, jetons)
            except Refuse as refus:
                log.info("rdv_link_broken", reason=str(refus))
                jetons, valeurs = None, {"rompu": True}
            await connection.execute(sa.update(t).where(t.c.compte_id == compte_id).values(**valeurs))
        if jetons is None:
            raise CompteRdvNonLie
        return row.agent_id, jetons.acces

    async def douter(self, compte_id: UUID) -> None:
        """The other side does not take this token: the next one asked for says whether we are still known."""
        t, jadis = rdv_comptes, dt.datetime.fromtimestamp(0, dt.UTC)
        async with self._store.database.engine.begin() as connection:
            await connection.execute(sa.update(t).where(t.c.compte_id == compte_id).values(expire_le=jadis))

    async def _scelles(self, compte_id: UUID, jetons: Jetons) -> dict[str, Any]:
        textes = {"acces": jetons.acces, "renouvellement": jetons.renouvellement}
        scelles = await self._sceller(compte_id, rdv_comptes.name, textes)
        return {"jetons": scelles, "expire_le": jetons.expire_le}

    async def _sceller(self, compte_id: UUID, table: str, textes: dict[str, Any]) -> str:
        assert self._store.vault is not None
        return await self._store.vault.seal(compte_id, table, [Secret(_GENRE, compte_id, textes)])

    async def _ouvrir(self, compte_id: UUID, table: str, scelle: str, nom: str) -> str:
        assert self._store.vault is not None
        await self._store.vault.load_keys([scelle], cached=True)
        texte = self._store.vault.open(compte_id, table, scelle)[nom]
        if texte == ERASED:
            raise CompteRdvNonLie
        return str(texte)


async def oublier(
    store: Store[Any], compte_id: UUID, le: dt.datetime, *, lie_avant: dt.datetime | None = None
) -> None:
    """What is kept for this account of RDV Service Public goes, its tokens to be revoked.

    le : the Clock's.   lie_avant : unless linked since then.
    """
    async with store.database.engine.begin() as connection:
        # The link first: what is being written of it (agenda) ends before, and is taken away with the rest.
        c = rdv_comptes.c
        if lie_avant is not None and await connection.scalar(
            sa.select(c.lie_le).where(c.compte_id == compte_id, c.lie_le > lie_avant)
        ):
            return
        await revocations.ceder(connection, compte_id, le)
        for table in (rdv_comptes, rdv_liaisons, rdvs, rdv_oublies):
            await connection.execute(sa.delete(table).where(table.c.compte_id == compte_id))


def _empreinte(etat: str) -> bytes:
    return hashlib.sha256(etat.encode()).digest()
