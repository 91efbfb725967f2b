"""Décrire un fichier source par configuration (`sources/*.toml`) : quelle colonne donne quel champ."""

import datetime as dt
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from cartographie.domain import vocabulaire as v

type Champ = Literal[
    "nom", "commune", "code_postal", "code_insee", "adresse", "complement_adresse", "latitude", "longitude",
    "pivot", "telephone", "courriels", "site_web", "presentation_resume", "presentation_detail",
    "structure_parente", "date_maj", "fiche_acces_libre", "prise_rdv",
]  # fmt: skip
"""Les champs du standard qui se lisent tels quels dans une ou plusieurs colonnes."""

ENUMERATIONS = {
    "services": v.Service,
    "typologies": v.Typologie,
    "itinerance": v.Itinerance,
    "publics_specifiquement_adresses": v.PublicSpecifique,
    "prise_en_charge_specifique": v.PriseEnCharge,
    "frais_a_charge": v.Frais,
    "dispositifs": v.Dispositif,
    "formations_labels": v.FormationLabel,
    "autres_formations_labels": str,
    "modalites_acces": v.ModaliteAcces,
    "modalites_accompagnement": v.ModaliteAccompagnement,
}
"""Les champs à plusieurs valeurs choisies, et leur vocabulaire."""

type Jour = Literal["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
type Noms = Annotated[tuple[str, ...], Field(min_length=1)]


class SourceInconnue(Exception):
    """Aucune configuration ne porte ce nom, ou elle est mal écrite."""


class _Modele(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choix(_Modele):
    """Une valeur choisie : si l'un des `termes` est dans l'une des `colonnes`, `champ` reçoit les `cibles`.

    separateur : quand il est donné, la colonne est une liste et un terme doit en être un élément entier ;
    sinon il suffit que la colonne le contienne. Sans accent ni casse.
    sauf : termes dont la présence annule le choix.   termes = ["*"] : toute ligne.
    """

    champ: str
    colonnes: tuple[str, ...] = ()
    termes: Noms
    cibles: Noms
    sauf: tuple[str, ...] = ()
    separateur: str | None = None

    @field_validator("champ")
    @classmethod
    def _champ_connu(cls, champ: str) -> str:
        if champ not in ENUMERATIONS:
            raise ValueError(f"« {champ} » n'est pas un champ à choix")
        return champ

    def valeurs(self) -> tuple[str, ...]:
        """Les cibles, vérifiées : chacune est un mot du standard. Raises ValueError."""
        return tuple(ENUMERATIONS[self.champ](cible) for cible in self.cibles)


class Horaires(_Modele):
    """osm : colonne d'une chaîne OSM.   jours : une ou plusieurs colonnes de texte par jour."""

    osm: str | None = None
    jours: dict[Jour, Noms] = {}


class Configuration(_Modele):
    """Une source : son fichier, ses colonnes.

    code : identifiant stable, il entre dans celui des lieux.   edition : jour d'édition du fichier.
    identifiant : colonnes dont la réunion identifie un lieu dans la source.
    colonnes : champ -> colonnes, réunies par une espace (première non vide si `premiere`).
    defauts : champ -> texte quand les colonnes n'en donnent pas.
    ignorees : colonne -> pourquoi elle n'est pas reprise. Toute colonne du fichier est reprise ou expliquée.
    separateur_csv : pour l'imposer ; sinon il est reconnu.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    nom: str
    fichier: Annotated[str, Field(pattern=r"^[\w.-]+\.(json|jsonl|csv|xlsx|ods)(\.gz)?$")]
    licence: str
    edition: dt.date
    identifiant: Noms
    colonnes: dict[Champ, Noms]
    premiere: frozenset[Champ] = frozenset()
    defauts: dict[Champ, str] = {}
    horaires: Horaires = Horaires()
    choix: tuple[Choix, ...] = ()
    ignorees: dict[str, str] = {}
    separateur_csv: str | None = None

    def colonnes_connues(self) -> frozenset[str]:
        """Toutes les colonnes dont cette configuration parle."""
        noms = {*self.identifiant, *self.ignorees}
        for liste in (*self.colonnes.values(), *self.horaires.jours.values()):
            noms.update(liste)
        for choix in self.choix:
            noms.update(choix.colonnes)
        return frozenset(noms | ({self.horaires.osm} if self.horaires.osm else set()))


def lire(texte: str) -> Configuration:
    """Une configuration écrite en TOML. Raises SourceInconnue si elle est mal écrite."""
    try:
        configuration = TypeAdapter(Configuration).validate_python(tomllib.loads(texte))
        for choix in configuration.choix:
            choix.valeurs()
    except ValidationError as erreur:
        cles = sorted({".".join(map(str, faute["loc"])) for faute in erreur.errors()})
        message = f"configuration illisible, clés absentes, inconnues ou mal écrites : {', '.join(cles)}"
        raise SourceInconnue(message) from erreur
    except ValueError as erreur:  # of TOML, or of a word that is not the standard's
        raise SourceInconnue(f"configuration illisible : {erreur}") from erreur
    return configuration


def livrees() -> dict[str, Configuration]:
    """Les configurations livrées avec le service, par code, dans l'ordre des codes."""
    dossier = resources.files("cartographie.imports") / "sources"
    fichiers = sorted((f for f in dossier.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    lues = [lire(fichier.read_text(encoding="utf-8")) for fichier in fichiers]
    return {configuration.code: configuration for configuration in lues}


def depuis_fichier(chemin: Path) -> Configuration:
    """Une configuration écrite par l'exploitant. Raises SourceInconnue."""
    try:
        return lire(chemin.read_text(encoding="utf-8"))
    except OSError as erreur:
        raise SourceInconnue(f"{chemin} ne se lit pas (erreur {erreur.errno})") from erreur
    except SourceInconnue as erreur:
        raise SourceInconnue(f"{chemin} : {erreur}") from erreur
