"""The identities of an account: named by a mark, taken away with the sessions that they opened."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.decider import Refusal
from events.store.store import ClaimTaken, Context, Store, Written
from process.clock import Clock

from identity.connexion import adresses
from identity.connexion.chiffre import Empreintes
from identity.connexion.interventions import intervenir
from identity.connexion.sessions.registre import Registre
from identity.domain import compte, intervention
from identity.domain.compte import COMPTE
from identity.domain.compte_faits import IdentiteLiee
from identity.domain.intervention import Intervenir
from identity.domain.vocabulaire import CompteId, MotifRevocation, SessionId


@dataclass(frozen=True, slots=True)
class Liee:
    """id : its mark.   liee_le : since when it opens the account."""

    id: UUID
    identite: compte.Identite
    liee_le: dt.datetime


class IdentiteDUnAutreCompte(Refusal):
    """Cette identité ouvre déjà un autre compte : rapprochez les deux comptes."""


class Identites:
    """One per process."""

    def __init__(
        self, store: Store[Any], empreintes: Empreintes, registre: Registre, clock: Clock, emetteur: str
    ) -> None:
        """emetteur : of the federation, as its tokens name it."""
        self._store = store
        self._empreintes = empreintes
        self._emetteur = emetteur
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

    async def retirer(
        self, compte_id: CompteId, marque: UUID, context: Context, note: Intervenir | None = None
    ) -> bool:
        """Take one away. False when the account has no such identity. note : who does it for the person.

        Raises DerniereIdentite, RaisonAbsente, SonPropreCompte."""
        trouvees = [liee.identite for liee in await self.de(compte_id) if liee.id == marque]
        if not trouvees:
            return False
        [identite] = trouvees
        claim = self._empreintes.identite(identite.emetteur, identite.sub)
        command = compte.RetirerIdentite(identite, self._clock.now())
        compte.decide(command, (await self._store.state(COMPTE(compte_id)))[0])
        if note is None:
            await adresses.retirer(self._store, COMPTE(compte_id), command, claim, context)
        else:
            intervention.decide(note, intervention.initial)
            await adresses.retirer_d_ailleurs(self._store, COMPTE(compte_id), command, claim, context)
            await intervenir(self._store, COMPTE(compte_id), command, note, context, releases=[claim])
        await self._registre.revoke_all(compte_id, MotifRevocation.IDENTITE_RETIREE, context, identite=marque)
        return True

    async def lier(self, compte_id: CompteId, sub: str, note: Intervenir, context: Context) -> Written:
        """Open this account to one more identity of our federation, which opens none yet.

        Raises IdentiteDUnAutreCompte, CompteEstFerme, CompteQuiRenvoie, RaisonAbsente, SonPropreCompte."""
        identite = compte.Identite(self._emetteur, sub)
        claim = self._empreintes.identite(identite.emetteur, identite.sub)
        if await adresses.titulaire(self._store, claim) not in (None, compte_id):
            raise IdentiteDUnAutreCompte(field="/sub")
        command = compte.AjouterIdentite(identite, self._clock.now())
        try:
            return await intervenir(self._store, COMPTE(compte_id), command, note, context, claims=[claim])
        except ClaimTaken:
            raise IdentiteDUnAutreCompte(field="/sub") from None

    def marque(self, identite: compte.Identite) -> UUID:
        """What names an identity outside: a keyed hash, from which nothing is read."""
        return self._empreintes.marque(identite.emetteur, identite.sub)
