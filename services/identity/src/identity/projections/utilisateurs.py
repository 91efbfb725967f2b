"""Read model of the gestion: one row per account, erased ones included, and the filters of its list."""

import datetime as dt
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

import sqlalchemy as sa
from events.projection.readmodel import Row
from referentiels.cles import cle
from referentiels.nomenclature import Nomenclature
from referentiels.territoires import PARIS, jour_civil

from identity.domain import acces, compte, gestion, session
from identity.domain.gestion import Etat, Palier, PlaceAuDispositif, Utilisateur
from identity.domain.vocabulaire import CompteId, Droit
from identity.projections import comptes_actifs, emplois, equipes_animees, noms_portes, reconnaissances
from identity.projections.comptes import roles_changes
from identity.projections.tables import metadata

table = sa.Table(
    "utilisateurs",
    metadata,
    sa.Column("compte_id", sa.Uuid, primary_key=True),
    sa.Column("prenom", sa.Text, nullable=False),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("courriel", sa.Text, nullable=False),
    sa.Column("cle", sa.Text, nullable=False),  # what is searched: names and address, without accents
    sa.Column("mediateur_id", sa.Uuid),
    sa.Column("coordinateur_id", sa.Uuid),
    sa.Column("droit", sa.Text, nullable=False),
    sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
    sa.Column("inscrit_le", sa.DateTime(timezone=True)),
    sa.Column("connecte_le", sa.DateTime(timezone=True)),
    sa.Column("suspendu_le", sa.DateTime(timezone=True)),
    sa.Column("ferme_le", sa.DateTime(timezone=True)),
    sa.Column("renvoye_vers", sa.Uuid),
    sa.Column("efface_le", sa.DateTime(timezone=True)),
    sa.Index("utilisateurs_par_date", "ouvert_le", "compte_id"),
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
    | acces.DroitDonne
    | acces.DroitRetire
    | acces.CompteSuspendu
    | acces.SuspensionLevee
    | session.SessionOuverte
)
reads = Event

type Rows = sa.Select[*tuple[Any, ...]]


def key(event: Event) -> CompteId:
    return event.compte_id


def project(row: Row | None, event: Event) -> Row | None:
    """The row after the event. Every account starts with CompteOuvert; an erased one keeps its dates only."""
    before = row or {}
    match event:
        case compte.CompteOuvert():
            return {**VIERGE, "compte_id": event.compte_id, "ouvert_le": event.ouvert_le, **_noms(event)}
        case compte.IdentitePersonneModifiee():
            return {**before, **_noms(event)}
        case compte.RoleChoisi():
            inscrit_le = before.get("inscrit_le") or event.choisi_le
            return {**before, **roles_changes(event), "inscrit_le": inscrit_le}
        case compte.RoleRetire() | compte.RolesApportes() | compte.RolesRendus():
            return {**before, **roles_changes(event)}
        case compte.CompteFerme():
            return {**before, "ferme_le": event.ferme_le}
        case compte.CompteRouvert():
            return {**before, "ferme_le": None}
        case compte.CompteRenvoye():
            return {**before, "renvoye_vers": event.vers}
        case compte.RenvoiAnnule():
            return {**before, "renvoye_vers": None}
        case compte.CompteEfface() if row is None:
            # Prepared for an invitation, and nobody came.
            return None
        case compte.CompteEfface():
            ouvert_le = before.get("ouvert_le", event.efface_le)
            return {
                **VIERGE,
                "compte_id": event.compte_id,
                "ouvert_le": ouvert_le,
                "efface_le": event.efface_le,
            }
        case acces.DroitDonne():
            return {**before, "droit": event.droit.value}
        case acces.DroitRetire():
            return {**before, "droit": Droit.AUCUN.value}
        case acces.CompteSuspendu():
            return {**before, "suspendu_le": event.suspendu_le}
        case acces.SuspensionLevee():
            return {**before, "suspendu_le": None}
        case session.SessionOuverte(usurpateur=usurpateur) if usurpateur is not None:
            return row
        case session.SessionOuverte():
            return {**before, "connecte_le": event.ouverte_le}
        case _:
            assert_never(event)


VIERGE: Mapping[str, Any] = {
    **dict.fromkeys(("prenom", "nom", "courriel", "cle"), ""),
    **dict.fromkeys(("mediateur_id", "coordinateur_id"), None),
    **dict.fromkeys(("inscrit_le", "connecte_le", "suspendu_le", "efface_le"), None),
    **dict.fromkeys(("ferme_le", "renvoye_vers"), None),
    "droit": Droit.AUCUN.value,
}


def _noms(event: compte.CompteOuvert | compte.IdentitePersonneModifiee) -> Row:
    cherche = cle(f"{event.prenom} {event.nom} {event.courriel}")
    return {"prenom": event.prenom, "nom": event.nom, "courriel": event.courriel, "cle": cherche}


# --- The list ---


class Fonction(Nomenclature):
    """Ce que tient la personne, pour le filtre."""

    MEDIATEUR = "mediateur", "Médiateur"
    COORDINATEUR = "coordinateur", "Coordinateur"
    AUCUNE = "aucune", "Rôle non défini"


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce que l'on cherche ; vide, tout. texte : des mots du nom, même d'avant, ou du courriel, tous présents.

    departement, communes : codes de l'employeur en cours.
    """

    texte: str = ""
    roles: Sequence[Fonction] = ()
    droits: Sequence[Droit] = ()
    etats: Sequence[Etat] = ()
    dispositifs: Sequence[PlaceAuDispositif] = ()
    departement: str | None = None
    communes: Collection[str] = ()


_u, _a = table.c, comptes_actifs.table.c
_anime = sa.exists().where(
    equipes_animees.table.c.coordinateur_id == _u.coordinateur_id, equipes_animees.table.c.a_un_membre
)
_dernier = (
    sa.select(
        emplois.table.c.nom_structure,
        emplois.table.c.siret,
        emplois.table.c.code_insee,
    )
    .where(emplois.table.c.compte_id == _u.compte_id, emplois.table.c.fin.is_(None))
    .order_by(emplois.table.c.debut.desc(), emplois.table.c.emploi_id)
    .limit(1)
    .lateral("dernier_emploi")
)
_actif_le = sa.func.greatest(
    sa.case((_u.mediateur_id.is_not(None), _a.derniere_saisie_le)),
    sa.case((_anime, _u.connecte_le)),
)


def _dispositif(maintenant: dt.datetime) -> Mapping[PlaceAuDispositif, sa.ColumnElement[bool]]:
    """What holds of a row, several at once; « hors » when it is neither conseiller nor coordinateur there."""
    jour, r = jour_civil(maintenant, PARIS), reconnaissances.table.c
    conseiller = reconnaissances.conseiller_le(jour)
    coordinateur = sa.and_(_u.coordinateur_id.is_not(None), reconnaissances.coordinateur_du_dispositif())
    return {
        PlaceAuDispositif.CONSEILLER: conseiller,
        PlaceAuDispositif.COORDINATEUR: coordinateur,
        PlaceAuDispositif.DEMANDE: r.demandee_le.is_not(None),
        PlaceAuDispositif.ANCIEN: sa.func.coalesce(r.conseiller_jusqu_au < jour, sa.false()),
        PlaceAuDispositif.HORS: sa.not_(sa.or_(conseiller, coordinateur)),
    }


ORDRE = (_u.ouvert_le.desc(), _u.compte_id.desc())


def tous(choix: Choix, maintenant: dt.datetime) -> Rows:
    """Accounts that answer to all these, with what the list shows of them."""
    dispositif = _dispositif(maintenant)
    select = sa.select(
        table,
        _a.derniere_saisie_le,
        *(holds.label(f"dispositif_{un.value}") for un, holds in dispositif.items()),
        _anime.label("anime"),
        _dernier.c.nom_structure,
        _dernier.c.siret,
        _dernier.c.code_insee,
    ).select_from(
        table.outerjoin(comptes_actifs.table, _a.compte_id == _u.compte_id)
        .outerjoin(reconnaissances.table, reconnaissances.table.c.compte_id == _u.compte_id)
        .outerjoin(_dernier, sa.true())
    )
    for mot in cle(choix.texte).split():
        trouve = _u.cle.contains(mot, autoescape=True)
        select = select.where(sa.or_(trouve, noms_portes.a_porte(_u.compte_id, mot, maintenant)))
    if choix.roles:
        select = select.where(sa.or_(*(_TIENT[role] for role in choix.roles)))
    if choix.droits:
        select = select.where(_u.droit.in_([droit.value for droit in choix.droits]))
    if choix.etats:
        select = select.where(sa.or_(*(est(etat, maintenant) for etat in choix.etats)))
    if choix.dispositifs:
        select = select.where(sa.or_(*(dispositif[un] for un in choix.dispositifs)))
    if choix.departement is not None:
        select = select.where(_dernier.c.code_insee.startswith(choix.departement, autoescape=True))
    if choix.communes:
        select = select.where(_dernier.c.code_insee.in_(choix.communes))
    return select


def un_seul(compte_id: UUID, maintenant: dt.datetime) -> Rows:
    """This account, as the list shows it."""
    return tous(Choix(), maintenant).where(_u.compte_id == compte_id)


_TIENT: Mapping[Fonction, sa.ColumnElement[bool]] = {
    Fonction.MEDIATEUR: _u.mediateur_id.is_not(None),
    Fonction.COORDINATEUR: _u.coordinateur_id.is_not(None),
    Fonction.AUCUNE: sa.and_(_u.mediateur_id.is_(None), _u.coordinateur_id.is_(None)),
}
_D_ABORD: Mapping[Etat, sa.ColumnElement[bool]] = {
    Etat.SUPPRIME: _u.efface_le.is_not(None),
    Etat.RENVOYE: _u.renvoye_vers.is_not(None),
    Etat.FERME: _u.ferme_le.is_not(None),
    Etat.SUSPENDU: _u.suspendu_le.is_not(None),
    Etat.ADMIN: _u.droit == Droit.ADMIN.value,
    Etat.SUPPORT: _u.droit == Droit.SUPPORT.value,
}
"""What is looked at first, in this order: each stands only when none before it does."""
_PALIERS: Mapping[Etat, tuple[Palier, sa.ColumnElement[Any], tuple[sa.ColumnElement[bool], ...]]] = {
    **{p.etat: (p, _u.ouvert_le, (_u.inscrit_le.is_(None),)) for p in gestion.INSCRIPTION},
    **{
        p.etat: (p, _u.inscrit_le, (_u.inscrit_le.is_not(None), _actif_le.is_(None))) for p in gestion.NOUVEAU
    },
    **{p.etat: (p, _actif_le, (_u.inscrit_le.is_not(None), _actif_le.is_not(None))) for p in gestion.ACTIF},
}


def est(etat: Etat, maintenant: dt.datetime) -> sa.ColumnElement[bool]:
    """The rows whose state is this one, as `gestion.etat` says it."""
    avant = list(itertools.takewhile(lambda autre: autre is not etat, _D_ABORD))
    sinon = [sa.not_(_D_ABORD[autre]) for autre in avant]
    if etat in _D_ABORD:
        return sa.and_(*sinon, _D_ABORD[etat])
    palier, instant, conditions = _PALIERS[etat]
    entre = gestion.tranche(palier, maintenant)
    bornes: list[sa.ColumnElement[bool]] = []
    if entre.apres is not None:
        bornes.append(instant > entre.apres)
    if entre.jusqu_a is not None:
        bornes.append(instant <= entre.jusqu_a)
    return sa.and_(*sinon, *conditions, *bornes)


def etat_de(row: Any, maintenant: dt.datetime) -> Etat:
    """The state of a row of the list."""
    u = Utilisateur(
        ouvert_le=row.ouvert_le,
        inscrit_le=row.inscrit_le,
        mediateur=row.mediateur_id is not None,
        coordinateur=row.coordinateur_id is not None,
        anime=row.anime,
        derniere_saisie_le=row.derniere_saisie_le,
        connecte_le=row.connecte_le,
        droit=Droit(row.droit),
        suspendu=row.suspendu_le is not None,
        ferme=row.ferme_le is not None,
        renvoye=row.renvoye_vers is not None,
        supprime=row.efface_le is not None,
    )
    return gestion.etat(u, maintenant)


def dispositifs_de(row: Any) -> tuple[PlaceAuDispositif, ...]:
    """Those of a row of the list."""
    return tuple(un for un in PlaceAuDispositif if getattr(row, f"dispositif_{un.value}"))


def derniere_connexion(compte_id: CompteId) -> sa.Select[Any]:
    """When this person last signed in."""
    return sa.select(table.c.connecte_le).where(table.c.compte_id == compte_id)


def administre(compte_id: UUID) -> sa.ColumnElement[bool]:
    """Whether this account is an administrateur's, neither closed nor suspended."""
    return sa.exists().where(
        table.c.compte_id == compte_id,
        table.c.droit == Droit.ADMIN.value,
        table.c.suspendu_le.is_(None),
        table.c.ferme_le.is_(None),
    )


def inscrits(jour: dt.date) -> sa.Select[int, int, int]:
    """How many hold each role, of the accounts that are registered and neither closed, forwarded nor erased.

    jour : a conseiller numérique is one that day. Columns mediateurs (not conseillers), conseillers,
    coordinateurs.
    """
    accompagne, conseiller = _u.mediateur_id.is_not(None), reconnaissances.conseiller_le(jour)

    def combien(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(*conditions)

    return (
        sa.select(
            combien(accompagne, sa.not_(conseiller)).label("mediateurs"),
            combien(accompagne, conseiller).label("conseillers"),
            combien(_u.coordinateur_id.is_not(None)).label("coordinateurs"),
        )
        .select_from(
            table.outerjoin(reconnaissances.table, reconnaissances.table.c.compte_id == _u.compte_id)
        )
        .where(
            _u.inscrit_le.is_not(None),
            _u.ferme_le.is_(None),
            _u.renvoye_vers.is_(None),
            _u.efface_le.is_(None),
        )
    )
