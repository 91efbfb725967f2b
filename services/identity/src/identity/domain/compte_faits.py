"""Les faits d'un compte : jamais modifiés une fois publiés."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from events.types import Personal, Public

from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, RapprochementId, Role

type Texte = Annotated[str, Personal("compte", "compte_id")]
"""Donnée de la personne : chiffrée sous la clé de son compte."""


class Champ(StrEnum):
    """Ce qui peut changer chez ProConnect d'une connexion à l'autre."""

    PRENOM = "prenom"
    NOM = "nom"
    COURRIEL = "courriel"
    TELEPHONE = "telephone"
    SIRET = "siret"


@dataclass(frozen=True, slots=True)
class ComptePrepare:
    """Quelqu'un a invité cette adresse, que personne ne portait : le compte attend qu'elle se connecte.

    courriel : forme normale. Une invitation de plus le redit, à sa date.
    """

    compte_id: CompteId
    courriel: Texte
    prepare_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteOuvert:
    """Un compte existe, inscription en cours.

    courriel : forme normale (domain/courriel.py).   siret : 14 chiffres proposés par ProConnect, à confirmer.
    """

    compte_id: CompteId
    prenom: Texte
    nom: Texte
    courriel: Texte
    telephone: Texte | None
    siret: Public | None
    ouvert_le: dt.datetime


@dataclass(frozen=True, slots=True)
class IdentiteLiee:
    """Une identité de la fédération (emetteur, sub) ouvre désormais ce compte."""

    compte_id: CompteId
    emetteur: Public
    sub: Texte
    liee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class IdentiteRetiree:
    """Cette identité de la fédération n'ouvre plus ce compte."""

    compte_id: CompteId
    emetteur: Public
    sub: Texte
    retiree_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteRenvoye:
    """Ce compte est à la même personne qu'un autre, où mènent désormais ses identités et ses adresses."""

    compte_id: CompteId
    vers: CompteId
    rapprochement_id: RapprochementId
    renvoye_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RenvoiAnnule:
    """Ce compte redevient celui de ses identités et de ses adresses."""

    compte_id: CompteId
    rapprochement_id: RapprochementId
    annule_le: dt.datetime


@dataclass(frozen=True, slots=True)
class IdentitePersonneModifiee:
    """La fédération donne d'autres informations sur la personne ; tous les champs sont ceux d'après.

    champs : ceux qui ont changé. Les valeurs d'avant restent dans les événements précédents.
    """

    compte_id: CompteId
    champs: tuple[Champ, ...]
    prenom: Texte
    nom: Texte
    courriel: Texte
    telephone: Texte | None
    siret: Public | None
    modifiee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CguAcceptees:
    """La personne a accepté cette version des conditions générales d'utilisation."""

    compte_id: CompteId
    version: Public
    acceptees_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RoleChoisi:
    """La personne a choisi un rôle. Un seul des deux identifiants est donné, celui de ce rôle."""

    compte_id: CompteId
    role: Role
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    choisi_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RoleRetire:
    """La personne n'a plus ce rôle. Un seul des deux identifiants est donné, celui qu'elle tenait."""

    compte_id: CompteId
    role: Role
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    retire_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RolesApportes:
    """Un autre compte de la personne mène à celui-ci, et lui donne les rôles qu'il n'avait pas."""

    compte_id: CompteId
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    apportes_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RolesRendus:
    """L'autre compte redevient un compte à part, et reprend les rôles qu'il avait donnés."""

    compte_id: CompteId
    mediateur_id: MediateurId | None
    coordinateur_id: CoordinateurId | None
    rendus_le: dt.datetime


@dataclass(frozen=True, slots=True)
class SiretEcarte:
    """La personne dit que ce SIRET, que donne ProConnect, n'est pas celui de son employeur."""

    compte_id: CompteId
    siret: Public
    ecarte_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteFerme:
    """Le compte est fermé, par sa personne ou pour elle.

    effacement_le : quand la personne sera effacée, s'il n'est pas rouvert.
    """

    compte_id: CompteId
    ferme_le: dt.datetime
    effacement_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteRouvert:
    """Le compte est rouvert à temps. Les équipes quittées le restent."""

    compte_id: CompteId
    rouvert_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CompteEfface:
    """La personne est effacée, ses clés détruites avec ce fait. Si elle revient, un autre compte s'ouvre."""

    compte_id: CompteId
    efface_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CourrielAjoute:
    """Une autre adresse trouve désormais ce compte : la personne en a ouvert la boîte, ou c'était la sienne.

    courriel : forme normale.
    """

    compte_id: CompteId
    courriel: Texte
    ajoute_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CourrielRetire:
    """Cette adresse ne trouve plus ce compte."""

    compte_id: CompteId
    courriel: Texte
    retire_le: dt.datetime


type Event = (
    ComptePrepare
    | CompteOuvert
    | IdentiteLiee
    | IdentiteRetiree
    | CompteRenvoye
    | RenvoiAnnule
    | IdentitePersonneModifiee
    | CourrielAjoute
    | CourrielRetire
    | CguAcceptees
    | RoleChoisi
    | RoleRetire
    | RolesApportes
    | RolesRendus
    | SiretEcarte
    | CompteFerme
    | CompteRouvert
    | CompteEfface
)
