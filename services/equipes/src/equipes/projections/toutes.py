"""Toutes les équipes d'une personne, à tous ses titres : rapproche par SQL mandats, membres et réseau."""

from typing import Any

import sqlalchemy as sa
from referentiels.nomenclature import Nomenclature
from web.rapproches import Siens

from equipes.projections import mandats, membres, reseau
from equipes.projections.tables import Rows


class MaPlace(Nomenclature):
    """À quel titre une équipe est l'une des miennes."""

    COORDINATEUR = "coordinateur", "Je la coordonne"
    MEMBRE = "membre", "J’en suis membre"
    LIE = "lie", "Je suis de son réseau"


def toutes(siens: Siens) -> Rows:
    """equipe_id, nom, depuis, place, rang (celles que l'on coordonne d'abord), invitation_id.

    Qui coordonne une équipe dont il est membre l'a deux fois, à chaque titre.
    """
    coordonnees = mandats.coordonnees_par(siens.coordinateurs).subquery()
    rejointes = membres.rejointes_par(siens.mediateurs).subquery()
    # Who no longer holds that role is of no network.
    liees = reseau.du_compte(siens.comptes if siens.coordinateurs else ()).subquery()
    lues = sa.union_all(
        _au_titre(coordonnees, MaPlace.COORDINATEUR, 0, sa.null()),
        _au_titre(rejointes, MaPlace.MEMBRE, 1, sa.null()),
        _au_titre(liees, MaPlace.LIE, 2, liees.c.invitation_id),
    )
    return sa.select(lues.subquery("toutes"))


def _au_titre(lues: sa.Subquery, place: MaPlace, rang: int, invitation_id: sa.ColumnElement[Any]) -> Rows:
    return sa.select(
        lues.c.equipe_id,
        lues.c.nom,
        lues.c.depuis,
        sa.literal(place.value).label("place"),
        sa.literal(rang).label("rang"),
        sa.cast(invitation_id, sa.Uuid).label("invitation_id"),
    )
