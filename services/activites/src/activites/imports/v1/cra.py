"""Un CRA de la V1, tel que l'archive le donne : une ligne JSON (docs/domaine/activites.md §10.1)."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from activites.domain.regles import COMPTEUR_MAX


class CraIllisible(Exception):
    """Une ligne de l'archive qui n'est pas un CRA ; le message dit quels champs."""


def _rien(valeur: object) -> object:
    return 0 if valeur is None else valeur


def _liste(valeur: object) -> object:
    return () if valeur is None else valeur


Nombre = Annotated[int, BeforeValidator(_rien), Field(ge=0, le=COMPTEUR_MAX)]
Minutes = Annotated[int, BeforeValidator(_rien), Field(ge=0)]
Mots = Annotated[tuple[str, ...], BeforeValidator(_liste)]


class CraV1(BaseModel):
    """Ce que la conversion lit d'un CRA ; le reste n'est que gardé."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
    conseiller_numerique_id: str
    canal: str
    activite: str
    nb_participants: Nombre = 0
    nb_participants_recurrents: Nombre = 0
    age_moins_12_ans: Nombre = 0
    age_de_12_a_18_ans: Nombre = 0
    age_de_18_a_35_ans: Nombre = 0
    age_de_35_a_60_ans: Nombre = 0
    age_plus_60_ans: Nombre = 0
    statut_etudiant: Nombre = 0
    statut_sans_emploi: Nombre = 0
    statut_en_emploi: Nombre = 0
    statut_retraite: Nombre = 0
    statut_heterogene: Nombre = 0
    themes: Mots = ()
    sous_themes_equipement_informatique: Mots = ()
    sous_themes_sante: Mots = ()
    sous_themes_accompagner: Mots = ()
    sous_themes_traitement_texte: Mots = ()
    duree_minutes: Minutes = 0
    code_postal: str | None = None
    nom_commune: str | None = None
    code_commune: str | None = None
    date_accompagnement: AwareDatetime
    organismes: dict[str, Nombre] | None = None
    annotation: str | None = None
    created_at: AwareDatetime
    structure_id: str | None = None
    permanence_id: str | None = None


CLAIRS = frozenset(CraV1.model_fields) - {"annotation", "organismes"}
"""Ce que la conversion lit, sans ce qui a été tapé. Tout le reste est gardé chiffré, quoi que ce soit."""


def lire(ligne: bytes) -> tuple[CraV1, Mapping[str, Any]]:
    """Le CRA, et tout ce que la ligne en dit. Un objet JSON:API (`attributes`) convient aussi.

    Raises CraIllisible.
    """
    try:
        lu: Any = orjson.loads(ligne)
        brut: dict[str, Any] = {"id": lu["id"], **lu.get("attributes", lu)}
        brut.pop("type", None)
        return CraV1.model_validate(brut), brut
    except ValidationError as erreur:
        champs = sorted({str(faute["loc"][0]) for faute in erreur.errors()})
        raise CraIllisible(f"champs absents ou mal écrits : {', '.join(champs)}") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise CraIllisible("ce n’est pas un objet JSON avec un identifiant") from None
