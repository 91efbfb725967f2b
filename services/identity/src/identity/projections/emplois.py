"""Read model: one row per emploi."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from events.types import ERASED
from referentiels.territoires import PARIS, fuseau_de
from sqlalchemy.dialects.postgresql import distinct_on

from identity.domain import emploi_faits as emploi
from identity.domain.vocabulaire import EmploiId, SourceDuFait
from identity.projections.comptes_rapproches import comptes_rapproches
from identity.projections.tables import metadata

table = sa.Table(
    "emplois",
    metadata,
    sa.Column("emploi_id", sa.Uuid, primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("structure_id", sa.Uuid, nullable=False),
    sa.Column("siret", sa.Text, nullable=False),
    sa.Column("nom_structure", sa.Text, nullable=False),
    sa.Column("debut", sa.Date, nullable=False),
    sa.Column("fin_prevue", sa.Date),
    sa.Column("commence", sa.Boolean, nullable=False),
    sa.Column("fin", sa.Date),
    sa.Column("motif_fin", sa.Text),
    sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("code_insee", sa.Text),
    sa.Column("fuseau", sa.Text),
    # An emploi declared before these columns has none of them.
    sa.Column("type_contrat", sa.Text),
    sa.Column("source", sa.Text, nullable=False, server_default=SourceDuFait.DECLARATION.value),
    sa.Column("temporaire", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("alerte", sa.Text),
    # What the daily job looks for.
    sa.Index("emplois_a_venir", "debut", postgresql_where=sa.text("fin is null and not commence")),
    sa.Index("emplois_au_terme", "fin_prevue", postgresql_where=sa.text("fin is null")),
)


reads = emploi.Event


def key(event: emploi.Event) -> EmploiId:
    return event.emploi_id


def project(row: Row | None, event: emploi.Event) -> Row | None:
    """The row after the event. Every emploi starts with EmploiDeclare."""
    match event:
        case emploi.EmploiDeclare():
            return row_of(table, event, **_A_VENIR, fuseau=_fuseau(event))
        case emploi.EmploiCorrige():
            # What was recorded first keeps its date; the rest starts again.
            declare_le = row["declare_le"] if row else event.corrige_le
            return row_of(table, event, **_A_VENIR, fuseau=_fuseau(event), declare_le=declare_le)
        case emploi.EmploiCommence():
            return {**(row or {}), "commence": True}
        case emploi.FinDeContratApprochee():
            return {**(row or {}), "alerte": event.seuil.value}
        case emploi.ContratTermine():
            return {**(row or {}), "fin": event.fin, "motif_fin": event.motif.value}
        case emploi.EmploiEfface():
            return None
        case _:
            assert_never(event)


_A_VENIR = {"commence": False, "fin": None, "motif_fin": None, "alerte": None}
"""What an emploi that was just said does not have yet."""


def _fuseau(event: emploi.EmploiDeclare | emploi.EmploiCorrige) -> str | None:
    return fuseau_de(event.code_insee) if event.code_insee else None


def de_ces_comptes(compte_ids: Collection[UUID]) -> sa.Select[Any]:
    """All the emplois of these persons, ended ones too."""
    return sa.select(table).where(table.c.compte_id.in_(list(compte_ids)))


def emplois_de(compte_id: UUID) -> sa.Select[Any]:
    """The person's emplois, the latest first; once only the one that an account brought to hers says too."""
    c, sien = table.c, table.alias("sien")
    deja_dit = sa.exists().where(
        sien.c.compte_id == compte_id, sien.c.siret == c.siret, sien.c.debut == c.debut
    )
    uniques = tous_de(compte_id).where(sa.or_(c.compte_id == compte_id, ~deja_dit))
    return uniques.order_by(c.debut.desc(), c.emploi_id)


def tous_de(compte_id: UUID) -> sa.Select[Any]:
    """The same, as many times as they were said."""
    return sa.select(table).where(table.c.compte_id == comptes_rapproches.siens("compte", compte_id))


def employeurs(
    compte_id: UUID, structures: Collection[UUID], toutes: sa.ColumnElement[bool]
) -> sa.Select[UUID, str]:
    """(structure_id, nom_structure) of those that employ, or employed, the person: as she named it last.

    toutes: whether she reads the others too, as they were named last.
    """
    c = table.c
    siens = sa.or_(c.compte_id == comptes_rapproches.siens("compte", compte_id), toutes)
    return (
        sa.select(c.structure_id, c.nom_structure)
        .where(siens, c.structure_id.in_(structures), c.nom_structure != ERASED)
        .ext(distinct_on(c.structure_id))
        .order_by(c.structure_id, c.debut.desc(), c.emploi_id)
    )


def jumeaux(emploi_id: UUID, siens: Sequence[UUID]) -> sa.Select[UUID, UUID]:
    """What other accounts of the person say of this very emploi: same employer, same first day."""
    c, celui_ci = table.c, table.alias("celui_ci")
    return (
        sa.select(c.emploi_id, c.compte_id)
        .join(celui_ci, sa.and_(celui_ci.c.siret == c.siret, celui_ci.c.debut == c.debut))
        .where(celui_ci.c.emploi_id == emploi_id, c.emploi_id != emploi_id, c.compte_id.in_(siens))
        .where(c.compte_id != celui_ci.c.compte_id)
    )


def autres_que(emploi_id: UUID, compte_id: UUID) -> sa.Select[int]:
    """How many emplois the person has, this one apart."""
    return sa.select(sa.func.count()).where(table.c.compte_id == compte_id, table.c.emploi_id != emploi_id)


def fuseau_de_la_personne(emplois: Iterable[sa.Row[Any]]) -> str:
    """The time zone of the territory of the person's last emploi that has one. emplois : as `emplois_de`."""
    return next((row.fuseau for row in emplois if row.fuseau), PARIS)


def a_commencer(maintenant: dt.datetime, apres: UUID | None, limite: int) -> sa.Select[Any]:
    """Emplois whose first day has come, in the order of their identifiers, after `apres`."""
    select = sa.select(table.c.emploi_id).where(
        table.c.commence.is_(False),
        table.c.fin.is_(None),
        *(table.c.debut <= jour for jour in _jours(maintenant)),
    )
    return _page(select, apres, limite)


def a_terminer(maintenant: dt.datetime, apres: UUID | None, limite: int) -> sa.Select[Any, Any]:
    """Emplois whose last planned day is over, in the order of their identifiers, after `apres`.

    Not those of the dispositif: its source alone says that they ended.
    """
    select = sa.select(table.c.emploi_id, table.c.fin_prevue).where(
        table.c.fin.is_(None),
        table.c.source != SourceDuFait.DISPOSITIF.value,
        *(table.c.fin_prevue < jour for jour in _jours(maintenant)),
    )
    return _page(select, apres, limite)


def _jours(maintenant: dt.datetime) -> tuple[sa.ColumnElement[dt.date], sa.ColumnElement[dt.date]]:
    """The civil day of each person; and where it comes first, a bound that the index can use."""
    instant = sa.literal(maintenant, sa.DateTime(timezone=True))
    sien = sa.cast(sa.func.timezone(sa.func.coalesce(table.c.fuseau, PARIS), instant), sa.Date)
    premier = (maintenant.astimezone(dt.UTC) + dt.timedelta(hours=14)).date()
    return sien, sa.literal(premier, sa.Date)


def _page[*C](select: sa.Select[*C], apres: UUID | None, limite: int) -> sa.Select[*C]:
    page = select.order_by(table.c.emploi_id).limit(limite)
    return page if apres is None else page.where(table.c.emploi_id > apres)
