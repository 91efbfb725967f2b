"""Les faits d'une équipe : jamais modifiés une fois publiés."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from events.types import Personal

from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId

type Nom = Annotated[str, Personal("compte", "compte_id")]
"""Écrit librement, donc peut-être un nom de personne : chiffré, clé du coordinateur."""

type Raison = Annotated[str, Personal("compte", "compte_id")] | None
"""Pourquoi, quand le support agit pour un autre : un texte libre sur cette personne."""


@dataclass(frozen=True, slots=True)
class EquipeCreee:
    """Un coordinateur a créé une équipe ; son mandat, le premier, est ouvert.

    nom : 1 à 120 caractères.   coordinateur_id, compte_id : le premier coordinateur et son compte.
    depuis : ouverture de son mandat.
    """

    equipe_id: EquipeId
    nom: Nom
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class DepartAnnonce:
    """Un coordinateur quittera l'équipe. par : lui, ou qui l'annonce pour lui, et sa raison alors.

    effet_le : fin de son mandat ; d'ici là le départ s'annule, ou se redit autrement.
    """

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    par: CompteId
    raison: Raison
    effet_le: dt.datetime
    annonce_le: dt.datetime


@dataclass(frozen=True, slots=True)
class SuccesseurDesigne:
    """Quelqu'un est désigné pour coordonner l'équipe. compte_id : le sien.

    coordinateur_id : le sien, quand rien n'attend son accord (il est du dispositif) ; sinon absent : hors
    dispositif ou pas encore inscrit, il accepte d'abord (D9).   effet_le : quand l'équipe lui passe.
    raison : celle du support, quand c'est lui qui désigne.
    """

    equipe_id: EquipeId
    compte_id: CompteId
    coordinateur_id: CoordinateurId | None
    par: CompteId
    effet_le: dt.datetime
    designe_le: dt.datetime
    raison: Raison = None


@dataclass(frozen=True, slots=True)
class PassationAcceptee:
    """La personne désignée accepte de coordonner l'équipe, elle-même."""

    equipe_id: EquipeId
    compte_id: CompteId
    coordinateur_id: CoordinateurId
    acceptee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class PassationDeclinee:
    """La personne désignée ne coordonnera pas l'équipe : elle ne veut pas, ou n'est plus là."""

    equipe_id: EquipeId
    compte_id: CompteId
    declinee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class DepartAnnule:
    """Le coordinateur reste, personne ne lui succède."""

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    par: CompteId
    annule_le: dt.datetime


@dataclass(frozen=True, slots=True)
class MandatFini:
    """Un coordinateur ne coordonne plus l'équipe. depuis : ouverture du mandat qui se ferme."""

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime
    fini_le: dt.datetime


@dataclass(frozen=True, slots=True)
class MandatOuvert:
    """Une personne coordonne désormais l'équipe, qui existait. nom : celui de l'équipe, sous sa clé."""

    equipe_id: EquipeId
    nom: Nom
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class EquipeReclamee:
    """Un coordinateur propose de coordonner une équipe qui n'en a plus (D8) ; ses membres en décident."""

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    reclamee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class VoixDonnee:
    """Un membre dit s'il veut de la personne qui réclame l'équipe. compte_id : celui du membre."""

    equipe_id: EquipeId
    compte_id: CompteId
    pour: bool
    donnee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class ReclamationEcartee:
    """Les membres n'en ont pas voulu, ou la personne qui réclamait l'équipe n'est plus là."""

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    ecartee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CoordinateurEfface:
    """Le coordinateur est effacé : son mandat prend fin, le nom qu'il portait à l'équipe disparaît.

    depuis : ouverture du mandat qui se ferme.
    """

    equipe_id: EquipeId
    coordinateur_id: CoordinateurId
    compte_id: CompteId
    depuis: dt.datetime
    efface_le: dt.datetime


@dataclass(frozen=True, slots=True)
class NomEfface:
    """Qui portait le nom de l'équipe est effacé après son mandat : le nom disparaît."""

    equipe_id: EquipeId
    compte_id: CompteId
    efface_le: dt.datetime


type Event = (
    EquipeCreee
    | DepartAnnonce
    | SuccesseurDesigne
    | PassationAcceptee
    | PassationDeclinee
    | DepartAnnule
    | MandatFini
    | MandatOuvert
    | EquipeReclamee
    | VoixDonnee
    | ReclamationEcartee
    | CoordinateurEfface
    | NomEfface
)
