"""Ce qu'un médiateur envoie et relit : un accompagnement individuel ou un atelier collectif."""

from typing import Annotated, Any, Literal

from events.named import fields_of, named
from events.types import Json
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId

from activites.api.textes import notes_assainies, une_ligne
from activites.domain.faits import Contenu, Participants
from activites.domain.regles import COMPTEUR_MAX, DUREE_MAX
from activites.domain.vocabulaire import (
    Autonomie,
    BeneficiaireId,
    Commune,
    Genre,
    LieuId,
    Materiel,
    NiveauAtelier,
    StatutSocial,
    StructureDeRedirection,
    TagId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)

# Bounds of the edge, wider than the rules: the domain says which rule is broken, in its own words.
_Texte = Annotated[str, Field(max_length=100_000)]
Ligne = Annotated[_Texte, AfterValidator(une_ligne)]
Notes = Annotated[_Texte, AfterValidator(notes_assainies)]
_LETTRES = "A-Za-zÀ-ÖØ-öø-ɏ"
Entier = Annotated[StrictInt, Field(ge=-1_000_000_000, le=1_000_000_000)]
Compteur = Annotated[Entier, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": COMPTEUR_MAX})]
Minutes = Annotated[Entier, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": DUREE_MAX})]


class Saisie(BaseModel):
    """Ce que partagent les deux types d'activité. Chaque champ va à celui de même nom du `Contenu`."""

    model_config = ConfigDict(extra="forbid")

    date: Annotated[Day, Field(description="Jour de l’activité, AAAA-MM-JJ")]
    duree_minutes: Annotated[Minutes, Field(description="Durée en minutes, de 1 à 1439")]
    type_lieu: TypeLieu
    lieu_id: Annotated[
        LieuId | None, Field(description="Lieu d’activité, si type_lieu est lieu_activite")
    ] = None
    commune: Annotated[
        "CommuneSaisie | None", Field(description="Commune, si type_lieu est domicile ou autre")
    ] = None
    thematiques: Annotated[tuple[Thematique, ...], Field(max_length=100)]
    precisions_demarche: Annotated[
        Ligne | None, Field(description="500 caractères au plus, avec aide_aux_demarches_administratives")
    ] = None
    materiels: Annotated[tuple[Materiel, ...], Field(max_length=100)] = ()
    notes: Annotated[Notes | None, Field(description="HTML simple, 20 000 caractères au plus")] = None
    tags: Annotated[
        tuple[TagId, ...], Field(max_length=100, description="Étiquettes que l’on voit, 50 au plus")
    ] = ()

    def _contenu(self, **formes: Any) -> Contenu:
        """formes : ce qui change de forme à la porte. Un champ que ce type n'a pas reste absent."""
        formes["commune"] = commune_de(self.commune)
        siens = [nom for nom in fields_of(Contenu) if nom in type(self).model_fields or nom in formes]
        return Contenu(**named(siens, self, **formes))


class CommuneSaisie(BaseModel):
    """Une commune : son code INSEE décide. Nom et code postal, s'ils sont donnés, ne le contredisent pas."""

    model_config = ConfigDict(extra="forbid")

    # Spelled out: not every reader of an OpenAPI document knows \p{L}.
    nom: Annotated[str, Field(pattern=rf"^[{_LETTRES}][{_LETTRES}0-9 '’().\-/]{{0,79}}$")] | None = None
    code_postal: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    code_insee: Annotated[str, Field(pattern=r"^([0-9]{2}|2[ABab])[0-9]{3}$")]


class BeneficiaireSaisi(BaseModel):
    """Le bénéficiaire d'un accompagnement individuel : l'un de ceux que l'on suit, ou un anonyme.

    id : d'un bénéficiaire suivi ; ce que sa fiche dit ne se redit pas, le reste est alors ignoré.
    """

    model_config = ConfigDict(extra="forbid")

    id: BeneficiaireId | None = None
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


INDIVIDUEL: Json = {
    "type": "individuel",
    "date": "2026-01-15",
    "duree_minutes": 45,
    "type_lieu": "a_distance",
    "thematiques": ["email"],
    "materiels": ["telephone"],
    "notes": "<p>Première boîte aux lettres.</p>",
    "beneficiaire": {"deja_accompagne": False, "genre": "feminin"},
}
ATELIER: Json = {
    "type": "collectif",
    "date": "2026-01-15",
    "duree_minutes": 120,
    "type_lieu": "a_distance",
    "thematiques": ["securite_numerique"],
    "titre_atelier": "Reconnaître un message frauduleux",
    "niveau": "debutant",
    "participants": {"total": 8, "deja_accompagnes": 3, "genres": {"feminin": 5, "masculin": 3}},
}
"""What the documentation proposes to send."""


class IndividuelSaisi(Saisie):
    """Un accompagnement individuel."""

    model_config = ConfigDict(json_schema_extra={"examples": [INDIVIDUEL]})

    type: Literal[TypeActivite.INDIVIDUEL]
    beneficiaire: BeneficiaireSaisi = BeneficiaireSaisi()
    autonomie: Autonomie | None = None
    oriente_vers_structure: StrictBool | None = None
    structure_de_redirection: Annotated[
        StructureDeRedirection | None, Field(description="Ignorée si oriente_vers_structure n’est pas vrai")
    ] = None

    def contenu(self) -> Contenu:
        b = self.beneficiaire
        participants = Participants(
            total=1,
            deja_accompagnes=int(b.deja_accompagne),
            genres={b.genre: 1} if b.genre else {},
            tranches_age={b.tranche_age: 1} if b.tranche_age else {},
            statuts={b.statut_social: 1} if b.statut_social else {},
        )
        residence = commune_de(b.commune_residence)
        suivis = (b.id,) if b.id is not None else ()
        return self._contenu(participants=participants, residence=residence, suivis=suivis)


class AtelierSaisi(Saisie):
    """Un atelier collectif."""

    model_config = ConfigDict(json_schema_extra={"examples": [ATELIER]})

    type: Literal[TypeActivite.COLLECTIF]
    titre_atelier: Annotated[Ligne | None, Field(description="200 caractères au plus")] = None
    niveau: NiveauAtelier | None = None
    participants: ParticipantsSaisis
    suivis: Annotated[
        tuple[BeneficiaireId, ...],
        Field(max_length=200, description="Bénéficiaires que l’on suit ; les participants sont les autres"),
    ] = ()

    def contenu(self) -> Contenu:
        participants = Participants(**named(fields_of(Participants), self.participants))
        return self._contenu(participants=participants)


class Nouvelle(BaseModel):
    """id : choisi par le client, pour qu'un envoi répété n'enregistre rien deux fois."""

    id: NewId


class NouvelIndividuel(IndividuelSaisi, Nouvelle):
    """Un accompagnement individuel à enregistrer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **INDIVIDUEL}]})


class NouvelAtelier(AtelierSaisi, Nouvelle):
    """Un atelier collectif à enregistrer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **ATELIER}]})


NouvelleActivite = Annotated[NouvelIndividuel | NouvelAtelier, Field(discriminator="type")]
CorrectionActivite = Annotated[IndividuelSaisi | AtelierSaisi, Field(discriminator="type")]


def commune_de(saisie: CommuneSaisie | None) -> Commune | None:
    """Celle que la saisie désigne ; ce qu'elle n'en dit pas vient du référentiel."""
    return Commune(saisie.nom or "", saisie.code_postal or "", saisie.code_insee) if saisie else None
