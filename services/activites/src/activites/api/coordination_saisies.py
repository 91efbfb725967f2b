"""Ce qu'un coordinateur envoie et relit : une animation, un évènement ou un partenariat."""

from typing import Annotated, Any, Literal

from events.named import fields_of, named
from events.types import Json
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from web.days import Day
from web.docs import EXAMPLE_ID

from activites.api.saisies import Compteur, Entier, Ligne, Notes, Nouvelle
from activites.domain.coordination_faits import Contenu, StructureConcernee, StructurePartenaire
from activites.domain.coordination_regles import PERSONNES_MAX, STRUCTURES_MAX
from activites.domain.coordination_vocabulaire import (
    EchelonTerritorial,
    Initiative,
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.regles import COMPTEUR_MAX, DUREE_MAX
from activites.domain.vocabulaire import CompteId, TagId

# As for an activité: bounds wider than the rules, which say in their own words what is wrong. What must be
# answered may come as null, for the same reason.
_LIENS = 1000
_Minutes = Annotated[Entier | None, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": DUREE_MAX})]
_Participants = Annotated[
    Entier | None, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": COMPTEUR_MAX})
]
_Siret = Annotated[
    str | None,
    Field(max_length=20, description="14 chiffres, avec ou sans espaces", examples=["13002603200016"]),
]
_Precision = Annotated[Ligne | None, Field(description="Exigée avec « autre » ; 500 caractères au plus")]
_Nom = Annotated[Ligne | None, Field(description="200 caractères au plus")]


class StructureConcerneeSaisie(BaseModel):
    """Une structure avec qui l'on a travaillé."""

    model_config = ConfigDict(extra="forbid")

    nom: _Nom
    siret: _Siret = None


class StructurePartenaireSaisie(BaseModel):
    """Une structure partenaire."""

    model_config = ConfigDict(extra="forbid")

    nom: _Nom
    type: TypePartenaire | None
    type_autre: _Precision = None
    siret: _Siret = None


class CoordinationSaisie(BaseModel):
    """Ce que partagent les trois types. Chaque champ va à celui de même nom du `Contenu`."""

    model_config = ConfigDict(extra="forbid")

    date: Annotated[Day, Field(description="Jour de l’activité, AAAA-MM-JJ")]
    personnes: Annotated[
        tuple[CompteId, ...],
        Field(max_length=_LIENS, description=f"Comptes de l’annuaire, {PERSONNES_MAX} au plus"),
    ] = ()
    tags: Annotated[
        tuple[TagId, ...], Field(max_length=100, description="Étiquettes que l’on voit, 50 au plus")
    ] = ()
    notes: Annotated[Notes | None, Field(description="HTML simple, 20 000 caractères au plus")] = None

    def contenu(self) -> Contenu:
        siens = [nom for nom in fields_of(Contenu) if nom in type(self).model_fields]
        return Contenu(**named(siens, self, **self._structures()))

    def _structures(self) -> dict[str, Any]:
        """What changes of form at the door."""
        return {}


class _AvecStructures(CoordinationSaisie):
    structures_concernees: Annotated[
        tuple[StructureConcerneeSaisie, ...],
        Field(max_length=_LIENS, description=f"{STRUCTURES_MAX} au plus"),
    ] = ()

    def _structures(self) -> dict[str, Any]:
        concernees = (StructureConcernee(s.nom or "", s.siret) for s in self.structures_concernees)
        return {"structures_concernees": tuple(concernees)}


ANIMATION: Json = {
    "type": "animation",
    "date": "2026-01-15",
    "duree_minutes": 90,
    "mediateurs": 6,
    "type_animation": "reunion_coordination",
    "initiative": "initiative",
    "thematiques_animation": ["partage", "reseau"],
    "structures_concernees": [{"nom": "Ville d’Exemple", "siret": "13002603200016"}],
}
EVENEMENT: Json = {
    "type": "evenement",
    "date": "2026-01-15",
    "nom": "Forum du numérique",
    "participants": 120,
    "type_evenement": "grand_public",
    "organisateurs": ["ma_structure", "commune"],
    "echelon_territorial": "Departemental",
}
PARTENARIAT: Json = {
    "type": "partenariat",
    "date": "2026-01-15",
    "natures_partenariat": ["parcours_usager"],
    "structures_partenaires": [{"nom": "CCAS d’Exemple", "type": "commune"}],
}
"""What the documentation proposes to send."""


class AnimationSaisie(_AvecStructures):
    """Une animation : aide, réunion, moment d'échanges."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANIMATION]})

    type: Literal[TypeCoordination.ANIMATION]
    duree_minutes: _Minutes
    mediateurs: Compteur = 0
    structures: Compteur = 0
    autres_acteurs: Compteur = 0
    type_animation: TypeAnimation | None
    type_animation_autre: _Precision = None
    initiative: Initiative | None = None
    thematiques_animation: Annotated[tuple[ThematiqueAnimation, ...], Field(max_length=100)]
    thematique_animation_autre: _Precision = None


class EvenementSaisi(_AvecStructures):
    """Un évènement."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENEMENT]})

    type: Literal[TypeCoordination.EVENEMENT]
    nom: _Nom = None
    participants: _Participants
    type_evenement: TypeEvenement | None
    type_evenement_autre: _Precision = None
    organisateurs: Annotated[tuple[Organisateur, ...], Field(max_length=100)]
    organisateur_autre: _Precision = None
    echelon_territorial: EchelonTerritorial | None = None


class PartenariatSaisi(CoordinationSaisie):
    """Un partenariat."""

    model_config = ConfigDict(json_schema_extra={"examples": [PARTENARIAT]})

    type: Literal[TypeCoordination.PARTENARIAT]
    nom: _Nom = None
    natures_partenariat: Annotated[tuple[NaturePartenariat, ...], Field(max_length=100)]
    nature_partenariat_autre: _Precision = None
    echelon_territorial: EchelonTerritorial | None = None
    structures_partenaires: Annotated[
        tuple[StructurePartenaireSaisie, ...],
        Field(max_length=_LIENS, description=f"Une au moins, {STRUCTURES_MAX} au plus"),
    ]

    def _structures(self) -> dict[str, Any]:
        partenaires = (
            StructurePartenaire(s.nom or "", s.type, s.type_autre, s.siret)
            for s in self.structures_partenaires
        )
        return {"structures_partenaires": tuple(partenaires)}


class NouvelleAnimation(AnimationSaisie, Nouvelle):
    """Une animation à enregistrer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **ANIMATION}]})


class NouvelEvenement(EvenementSaisi, Nouvelle):
    """Un évènement à enregistrer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **EVENEMENT}]})


class NouveauPartenariat(PartenariatSaisi, Nouvelle):
    """Un partenariat à enregistrer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **PARTENARIAT}]})


NouvelleCoordination = Annotated[
    NouvelleAnimation | NouvelEvenement | NouveauPartenariat, Field(discriminator="type")
]
CorrectionCoordination = Annotated[
    AnimationSaisie | EvenementSaisi | PartenariatSaisi, Field(discriminator="type")
]
