"""Internal tokens: what the gateway gives to a service for one request (docs/domaine/proconnect.md §12)."""

import datetime as dt
from typing import Any

from events.store.store import Store
from events.stream import StreamId
from joserfc import jwt
from process.clock import Clock

from identity.connexion.proconnect.verification import MFA_LEVELS
from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.registre import Session
from identity.domain import acces, compte
from identity.domain.acces import ACCES
from identity.domain.compte import COMPTE
from identity.domain.maintenance import PLATEFORME, MaintenanceCommencee
from identity.domain.vocabulaire import CompteId, Droit

AUDIENCES = ("identity", "activites", "equipes", "cartographie")
HERE = "identity"
LIFE = 120
"""Seconds."""
CACHED = dt.timedelta(seconds=15)
_CACHE_SIZE = 20_000


class Minter:
    """Makes tokens, and gives the same one again for 15 s to the same session and audience."""

    def __init__(self, store: Store[Any], keys: SigningKeys, issuer: str, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._cache: dict[tuple[object, str], tuple[dt.datetime, str]] = {}

    async def token(self, session: Session, audience: str) -> str | None:
        """A token for one audience; None for a suspended account, whatever its sessions, and for a
        closed one, but here where it is opened again.

        The session must have been found live just before: this is not checked. Roles and rights come from the
        account's streams, not from a read model: what was decided is there at once.
        """
        now = self._clock.now()
        known = self._cache.get((session.session_id, audience))
        if known is not None and now - known[0] < CACHED:
            return known[1]
        state, access = await load_titulaire(self._store, session.compte_id)
        closed = isinstance(state, compte.Ferme) and audience != HERE
        if access.suspendu or closed or not await self._may_see(session):
            return None
        key = await self._keys.current()
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": audience,
            "sub": str(session.compte_id),
            "sid": str(session.session_id),
            "roles": [role.value for role in (*compte.roles(state), *droits(session, access))],
            "iat": issued,
            "exp": issued + LIFE,
        }
        if session.usurpateur is not None:
            claims["act"] = {"sub": str(session.usurpateur)}
        if isinstance(state, compte.Inscrit):
            if state.mediateur_id is not None:
                claims["mediateur_id"] = str(state.mediateur_id)
            if state.coordinateur_id is not None:
                claims["coordinateur_id"] = str(state.coordinateur_id)
        token = jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, claims, key.key, ["ES256"])
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[session.session_id, audience] = (now, token)
        return token

    async def maintenance(self, session: Session) -> MaintenanceCommencee | None:
        """The maintenance that stops the writes of this session; administrators and the support go on."""
        en_cours, _ = await self._store.state(PLATEFORME)
        if en_cours is None:
            return None
        access, _ = await self._store.state(ACCES(session.compte_id))
        return None if droits(session, access) else en_cours

    async def _may_see(self, session: Session) -> bool:
        """Whether who sees as this account, if anybody, still has the right to."""
        if session.usurpateur is None:
            return True
        access, _ = await self._store.state(ACCES(session.usurpateur))
        return access.droit is not Droit.AUCUN and not access.suspendu


async def load_compte(store: Store[Any], compte_id: CompteId) -> compte.State:
    """The account, from its facts."""
    return (await store.state(COMPTE(compte_id)))[0]


async def load_titulaire(store: Store[Any], compte_id: CompteId) -> tuple[compte.State, acces.State]:
    """The account and what it gives access to, from their facts."""
    streams: list[StreamId[Any, Any, Any]] = [COMPTE(compte_id), ACCES(compte_id)]
    state, access = await store.states(streams)
    return state, access


def droits(session: Session, access: acces.State) -> tuple[Droit, ...]:
    """The right that a session carries: none without several factors (docs/domaine/proconnect.md §6)."""
    if access.droit is Droit.AUCUN or session.acr not in MFA_LEVELS:
        return ()
    return (access.droit,)
