"""Les invitations et leur réponse. Source : le journal du service."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from sqlalchemy.dialects.postgresql import distinct_on
from web.rapproches import Siens

from equipes.domain.invitation import (
    InvitationAcceptee,
    InvitationAnnulee,
    InvitationEnvoyee,
    InvitationExpiree,
    InvitationRefusee,
)
from equipes.domain.vocabulaire import CoordinateurId, EquipeId
from equipes.projections import mandats, membres
from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.equipes import table as equipes
from equipes.projections.tables import Rows, instant, metadata


class Reponse(StrEnum):
    """Où en est une invitation."""

    EN_ATTENTE = "en_attente"
    ACCEPTEE = "acceptee"
    REFUSEE = "refusee"
    ANNULEE = "annulee"
    EXPIREE = "expiree"


type Event = (
    InvitationEnvoyee | InvitationAcceptee | InvitationRefusee | InvitationAnnulee | InvitationExpiree
)
reads = Event

table = sa.Table(
    "invitations",
    metadata,
    sa.Column("invitation_id", sa.Uuid, primary_key=True),
    sa.Column("equipe_id", sa.Uuid, nullable=False),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    sa.Column("par", sa.Uuid, nullable=False),
    instant("envoyee_le"),
    instant("expire_le"),
    sa.Column("reponse", sa.Text, nullable=False),
    sa.Index("invitations_du_compte", "compte_id", "reponse"),
    sa.Index("invitations_de_lequipe", "equipe_id", "reponse"),
    sa.Index("invitations_a_clore", "expire_le", postgresql_where=sa.text("reponse = 'en_attente'")),
)


def ordre(select: Rows) -> tuple[sa.ColumnElement[dt.datetime], sa.ColumnElement[UUID]]:
    """Celui des deux listes : les plus anciennes d'abord."""
    vue = select.selected_columns
    return vue.envoyee_le, vue.invitation_id


def key(event: Event) -> UUID:
    return event.invitation_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case InvitationEnvoyee():
            return row_of(table, event, reponse=Reponse.EN_ATTENTE)
        case InvitationAcceptee():
            return _repondue(row, Reponse.ACCEPTEE)
        case InvitationRefusee():
            return _repondue(row, Reponse.REFUSEE)
        case InvitationAnnulee():
            return _repondue(row, Reponse.ANNULEE)
        case InvitationExpiree():
            return _repondue(row, Reponse.EXPIREE)
        case _:
            assert_never(event)


def _repondue(row: Row | None, reponse: Reponse) -> Row | None:
    return row and row | {"reponse": reponse.value}


def _sans_reponse(maintenant: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.reponse == Reponse.EN_ATTENTE.value, table.c.expire_le > maintenant)


def recues(siens: Siens, maintenant: dt.datetime) -> Rows:
    """Les invitations auxquelles cette personne peut répondre, avec le nom de l'équipe et qui invite.

    Une seule par équipe, et aucune de celles dont elle est déjà membre : deux comptes rapprochés peuvent
    avoir été invités l'un et l'autre.
    """
    # Whoever sent it, while they coordinate; the invitation follows the team (D7).
    ouvreur = (
        sa.select(mandats.table.c.compte_id)
        .where(mandats.table.c.equipe_id == table.c.equipe_id, mandats.EN_COURS)
        .order_by((mandats.table.c.coordinateur_id == table.c.par).desc(), mandats.table.c.depuis)
        .limit(1)
        .scalar_subquery()
    )
    passages = membres.table.c
    deja_membre = sa.exists().where(
        passages.equipe_id == table.c.equipe_id,
        passages.mediateur_id.in_(siens.mediateurs),
        passages.ancien_depuis.is_(None),
    )
    toutes = (
        sa.select(
            table.c.invitation_id,
            table.c.equipe_id,
            equipes.c.nom.label("equipe_nom"),
            ouvreur.label("par_compte_id"),
            table.c.envoyee_le,
            table.c.expire_le,
        )
        .join(equipes, equipes.c.equipe_id == table.c.equipe_id, isouter=True)
        .where(table.c.compte_id.in_(siens.comptes), _sans_reponse(maintenant), ~deja_membre)
        .ext(distinct_on(table.c.equipe_id))
        .order_by(table.c.equipe_id, table.c.envoyee_le, table.c.invitation_id)
    )
    return sa.select(toutes.subquery("recues"))


def envoyees(equipe_id: EquipeId, maintenant: dt.datetime) -> Rows:
    """Les invitations de l'équipe qui attendent une réponse, une par personne."""
    c = table.c
    toutes = (
        sa.select(
            c.invitation_id,
            comptes_rapproches.sert("compte", c.compte_id).label("compte_id"),
            c.envoyee_le,
            c.expire_le,
        )
        .where(c.equipe_id == equipe_id, _sans_reponse(maintenant))
        .subquery("toutes")
    )
    par_personne = (
        sa.select(toutes)
        .ext(distinct_on(toutes.c.compte_id))
        .order_by(toutes.c.compte_id, toutes.c.envoyee_le, toutes.c.invitation_id)
    )
    return sa.select(par_personne.subquery("envoyees"))


def nombre_en_attente(equipe_id: EquipeId, maintenant: dt.datetime) -> sa.Select[int]:
    """À combien de personnes l'équipe attend une réponse."""
    return sa.select(sa.func.count()).select_from(envoyees(equipe_id, maintenant).subquery())


def nombre_recues(siens: Sequence[UUID], maintenant: dt.datetime) -> sa.Select[int]:
    """Combien d'équipes attendent la réponse de cette personne."""
    select = sa.select(sa.func.count(table.c.equipe_id.distinct()))
    return select.where(table.c.compte_id.in_(siens), _sans_reponse(maintenant))


def nombre_envoyees_par(par: CoordinateurId, depuis: dt.datetime) -> sa.Select[int]:
    """Combien d'invitations ce coordinateur a envoyées depuis cet instant, répondues ou non."""
    select = sa.select(sa.func.count()).select_from(table)
    return select.where(table.c.par == par, table.c.envoyee_le > depuis)


def a_clore(maintenant: dt.datetime, apres: tuple[dt.datetime, UUID] | None, limite: int) -> Rows:
    """Celles dont le délai est passé sans réponse, dans l'ordre de (expire_le, invitation_id)."""
    ordre = (table.c.expire_le, table.c.invitation_id)
    select = (
        sa.select(table.c.invitation_id, table.c.equipe_id, table.c.compte_id, table.c.expire_le)
        .where(table.c.reponse == Reponse.EN_ATTENTE.value, table.c.expire_le <= maintenant)
        .order_by(*ordre)
        .limit(limite)
    )
    return select if apres is None else select.where(sa.tuple_(*ordre) > apres)
