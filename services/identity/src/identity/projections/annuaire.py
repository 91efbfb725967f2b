"""Read model: the directory of professionals, one row per account.

A row holds everything; `demandes` alone shows it, as far as the person consents. Rules:
docs/domaine/identite.md §13.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.named import named
from events.projection.readmodel import Row, row_of
from referentiels.cles import cle
from referentiels.territoires import PARIS, jour_civil
from sqlalchemy.dialects.postgresql import ARRAY

from identity.domain import acces, compte, fiche
from identity.domain.vocabulaire import Competence, CompteId, Montrable, MotifFin, Profil, Role
from identity.projections import (
    coordinations,
    emplois,
    limitations,
    membres,
    noms_portes,
    reconnaissances,
)
from identity.projections.comptes import roles_changes
from identity.projections.comptes_rapproches import comptes_rapproches
from identity.projections.tables import metadata

table = sa.Table(
    "annuaire",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("prenom", sa.Text, nullable=False),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("courriel", sa.Text, nullable=False),
    sa.Column("telephone", sa.Text),
    sa.Column("mediateur_id", sa.Uuid),
    sa.Column("coordinateur_id", sa.Uuid),
    sa.Column("suspendu", sa.Boolean, nullable=False),
    # Closed, or left for another account of the person.
    sa.Column("dort", sa.Boolean, nullable=False),
    sa.Column("competences", ARRAY(sa.Text), nullable=False),
    sa.Column("montre", ARRAY(sa.Text), nullable=False),
    sa.Column("tri", sa.Text(collation="C"), nullable=False),
    sa.Column("recherche", sa.Text, nullable=False),
    sa.Index("annuaire_ordre", "tri", "compte_id"),
    # A word anywhere in the name (extension pg_trgm).
    sa.Index(
        "annuaire_recherche",
        "recherche",
        postgresql_using="gin",
        postgresql_ops={"recherche": "gin_trgm_ops"},
    ),
)

type Event = (
    compte.CompteOuvert
    | compte.IdentitePersonneModifiee
    | compte.RoleChoisi
    | compte.RoleRetire
    | compte.RolesApportes
    | compte.RolesRendus
    | compte.CompteFerme
    | compte.CompteRouvert
    | compte.CompteRenvoye
    | compte.RenvoiAnnule
    | compte.CompteEfface
    | acces.CompteSuspendu
    | acces.SuspensionLevee
    | fiche.CompetencesDeclarees
    | fiche.AccordDonne
    | fiche.AccordRetire
)
reads = Event

_VIERGE: Row = {
    "mediateur_id": None,
    "coordinateur_id": None,
    "suspendu": False,
    "dort": False,
    "competences": [],
    "montre": [],
}
_DE_LA_PERSONNE = ("prenom", "nom", "courriel", "telephone")


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; none once erased, whatever follows."""
    match event:
        case compte.CompteOuvert():
            return row_of(table, event, **_cles(event), **_VIERGE)
        case compte.IdentitePersonneModifiee():
            return row and row | named(_DE_LA_PERSONNE, event) | _cles(event)
        case compte.RoleChoisi() | compte.RoleRetire() | compte.RolesApportes() | compte.RolesRendus():
            return row and row | roles_changes(event)
        case compte.CompteFerme() | compte.CompteRenvoye():
            return row and row | {"dort": True}
        case compte.CompteRouvert() | compte.RenvoiAnnule():
            return row and row | {"dort": False}
        case compte.CompteEfface():
            return None
        case acces.CompteSuspendu():
            return row and row | {"suspendu": True}
        case acces.SuspensionLevee():
            return row and row | {"suspendu": False}
        case fiche.CompetencesDeclarees():
            return row and row | {"competences": [c.value for c in event.competences]}
        case fiche.AccordDonne(montrable=montrable):
            return row and row | {"montre": [*row["montre"], montrable.value]}
        case fiche.AccordRetire(montrable=montrable):
            return row and row | {"montre": [m for m in row["montre"] if m != montrable.value]}
        case _:
            assert_never(event)


def _cles(event: compte.CompteOuvert | compte.IdentitePersonneModifiee) -> Row:
    """tri : the name, then the first name.   recherche : both, as one looks for them."""
    noms = cle(f"{event.nom} {event.prenom}")
    return {"tri": noms[:200], "recherche": noms}


# --- Lire ---
@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que l'on demande, tout à la fois ; un filtre absent ne retient rien.

    mots : clés dont chacune doit se trouver dans le nom.   departement, codes_insee : de l'emploi en cours.
    profil : celui que la personne a aujourd'hui.   competences : l'une d'elles au moins.
    """

    mots: tuple[str, ...] = ()
    departement: str | None = None
    codes_insee: Collection[str] = ()
    role: Role | None = None
    profil: Profil | None = None
    competences: Collection[Competence] = ()


ORDRE = (table.c.tri, table.c.compte_id)
"""Celui de la liste et de l'export : par nom."""


def demandes(
    filtres: Filtres,
    maintenant: dt.datetime,
    *,
    tous_les_coordinateurs: bool,
    connus: sa.ColumnElement[bool],
) -> sa.Select[*tuple[Any, ...]]:
    """Les personnes qui répondent à ces filtres, telles qu'elles acceptent de se montrer.

    tous_les_coordinateurs : ceux qui ne se montrent pas aussi (D2), sans plus de contacts pour autant.
    connus : ceux que l'on retrouve aussi par le nom qu'ils portaient il y a moins d'un an (E7).
    Colonnes : ce que l'on montre, et `tri`.   courriel, telephone : absents sans accord.
    """
    c = table.c
    emploi = _en_cours(maintenant)
    conseiller, du_dispositif = _du_dispositif(jour_civil(maintenant, PARIS))
    qui = sa.or_(c.mediateur_id.is_not(None), c.coordinateur_id.is_not(None))
    visible = _accepte(Montrable.ANNUAIRE)
    if tous_les_coordinateurs:
        visible = sa.or_(visible, c.coordinateur_id.is_not(None))
    return (
        sa.select(
            *(c.compte_id, c.prenom, c.nom, c.mediateur_id, c.coordinateur_id, c.competences, c.tri),
            sa.case((_accepte(Montrable.COURRIEL), c.courriel)).label("courriel"),
            sa.case((_accepte(Montrable.TELEPHONE), c.telephone)).label("telephone"),
            emploi.c.nom_structure,
            emploi.c.code_insee,
            conseiller.label("conseiller"),
            du_dispositif.label("du_dispositif"),
        )
        .select_from(
            table.outerjoin(emploi, sa.true()).outerjoin(
                reconnaissances.table, reconnaissances.table.c.compte_id == c.compte_id
            )
        )
        .where(qui, visible, c.suspendu.is_(False), c.dort.is_(False), *_conditions(filtres, emploi))
        .where(*_mots(filtres.mots, connus, maintenant))
        # Who asked that their data be used no further is named to nobody.
        .where(c.compte_id.not_in(sa.select(limitations.table.c.compte_id)))
        .where(c.compte_id.not_in(comptes_rapproches.de_leurs(limitations.table, sa.true())))
        .where(*_du_profil(filtres.profil, conseiller, du_dispositif))
    )


def de_ces_equipes(equipes: sa.CompoundSelect[UUID]) -> sa.ColumnElement[bool]:
    """Qui en est membre, ou les coordonne."""
    siennes, m, c = sa.select(equipes.subquery().c.equipe_id), membres.table.c, coordinations.table.c
    membre = sa.select(m.compte_id).where(m.equipe_id.in_(siennes))
    coordonne = sa.select(c.coordinateur_id).where(c.equipe_id.in_(siennes), coordinations.EN_COURS)
    return sa.or_(table.c.compte_id.in_(membre), table.c.coordinateur_id.in_(coordonne))


def _accepte(montrable: Montrable) -> sa.ColumnElement[bool]:
    return table.c.montre.contains([montrable.value])


def _du_dispositif(jour: dt.date) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Conseiller numérique ce jour-là ; coordinateur du dispositif."""
    # The source knows the person under the account that it was first read for: hers all the same.
    autre = reconnaissances.table.alias("autre")
    return (
        sa.or_(
            reconnaissances.conseiller_le(jour),
            table.c.compte_id.in_(
                comptes_rapproches.de_leurs(autre, reconnaissances.conseiller_le(jour, autre))
            ),
        ),
        sa.or_(
            reconnaissances.coordinateur_du_dispositif(),
            table.c.compte_id.in_(
                comptes_rapproches.de_leurs(autre, reconnaissances.coordinateur_du_dispositif(autre))
            ),
        ),
    )


def _du_profil(
    profil: Profil | None, conseiller: sa.ColumnElement[bool], du_dispositif: sa.ColumnElement[bool]
) -> list[sa.ColumnElement[bool]]:
    mediateur, coordinateur = table.c.mediateur_id.is_not(None), table.c.coordinateur_id.is_not(None)
    match profil:
        case None:
            return []
        case Profil.MEDIATEUR:
            return [mediateur, sa.not_(conseiller)]
        case Profil.CONSEILLER_NUMERIQUE:
            return [mediateur, conseiller]
        case Profil.COORDINATEUR_DISPOSITIF:
            return [coordinateur, du_dispositif]
        case Profil.COORDINATEUR_HORS_DISPOSITIF:
            return [coordinateur, sa.not_(du_dispositif)]


def _en_cours(maintenant: dt.datetime) -> sa.FromClause:
    """L'emploi du jour civil de son territoire (docs/domaine/identite.md §6.3, mode strict)."""
    e = emplois.table.c
    instant = sa.literal(maintenant, sa.DateTime(timezone=True))
    jour = sa.cast(sa.func.timezone(sa.func.coalesce(e.fuseau, PARIS), instant), sa.Date)
    fin = sa.func.coalesce(e.fin, e.fin_prevue)
    return (
        sa.select(e.nom_structure, e.code_insee)
        .where(
            e.compte_id == table.c.compte_id,
            e.debut <= jour,
            sa.or_(fin.is_(None), fin >= jour),
            e.motif_fin.is_distinct_from(MotifFin.ERREUR.value),
        )
        .order_by(e.debut.desc(), e.emploi_id)
        .limit(1)
        .lateral("emploi")
    )


def _mots(
    mots: Collection[str], connus: sa.ColumnElement[bool], maintenant: dt.datetime
) -> Iterator[sa.ColumnElement[bool]]:
    for mot in mots:
        avant = noms_portes.a_porte(table.c.compte_id, mot, maintenant)
        yield sa.or_(table.c.recherche.contains(mot, autoescape=True), sa.and_(connus, avant))


def _conditions(filtres: Filtres, emploi: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    c = table.c
    conditions: list[sa.ColumnElement[bool]] = []
    if filtres.departement is not None:
        # A current code begins with that of its département; `EmploiDeclare` bears no other.
        conditions.append(emploi.c.code_insee.startswith(filtres.departement, autoescape=True))
    if filtres.codes_insee:
        conditions.append(emploi.c.code_insee.in_(filtres.codes_insee))
    match filtres.role:
        case Role.MEDIATEUR:
            conditions.append(c.mediateur_id.is_not(None))
        case Role.COORDINATEUR:
            conditions.append(c.coordinateur_id.is_not(None))
        case None:
            pass
    if filtres.competences:
        voulues = sa.literal([x.value for x in filtres.competences], ARRAY(sa.Text))
        conditions.append(c.competences.overlap(voulues))
    return conditions


def profils(row: Any) -> Iterator[Profil]:
    """Ce que la personne de cette ligne est aujourd'hui, dans le dispositif ou hors de lui."""
    if row.mediateur_id is not None:
        yield Profil.CONSEILLER_NUMERIQUE if row.conseiller else Profil.MEDIATEUR
    if row.coordinateur_id is not None:
        yield Profil.COORDINATEUR_DISPOSITIF if row.du_dispositif else Profil.COORDINATEUR_HORS_DISPOSITIF


def roles(row: Any) -> list[Role]:
    """Ceux que tient la personne de cette ligne."""
    tenus = ((Role.MEDIATEUR, row.mediateur_id), (Role.COORDINATEUR, row.coordinateur_id))
    return [role for role, identifiant in tenus if identifiant is not None]
