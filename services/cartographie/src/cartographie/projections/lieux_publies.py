"""Lieux publiés : une ligne par lieu, pour la carte, la recherche et la fiche."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.named import fields_of, named
from events.projection.readmodel import Row, row_of
from events.types import ERASED
from referentiels.cles import cle
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from cartographie.domain.fiche import Fiche
from cartographie.domain.grappes import CELLULE_PX, TUILE_PX
from cartographie.domain.lieu import ContactsEffaces, LieuMisAJour, LieuReference
from cartographie.domain.vocabulaire import LieuId, PriseEnCharge
from cartographie.projections.ouvertures import N_IMPORTE_QUAND, Quand, ouverts
from cartographie.projections.tables import Rows, metadata

SANS_CONTACT: Row = {
    "telephone": None,
    "courriels": [],
    "presentation_resume": None,
    "presentation_detail": None,
}
"""Ce que l'on publie d'un lieu dont les contacts sont effacés : rien, comme s'il n'en avait pas donné."""

table = sa.Table(
    "lieux_publies",
    metadata,
    sa.Column("lieu_id", sa.Uuid, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("id_source", sa.Text, nullable=False),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("ligne", sa.Integer, nullable=False),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("commune", sa.Text, nullable=False),
    sa.Column("code_postal", sa.Text, nullable=False),
    sa.Column("code_insee", sa.Text),
    sa.Column("departement", sa.Text),
    sa.Column("adresse", sa.Text),
    sa.Column("complement_adresse", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("horaires", sa.Text),
    sa.Column("services", ARRAY(sa.Text), nullable=False),
    sa.Column("dispositifs", ARRAY(sa.Text), nullable=False),
    sa.Column("date_maj", sa.Date),
    sa.Column("telephone", sa.Text),
    sa.Column("courriels", ARRAY(sa.Text), nullable=False),
    sa.Column("presentation_resume", sa.Text),
    sa.Column("presentation_detail", sa.Text),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("reference_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("mis_a_jour_le", sa.DateTime(timezone=True)),
    sa.Column("tri", sa.Text(collation="C"), nullable=False),
    sa.Column("commune_cle", sa.Text, nullable=False),
    sa.Column("recherche", sa.Text, nullable=False),
    sa.Index("lieux_publies_ordre", "tri", "lieu_id"),
    sa.Index("lieux_publies_point", "latitude", "longitude"),
    sa.Index("lieux_publies_code_insee", "code_insee"),
    sa.Index("lieux_publies_departement", "departement"),
    sa.Index("lieux_publies_commune", "commune_cle"),
    # A word anywhere in the text (extension pg_trgm).
    sa.Index(
        "lieux_publies_recherche",
        "recherche",
        postgresql_using="gin",
        postgresql_ops={"recherche": "gin_trgm_ops"},
    ),
)

_SANS_COLONNE = tuple(nom for nom in fields_of(Fiche) if nom not in table.c)
"""Les champs de la fiche qui n'ont pas leur colonne : ils sont ensemble dans `details`."""

type Event = LieuReference | LieuMisAJour | ContactsEffaces
reads = Event


def key(event: Event) -> LieuId:
    return event.lieu_id


def project(row: Row | None, event: Event) -> Row | None:
    match event:
        case LieuReference():
            return _ligne(event, mis_a_jour_le=None)
        case LieuMisAJour():
            reference_le = row["reference_le"] if row is not None else event.mis_a_jour_le
            return _ligne(event, reference_le=reference_le)
        case ContactsEffaces():
            return row and row | SANS_CONTACT
        case _:
            assert_never(event)


def _ligne(event: LieuReference | LieuMisAJour, **instant: dt.datetime | None) -> Row:
    fiche = event.fiche
    contacts: Row = {"courriels": event.courriels.split("|") if event.courriels else []}
    return row_of(
        table,
        event,
        fiche,
        event.provenance,
        details=named(_SANS_COLONNE, fiche),
        tri=cle(fiche.nom)[:200],
        commune_cle=cle(fiche.commune),
        recherche=_recherche(fiche),
        **(SANS_CONTACT if event.empreinte == ERASED else contacts),
        **instant,
    )


def _recherche(fiche: Fiche) -> str:
    """Ce que l'on cherche dans un lieu : où il est, comment il s'appelle. Sans accent, en minuscules."""
    textes = (
        fiche.nom,
        fiche.adresse,
        fiche.complement_adresse,
        fiche.code_postal,
        fiche.commune,
        fiche.structure_parente,
        *fiche.dispositifs,
    )
    return cle(" ".join(t for t in textes if t))


# --- Lire ---
@dataclass(frozen=True, slots=True)
class Boite:
    """Un rectangle, degrés WGS84. ouest > est : il passe par l'antiméridien (RFC 7946 §5.2)."""

    ouest: float
    sud: float
    est: float
    nord: float


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que l'on demande ; un filtre absent ne retient rien.

    codes_insee : un de ceux-là.   arrondissement : son code, celui de sa ville, ses codes postaux : un lieu
    est souvent connu par ces deux derniers.   commune : nom déjà mis en clé.
    mots : clés dont chacune doit se trouver dans le lieu.
    position : None, ou True (sur la carte) et False (sans coordonnées).
    services… frais : codes du standard, dont l'un au moins est dit de ce lieu.
    accessible : une fiche d'accessibilité, ou l'accueil des handicaps moteurs.   quand : ouvert alors.
    """

    boite: Boite | None = None
    codes_insee: tuple[str, ...] = ()
    arrondissement: tuple[str, str, tuple[str, ...]] | None = None
    commune: str | None = None
    departement: str | None = None
    mots: tuple[str, ...] = ()
    position: bool | None = None
    services: tuple[str, ...] = ()
    dispositifs: tuple[str, ...] = ()
    publics: tuple[str, ...] = ()
    prises_en_charge: tuple[str, ...] = ()
    frais: tuple[str, ...] = ()
    accessible: bool = False
    quand: Quand = N_IMPORTE_QUAND


ORDRE = (table.c.tri, table.c.lieu_id)
"""Celui des listes : par nom."""


def demandes(filtres: Filtres) -> Rows:
    """Les lieux qui répondent à ces filtres."""
    return sa.select(table).where(*_conditions(filtres))


def sans_position(filtres: Filtres) -> sa.Select[int]:
    """Combien de lieux demandés ne peuvent pas être sur la carte ; le rectangle ne peut pas les trier."""
    ailleurs = replace(filtres, boite=None, position=False)
    return sa.select(sa.func.count()).select_from(table).where(*_conditions(ailleurs))


def fiche(lieu_id: UUID) -> Rows:
    """La fiche d'un lieu."""
    return sa.select(table).where(table.c.lieu_id == lieu_id)


def de_la_source(code: str) -> sa.Select[str, str]:
    """Ce qui est publié d'une source : identifiant chez elle, nom."""
    c = table.c
    return sa.select(c.id_source, c.nom).where(c.source == code).order_by(c.id_source)


def publies(lieux: Collection[LieuId]) -> Rows:
    """Ce qui est publié de ces lieux."""
    return sa.select(table).where(table.c.lieu_id.in_(lieux))


def par_source() -> sa.Select[str, int]:
    """Combien de lieux par source."""
    return (
        sa.select(table.c.source, sa.func.count().label("lieux"))
        .group_by(table.c.source)
        .order_by(table.c.source)
    )


def par_departement(filtres: Filtres) -> sa.Select[str, int]:
    """Combien de lieux par département, sans ceux dont il est inconnu : departement, lieux."""
    c = table.c
    ici = sa.and_(*_conditions(filtres), c.departement.is_not(None))
    return sa.select(c.departement, sa.func.count().label("lieux")).where(ici).group_by(c.departement)


def cellules(filtres: Filtres, zoom: int) -> Rows:
    """Les lieux placés, réunis par petits carrés de l'écran à ce zoom : latitude et longitude moyennes,
    nombre, et les dix premiers identifiants avec leurs noms."""
    c = table.c
    pixels = TUILE_PX * 2**zoom
    x = (c.longitude + 180) / 360 * pixels
    # Beyond, the Mercator projection has no bottom.
    latitude = sa.func.least(sa.func.greatest(c.latitude, -85), 85)
    y = (1 - sa.func.ln(sa.func.tan(sa.func.radians(latitude) / 2 + sa.func.pi() / 4)) / sa.func.pi()) / 2
    carre = [sa.func.floor(x / CELLULE_PX), sa.func.floor(y * pixels / CELLULE_PX)]
    return (
        sa.select(
            sa.func.avg(c.latitude).label("latitude"),
            sa.func.avg(c.longitude).label("longitude"),
            sa.func.count().label("nombre"),
            _dix_premiers(c.lieu_id).label("ids"),
            _dix_premiers(c.nom).label("noms"),
        )
        .where(*_conditions(replace(filtres, position=True)))
        .group_by(*carre)
    )


def _dix_premiers(colonne: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    ordonnes = sa.func.array_agg(aggregate_order_by(colonne, table.c.tri, table.c.lieu_id))
    return sa.type_coerce(ordonnes, ARRAY(colonne.type))[1:10]


def _conditions(filtres: Filtres) -> list[sa.ColumnElement[bool]]:
    c = table.c
    conditions = [c.recherche.contains(mot, autoescape=True) for mot in filtres.mots]
    conditions += _de_la_fiche(filtres)
    if (ouverts_alors := ouverts(filtres.quand)) is not None:
        conditions.append(c.lieu_id.in_(ouverts_alors))
    if filtres.codes_insee:
        conditions.append(c.code_insee.in_(filtres.codes_insee))
    if filtres.arrondissement is not None:
        code, ville, postaux = filtres.arrondissement
        dedans = sa.and_(c.code_insee == ville, c.code_postal.in_(postaux))
        conditions.append(sa.or_(c.code_insee == code, dedans))
    if filtres.commune is not None:
        conditions.append(c.commune_cle == filtres.commune)
    if filtres.departement is not None:
        conditions.append(c.departement == filtres.departement)
    if filtres.position is not None:
        conditions.append(c.latitude.is_not(None) if filtres.position else c.latitude.is_(None))
    if filtres.boite is not None:
        boite = filtres.boite
        conditions.append(c.latitude.between(boite.sud, boite.nord))
        if boite.ouest <= boite.est:
            conditions.append(c.longitude.between(boite.ouest, boite.est))
        else:
            conditions.append(sa.or_(c.longitude >= boite.ouest, c.longitude <= boite.est))
    return conditions


def _de_la_fiche(filtres: Filtres) -> list[sa.ColumnElement[bool]]:
    """Ce que le lieu propose, à qui, à quel prix."""
    c = table.c
    conditions: list[sa.ColumnElement[bool]] = []
    for colonne, codes in ((c.services, filtres.services), (c.dispositifs, filtres.dispositifs)):
        if codes:
            conditions.append(colonne.overlap(list(codes)))
    for champ, codes in (
        ("publics_specifiquement_adresses", filtres.publics),
        ("prise_en_charge_specifique", filtres.prises_en_charge),
        ("frais_a_charge", filtres.frais),
    ):
        if codes:
            conditions.append(sa.or_(*(c.details[champ].contains([code]) for code in codes)))
    if filtres.accessible:
        moteurs = c.details["prise_en_charge_specifique"].contains([PriseEnCharge.HANDICAPS_MOTEURS.value])
        conditions.append(sa.or_(c.details["fiche_acces_libre"].astext.is_not(None), moteurs))
    return conditions
