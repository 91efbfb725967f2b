"""Ce que l'on demande d'une fiche de bénéficiaire."""

import datetime as dt
from dataclasses import dataclass

from activites.domain.beneficiaire_faits import ChampDeFiche, Fiche
from activites.domain.fiche_composee import Composee, Dites
from activites.domain.vocabulaire import BeneficiaireId, CompteId, MediateurId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecrire:
    """aujourd_hui : jour civil du médiateur.   maintenant : instant UTC."""

    beneficiaire_id: BeneficiaireId
    par: MediateurId
    fiche: Fiche
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnregistrerBeneficiaire(Ecrire):
    """Suivre une personne."""

    compte_id: CompteId


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrigerFiche(Ecrire):
    """Remplacer toute la fiche ; chaque chose qui change est un fait à elle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffacerBeneficiaire:
    """Ne plus savoir qui il est ; sa clé est détruite dans la même transaction."""

    beneficiaire_id: BeneficiaireId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rapprocher:
    """maintenant : instant UTC."""

    beneficiaire_id: BeneficiaireId
    par: MediateurId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionnerVers(_Rapprocher):
    """Dire que cette personne est une autre, qui l'accueille : les deux vont ensemble, ou aucune.

    prendre : les champs où celle-ci l'emporte sur l'autre, vides compris.   laisser : ceux où l'autre ne
    prend rien de celle-ci.
    """

    vers: BeneficiaireId
    prendre: tuple[ChampDeFiche, ...] = ()
    laisser: tuple[ChampDeFiche, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccueillirDouble(_Rapprocher):
    """Le pendant de `FusionnerVers`, sur la destination : elle prend du double ce qu'elle n'a pas.

    source : la fiche du double, de.   prendre, laisser : ceux de `FusionnerVers`.
    Un fait de chaque côté : deux fusions croisées ne passent pas ensemble.
    """

    de: BeneficiaireId
    source: Composee
    prendre: tuple[ChampDeFiche, ...] = ()
    laisser: tuple[ChampDeFiche, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulerFusion(_Rapprocher):
    """Revenir sur une fusion : cette personne redevient elle-même."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparerDouble(_Rapprocher):
    """Le pendant d'`AnnulerFusion`, sur chaque fiche où de se retrouvait : elle dit ce qu'elle dirait sans.

    doubles : ce que disent, sans de, ceux de cette fiche qui le sont encore.
    """

    de: BeneficiaireId
    doubles: Dites


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinguer(_Rapprocher):
    """Dire que deux fiches qui se ressemblent ne sont pas la même personne."""

    autre: BeneficiaireId


type Ecriture = EnregistrerBeneficiaire | CorrigerFiche | EffacerBeneficiaire
type Rapprochement = FusionnerVers | AccueillirDouble | AnnulerFusion | SeparerDouble | Distinguer
type Command = Ecriture | Rapprochement
