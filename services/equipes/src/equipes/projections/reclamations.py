"""Les équipes sans coordinateur, et qui les réclame. Source : le journal du service."""

from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of

from equipes.domain.equipe_faits import EquipeReclamee, MandatOuvert, ReclamationEcartee
from equipes.domain.vocabulaire import CompteId, EquipeId
from equipes.projections import emplois, mandats, membres, passations
from equipes.projections.comptes_rapproches import comptes_rapproches
from equipes.projections.equipes import table as equipes
from equipes.projections.tables import Rows, instant, metadata

type Event = EquipeReclamee | ReclamationEcartee | MandatOuvert
reads = Event

table = sa.Table(
    "reclamations",
    metadata,
    sa.Column("equipe_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False),
    instant("reclamee_le"),
)

ORDRE = (equipes.c.creee_le, equipes.c.equipe_id)


def key(event: Event) -> UUID:
    return event.equipe_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case EquipeReclamee():
            return row_of(table, event)
        case ReclamationEcartee() | MandatOuvert():
            return None
        case _:
            assert_never(event)


def sans_coordinateur(voisin: CompteId | None) -> Rows:
    """Les équipes que personne ne coordonne : equipe_id, nom, depuis, membres, reclamee_par, proposee.

    voisin : seulement celles dont un membre actuel travaille dans un département où cette personne travaille.
    depuis : fin du dernier mandat, absente si son coordinateur est effacé.   membres : leur nombre.
    """
    m, p, r = mandats.table.c, passations.table.c, table.c
    siens = (m.equipe_id == equipes.c.equipe_id,)
    select = (
        sa.select(
            equipes.c.equipe_id,
            equipes.c.nom,
            equipes.c.creee_le,
            sa.select(sa.func.max(m.fini_le)).where(*siens).scalar_subquery().label("depuis"),
            sa.select(
                sa.func.count(sa.distinct(comptes_rapproches.sert("compte", membres.table.c.compte_id)))
            )
            .select_from(membres.table)
            .where(*_actuels())
            .scalar_subquery()
            .label("membres"),
            r.compte_id.label("reclamee_par"),
            p.compte_id.is_not(None).label("proposee"),
        )
        .select_from(equipes)
        .outerjoin(table, r.equipe_id == equipes.c.equipe_id)
        .outerjoin(passations.table, p.equipe_id == equipes.c.equipe_id)
        .where(~sa.exists().where(*siens, mandats.EN_COURS))
    )
    return select if voisin is None else select.where(_voisine(voisin))


def voisine(equipe_id: EquipeId, voisin: CompteId) -> sa.Select[bool]:
    """Vrai si un membre actuel de l'équipe travaille dans un département où cette personne travaille."""
    return sa.select(sa.exists().where(equipes.c.equipe_id == equipe_id, _voisine(voisin)))


def _actuels() -> tuple[sa.ColumnElement[bool], ...]:
    c = membres.table.c
    return c.equipe_id == equipes.c.equipe_id, c.ancien_depuis.is_(None)


def _voisine(voisin: CompteId) -> sa.ColumnElement[bool]:
    """A team is where its members work: who left may be elsewhere by now."""
    chez_lui = emplois.departements_de(voisin)
    chacun = comptes_rapproches.sert("compte", membres.table.c.compte_id)
    la_bas = emplois.table.alias("la_bas")
    return sa.exists().where(
        *_actuels(),
        la_bas.c.compte_id == comptes_rapproches.siens("compte", chacun),
        emplois.en_cours(la_bas),
        la_bas.c.departement.in_(chez_lui),
    )
