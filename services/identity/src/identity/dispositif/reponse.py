"""Ce que la source du dispositif répond (docs/domaine/identite.md §4), lu strictement.

Un champ inconnu est ignoré : la source grandit sans nous. Un champ connu d'un autre type que le sien fait
rejeter toute la réponse : rien ne change alors (C6).
"""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from referentiels.territoires import PARIS, fuseau_de, jour_civil

from identity.domain.reconnaissance import Contrat as ContratDate
from identity.domain.reconnaissance import Fiche
from identity.domain.vocabulaire import EtapeDePriseDePoste

_PREMIER, _DERNIER = dt.date(1950, 1, 1), dt.date(2100, 1, 1)


def _jour(valeur: object) -> object:
    """Un jour, ou celui d'un instant : le jour civil de Paris. Lève ValueError."""
    if not isinstance(valeur, str):
        return valeur
    if len(valeur) <= len("2026-01-01"):
        return dt.date.fromisoformat(valeur)
    instant = dt.datetime.fromisoformat(valeur)
    return instant.date() if instant.tzinfo is None else jour_civil(instant, PARIS)


type Texte = Annotated[str, StringConstraints(max_length=300)]
type Jour = Annotated[dt.date, BeforeValidator(_jour), Field(ge=_PREMIER, le=_DERNIER)]


class _Lu(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


class Contrat(_Lu):
    """Un contrat ; ses dates manquent parfois."""

    type: Texte | None = None
    date_debut: Jour | None = None
    date_fin: Jour | None = None
    date_rupture: Jour | None = None

    @property
    def date(self) -> ContratDate | None:
        """Ses dates ; None sans début, ou si elles se contredisent."""
        if self.date_debut is None:
            return None
        fins = [fin for fin in (self.date_fin, self.date_rupture) if fin is not None]
        if any(fin < self.date_debut for fin in fins):
            return None
        return ContratDate(self.date_debut, self.date_fin, self.date_rupture)


class Adresse(_Lu):
    """Une adresse postale, complète ou non."""

    nom_voie: Texte | None = None
    numero_voie: Texte | int | None = None
    repetition: Texte | None = None
    code_insee: Texte | None = None
    code_postal: Texte | None = None
    nom_commune: Texte | None = None

    @property
    def complete(self) -> bool:
        """De quoi créer une structure."""
        return all((self.nom_voie, self.code_insee, self.code_postal, self.nom_commune))

    @property
    def voie(self) -> str:
        """Numéro et rue, sur une ligne."""
        return _ligne(self.numero_voie, self.repetition, self.nom_voie)

    def __str__(self) -> str:
        """Sur une ligne ; vide si rien n'est donné."""
        return _ligne(self.voie, self.code_postal, self.nom_commune)


def _ligne(*mots: str | int | None) -> str:
    return " ".join(" ".join(str(mot) for mot in mots if mot is not None).split())


class Structure(_Lu):
    """Une structure employeuse, et les contrats de la personne."""

    nom: Texte | None = None
    siret: Texte | None = None
    adresse: Adresse | None = None
    contrats: Annotated[tuple[Contrat | None, ...], Field(max_length=100)] | None = None


class Lieu(_Lu):
    """Un lieu d'activité."""

    nom: Texte | None = None
    adresse: Adresse | None = None


class EtapeFranchie(_Lu):
    """Une étape de la prise de poste, quand la source la suit (docs/domaine/identite.md §12)."""

    etape: EtapeDePriseDePoste
    le: Jour


class Reponse(_Lu):
    """Une personne, telle que la source la connaît. email : à qui elle répond, quand elle le dit."""

    id: Annotated[int, Field(ge=0, lt=2**63)]
    pg_id: Annotated[int, Field(ge=0, lt=2**63)] | None
    is_conseiller_numerique: bool
    is_coordinateur: bool
    structures_employeuses: Annotated[tuple[Structure | None, ...], Field(max_length=50)] | None = None
    lieux_activite: Annotated[tuple[Lieu | None, ...], Field(max_length=200)] | None = None
    email: Texte | None = None
    prise_de_poste: Annotated[tuple[EtapeFranchie, ...], Field(max_length=60)] = ()

    def structures(self) -> Iterator[Structure]:
        """Celles que la source donne vraiment."""
        yield from (s for s in self.structures_employeuses or () if s is not None)

    def lieux(self) -> Iterator[Lieu]:
        """Ceux que la source donne vraiment."""
        yield from (lieu for lieu in self.lieux_activite or () if lieu is not None)

    @property
    def fuseau(self) -> str:
        """Celui du territoire de la première structure qui en a un ; Paris sinon."""
        codes = (s.adresse.code_insee for s in self.structures() if s.adresse is not None)
        return fuseau_de(next(filter(None, codes), None))

    @property
    def fiche(self) -> Fiche:
        """De quoi décider de la reconnaissance."""
        lus = [c.date for s in self.structures() for c in s.contrats or () if c is not None]
        return Fiche(
            self.id,
            self.pg_id,
            self.is_conseiller_numerique,
            self.is_coordinateur,
            any(True for _ in self.lieux()),
            tuple(c for c in lus if c is not None),
        )
