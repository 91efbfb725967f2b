"""What only one account, or one invitation, may hold: who holds it, and whose facts say that it is theirs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from equipes.domain import invitation
from equipes.domain.invitation import INVITATION
from equipes.domain.vocabulaire import cle_invitation
from events.postgres.database import Database
from events.store.store import Claim
from events.types import Recorded
from identity.domain import compte
from identity.domain.compte import COMPTE, Ferme, Renvoye
from identity.domain.vocabulaire import Role

from chaos.history import Told
from chaos.people import EMPREINTES

_KINDS = ("identite", "courriel", Role.MEDIATEUR.value, Role.COORDINATEUR.value, "invitation")


@dataclass(frozen=True, slots=True)
class Held:
    """says : the streams whose facts say that it is theirs.   holders : those that hold it.

    must : somebody must hold it. An address that an account left, or that another account has, may be free.
    """

    kind: str
    key: bytes
    says: frozenset[str]
    holders: frozenset[str]
    must: bool = True

    def __str__(self) -> str:
        return f"{self.kind} {self.key.hex()[:12]}"


type Says = dict[Claim, set[str]]


async def held(database: Database, says: Says, wanted: Iterable[Claim] = ()) -> list[Held]:
    """Everything that is held or said, in one service. wanted : addresses that somebody must hold."""
    async with database.raw() as connection:
        rows = await connection.fetch(
            "select kind, key, stream from claims where kind = any($1::text[])", list(_KINDS)
        )
    holders: defaultdict[Claim, set[str]] = defaultdict(set)
    for row in rows:
        holders[Claim(row["kind"], row["key"])].add(row["stream"])
    wanted = set(wanted)
    return [
        Held(
            claim.kind,
            claim.key,
            frozenset(says.get(claim, ())),
            frozenset(holders.get(claim, ())),
            claim.kind != "courriel" or claim in wanted,
        )
        for claim in {**says, **holders, **dict.fromkeys(wanted)}
    ]


def of_accounts(journal: Sequence[Recorded[Any]]) -> Says:
    """Of the accounts that are not erased: their identities, their addresses; of all of them, their roles."""
    says: defaultdict[Claim, set[str]] = defaultdict(set)
    states: dict[str, compte.State] = {}
    for recorded in journal:
        if not recorded.stream.startswith("compte-"):
            continue
        event, stream = recorded.event, recorded.stream
        states[stream] = COMPTE.evolve(states.get(stream, COMPTE.initial), event)
        if isinstance(event, compte.RoleChoisi):
            role_id = event.mediateur_id or event.coordinateur_id
            assert role_id is not None, "un rôle a son identifiant"
            # It never serves again: it would give an erased person's activités to somebody else.
            says[Claim(event.role.value, role_id.bytes)].add(stream)
    for stream, state in states.items():
        alive = state.avant if isinstance(state, Ferme | Renvoye) else state
        if not isinstance(alive, compte.EnInscription | compte.Inscrit):
            continue
        for identite in alive.identites:
            says[EMPREINTES.identite(identite.emetteur, identite.sub)].add(stream)
        for address in compte.adresses(alive):
            says[EMPREINTES.courriel(address)].add(stream)
    return says


def of_invitations(journal: Sequence[Recorded[Any]]) -> Says:
    """Of those that nobody has answered: the person and the team."""
    says: Says = {}
    states: dict[str, invitation.State] = {}
    for recorded in journal:
        if recorded.stream.startswith("invitation-"):
            before = states.get(recorded.stream, INVITATION.initial)
            states[recorded.stream] = INVITATION.evolve(before, recorded.event)
    for stream, state in states.items():
        if isinstance(state, invitation.EnAttente):
            key = cle_invitation(state.envoyee.equipe_id, state.envoyee.compte_id)
            says.setdefault(Claim("invitation", key), set()).add(stream)
    return says


def addresses(told: Told) -> set[Claim]:
    """Those that somebody must hold: whoever came with it is still there with it.

    When one of them changed for another, or was erased, it is nobody's until somebody signs in with it again.
    """
    gone = {one.person for one in told.erased}
    wanted: set[Claim] = set()
    for address in {one.address for one in told.sign_ins}:
        with_it = [one for one in told.sign_ins if one.address == address]
        left = {one.who for one in with_it if one.compte_id in gone}
        last = with_it[-1]
        stay = all(told.tried[one.who] == address for one in with_it)
        if stay and last.compte_id not in gone and (not left or last.who in left):
            wanted.add(EMPREINTES.courriel(address))
    return wanted
