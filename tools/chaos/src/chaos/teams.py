"""Teams made, people invited who accept or refuse: by the commands of equipes, on its journal."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from equipes.domain import equipe, invitation
from equipes.domain.equipe import EQUIPE
from equipes.domain.invitation import INVITATION
from equipes.domain.vocabulaire import (
    CompteId,
    CoordinateurId,
    EquipeId,
    InvitationId,
    MediateurId,
    cle_invitation,
)
from events.store.store import Claim, Context
from events.stream import StreamId

from chaos.history import Deed, Told
from chaos.journals import Journals, insist
from chaos.people import Mediateur

_CONTEXT = Context("chaos", "chaos-equipes")
_PAUSE = 3.0
_INVITED = 3


class Teams:
    """`run` until `finish`, after `prepare`."""

    def __init__(
        self,
        journals: Journals,
        leavers: Sequence[Mediateur],
        stayers: Sequence[Mediateur],
        told: Told,
        seed: int,
    ) -> None:
        """leavers : erased during the load: their teams are made before, and nobody invites them then."""
        self._store = journals["equipes"]
        self._leavers = leavers
        self._stayers = stayers
        self._told = told
        self._random = Random(seed)  # noqa: S311 - a seed makes it repeatable
        self._finished = asyncio.Event()

    async def prepare(self) -> None:
        """Those who will be erased coordinate a team, are members of another, and do not answer a third."""
        host, *others = self._stayers
        for leaver in self._leavers:
            await self._form(leaver, others[:_INVITED])
        await self._form(host, [*self._leavers, others[0]])
        await self._form(host, [others[0], others[1], *self._leavers])

    async def run(self) -> None:
        while not self._finished.is_set():
            chief, *invited = self._random.sample(self._stayers, 1 + _INVITED)
            await self._form(chief, invited)
            await asyncio.sleep(_PAUSE)

    def finish(self) -> None:
        self._finished.set()

    async def _form(self, chief: Mediateur, invited: Sequence[Mediateur]) -> None:
        """The first one accepts, the second one refuses, the others do not answer. When those who will be
        erased come first, they accept."""
        equipe_id, coordinateur_id = EquipeId(self._id()), CoordinateurId(chief.mediateur_id)
        created = equipe.CreerEquipe(
            equipe_id, f"Équipe de {chief.mark}", coordinateur_id, CompteId(chief.compte_id), _now()
        )
        await self._do(EQUIPE(equipe_id), created)
        for rank, someone in enumerate(invited):
            compte_id, invitation_id = CompteId(someone.compte_id), InvitationId(self._id())
            only = Claim("invitation", cle_invitation(equipe_id, compte_id))
            sent = invitation.InviterMediateur(
                invitation_id,
                equipe_id,
                compte_id,
                coordinateur_id,
                frozenset({coordinateur_id}),
                invitation.Profil.MEDIATEUR,
                deja_membre=False,
                en_attente=0,
                maintenant=_now(),
            )
            await self._do(INVITATION(invitation_id), sent, claims=[only])
            if rank == 0 or (rank == 1 and someone in self._leavers):
                said = invitation.AccepterInvitation(compte_id, MediateurId(someone.mediateur_id), _now())
            elif rank == 1:
                said = invitation.RefuserInvitation(compte_id, _now())
            else:
                continue
            await self._do(INVITATION(invitation_id), said, releases=[only])

    async def _do(
        self,
        on: StreamId[Any, Any, Any],
        command: Any,
        *,
        claims: Sequence[Claim] = (),
        releases: Sequence[Claim] = (),
    ) -> None:
        work = partial(self._store.execute, on, command, _CONTEXT, claims=claims, releases=releases)
        written = await insist(work)
        self._told.deeds.append(Deed("equipes", on.name, written.version))

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
