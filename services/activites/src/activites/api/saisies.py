"""Ce qu'un médiateur envoie et relit : un accompagnement individuel ou un atelier collectif."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from activites.api.textes import notes_assainies, une_ligne
from activites.domain.contenu import Contenu, Participants
from activites.domain.vocabulaire import (
    Autonomie,
    Commune,
    Genre,
    LieuId,
    Materiel,
    NiveauAtelier,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)


def _jour_iso(valeur: object) -> object:
    """Pydantic would also take an instant or a number of seconds for a day."""
    if isinstance(valeur, dt.date):
        return valeur
    if not isinstance(valeur, str) or len(valeur) != 10:
        raise ValueError("Veuillez renseigner une date valide.")
    return valeur


Jour = Annotated[dt.date, BeforeValidator(_jour_iso)]
# Bounds of the edge, wider than the rules: the domain says which rule is broken, in its own words.
Texte = Annotated[str, Field(max_length=100_000)]
_LETTRES = "A-Za-zÀ-ÖØ-öø-ɏ"
Compteur = Annotated[StrictInt, Field(ge=-1_000_000_000, le=1_000_000_000)]


class Saisie(BaseModel):
    """Ce que partagent les deux types d'activité."""

    model_config = ConfigDict(extra="forbid")

    date: Annotated[Jour, Field(description="Jour de l’activité, AAAA-MM-JJ")]
    duree_minutes: Annotated[Compteur, Field(description="Durée en minutes, de 1 à 1439")]
    type_lieu: TypeLieu
    lieu_id: Annotated[UUID | None, Field(description="Lieu d’activité, si type_lieu est lieu_activite")] = (
        None
    )
    commune: Annotated[
        "CommuneSaisie | None", Field(description="Commune, si type_lieu est domicile ou autre")
    ] = None
    thematiques: Annotated[list[Thematique], Field(max_length=100)]
    precisions_demarche: Annotated[
        Texte | None, Field(description="500 caractères au plus, avec aide_aux_demarches_administratives")
    ] = None
    materiels: Annotated[list[Materiel], Field(max_length=100)] = []
    notes: Annotated[Texte | None, Field(description="HTML simple, 10 000 caractères au plus")] = None


class CommuneSaisie(BaseModel):
    """Une commune, comme la Base adresse nationale la nomme."""

    model_config = ConfigDict(extra="forbid")

    # Spelled out: not every reader of an OpenAPI document knows \p{L}.
    nom: Annotated[str, Field(pattern=rf"^[{_LETTRES}][{_LETTRES}0-9 '’().\-/]{{0,79}}$")]
    code_postal: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    code_insee: Annotated[str, Field(pattern=r"^([0-9]{2}|2[AB])[0-9]{3}$")]


class BeneficiaireSaisi(BaseModel):
    """Le bénéficiaire, anonyme, d'un accompagnement individuel."""

    model_config = ConfigDict(extra="forbid")

    deja_accompagne: StrictBool = False
    genre: Genre | None = None
    tranche_age: TrancheAge | None = None
    statut_social: StatutSocial | None = None
    commune_residence: CommuneSaisie | None = None


class ParticipantsSaisis(BaseModel):
    """Les participants anonymes d'un atelier, comptés : chaque répartition ne dépasse pas le total."""

    model_config = ConfigDict(extra="forbid")

    total: Compteur
    deja_accompagnes: Compteur = 0
    genres: dict[Genre, Compteur] = {}
    tranches_age: dict[TrancheAge, Compteur] = {}
    statuts: dict[StatutSocial, Compteur] = {}


class IndividuelSaisi(Saisie):
    """Un accompagnement individuel."""

    type: Literal["individuel"]
    beneficiaire: BeneficiaireSaisi = BeneficiaireSaisi()
    autonomie: Autonomie | None = None
    oriente_vers_structure: StrictBool | None = None
    structure_de_redirection: Annotated[
        StructureDeRedirection | None, Field(description="Ignorée si oriente_vers_structure n’est pas vrai")
    ] = None

    def contenu(self) -> Contenu:
        b = self.beneficiaire
        return Contenu(
            type=TypeActivite.INDIVIDUEL,
            date=self.date,
            duree_minutes=self.duree_minutes,
            type_lieu=self.type_lieu,
            lieu_id=_lieu(self.lieu_id),
            commune=_commune(self.commune),
            thematiques=tuple(self.thematiques),
            precisions_demarche=une_ligne(self.precisions_demarche),
            materiels=tuple(self.materiels),
            autonomie=self.autonomie,
            oriente_vers_structure=self.oriente_vers_structure,
            structure_de_redirection=self.structure_de_redirection,
            participants=Participants(
                total=1,
                deja_accompagnes=int(b.deja_accompagne),
                genres={b.genre: 1} if b.genre else {},
                tranches_age={b.tranche_age: 1} if b.tranche_age else {},
                statuts={b.statut_social: 1} if b.statut_social else {},
            ),
            residence=_commune(b.commune_residence),
            notes=notes_assainies(self.notes),
        )


class AtelierSaisi(Saisie):
    """Un atelier collectif."""

    type: Literal["collectif"]
    titre_atelier: Annotated[Texte | None, Field(description="250 caractères au plus")] = None
    niveau: NiveauAtelier | None = None
    participants: ParticipantsSaisis

    def contenu(self) -> Contenu:
        p = self.participants
        return Contenu(
            type=TypeActivite.COLLECTIF,
            date=self.date,
            duree_minutes=self.duree_minutes,
            type_lieu=self.type_lieu,
            lieu_id=_lieu(self.lieu_id),
            commune=_commune(self.commune),
            thematiques=tuple(self.thematiques),
            precisions_demarche=une_ligne(self.precisions_demarche),
            materiels=tuple(self.materiels),
            niveau=self.niveau,
            titre_atelier=une_ligne(self.titre_atelier),
            participants=Participants(p.total, p.deja_accompagnes, p.genres, p.tranches_age, p.statuts),
            notes=notes_assainies(self.notes),
        )


class Nouvelle(BaseModel):
    """id : choisi par le client, pour qu'un envoi répété n'enregistre rien deux fois."""

    id: UUID


class NouvelIndividuel(IndividuelSaisi, Nouvelle):
    """Un accompagnement individuel à enregistrer."""


class NouvelAtelier(AtelierSaisi, Nouvelle):
    """Un atelier collectif à enregistrer."""


NouvelleActivite = Annotated[NouvelIndividuel | NouvelAtelier, Field(discriminator="type")]
CorrectionActivite = Annotated[IndividuelSaisi | AtelierSaisi, Field(discriminator="type")]


def _lieu(lieu_id: UUID | None) -> LieuId | None:
    return LieuId(lieu_id) if lieu_id else None


def _commune(saisie: CommuneSaisie | None) -> Commune | None:
    return Commune(saisie.nom, saisie.code_postal, saisie.code_insee) if saisie else None
