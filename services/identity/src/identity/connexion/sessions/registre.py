"""Open sessions: found by the SHA-256 of an opaque cookie, two expiries, ten per account.

Rules: docs/domaine/proconnect.md §12.
The facts (opened, revoked) are in the journal, without personal data; this table is the look-up.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from events.postgres.database import Database
from events.store.store import Context, Store
from process.clock import Clock

from identity.connexion.chiffre import Sealer, digest, draw
from identity.domain import session
from identity.domain.session import SESSION
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId
from identity.projections.tables import sessions as table

AT_MOST = 10
PURGED = 1000
"""Rows that one transaction of a purge deletes."""
_SEEN_EVERY = dt.timedelta(minutes=1)
# In SQL: the gateway asks it before every request of every page.
_FIND = """select session_id, compte_id, ouverte_le, vue_le, inactive_le, expire_le, acr, navigateur,
        identite, usurpateur, session_usurpateur, repos from sessions
    where empreinte = $1 and revoquee_le is null and inactive_le > $2 and expire_le > $2"""
_SEEN = "update sessions set vue_le = $2, inactive_le = $3 where session_id = $1"


@dataclass(frozen=True, slots=True)
class Limites:
    """How long a session lasts. repos : without doing anything.   totale : whatever is done."""

    repos: dt.timedelta
    totale: dt.timedelta


DE_TOUS = Limites(dt.timedelta(hours=2), dt.timedelta(hours=12))
DE_LA_GESTION = Limites(dt.timedelta(minutes=30), dt.timedelta(hours=8))
"""Of an administrator or the support."""


@dataclass(frozen=True, slots=True)
class Authentification:
    """How the person authenticated. id_token : as received, kept sealed for the logout.

    identite : mark of the federation's identity (`Empreintes.marque`).
    """

    acr: str | None
    amr: tuple[str, ...]
    auth_time: int | None
    idp_id: str | None
    id_token: str
    navigateur: str
    identite: UUID


@dataclass(frozen=True, slots=True)
class Session:
    """A live session."""

    session_id: SessionId
    compte_id: CompteId
    ouverte_le: dt.datetime
    vue_le: dt.datetime
    inactive_le: dt.datetime
    expire_le: dt.datetime
    acr: str | None
    navigateur: str
    identite: UUID | None
    usurpateur: CompteId | None
    """The account that sees the platform as this one: it reads, and changes nothing."""
    session_usurpateur: SessionId | None


class Registre:
    """The table `sessions` and the streams `session-<uuid>`."""

    def __init__(self, database: Database, store: Store[Any], sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def open(
        self, compte_id: CompteId, auth: Authentification, context: Context, limites: Limites = DE_TOUS
    ) -> str:
        """Open a session, revoking the oldest beyond ten. Returns the cookie's value."""
        now = self._clock.now()
        session_id, opaque = SessionId(uuid4()), draw()
        command = session.OuvrirSession(session_id, compte_id, auth.acr, now)
        await self._store.execute(SESSION(session_id), command, context)
        await self._insert(
            {
                "session_id": session_id,
                "empreinte": digest(opaque),
                "compte_id": compte_id,
                "ouverte_le": now,
                "vue_le": now,
                "inactive_le": now + limites.repos,
                "repos": int(limites.repos.total_seconds()),
                "expire_le": now + limites.totale,
                "revoquee_le": None,
                "acr": auth.acr,
                "amr": list(auth.amr),
                "auth_time": auth.auth_time,
                "idp_id": auth.idp_id,
                "id_token": self._sealer.seal("id_token", session_id, auth.id_token.encode()),
                "navigateur": auth.navigateur,
                "identite": auth.identite,
            }
        )
        # Only once it is there: of several sign-ins at once, the last to look sees them all.
        siennes = [one for one in await self.of(compte_id) if one.usurpateur is None]
        for old in siennes[AT_MOST:]:
            await self.revoke(old.session_id, compte_id, MotifRevocation.PLAFOND, context)
        return opaque

    async def find(self, opaque: str | None) -> Session | None:
        """The live session of this cookie, whose idle time starts again; None when there is none."""
        if not opaque or len(opaque) > 100:
            return None
        now = self._clock.now()
        async with self._database.raw() as connection:
            row = await connection.fetchrow(_FIND, digest(opaque), now)
            if row is None:
                return None
            if now - row["vue_le"] < _SEEN_EVERY:
                return _session(row)
            seen = now + dt.timedelta(seconds=row["repos"])
            await connection.execute(_SEEN, row["session_id"], now, seen)
        return replace(_session(row), vue_le=now, inactive_le=seen)

    async def of(self, compte_id: CompteId) -> list[Session]:
        """The account's live sessions, the last seen first."""
        return await self._live_where(table.c.compte_id == compte_id)

    async def usurpees(self, usurpateur: CompteId) -> list[Session]:
        """The live sessions where this account sees the platform as somebody else."""
        return await self._live_where(table.c.usurpateur == usurpateur)

    async def _live_where(self, condition: sa.ColumnElement[bool]) -> list[Session]:
        async with self._database.engine.connect() as connection:
            rows = await connection.execute(
                sa.select(table)
                .where(condition, *_live(self._clock.now()))
                .order_by(table.c.vue_le.desc(), table.c.ouverte_le.desc(), table.c.session_id)
            )
            return [_session(row) for row in rows.mappings()]

    async def usurper(
        self, session_id: SessionId, compte_id: CompteId, par: Session, duree: dt.timedelta, context: Context
    ) -> str:
        """Open the session where `par` sees the platform as this account. Returns the cookie's value.

        It carries no authentication of anybody: neither level nor right, nor ten others to replace.
        """
        now, opaque = self._clock.now(), draw()
        command = session.OuvrirSession(session_id, compte_id, None, now, par.compte_id)
        await self._store.execute(SESSION(session_id), command, context)
        await self._insert(
            {
                "session_id": session_id,
                "empreinte": digest(opaque),
                "compte_id": compte_id,
                "ouverte_le": now,
                "vue_le": now,
                "inactive_le": now + duree,
                "repos": int(duree.total_seconds()),
                "expire_le": now + duree,
                "amr": [],
                "id_token": self._sealer.seal("id_token", session_id, b""),
                "navigateur": "Support de La Coop",
                "usurpateur": par.compte_id,
                "session_usurpateur": par.session_id,
            }
        )
        return opaque

    async def id_token(self, session_id: SessionId) -> str | None:
        """The ID token received at sign-in, the hint of the logout."""
        async with self._database.engine.connect() as connection:
            sealed = (
                await connection.execute(sa.select(table.c.id_token).where(table.c.session_id == session_id))
            ).scalar_one_or_none()
        opened = self._sealer.open("id_token", session_id, sealed) if sealed is not None else None
        return opened.decode() or None if opened is not None else None

    async def revoke(
        self, session_id: SessionId, par: CompteId, motif: MotifRevocation, context: Context
    ) -> None:
        """Close a session. Raises SessionInconnue when it is not `par`'s."""
        command = session.RevoquerSession(par, motif, self._clock.now())
        await self._store.execute(SESSION(session_id), command, context)
        await self.forget(session_id, self._clock.now())

    async def revoke_all(
        self,
        compte_id: CompteId,
        motif: MotifRevocation,
        context: Context,
        opened_before: dt.datetime | None = None,
        *,
        sauf: SessionId | None = None,
        identite: UUID | None = None,
    ) -> None:
        """Close every session of an account, and those where it sees as somebody else; or those only that
        what is given says.

        opened_before : opened until then.   sauf : all but this one.   identite : opened by this identity.
        """
        for one in [*await self.of(compte_id), *await self.usurpees(compte_id)]:
            early = opened_before is None or one.ouverte_le <= opened_before
            if early and one.session_id != sauf and identite in (None, one.identite):
                await self.revoke(one.session_id, one.compte_id, motif, context)

    async def forget(self, session_id: UUID, revoquee_le: dt.datetime) -> None:
        """Apply a revocation to the look-up table; again changes nothing."""
        async with self._database.engine.begin() as connection:
            await connection.execute(
                sa.update(table)
                .where(table.c.session_id == session_id, table.c.revoquee_le.is_(None))
                .values(revoquee_le=revoquee_le)
            )

    async def rotate(
        self,
        session_id: SessionId,
        compte_id: CompteId,
        context: Context,
        *,
        vers: CompteId | None = None,
    ) -> str | None:
        """Replace a live session by a new one, same expiry. Returns the new cookie's value.

        vers : the account that it opens, when the person now has another.
        """
        now = self._clock.now()
        async with self._database.engine.connect() as connection:
            found = await connection.execute(
                sa.select(table).where(
                    table.c.session_id == session_id, table.c.compte_id == compte_id, *_live(now)
                )
            )
            row = found.mappings().first()
        if row is None:
            return None
        hint = self._sealer.open("id_token", session_id, row["id_token"]) or b""
        new_id, opaque = SessionId(uuid4()), draw()
        command = session.OuvrirSession(new_id, vers or compte_id, row["acr"], now)
        await self._store.execute(SESSION(new_id), command, context)
        await self._insert(
            {
                **row,
                "session_id": new_id,
                "compte_id": vers or compte_id,
                "empreinte": digest(opaque),
                "vue_le": now,
                "inactive_le": now + dt.timedelta(seconds=row["repos"]),
                "id_token": self._sealer.seal("id_token", new_id, hint),
            }
        )
        await self.revoke(session_id, compte_id, MotifRevocation.REMPLACEE, context)
        return opaque

    async def purge(self) -> int:
        """Forget sessions that ended more than a day ago, in short transactions. Returns how many."""
        before = self._clock.now() - dt.timedelta(days=1)
        ended = (
            sa.select(table.c.session_id)
            .where(
                sa.or_(
                    table.c.revoquee_le < before,
                    table.c.expire_le < before,
                    table.c.inactive_le < before,
                )
            )
            .limit(PURGED)
        )
        return await purge(self._database, sa.delete(table).where(table.c.session_id.in_(ended)))

    async def _insert(self, values: dict[str, Any]) -> None:
        async with self._database.engine.begin() as connection:
            await connection.execute(sa.insert(table).values(values))


async def purge(database: Database, delete: sa.Delete) -> int:
    """Run a bounded deletion until it deletes nothing more. Returns how many rows went."""
    count = 0
    while True:
        async with database.engine.begin() as connection:
            gone = (await connection.execute(delete)).rowcount
        if not gone:
            return count
        count += gone


def stream_of(session_id: UUID) -> str:
    """The session's stream."""
    return f"session-{session_id}"


def coarse_agent(user_agent: str) -> str:
    """`Firefox, Linux`: enough to recognise one's own session, too little to follow anybody."""
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "Navigateur inconnu")
    system = next((name for mark, name in systems if mark in user_agent), None)
    return f"{browser}, {system}" if system else browser


def _live(now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.revoquee_le.is_(None), table.c.inactive_le > now, table.c.expire_le > now)


def _session(row: Any) -> Session:
    """row : the columns of a session, by name."""
    usurpateur, sienne = row["usurpateur"], row["session_usurpateur"]
    return Session(
        SessionId(row["session_id"]),
        CompteId(row["compte_id"]),
        row["ouverte_le"],
        row["vue_le"],
        row["inactive_le"],
        row["expire_le"],
        row["acr"],
        row["navigateur"],
        row["identite"],
        CompteId(usurpateur) if usurpateur is not None else None,
        SessionId(sienne) if sienne is not None else None,
    )
