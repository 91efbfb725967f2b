"""The identities of an account: named by a mark, taken away with the sessions that they opened."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.store.store import Context, Store
from process.clock import Clock

from identity.connexion import adresses
from identity.connexion.chiffre import Empreintes
from identity.connexion.sessions.registre import Registre
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.compte_faits import IdentiteLiee
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId


@dataclass(frozen=True, slots=True)
class Liee:
    """id : its mark.   liee_le : since when it opens the account."""

    id: UUID
    identite: compte.Identite
    liee_le: dt.datetime


class Identites:
    """One per process."""

    def __init__(self, store: Store[Any], empreintes: Empreintes, registre: Registre, clock: Clock) -> None:
        self._store = store
        self._empreintes = empreintes
        self._registre = registre
        self._clock = clock

    async def de(self, compte_id: CompteId) -> list[Liee]:
        """Those that open this account, the first linked first."""
        history = [recorded.event for recorded in await self._store.load(COMPTE(compte_id))]
        state = compte.initial
        liees: dict[compte.Identite, dt.datetime] = {}
        for event in history:
            state = compte.evolve(state, event)
            if isinstance(event, IdentiteLiee):
                liees[compte.Identite(event.emetteur, event.sub)] = event.liee_le
        if not isinstance(state, compte.EnInscription | compte.Inscrit):
            return []
        return [Liee(self.marque(i), i, le) for i, le in liees.items() if i in state.identites]

    async def de_la_session(self, session_id: SessionId, compte_id: CompteId) -> UUID | None:
        """The mark of the identity that opened this session."""
        for session in await self._registre.of(compte_id):
            if session.session_id == session_id:
                return session.identite
        return None

    async def retirer(self, compte_id: CompteId, marque: UUID, context: Context) -> bool:
        """Take one away. False when the account has no such identity. Raises DerniereIdentite."""
        trouvees = [liee.identite for liee in await self.de(compte_id) if liee.id == marque]
        if not trouvees:
            return False
        [identite] = trouvees
        claim = self._empreintes.identite(identite.emetteur, identite.sub)
        command = compte.RetirerIdentite(identite, self._clock.now())
        compte.decide(command, (await self._store.state(COMPTE(compte_id)))[0])
        await adresses.retirer(self._store, COMPTE(compte_id), command, claim, context)
        await self._registre.revoke_all(compte_id, MotifRevocation.IDENTITE_RETIREE, context, identite=marque)
        return True

    def marque(self, identite: compte.Identite) -> UUID:
        """What names an identity outside: a keyed hash, from which nothing is read."""
        return self._empreintes.marque(identite.emetteur, identite.sub)
