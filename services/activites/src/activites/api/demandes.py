"""Les filtres d'une question sur les chiffres : les mêmes dans l'adresse, le corps, un export, un lien.

De ce qui est demandé à ce que le fichier compte : qui est compté et quels jours, ce qui se lit comme une
étiquette, les arrondissements d'une ville (docs/domaine/statistiques.md §3, §4).
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from events.postgres.database import Database
from process.clock import Clock
from pydantic import BaseModel, ConfigDict, Field
from referentiels.nomenclature import Nomenclature
from referentiels.territoires import departements
from web.auth import Caller
from web.days import Day
from web.limits import VALUES_MAX
from web.problems import Problem, body_error, parameter_error

from activites.api.choix import COMMUNES, COMMUNES_MAX, RDV, codes_compris
from activites.domain.vocabulaire import Materiel, Thematique, TypeActivite, TypeLieu
from activites.policies.tags import place_de
from activites.projections import conseillers_numeriques
from activites.projections import tags as etiquettes
from activites.statistiques.filtres import Dispositif, Filtres, Perimetre, Periode
from activites.statistiques.questions import LIGNES, Page
from activites.statistiques.series import Comparaison, Pas

MEDIATEURS_MAX = 1000
LIGNES_MAX = 5000

type Faute = Callable[[str, Sequence[str | int]], Exception]
"""Le refus d'un champ : ce qui ne va pas, et où, dans une adresse ou dans un corps."""

CodeCommune = Annotated[str, Field(max_length=20)]
"""Borné plus large qu'un code : la commune inconnue se dit dans ses propres mots."""


class ConseillerNumeriqueAu(Nomenclature):
    """Quel jour décide si une activité est d'un conseiller numérique."""

    DATE_DE_L_ACTIVITE = "date_de_l_activite", "À la date de l’activité"
    AUJOURD_HUI = "aujourd_hui", "Aujourd’hui"


class Depuis(Nomenclature):
    """D'un membre d'une équipe : ce qu'il a fait depuis qu'il en est, ou depuis toujours."""

    ARRIVEE = "arrivee", "Depuis leur arrivée dans l’équipe"
    TOUJOURS = "toujours", "Depuis toujours"


class Source(Nomenclature):
    """D'où vient une activité."""

    V1 = "v1", "Espace coop (V1)"
    V2 = "v2", "La Coop de la médiation numérique"


class QuiCompter(BaseModel):
    """De qui sont les activités, parmi celles que l'on peut compter ; vide, toutes."""

    model_config = ConfigDict(extra="forbid")

    mediateurs: Annotated[
        list[UUID] | None, Field(max_length=MEDIATEURS_MAX, description="Parmi ceux que l’on compte")
    ] = None
    equipe: Annotated[
        UUID | None, Field(description="Une équipe que l’on coordonne : ses membres, sans soi-même")
    ] = None
    depuis: Annotated[
        Depuis, Field(description="Des membres d’une équipe : depuis leur arrivée, ou depuis toujours")
    ] = Depuis.ARRIVEE


class FiltresDesActivites(BaseModel):
    """Quelles activités, de qui que ce soit ; tous à la fois, vide, un filtre retient tout."""

    model_config = ConfigDict(extra="forbid")

    du: Annotated[Day | None, Field(description="Premier jour, compris")] = None
    au: Annotated[Day | None, Field(description="Dernier jour, compris")] = None
    types: Annotated[list[TypeActivite], Field(max_length=2)] = []
    communes: Annotated[list[CodeCommune], Field(max_length=COMMUNES_MAX, description=COMMUNES)] = []
    departements: Annotated[
        list[Annotated[str, Field(max_length=3)]],
        Field(max_length=VALUES_MAX, description="Codes, deux ou trois caractères"),
    ] = []
    lieux: Annotated[list[UUID], Field(max_length=VALUES_MAX, description="Lieux d’activité")] = []
    structures_employeuses: Annotated[list[UUID], Field(max_length=VALUES_MAX)] = []
    thematiques: Annotated[
        list[Thematique], Field(max_length=40, description="L’une d’elles au moins, des deux listes")
    ] = []
    types_lieu: Annotated[list[TypeLieu], Field(max_length=4, description="Canaux")] = []
    materiels: Annotated[list[Materiel], Field(max_length=5, description="L’un d’eux au moins")] = []
    tags: Annotated[
        list[UUID], Field(max_length=VALUES_MAX, description="L’une de ces étiquettes au moins")
    ] = []
    demarches_administratives: Annotated[
        bool | None, Field(description="Vrai : avec une aide aux démarches ; faux : sans")
    ] = None
    conseiller_numerique: Annotated[
        bool | None,
        Field(description="Vrai : les activités faites par un conseiller numérique ; faux : les autres"),
    ] = None
    conseiller_numerique_au: ConseillerNumeriqueAu = ConseillerNumeriqueAu.DATE_DE_L_ACTIVITE
    source: Annotated[Source | None, Field(description="Venues de la V1, ou saisies depuis")] = None
    rdv: Annotated[bool | None, Field(description=RDV)] = None


class FiltresDemandes(FiltresDesActivites, QuiCompter):
    """Les filtres d'une question, tous à la fois ; vide, un filtre retient tout."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"du": "2026-01-01", "au": "2026-06-30", "types": ["individuel"], "communes": ["75056"]}
            ]
        },
    )

    beneficiaires: Annotated[
        list[UUID],
        Field(max_length=VALUES_MAX, description="Les siens ; l’activité compte alors tout entière"),
    ] = []


class Presentation(BaseModel):
    """Comment se présente une réponse."""

    pas: Annotated[Pas, Field(description="De la courbe `periodes`")] = Pas.MOIS
    comparer: Annotated[
        Comparaison | None, Field(description="Les mêmes chiffres sur une autre période ; demande du et au")
    ] = None
    lignes: Annotated[
        int, Field(ge=1, le=LIGNES_MAX, description="D’une liste longue ; les autres sont sommées")
    ] = LIGNES

    def page(self, aujourd_hui: dt.date) -> Page:
        """Comment elle se présente."""
        return Page(aujourd_hui, self.pas, self.comparer, self.lignes)


class QuestionStatistiques(Presentation, FiltresDemandes):
    """Une question, et comment sa réponse se présente."""


class QuestionDeLaPlateforme(Presentation, FiltresDesActivites):
    """La même, de toute la plateforme : nul n'y choisit un bénéficiaire, ni une équipe."""

    mediateurs: Annotated[
        list[UUID] | None, Field(max_length=MEDIATEURS_MAX, description="Ceux-ci seulement ; vide, tous")
    ] = None

    def question(self) -> QuestionStatistiques:
        """Comme une autre."""
        posee = {nom: getattr(self, nom) for nom in QuestionDeLaPlateforme.model_fields}
        return QuestionStatistiques().model_copy(update=posee)


def du_corps(sorte: str, chemin: Sequence[str | int]) -> Problem:
    """La faute d'un champ du corps."""
    return body_error(sorte, chemin)


def de_l_adresse(sorte: str, chemin: Sequence[str | int]) -> Problem:
    """La faute d'un paramètre de l'adresse."""
    return parameter_error(str(chemin[0]), sorte)


async def filtres_de(
    demandes: FiltresDemandes,
    perimetres: Sequence[Perimetre] | None,
    *,
    moi: Caller | None,
    database: Database,
    clock: Clock,
    aujourd_hui: dt.date,
    faute: Faute,
) -> Filtres:
    """Ce que le fichier compte. perimetres : qui (`perimetres_de`), ou toute la plateforme.

    moi : de qui sont les étiquettes demandées. Raises 422 pour un champ faux, au sens de `faute`.
    """
    d = demandes
    if d.du is not None and d.au is not None and d.au < d.du:
        raise faute("periode_a_l_envers", ["au"])
    if isinstance(d, QuestionStatistiques) and d.comparer is not None and (d.du is None or d.au is None):
        raise faute("periode_entiere", ["comparer"])
    for rang, code in enumerate(d.departements):
        if code not in departements():
            raise faute("departement_inconnu", ["departements", rang])
    tags = None
    if d.tags:
        if moi is None:
            raise faute("parametre_inconnu", ["tags"])
        voulues = etiquettes.posees_comme(await place_de(database, moi, clock), d.tags)
        async with database.engine.connect() as connection:
            tags = tuple((await connection.scalars(voulues)).all())
    return Filtres(
        perimetres,
        d.du,
        d.au,
        types=tuple(d.types),
        communes=codes_compris(d.communes, lambda rang: faute("commune_inconnue", ["communes", rang])),
        dispositif=await _dispositif(database, perimetres, d, aujourd_hui),
        departements=tuple(d.departements),
        lieux=tuple(d.lieux),
        structures=tuple(d.structures_employeuses),
        thematiques=tuple(d.thematiques),
        canaux=tuple(d.types_lieu),
        materiels=tuple(d.materiels),
        tags=tags,
        beneficiaires=tuple(d.beneficiaires),
        demarches=d.demarches_administratives,
        v1=None if d.source is None else d.source == Source.V1,
        rdv=d.rdv,
    )


async def _dispositif(
    database: Database, perimetres: Sequence[Perimetre] | None, d: FiltresDemandes, aujourd_hui: dt.date
) -> Dispositif | None:
    """Quels jours ceux qui sont comptés sont conseillers numériques."""
    if d.conseiller_numerique is None:
        return None
    qui = None if perimetres is None else [p.mediateur_id for p in perimetres]
    choix = conseillers_numeriques.periodes_de(qui)
    async with database.engine.connect() as connection:
        lues = [Periode(*ligne) for ligne in await connection.execute(choix)]
    if d.conseiller_numerique_au == ConseillerNumeriqueAu.AUJOURD_HUI:
        lues = [replace(p, debut=dt.date.min, fin=None) for p in lues if p.comprend(aujourd_hui)]
    return Dispositif(d.conseiller_numerique, lues)


def dits(demandes: FiltresDemandes) -> dict[str, Any]:
    """Les filtres appliqués, comme ils ont été demandés : sans ceux qui ne choisissent rien."""
    return demandes.model_dump(mode="json", exclude_defaults=True)
