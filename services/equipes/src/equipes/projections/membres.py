"""Les membres d'une équipe, une ligne par période d'appartenance. Source : le journal du service.

La vue de l'équipe rapproche, par SQL, ces périodes des CRA et des emplois projetés à côté.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from referentiels.calendrier import decaler
from referentiels.nomenclature import Nomenclature
from sqlalchemy.dialects.postgresql import distinct_on

from equipes.domain.appartenance import MembreParti, MembreRejoint
from equipes.domain.vocabulaire import EquipeId
from equipes.projections import mandats
from equipes.projections.activites_vues import derniere_de
from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.emplois import contrat_de
from equipes.projections.equipes import table as equipes
from equipes.projections.reconnaissances import dispositif_de
from equipes.projections.tables import Rows, instant, metadata

ACTIF_MOIS = 2
"""Un membre est actif si son dernier CRA a été créé ou corrigé dans les deux derniers mois civils."""
ALERTE_MOIS = 3
"""Une fin de contrat est signalée quand elle est passée, ou à moins de trois mois civils."""

type Event = MembreRejoint | MembreParti
reads = Event

table = sa.Table(
    "membres",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, primary_key=True),
    instant("depuis", primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    instant("ancien_depuis", nullable=True),
    sa.Index("membres_du_mediateur", "mediateur_id"),
)


def key(event: Event) -> tuple[UUID, UUID, dt.datetime]:
    return event.equipe_id, event.mediateur_id, event.depuis


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case MembreRejoint():
            return row_of(table, event, ancien_depuis=None)
        case MembreParti():
            return row and row | {"ancien_depuis": event.parti_le}
        case _:
            assert_never(event)


class Statut(Nomenclature):
    """Où en est un membre."""

    ACTIF = "actif", "Actif", "Son dernier compte rendu a été créé ou corrigé il y a deux mois au plus."
    INACTIF = "inactif", "Inactif", "Aucun compte rendu créé ni corrigé depuis deux mois."
    ANCIEN = "ancien", "Ancien membre", "A quitté l’équipe, ou en a été retiré."


RANGS = {Statut.ACTIF: 0, Statut.INACTIF: 1, Statut.ANCIEN: 2}
"""Ordre de la vue."""


@dataclass(frozen=True, slots=True)
class Instant:
    """Quand on regarde. aujourd_hui : jour civil de la personne qui regarde."""

    maintenant: dt.datetime
    aujourd_hui: dt.date


def _vue(retenir: sa.ColumnElement[bool], quand: Instant) -> sa.Subquery:
    """Une ligne par équipe et par personne (sa dernière période) : statut, dernier CRA, contrat, dispositif.

    retenir : de quelles équipes.

    Ses comptes rapprochés n'en font qu'une, sous les identifiants d'aujourd'hui. D'un ancien membre on ne lit
    plus rien de cela : l'accès est coupé à son départ (D6).
    """
    toutes = (
        sa.select(
            table.c.equipe_id,
            comptes_rapproches.sert("mediateur", table.c.mediateur_id).label("mediateur_id"),
            comptes_rapproches.sert("compte", table.c.compte_id).label("compte_id"),
            table.c.depuis,
            table.c.ancien_depuis,
        )
        .where(retenir)
        .subquery("toutes")
    )
    periodes = (
        sa.select(toutes)
        .ext(distinct_on(toutes.c.equipe_id, toutes.c.mediateur_id))
        .order_by(
            toutes.c.equipe_id,
            toutes.c.mediateur_id,
            toutes.c.ancien_depuis.desc().nulls_first(),
            toutes.c.depuis.desc(),
        )
        .subquery("periodes")
    )
    present = periodes.c.ancien_depuis.is_(None)
    mediateur_id, compte_id = periodes.c.mediateur_id, periodes.c.compte_id
    # Today's identifier by itself: its last one is the end of an index.
    cra = derniere_de(mediateur_id).where(present).lateral("cra")
    ailleurs = comptes_rapproches.autres("mediateur", mediateur_id)
    autre_cra = derniere_de(ailleurs).where(present).lateral("autre_cra")
    contrat = contrat_de(comptes_rapproches.siens("compte", compte_id)).where(present).lateral("contrat")
    dernier_cra_le = sa.func.greatest(cra.c.dernier_cra_le, autre_cra.c.dernier_cra_le)
    statut = sa.case(
        (periodes.c.ancien_depuis.is_not(None), Statut.ANCIEN.value),
        (dernier_cra_le >= decaler(quand.maintenant, -ACTIF_MOIS), Statut.ACTIF.value),
        else_=Statut.INACTIF.value,
    )
    rang = sa.case(*((statut == s.value, rang) for s, rang in RANGS.items()), else_=len(RANGS))
    alerte = contrat.c.fin_contrat < decaler(quand.aujourd_hui, ALERTE_MOIS)
    return (
        sa.select(
            periodes.c.equipe_id,
            mediateur_id,
            compte_id,
            periodes.c.depuis,
            periodes.c.ancien_depuis,
            dernier_cra_le.label("dernier_cra_le"),
            contrat.c.fin_contrat,
            contrat.c.contrat_termine,
            sa.func.coalesce(alerte, sa.false()).label("contrat_alerte"),
            sa.case((present, dispositif_de(periodes.c.compte_id))).label("dispositif"),
            statut.label("statut"),
            rang.label("rang"),
        )
        .select_from(
            periodes.outerjoin(cra, sa.true()).outerjoin(autre_cra, sa.true()).outerjoin(contrat, sa.true())
        )
        .subquery("vue")
    )


def vue_de_lequipe(equipe_id: EquipeId, quand: Instant, statuts: frozenset[Statut]) -> Rows:
    """Les membres de ces statuts. rang : actifs puis inactifs puis anciens."""
    vue = _vue(table.c.equipe_id == equipe_id, quand)
    return sa.select(vue).where(vue.c.statut.in_(sorted(statuts)))


def des_equipes_coordonnees(
    siens: Sequence[UUID], quand: Instant, statuts: frozenset[Statut], comptes: Sequence[UUID] | None
) -> Rows:
    """Les membres, de ces statuts, des équipes que cette personne coordonne, sous l'un de ses identifiants ;
    equipe_nom en plus. comptes : ceux-là seulement ; None, tous."""
    coordonnees = mandats.coordonnees_par(siens).subquery()
    vue = _vue(table.c.equipe_id.in_(sa.select(coordonnees.c.equipe_id)), quand)
    select = (
        sa.select(vue, equipes.c.nom.label("equipe_nom"))
        .join(equipes, equipes.c.equipe_id == vue.c.equipe_id)
        .where(vue.c.statut.in_(sorted(statuts)))
    )
    return select if comptes is None else select.where(vue.c.compte_id.in_(comptes))


def effectifs(equipe_id: EquipeId, quand: Instant) -> Rows:
    """Nombre de personnes par statut ; les statuts vides manquent."""
    vue = _vue(table.c.equipe_id == equipe_id, quand)
    return sa.select(vue.c.statut, sa.func.count()).group_by(vue.c.statut)


def rejointes_par(siens: Sequence[UUID]) -> Rows:
    """Les équipes dont ce médiateur est membre, sous l'un de ses identifiants : equipe_id, nom, creee_le,
    depuis. Une ligne par équipe, du plus long des deux passages."""
    rejointes = (
        sa.select(equipes.c.equipe_id, equipes.c.nom, equipes.c.creee_le, table.c.depuis)
        .join(equipes, equipes.c.equipe_id == table.c.equipe_id)
        .where(table.c.mediateur_id.in_(siens), table.c.ancien_depuis.is_(None))
        .ext(distinct_on(equipes.c.equipe_id))
        .order_by(equipes.c.equipe_id, table.c.depuis)
    )
    return sa.select(rejointes.subquery("rejointes"))
