"""La fiche d'un bénéficiaire suivi, et les faits qui la gardent, jamais modifiés une fois publiés.

Ce qui désigne la personne est chiffré sous sa propre clé. Genre, situation, tranche d'âge et commune restent
en clair, comme ceux d'un anonyme : effacée, elle compte encore (docs/domaine/activites.md §5.2).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from events.types import ERASED, Personal, Public

from activites.domain.vocabulaire import (
    BeneficiaireId,
    Commune,
    CompteId,
    Genre,
    MediateurId,
    StatutSocial,
    TrancheAge,
)


# --- La saisie ---
@dataclass(frozen=True, slots=True, kw_only=True)
class Fiche:
    """Ce que son médiateur sait d'un bénéficiaire.

    telephone : forme internationale, +33XXXXXXXXX.   pas_de_telephone : il n'en a pas, et on le sait.
    courriel : forme normale.   notes : HTML déjà assaini.
    """

    prenom: str
    nom: str
    telephone: str | None = None
    pas_de_telephone: bool = False
    courriel: str | None = None
    adresse: str | None = None
    commune: Commune | None = None
    annee_naissance: int | None = None
    genre: Genre | None = None
    statut_social: StatutSocial | None = None
    notes: str | None = None


ChampDeFiche = Literal[
    "prenom",
    "nom",
    "telephone",
    "pas_de_telephone",
    "courriel",
    "adresse",
    "commune",
    "annee_naissance",
    "genre",
    "statut_social",
    "notes",
]
"""Les champs de `Fiche`, dans son ordre."""
TEXTES = ("prenom", "nom", "telephone", "courriel", "adresse", "annee_naissance", "notes")
"""Ceux qui désignent la personne : chiffrés dans les faits."""


# --- Les faits ---
type Texte = Annotated[str, Personal("beneficiaire", "beneficiaire_id")]
"""Donnée du bénéficiaire : chiffrée sous sa clé, détruite avec lui."""
type TexteDUnDouble = Annotated[str, Personal("beneficiaire", "de")]
"""Donnée dite par une autre fiche, de : chiffrée sous la clé de celle-là, détruite avec elle."""


@dataclass(frozen=True, kw_only=True)  # no slots: Python inherits from one slotted class only
class Designe:
    """De quel bénéficiaire on parle, et de quel médiateur."""

    beneficiaire_id: BeneficiaireId
    mediateur_id: MediateurId


@dataclass(frozen=True, kw_only=True)
class Nomme:
    """Comment il s'appelle."""

    prenom: Texte
    nom: Texte


@dataclass(frozen=True, kw_only=True)
class Joignable:
    """Comment le joindre."""

    telephone: Texte | None = None
    pas_de_telephone: bool = False
    courriel: Texte | None = None
    adresse: Texte | None = None


@dataclass(frozen=True, kw_only=True)
class Situe:
    """Ce qui le décrit sans le nommer, et l'année qui le ferait reconnaître.

    annee_naissance : en chiffres, chiffrée.   tranche_age : d'après elle, l'année où la fiche fut ouverte ;
    d'un fait à l'autre, deux tranches d'une même année de naissance la feraient deviner.
    """

    annee_naissance: Texte | None = None
    tranche_age: TrancheAge = TrancheAge.NON_COMMUNIQUE
    genre: Genre | None = None
    statut_social: StatutSocial | None = None
    commune: Public | None = None
    code_postal: Public | None = None
    code_insee: Public | None = None

    @property
    def ne_en(self) -> int | None:
        """L'année, en nombre ; absente aussi une fois effacée."""
        annee = self.annee_naissance
        return int(annee) if annee is not None and annee.isdecimal() else None

    @property
    def residence(self) -> Commune | None:
        """La commune, si elle est dite."""
        if self.commune is None or self.code_postal is None or self.code_insee is None:
            return None
        return Commune(self.commune, self.code_postal, self.code_insee)


@dataclass(frozen=True, kw_only=True)
class Annote:
    """Ce que son médiateur a besoin de se rappeler."""

    notes: Texte | None = None


@dataclass(frozen=True, kw_only=True)
class Partiel:
    """Ce qui ne redit pas tout. tus : les textes laissés comme ils sont, ceux d'un double ; vides ici."""

    tus: tuple[Public, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeneficiaireEnregistre(Designe, Nomme, Joignable, Situe, Annote):
    """Un médiateur suit désormais cette personne. compte_id : celui de ce médiateur."""

    compte_id: CompteId
    enregistre_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NomCorrige(Designe, Nomme, Partiel):
    """Le bénéficiaire s'appelle autrement."""

    corrige_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordonneesCorrigees(Designe, Joignable, Partiel):
    """On le joint autrement ; tous les moyens sont ceux d'après."""

    corrige_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationCorrigee(Designe, Situe, Partiel):
    """Sa naissance, son genre, sa situation ou sa commune sont autres ; tout est d'après."""

    corrige_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesCorrigees(Designe, Annote):
    """Les notes de son médiateur ont changé."""

    corrige_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BeneficiaireEfface(Designe):
    """Plus personne ne sait qui il est : sa clé est détruite avec ce fait. Ce qui fut fait compte encore."""

    efface_le: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Choisi:
    """Ce que l'on a choisi d'un double : des noms de champs, jamais ce qu'ils disent.

    pris : ceux où le double l'emporte.   vides : ceux qu'il ne remplit pas, et que l'autre oublie.
    laisses : ceux que l'autre ne prend pas de lui.
    """

    pris: tuple[Public, ...] = ()
    vides: tuple[Public, ...] = ()
    laisses: tuple[Public, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeneficiaireFusionne(Designe, Choisi):
    """C'est la même personne qu'une autre, où elle se retrouve désormais, avec ses accompagnements.

    vers : cette autre.   completes : dans les faits d'avant `DoubleAccueilli`, ce que celui-ci dit ; cette
    autre le garde si on les sépare.
    """

    vers: BeneficiaireId
    completes: tuple[Public, ...] = ()
    fusionne_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleAccueilli(Designe, Choisi):
    """Une autre fiche, de, est désormais un double de celle-ci.

    completes : les champs que le double change, choisis ou parce que celle-ci ne les avait pas.
    """

    de: BeneficiaireId
    completes: tuple[Public, ...] = ()
    accueilli_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextesApportes(Designe):
    """Ce que cette fiche dit désormais d'après une autre, de : un double, ou l'un des siens.

    Ces textes restent chiffrés sous la clé de la fiche qui les a dits : effacée, plus personne ne les lit.
    """

    de: BeneficiaireId
    prenom: TexteDUnDouble | None = None
    nom: TexteDUnDouble | None = None
    telephone: TexteDUnDouble | None = None
    courriel: TexteDUnDouble | None = None
    adresse: TexteDUnDouble | None = None
    annee_naissance: TexteDUnDouble | None = None
    notes: TexteDUnDouble | None = None
    apportes_le: dt.datetime

    @property
    def noms(self) -> tuple[str, ...]:
        """Les champs apportés, effacés depuis ou non."""
        return tuple(nom for nom in TEXTES if getattr(self, nom) is not None)

    @property
    def lus(self) -> dict[str, Any]:
        """Ceux que l'on peut encore lire : leur valeur dans la `Fiche`."""
        dits: dict[str, Any] = {nom: dit for nom in self.noms if (dit := getattr(self, nom)) != ERASED}
        annee = dits.pop("annee_naissance", "")
        return dits | ({"annee_naissance": int(annee)} if annee.isdecimal() else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleSepare(Designe):
    """Une autre fiche, de, n'est plus un double de celle-ci, ni de l'un de ses doubles.

    rendus : les champs que son départ change ici.
    """

    de: BeneficiaireId
    rendus: tuple[Public, ...] = ()
    separe_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionAnnulee(Designe):
    """Ce n'était pas la même personne : elle redevient elle-même, avec ses accompagnements."""

    vers: BeneficiaireId
    annulee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BeneficiairesDistingues(Designe):
    """Deux fiches qui se ressemblent ne sont pas la même personne : on ne le demandera plus."""

    autre: BeneficiaireId
    distingues_le: dt.datetime


type Correction = NomCorrige | CoordonneesCorrigees | SituationCorrigee | NotesCorrigees
type Rapprochement = (
    BeneficiaireFusionne
    | DoubleAccueilli
    | TextesApportes
    | FusionAnnulee
    | DoubleSepare
    | BeneficiairesDistingues
)
type Event = BeneficiaireEnregistre | Correction | Rapprochement | BeneficiaireEfface
