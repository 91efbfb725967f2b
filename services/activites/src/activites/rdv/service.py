"""RDV Service Public : le port. Un adaptateur HTTP ; sans réglage, il n'y en a pas."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from activites.domain.rdv import Rdv, StatutRdv


class Muet(Exception):
    """The other side does not answer, or answers nonsense: nothing changes, and one asks again later.

    The message is a code, never what was received.
    """


class Refuse(Exception):
    """The other side says no: the authorization is no more, or the change is not allowed.

    The message is the status of its answer.   erreur : the code that it gives, of OAuth (RFC 6749 §5.2).
    """

    def __init__(self, statut: str, erreur: str = "") -> None:
        super().__init__(statut)
        self.erreur = erreur


@dataclass(frozen=True, slots=True)
class Jetons:
    """What speaks for an agent. expire_le : of the access token."""

    acces: str = field(repr=False)
    renouvellement: str = field(repr=False)
    expire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class Agent:
    """Who authorized us. courriel : as RDV Service Public writes it."""

    agent_id: int
    courriel: str


class ServiceRdv(Protocol):
    """All methods raise Muet and Refuse."""

    def adresse_d_autorisation(self, etat: str, defi: str) -> str:
        """Where the browser goes. defi : PKCE challenge (S256)."""
        ...

    async def echanger(self, code: str, verifieur: str) -> Jetons: ...

    async def renouveler(self, renouvellement: str) -> Jetons: ...

    async def revoquer(self, acces: str, renouvellement: str) -> None:
        """These tokens speak for nobody any more; nothing where it says no address for that."""
        ...

    async def moi(self, acces: str) -> Agent: ...

    async def organisations(self, acces: str) -> tuple[int, ...]: ...

    async def rdvs(self, acces: str, agent_id: int, du: dt.datetime, au: dt.datetime) -> list[Rdv]:
        """All those of the agent that begin between these instants."""
        ...

    async def rdv(self, acces: str, agent_id: int, rdv_id: int) -> Rdv | None:
        """One of the agent's; None when it is no more."""
        ...

    async def changer_statut(self, acces: str, rdv_id: int, statut: StatutRdv) -> None: ...

    async def ecouter(self, acces: str, organisation_id: int, adresse: str, secret: str) -> None:
        """Have the changes of this organisation's rendez-vous told to this address, signed by this secret."""
        ...


class Adresses(Protocol):
    """Who knows the addresses of accounts: identity."""

    async def est_a(self, compte_id: UUID, courriel: str) -> bool:
        """Whether this address is that account's. Raises Muet."""
        ...


@dataclass(frozen=True, slots=True)
class SansAdresses:
    """Nobody to ask: a role that links no account."""

    connues: Collection[str] = ()

    async def est_a(self, compte_id: UUID, courriel: str) -> bool:
        raise Muet("adresses")
