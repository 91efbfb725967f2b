"""Les rôles d'un compte, changés par un administrateur (docs/domaine/identite.md §7.2)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from events.decider import Refusal, refuse

from identity.domain.compte_etat import EnInscription, Inscrit, Vivant
from identity.domain.compte_faits import RoleChoisi, RoleRetire
from identity.domain.vocabulaire import CoordinateurId, MediateurId, Role


@dataclass(frozen=True, slots=True)
class ChangerRoles:
    """Donner un rôle, en retirer un.

    roles : tous ceux d'après.   mediateur_id, coordinateur_id : du rôle donné.   a_saisi, membre : comme
    médiateur, des comptes rendus, une équipe.   anime : comme coordinateur, une équipe qui a un membre.
    """

    roles: frozenset[Role]
    a_saisi: bool
    membre: bool
    anime: bool
    mediateur_id: MediateurId
    coordinateur_id: CoordinateurId
    maintenant: dt.datetime


class AucunRole(Refusal):
    """Au moins un rôle est requis."""


class RoleAvantInscription(Refusal):
    """Cette personne n’a pas encore de rôle : elle le choisit en finissant son inscription."""


class MediateurQuiASaisi(Refusal):
    """Ce médiateur a saisi des comptes rendus : son rôle ne se retire plus."""


class MediateurEnEquipe(Refusal):
    """Ce médiateur est membre d’une équipe : son rôle se retire quand il l’a quittée."""


class CoordinateurQuiAUnMembre(Refusal):
    """Ce coordinateur a un membre dans une équipe : son rôle se retire quand il n’en a plus."""


def changer(command: ChangerRoles, state: Vivant) -> list[RoleChoisi | RoleRetire]:
    """Donne avant de retirer : à aucun instant le compte n'est sans rôle."""
    if isinstance(state, EnInscription):
        raise RoleAvantInscription(field="/roles")
    if not command.roles:
        raise AucunRole(field="/roles")
    tenus = {role for role, tenu in _tenus(state) if tenu}
    refuse(_retenus(command, tenus - command.roles))
    return [*_donnes(command, state, tenus), *_retires(command, state, tenus)]


def _retenus(command: ChangerRoles, retires: set[Role]) -> Iterator[Refusal]:
    if Role.MEDIATEUR in retires:
        if command.a_saisi:
            yield MediateurQuiASaisi(field="/roles")
        if command.membre:
            yield MediateurEnEquipe(field="/roles")
    if Role.COORDINATEUR in retires and command.anime:
        yield CoordinateurQuiAUnMembre(field="/roles")


def _tenus(state: Inscrit) -> Iterator[tuple[Role, bool]]:
    yield Role.MEDIATEUR, state.mediateur_id is not None
    yield Role.COORDINATEUR, state.coordinateur_id is not None


def _donnes(command: ChangerRoles, state: Inscrit, tenus: set[Role]) -> Iterator[RoleChoisi]:
    for role in Role:
        if role in command.roles - tenus:
            yield RoleChoisi(
                state.compte_id,
                role,
                command.mediateur_id if role is Role.MEDIATEUR else None,
                command.coordinateur_id if role is Role.COORDINATEUR else None,
                command.maintenant,
            )


def _retires(command: ChangerRoles, state: Inscrit, tenus: set[Role]) -> Iterator[RoleRetire]:
    for role in Role:
        if role in tenus - command.roles:
            yield RoleRetire(
                state.compte_id,
                role,
                state.mediateur_id if role is Role.MEDIATEUR else None,
                state.coordinateur_id if role is Role.COORDINATEUR else None,
                command.maintenant,
            )
