"""Les tables de lecture du service : chacune se rejoue depuis sa source, rien n'y est écrit à la main.

Et ce que la porte écrit : les casiers, ce qu'une personne garde pour elle, chiffré (casiers.py) ; la copie de
ses rendez-vous, chiffrée aussi (rdv/).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData()

type Rows = sa.Select[*tuple[Any, ...]]
"""A select, whatever its columns."""


def de_celui_ci(colonne: sa.Column[Any], siens: Sequence[UUID]) -> sa.ColumnElement[bool]:
    """Rows of one person. Nearly always one identifier: equal to it, the index gives them in their order."""
    return colonne == siens[0] if len(siens) == 1 else colonne.in_(siens)


def _casier(nom: str, *autres: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        nom,
        metadata,
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sorte", sa.Text, nullable=False),
        sa.Column("contenu", sa.Text, nullable=False),  # sealed
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("commence_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False, index=True),
        *autres,
    )


brouillons = _casier("brouillons", sa.Column("pour_le", sa.Date))
modeles = _casier("modeles")
imports_deposes = _casier("imports_deposes")
liens_de_chiffres = sa.Table(
    "liens_de_chiffres",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("empreinte", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("mediateur_id", sa.Uuid),
    sa.Column("coordinateur_id", sa.Uuid),
    sa.Column("question", postgresql.JSONB, nullable=False),
    sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("jusqu_au", sa.Date, nullable=False),
    sa.Column("revoque_le", sa.DateTime(timezone=True)),
)
"""Les liens que chacun a donnés vers ses chiffres (liens.py) : ils ne se rejouent pas."""
archive_v1 = sa.Table(
    "archive_v1",
    metadata,
    sa.Column("cra_id", sa.Text, primary_key=True),
    sa.Column("activite_id", sa.Uuid, nullable=False, index=True),
    sa.Column("contenu", postgresql.JSONB, nullable=False),
    sa.Column("personnel", sa.Text),  # sealed under the key of the activité
    sa.Column("archive_le", sa.DateTime(timezone=True), nullable=False),
)
"""Les CRA de la V1, tels qu'ils furent (imports/v1) : elle ne se rejoue pas."""

rdv_comptes = sa.Table(
    "rdv_comptes",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("agent_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("organisations", postgresql.ARRAY(sa.BigInteger), nullable=False),
    sa.Column("jetons", sa.Text, nullable=False),  # sealed
    sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("lie_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("lu_le", sa.DateTime(timezone=True)),
    sa.Column("tente_le", sa.DateTime(timezone=True)),
    sa.Column("rompu", sa.Boolean, nullable=False),
)
"""Les comptes reliés à RDV Service Public (rdv/comptes.py). rompu : il ne reconnaît plus nos jetons."""
rdv_liaisons = sa.Table(
    "rdv_liaisons",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("etat", sa.LargeBinary, nullable=False),  # SHA-256
    sa.Column("verifieur", sa.Text, nullable=False),  # sealed
    sa.Column("commencee_le", sa.DateTime(timezone=True), nullable=False),
)
"""Les demandes de liaison en cours : une par compte, quelques minutes."""
rdvs = sa.Table(
    "rdvs",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("rdv_id", sa.BigInteger, primary_key=True),
    sa.Column("organisation_id", sa.BigInteger, nullable=False),
    sa.Column("debut", sa.DateTime(timezone=True), nullable=False),
    sa.Column("duree_minutes", sa.Integer, nullable=False),
    sa.Column("collectif", sa.Boolean, nullable=False),
    sa.Column("statut", sa.Text, nullable=False),
    sa.Column("ecarte", sa.Boolean, nullable=False),
    sa.Column("refuse", sa.Boolean, nullable=False),
    sa.Column("activite_id", sa.Uuid),
    sa.Column("contenu", sa.Text, nullable=False),  # sealed
    sa.Index("rdvs_ordre", "compte_id", "debut", "rdv_id"),
)
"""La copie de leurs rendez-vous (rdv/agenda.py). ecarte : honoré sans compte rendu, d'un geste.

refuse : RDV Service Public n'a pas voulu le savoir honoré.   activite_id : l'identifiant proposé à leur
compte rendu, enregistré ou non.
"""
rdv_oublies = sa.Table(
    "rdv_oublies",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("usager", sa.Uuid, primary_key=True),
    sa.Column("oublie_le", sa.DateTime(timezone=True), nullable=False, index=True),
)
"""Ceux qui sont effacés ici et que RDV Service Public nomme encore (rdv/oublis.py), sous un identifiant
que nul autre ne calcule.
"""
rdv_revocations = sa.Table(
    "rdv_revocations",
    metadata,
    sa.Column("numero", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
    sa.Column("jetons", sa.Text, nullable=False),  # sealed, as in rdv_comptes
    sa.Column("cedee_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tente_le", sa.DateTime(timezone=True)),
)
"""Les autorisations que l'on n'a plus, en attendant que RDV Service Public le sache (rdv/revocations.py)."""
rdv_messages = sa.Table(
    "rdv_messages",
    metadata,
    sa.Column("empreinte", sa.LargeBinary, primary_key=True),
    sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False, index=True),
)
"""Les messages de RDV Service Public déjà reçus, par leur empreinte (rdv/messages.py)."""
