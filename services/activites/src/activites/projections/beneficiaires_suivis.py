"""Les bénéficiaires d'un médiateur, comme sa liste les montre et les cherche. Adresse et notes n'y sont pas.

La ligne part avec la personne. Personne d'autre que son médiateur ne la lit (policies).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from events.named import named
from events.projection.readmodel import Row, row_of
from referentiels.cles import cle
from sqlalchemy.dialects.postgresql import ARRAY

from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    CoordonneesCorrigees,
    DoubleAccueilli,
    DoubleSepare,
    Event,
    FusionAnnulee,
    NomCorrige,
    NotesCorrigees,
    SituationCorrigee,
    TextesApportes,
)
from activites.domain.vocabulaire import BeneficiaireId
from activites.projections.tables import Rows, de_celui_ci, metadata

table = sa.Table(
    "beneficiaires_suivis",
    metadata,
    sa.Column("beneficiaire_id", sa.Uuid, primary_key=True),
    sa.Column("mediateur_id", sa.Uuid, nullable=False),
    sa.Column("prenom", sa.Text, nullable=False),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("telephone", sa.Text),
    sa.Column("courriel", sa.Text),
    sa.Column("commune", sa.Text),
    sa.Column("code_postal", sa.Text),
    sa.Column("annee_naissance", sa.Integer),
    sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
    # Another one of the same person, where this one is found now.
    sa.Column("vers", sa.Uuid, index=True),
    sa.Column("distincts", ARRAY(sa.Uuid), nullable=False),
    # What the list is sorted and searched by.
    sa.Column("par_nom", sa.Text(collation="C"), nullable=False),
    sa.Column("par_prenom", sa.Text(collation="C"), nullable=False),
    sa.Column("par_annee", sa.Integer, nullable=False),
    sa.Column("recherche", sa.Text, nullable=False),
    sa.Index("beneficiaires_suivis_ordre", "mediateur_id", "par_nom", "beneficiaire_id"),
)

Tri = Literal["nom", "prenom", "naissance", "recents", "accompagnements"]
ORDRES: Mapping[Tri, Sequence[sa.ColumnElement[Any]]] = {
    "nom": (table.c.par_nom, table.c.beneficiaire_id),
    "prenom": (table.c.par_prenom, table.c.beneficiaire_id),
    "naissance": (table.c.par_annee, table.c.beneficiaire_id),
    "recents": (table.c.modifie_le.desc(), table.c.beneficiaire_id.desc()),
}
"""Celui de la liste. naissance : les sans année, après les plus jeunes.   recents : les touchées d'abord.

accompagnements : `activites_suivies.ordonnes`, qui les compte.
"""
_SANS_ANNEE = 9999
_COMPARE = 200
"""Characters of a sort key: an index entry is bounded."""

reads = Event


def key(event: Event) -> BeneficiaireId:
    return event.beneficiaire_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event; none once erased, whatever follows."""
    match event:
        case BeneficiaireEnregistre():
            vide = dict.fromkeys(("vers", "par_nom", "par_prenom", "par_annee", "recherche"))
            propres = {"annee_naissance": event.ne_en, "modifie_le": event.enregistre_le, "distincts": []}
            return _rangee(row_of(table, event, **propres, **vide))
        case NomCorrige():
            dits = {"prenom": event.prenom, "nom": event.nom}
            return row and _rangee(row | _siens(dits, event) | _date(event))
        case CoordonneesCorrigees():
            joint = {"telephone": event.telephone, "courriel": event.courriel}
            return row and _rangee(row | _siens(joint, event) | _date(event))
        case SituationCorrigee():
            situe = named(("commune", "code_postal", "annee_naissance"), event, annee_naissance=event.ne_en)
            return row and _rangee(row | _siens(situe, event) | _date(event))
        case TextesApportes():
            lus = {nom: dit for nom, dit in event.lus.items() if nom in row} if row else {}
            return row and _rangee(row | lus | {"modifie_le": event.apportes_le})
        case NotesCorrigees():
            return row and row | _date(event)
        case BeneficiaireFusionne():
            return row and row | {"vers": event.vers, "modifie_le": event.fusionne_le}
        case DoubleAccueilli() | DoubleSepare():
            return row
        case FusionAnnulee():
            return row and row | {"vers": None, "modifie_le": event.annulee_le}
        case BeneficiairesDistingues():
            return row and row | {"distincts": [*row["distincts"], event.autre]}
        case BeneficiaireEfface():
            return None


def _date(event: NomCorrige | CoordonneesCorrigees | SituationCorrigee | NotesCorrigees) -> Row:
    return {"modifie_le": event.corrige_le}


def _siens(dits: Row, event: NomCorrige | CoordonneesCorrigees | SituationCorrigee) -> Row:
    """Sans ceux que ce fait laisse à un double (`TextesApportes`)."""
    return {nom: dit for nom, dit in dits.items() if nom not in event.tus}


def _rangee(row: Row) -> Row:
    """La même, avec ce par quoi elle se trie et se cherche."""
    prenom, nom = cle(row["prenom"]), cle(row["nom"])
    cherche = ("prenom", "nom", "commune", "courriel", "code_postal")
    return row | {
        # Of a name without letters there is nothing: nor the space beside it.
        "par_nom": f"{nom} {prenom}"[:_COMPARE].strip(),
        "par_prenom": f"{prenom} {nom}"[:_COMPARE].strip(),
        "par_annee": row["annee_naissance"] or _SANS_ANNEE,
        "recherche": cle(" ".join(row[champ] or "" for champ in cherche)),
    }


def du_mediateur(
    siens: Sequence[UUID], mots: Sequence[str] = (), parmi: Collection[UUID] | None = None
) -> Rows:
    """Ceux de ce médiateur. siens : les identifiants sous lesquels il suit.   mots : clés, toutes exigées.

    parmi : ceux-là seulement, fiches en double comprises.
    """
    c = table.c
    choix = sa.select(table).where(de_celui_ci(c.mediateur_id, siens))
    choix = choix.where(c.vers.is_(None) if parmi is None else c.beneficiaire_id.in_(parmi))
    for mot in mots:
        choix = choix.where(c.recherche.contains(mot, autoescape=True))
    return choix


def fusionnes(siens: Sequence[UUID]) -> Rows:
    """Les fiches en double de ce médiateur, chacune avec la personne où elle est : vers_prenom, vers_nom."""
    siennes = de_celui_ci(table.c.mediateur_id, siens)
    menees = _menees(
        sa.select(table.c.beneficiaire_id, table.c.vers).where(siennes, table.c.vers.is_not(None))
    )
    autre = table.alias("autre")
    propres = (c for c in table.c if c is not table.c.vers)
    elle = (
        autre.c.beneficiaire_id.label("vers"),
        autre.c.prenom.label("vers_prenom"),
        autre.c.nom.label("vers_nom"),
    )
    return (
        sa.select(*propres, *elle)
        .join_from(table, menees, menees.c.fiche == table.c.beneficiaire_id)
        .join(autre, sa.and_(autre.c.beneficiaire_id == menees.c.ou, autre.c.vers.is_(None)))
    )


def nommes(siens: Sequence[UUID], cles: Collection[str]) -> Rows:
    """(beneficiaire_id, par_nom, par_prenom, personne) : les fiches de ce médiateur qui ont un de ces noms.

    La première enregistrée d'abord.   cles : de « Prénom Nom », de « Nom Prénom ».   personne : où elle mène.
    """
    c, elle = table.c, table.alias("elle")
    demandees = sa.any_(sa.literal([*cles], ARRAY(sa.Text)))
    menees = _menees(
        sa.select(c.beneficiaire_id, c.beneficiaire_id).where(
            de_celui_ci(c.mediateur_id, siens), sa.or_(c.par_nom == demandees, c.par_prenom == demandees)
        )
    )
    return (
        sa.select(c.beneficiaire_id, c.par_nom, c.par_prenom, elle.c.beneficiaire_id.label("personne"))
        .join_from(table, menees, menees.c.fiche == c.beneficiaire_id)
        .join(elle, sa.and_(elle.c.beneficiaire_id == menees.c.ou, elle.c.vers.is_(None)))
        .order_by(c.enregistre_le, c.beneficiaire_id)
    )


def fiches(siens: Sequence[UUID], demandees: Collection[UUID]) -> sa.Select[UUID]:
    """Toutes les fiches des personnes de celles-ci, parmi celles que suit ce médiateur."""
    c = table.c
    siennes = sa.select(c.beneficiaire_id, c.beneficiaire_id).where(
        de_celui_ci(c.mediateur_id, siens), c.beneficiaire_id.in_(demandees)
    )
    return sa.select(sa.func.unnest(memes(_menees(siennes).c.ou))).distinct()


def _menees(fiches: sa.Select[UUID, UUID]) -> sa.CTE:
    """(fiche, ou), de proche en proche : celles-ci, et chaque fiche où elles se retrouvent."""
    fiche, ou = fiches.selected_columns
    menees = fiches.with_only_columns(fiche.label("fiche"), ou.label("ou")).cte("menees", recursive=True)
    plus_loin = sa.select(menees.c.fiche, table.c.vers).join(
        table, sa.and_(table.c.beneficiaire_id == menees.c.ou, table.c.vers.is_not(None))
    )
    return menees.union(plus_loin)


def memes(beneficiaire_id: sa.ColumnElement[Any]) -> sa.ColumnElement[Sequence[UUID]]:
    """Cette personne, et toutes ses fiches en double (fonction de la base)."""
    return sa.func.fiches_d_une_personne(beneficiaire_id, type_=ARRAY(sa.Uuid))
