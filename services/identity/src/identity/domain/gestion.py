"""Ce que la gestion dit d'un compte : ses libellés de rôle, et son état (docs/domaine/identite.md §7)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from referentiels.nomenclature import Nomenclature

from identity.domain.vocabulaire import Droit


class Etat(Nomenclature):
    """Où en est un compte. « J+7 » : depuis sept jours au moins, et moins que le suivant."""

    INSCRIPTION = "inscription", "Inscription en cours"
    INSCRIPTION_J7 = "inscription_j7", "Inscription en cours J+7"
    INSCRIPTION_J30 = "inscription_j30", "Inscription en cours J+30"
    INSCRIPTION_J60 = "inscription_j60", "Inscription en cours J+60"
    INSCRIPTION_J90 = "inscription_j90", "Inscription en cours J+90"
    NOUVEAU = "nouveau", "Nouveau", "Inscription validée, jamais actif."
    NOUVEAU_J7 = "nouveau_j7", "Nouveau J+7"
    NOUVEAU_J30 = "nouveau_j30", "Nouveau J+30"
    NOUVEAU_J60 = "nouveau_j60", "Nouveau J+60"
    NOUVEAU_J90 = "nouveau_j90", "Nouveau J+90"
    ACTIF = "actif", "Actif", "Un compte rendu, ou une connexion de coordinateur, depuis moins de 30 jours."
    INACTIF_J30 = "inactif_j30", "Inactif J+30"
    INACTIF_J90 = "inactif_j90", "Inactif J+90"
    INACTIF_J180 = "inactif_j180", "Inactif J+180"
    ADMIN = "admin", "Admin"
    SUPPORT = "support", "Support"
    SUSPENDU = "suspendu", "Suspendu"
    FERME = "ferme", "Fermé", "Il peut être rouvert pendant trente jours ; ensuite, la personne est effacée."
    RENVOYE = "renvoye", "Renvoyé", "Il mène à un autre compte de la même personne."
    SUPPRIME = "supprime", "Supprimé"


class PlaceAuDispositif(Nomenclature):
    """Ce que la source du dispositif dit d'une personne, ou ce que la personne lui demande."""

    CONSEILLER = "conseiller", "Conseiller numérique", "Sous contrat aujourd’hui, d’après la source."
    COORDINATEUR = "coordinateur", "Coordinateur du dispositif"
    DEMANDE = "demande", "Reconnaissance demandée", "La personne se dit conseiller, la source ne le dit pas."
    ANCIEN = "ancien", "Ancien conseiller", "Son dernier contrat est fini."
    HORS = "hors", "Hors dispositif"


@dataclass(frozen=True, slots=True)
class Palier:
    """Un état qui se compte depuis un instant : `depuis` jours au moins, moins de `avant` s'il est dit."""

    etat: Etat
    depuis: int
    avant: int | None


def _paliers(*etats: tuple[Etat, int]) -> tuple[Palier, ...]:
    fins = [*(depuis for _, depuis in etats[1:]), None]
    return tuple(Palier(etat, depuis, fin) for (etat, depuis), fin in zip(etats, fins, strict=True))


INSCRIPTION = _paliers(
    (Etat.INSCRIPTION, 0),
    (Etat.INSCRIPTION_J7, 7),
    (Etat.INSCRIPTION_J30, 30),
    (Etat.INSCRIPTION_J60, 60),
    (Etat.INSCRIPTION_J90, 90),
)
"""Depuis l'ouverture du compte, tant que l'inscription n'est pas validée."""
NOUVEAU = _paliers(
    (Etat.NOUVEAU, 0),
    (Etat.NOUVEAU_J7, 7),
    (Etat.NOUVEAU_J30, 30),
    (Etat.NOUVEAU_J60, 60),
    (Etat.NOUVEAU_J90, 90),
)
"""Depuis la validation, tant que la personne n'a rien fait."""
ACTIF = _paliers((Etat.ACTIF, 0), (Etat.INACTIF_J30, 30), (Etat.INACTIF_J90, 90), (Etat.INACTIF_J180, 180))
"""Depuis la dernière activité."""


@dataclass(frozen=True, slots=True)
class Utilisateur:
    """Ce dont l'état dépend. anime : coordonne une équipe qui a, ou a eu, un membre."""

    ouvert_le: dt.datetime
    inscrit_le: dt.datetime | None = None
    mediateur: bool = False
    coordinateur: bool = False
    anime: bool = False
    derniere_saisie_le: dt.datetime | None = None
    connecte_le: dt.datetime | None = None
    droit: Droit = Droit.AUCUN
    suspendu: bool = False
    ferme: bool = False
    renvoye: bool = False
    supprime: bool = False


def actif_le(u: Utilisateur) -> dt.datetime | None:
    """La dernière activité : une saisie du médiateur, une connexion de qui coordonne une équipe."""
    instants = (
        u.derniere_saisie_le if u.mediateur else None,
        u.connecte_le if u.coordinateur and u.anime else None,
    )
    return max((instant for instant in instants if instant is not None), default=None)


def etat(u: Utilisateur, maintenant: dt.datetime) -> Etat:
    """L'état montré : le premier de ceux qui conviennent."""
    if u.supprime:
        return Etat.SUPPRIME
    if u.renvoye:
        return Etat.RENVOYE
    if u.ferme:
        return Etat.FERME
    if u.suspendu:
        return Etat.SUSPENDU
    if u.droit is not Droit.AUCUN:
        return Etat.ADMIN if u.droit is Droit.ADMIN else Etat.SUPPORT
    if u.inscrit_le is None:
        return _palier(INSCRIPTION, u.ouvert_le, maintenant)
    actif = actif_le(u)
    if actif is None:
        return _palier(NOUVEAU, u.inscrit_le, maintenant)
    return _palier(ACTIF, actif, maintenant)


def _palier(paliers: Sequence[Palier], instant: dt.datetime, maintenant: dt.datetime) -> Etat:
    jours = (maintenant - instant).days
    return next((p.etat for p in reversed(paliers) if jours >= p.depuis), paliers[0].etat)


@dataclass(frozen=True, slots=True)
class Tranche:
    """Les instants d'un palier : apres < instant <= jusqu_a ; None, sans borne."""

    apres: dt.datetime | None
    jusqu_a: dt.datetime | None


def tranche(palier: Palier, maintenant: dt.datetime) -> Tranche:
    """Ce que le filtre cherche, pour dire la même chose que `etat`."""
    return Tranche(
        None if palier.avant is None else maintenant - dt.timedelta(days=palier.avant),
        # An instant just ahead of our clock is of the first one too.
        maintenant - dt.timedelta(days=palier.depuis) if palier.depuis else None,
    )


def libelles_des_roles(
    *, droit: Droit, coordinateur: bool, mediateur: bool, conseiller: bool
) -> tuple[str, ...]:
    """Comment on nomme une personne, dans l'ordre convenu. conseiller : il n'est pas dit médiateur."""
    tenus = (
        ("Administrateur", droit is Droit.ADMIN),
        ("Support", droit is Droit.SUPPORT),
        ("Coordinateur", coordinateur),
        ("Conseiller Numérique", mediateur and conseiller),
        ("Médiateur", mediateur and not conseiller),
    )
    return tuple(libelle for libelle, tenu in tenus if tenu) or ("Rôle non défini",)
