"""Ce qu'un médiateur dit d'un bénéficiaire, et ce qu'il en relit."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from events.named import named
from events.types import Json
from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema
from tableurs import Format
from web.docs import EXAMPLE_ID
from web.identifiers import NewId

from activites.api.lectures import ActiviteListee, commune_lue
from activites.api.retenus import ACCOMPAGNES, POSTAL, TRANCHES, CodePostal
from activites.api.saisies import CommuneSaisie, Entier, Ligne, Notes, commune_de
from activites.domain.beneficiaire_etat import Suivi
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.beneficiaire_regles import ANNEE_MIN, tranche_age
from activites.domain.vocabulaire import BeneficiaireId, Genre, StatutSocial, TrancheAge
from activites.projections.beneficiaires_retenus import Retenus
from activites.projections.beneficiaires_suivis import Tri

TRIS = (
    "Par nom, par prénom, du plus âgé au plus jeune, les fiches touchées récemment d’abord, ou les "
    "personnes les plus accompagnées d’abord"
)
_Annee = Annotated[Entier, WithJsonSchema({"type": "integer", "minimum": ANNEE_MIN})]
FICHE: Json = {
    "prenom": "Amina",
    "nom": "Berger",
    "telephone": "04 55 66 77 88",
    "annee_naissance": 1957,
    "commune": {"code_insee": "21231"},
    "genre": "feminin",
    "statut_social": "retraite",
}
"""What the documentation proposes to send."""


class FicheSaisie(BaseModel):
    """Un bénéficiaire suivi. Chaque champ va à celui de même nom de la `Fiche`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FICHE]})

    prenom: Annotated[Ligne, Field(description="100 caractères au plus")]
    nom: Annotated[Ligne, Field(description="100 caractères au plus")]
    telephone: Annotated[
        Ligne | None, Field(description="France ou Luxembourg ; gardé sous la forme +33XXXXXXXXX")
    ] = None
    pas_de_telephone: Annotated[
        StrictBool, Field(description="N’a pas de téléphone ; un numéro l’emporte")
    ] = False
    courriel: Ligne | None = None
    adresse: Annotated[Ligne | None, Field(description="Avec une commune ; 250 caractères au plus")] = None
    commune: CommuneSaisie | None = None
    annee_naissance: _Annee | None = None
    genre: Genre | None = None
    statut_social: StatutSocial | None = None
    notes: Annotated[Notes | None, Field(description="HTML simple, 10 000 caractères au plus")] = None

    def fiche(self) -> Fiche:
        propres = FicheSaisie.model_fields
        # A line of blanks is absent: the domain says which one is missing.
        formes = {"prenom": self.prenom or "", "nom": self.nom or "", "commune": commune_de(self.commune)}
        return Fiche(**named(propres, self, **formes))


class NouveauBeneficiaire(FicheSaisie):
    """Un bénéficiaire à suivre. id : choisi par le client, pour qu'un envoi répété n'en suive pas deux."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, **FICHE}]})

    id: NewId


class BeneficiaireLu(FicheSaisie):
    """Un bénéficiaire suivi, en entier. accompagnements : le nombre de ses activités."""

    id: UUID
    tranche_age: Annotated[TrancheAge, Field(description="D’après l’année de naissance, aujourd’hui")]
    accompagnements: int
    enregistre_le: dt.datetime
    corrige_le: dt.datetime | None


class BeneficiaireListe(BaseModel):
    """Un bénéficiaire dans la liste de son médiateur. accompagnements : le nombre de ses activités."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[UUID, Field(validation_alias="beneficiaire_id")]
    prenom: str
    nom: str
    telephone: str | None
    courriel: str | None
    commune: str | None
    code_postal: str | None
    annee_naissance: int | None
    accompagnements: int
    enregistre_le: dt.datetime
    modifie_le: dt.datetime


class AccompagnementLu(ActiviteListee):
    """Une activité de cette personne. premier : c'est son premier accompagnement."""

    premier: bool


class MotsEtFiltres(BaseModel):
    """Ce que l'on cherche : dans le corps, parce que ces mots nomment quelqu'un."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"recherche": "berger dijon"}]})

    recherche: Annotated[
        str | None,
        Field(
            max_length=100,
            description="Mots du prénom, du nom, de la commune, du courriel ou du code postal, tous exigés",
        ),
    ] = None
    tranches_age: Annotated[tuple[TrancheAge, ...], Field(max_length=8, description=TRANCHES)] = ()
    code_postal: Annotated[CodePostal | None, Field(description=POSTAL)] = None
    accompagnes: Annotated[StrictBool | None, Field(description=ACCOMPAGNES)] = None

    @property
    def retenus(self) -> Retenus:
        return Retenus(self.tranches_age, self.code_postal, self.accompagnes)


class ExportDemande(MotsEtFiltres):
    """Le tableau de ceux que l'on cherche. format : celui du fichier."""

    format: Format = Format.XLSX


class RechercheBeneficiaires(MotsEtFiltres):
    """Ceux que l'on cherche, une page à la fois."""

    ids: Annotated[
        tuple[BeneficiaireId, ...] | None, Field(max_length=200, description="Ceux-là seulement")
    ] = None
    tri: Annotated[Tri, Field(description=TRIS)] = "nom"
    limite: Annotated[int, Field(ge=1, le=200)] = 20
    apres: Annotated[
        str | None, Field(max_length=4096, description="Curseur `suivant` de la page précédente")
    ] = None


class EffacementSaisi(BaseModel):
    """Ceux que l'on efface, 100 au plus."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ids": [EXAMPLE_ID]}]})

    ids: Annotated[tuple[BeneficiaireId, ...], Field(min_length=1, max_length=100)]


class LigneDEffacement(BaseModel):
    """Ce qu'il est advenu d'un bénéficiaire. inconnu : de personne, ou d'un autre."""

    id: UUID
    etat: Literal["efface", "inconnu"]


class RapportDEffacement(BaseModel):
    """Un par un, dans l'ordre demandé. position : à rendre dans X-Position pour que la lecture l'attende."""

    effaces: int
    lignes: list[LigneDEffacement]
    position: str | None


class ReferenceBeneficiaire(BaseModel):
    """Ce qui vient d'être écrit. position : à rendre dans X-Position pour que la lecture l'attende."""

    id: UUID
    position: str | None


def beneficiaire_lu(
    beneficiaire_id: BeneficiaireId, suivi: Suivi, accompagnements: int, aujourd_hui: dt.date
) -> BeneficiaireLu:
    """Sans revalider : ce qui fut accepté reste lisible."""
    fiche = suivi.derniere
    champs = named(
        BeneficiaireLu.model_fields,
        fiche,
        suivi,
        id=beneficiaire_id,
        commune=commune_lue(fiche.commune),
        tranche_age=tranche_age(fiche.annee_naissance, aujourd_hui.year),
        accompagnements=accompagnements,
    )
    return BeneficiaireLu.model_construct(**champs)
