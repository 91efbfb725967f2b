"""Read model: one row per pair of accounts that may be one person's."""

from collections.abc import Iterable
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row, row_of
from referentiels.nomenclature import Nomenclature

from identity.domain import rapprochement
from identity.domain.vocabulaire import CompteId, RapprochementId
from identity.projections.comptes import table as comptes
from identity.projections.tables import metadata


class EtatRapprochement(Nomenclature):
    """Où en est un dossier de rapprochement."""

    OUVERT = "ouvert", "Ouvert", "Rien ne prouve encore que les deux comptes sont à la même personne."
    CONFIE = "confie", "Confié au support", "La boîte est prouvée, et cela ne suffit pas."
    RAPPROCHE = "rapproche", "Rapproché", "Les deux comptes n’en font plus qu’un."
    ECARTE = "ecarte", "Écarté", "Ce sont deux personnes."
    ANNULE = "annule", "Annulé", "Le rapprochement a été défait."


table = sa.Table(
    "rapprochements",
    metadata,
    sa.Column("rapprochement_id", sa.Uuid, primary_key=True),
    sa.Column("demandeur", sa.Uuid, nullable=False, index=True),
    sa.Column("titulaire", sa.Uuid, nullable=False),
    sa.Column("origine", sa.Text, nullable=False),
    sa.Column("etat", sa.Text, nullable=False, index=True),
    sa.Column("obstacle", sa.Text),
    sa.Column("attestations", sa.Integer, nullable=False),
    sa.Column("garde", sa.Uuid, index=True),
    sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("decide_le", sa.DateTime(timezone=True)),
)

reads = rapprochement.Event


def key(event: rapprochement.Event) -> RapprochementId:
    return event.rapprochement_id


def project(row: Row | None, event: rapprochement.Event) -> Row | None:
    """The row after the event. Every case starts with RapprochementOuvert."""
    match event:
        case rapprochement.RapprochementOuvert():
            vide = {"obstacle": None, "garde": None, "decide_le": None, "attestations": 0}
            return row_of(table, event, etat=EtatRapprochement.OUVERT.value, **vide)
        case rapprochement.RapprochementConfie():
            suite = {
                "etat": EtatRapprochement.CONFIE.value,
                "obstacle": event.obstacle.value,
                "decide_le": None,
            }
        case rapprochement.RapprochementAtteste():
            suite = {
                "etat": EtatRapprochement.CONFIE.value,
                "attestations": (row or {}).get("attestations", 0) + 1,
            }
        case rapprochement.RapprochementEcarte():
            suite = {"etat": EtatRapprochement.ECARTE.value, "decide_le": event.ecarte_le, "attestations": 0}
        case rapprochement.ComptesRapproches():
            suite = {
                "etat": EtatRapprochement.RAPPROCHE.value,
                "garde": event.compte_id,
                "decide_le": event.rapproches_le,
                "attestations": 0,
            }
        case rapprochement.RapprochementAnnule():
            suite = {"etat": EtatRapprochement.ANNULE.value, "decide_le": event.annule_le}
        case _:
            assert_never(event)
    return {**(row or {}), **suite}


ORDRE = (table.c.ouvert_le.desc(), table.c.rapprochement_id)
"""Le dernier ouvert d'abord."""
_demandeurs, _titulaires = comptes.alias("demandeurs"), comptes.alias("titulaires")


def tous(etats: Iterable[EtatRapprochement]) -> sa.Select[*tuple[Any, ...]]:
    """Les dossiers dans l'un de ces états, avec les noms et les adresses des deux comptes."""
    return _nommes().where(table.c.etat.in_([etat.value for etat in etats]))


def un(rapprochement_id: UUID) -> sa.Select[*tuple[Any, ...]]:
    """Ce dossier, de même."""
    return _nommes().where(table.c.rapprochement_id == rapprochement_id)


def entre(compte_id: CompteId) -> sa.Select[UUID]:
    """Ceux où ce compte est l'un des deux : pour la gestion."""
    c = table.c
    return sa.select(c.rapprochement_id).where(sa.or_(c.demandeur == compte_id, c.titulaire == compte_id))


def siens(compte_id: CompteId) -> sa.Select[UUID]:
    """Ceux que cette personne peut lire : les autres disent peut-être pourquoi quelqu'un n'est pas elle."""
    return sa.select(table.c.rapprochement_id).where(_lisible(compte_id))


def _lisible(compte_id: CompteId) -> sa.ColumnElement[bool]:
    c = table.c
    return sa.or_(
        c.demandeur == compte_id,
        sa.and_(c.garde == compte_id, c.etat == EtatRapprochement.RAPPROCHE.value),
    )


def _nommes() -> sa.Select[*tuple[Any, ...]]:
    d, t = _demandeurs.c, _titulaires.c
    return sa.select(
        *table.columns,
        *(d[nom].label(f"demandeur_{nom}") for nom in _DIT),
        *(t[nom].label(f"titulaire_{nom}") for nom in _DIT),
    ).select_from(
        table.outerjoin(_demandeurs, d.compte_id == table.c.demandeur).outerjoin(
            _titulaires, t.compte_id == table.c.titulaire
        )
    )


_DIT = ("prenom", "nom", "courriel")

EN_COURS = (EtatRapprochement.OUVERT.value, EtatRapprochement.CONFIE.value)


def de(compte_id: CompteId) -> sa.Select[Any]:
    """Those of this person: the ones under way that they asked for, and the accounts brought to theirs."""
    c = table.c
    siens = sa.and_(c.demandeur == compte_id, c.etat.in_(EN_COURS))
    faits = sa.and_(c.garde == compte_id, c.etat == EtatRapprochement.RAPPROCHE.value)
    return (
        sa.select(table)
        .where(sa.or_(siens, faits))
        .order_by(c.ouvert_le.desc(), c.rapprochement_id)
        .limit(50)
    )
