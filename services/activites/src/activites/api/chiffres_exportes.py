"""/statistiques/export, /statistiques/graphiques : les chiffres à emporter ; aussi de toute la plateforme."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

from events.postgres.database import Database
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from referentiels.nomenclature import Nomenclature
from starlette.responses import Response, StreamingResponse
from tableurs import Format
from tableurs.ecriture.valeurs import RIEN
from tableurs.exportation import TYPES, ecrire, en_tetes
from web.auth import ADMIN, COORDINATEUR, Caller, holds
from web.downloads import download, files
from web.policies import allow
from web.problems import INTROUVABLE, answers
from web.rapproches import Siens

from activites.api.demandes import (
    ConseillerNumeriqueAu,
    Depuis,
    QuestionDeLaPlateforme,
    QuestionStatistiques,
    Source,
    de_l_adresse,
)
from activites.api.exports import LecturesDep
from activites.api.lecteur import Lecteur, LecteurDep
from activites.exports import statistiques as export
from activites.exports.entete import Demande, Lectures, filtres_dits, liste
from activites.policies.chiffres import ADMINISTRER_LES_CHIFFRES, LIRE_STATISTIQUES
from activites.policies.personne import SiensDep
from activites.projections import conseillers_numeriques, emplois
from activites.projections.activites_listees import Choix
from activites.statistiques import dessins
from activites.statistiques.definitions import DeQui
from activites.statistiques.filtres import Periode
from activites.statistiques.questions import TOUTES, Bloc

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])


class AEmporter(BaseModel):
    """Dans quel fichier. Un export contient tout."""

    format: Annotated[Format, Field(description="Celui du fichier")] = Format.XLSX


class QuestionAEmporter(AEmporter, QuestionStatistiques):
    """La même question, et le format du fichier."""


class PlateformeAEmporter(AEmporter, QuestionDeLaPlateforme):
    """De même, de toute la plateforme."""


class Dessin(Nomenclature):
    """Ce qui se dessine."""

    MOIS = "mois.svg", "Accompagnements par mois"
    PERIODES = "periodes.svg", "Accompagnements"
    TYPES = "types.svg", "Accompagnements par type d’activité"
    DUREES = "durees.svg", "Accompagnements par durée"
    CANAUX = "types_lieu.svg", "Accompagnements par canal"
    THEMATIQUES = "thematiques.svg", "Thématiques de médiation numérique"
    DEMARCHES = "thematiques_administratives.svg", "Démarches administratives"
    MATERIELS = "materiels.svg", "Matériel utilisé"
    GENRES = "genres.svg", "Bénéficiaires par genre"
    TRANCHES_AGE = "tranches_age.svg", "Bénéficiaires par tranche d’âge"
    STATUTS = "statuts.svg", "Bénéficiaires par statut"


_DES_BENEFICIAIRES = {Dessin.GENRES, Dessin.TRANCHES_AGE, Dessin.STATUTS}


@dataclass(frozen=True, slots=True)
class Tableau:
    """Qui emporte ses chiffres, et de quoi nommer ce qu'il a choisi."""

    request: Request
    lecteur: Lecteur
    siens: Siens
    lectures: Lectures

    async def remplir(
        self, bloc: Bloc, question: QuestionStatistiques, format_: Format, de_qui: DeQui
    ) -> StreamingResponse:
        """La page de cette question, dans un fichier."""
        moi, database = self.lecteur.moi, self.lecteur.database
        async with database.engine.connect() as connection:
            fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
        maintenant = self.lecteur.clock.now().astimezone(fuseau)
        prenom, nom = (await self.lectures.auteurs([moi.compte_id])).get(moi.compte_id, (RIEN, RIEN))
        role = await _role(moi, database, self.lecteur.aujourd_hui)
        par = export.Demandeur(nom, prenom, role, maintenant)
        demande = Demande(self.request.query_params, _choix(question), 0, maintenant)
        filtres = await filtres_dits(database, demande, moi, self.lectures, self.siens) | _autres(question)
        # Nobody else knows who they are: a table of figures is made to be passed on.
        filtres.pop("Bénéficiaires", None)
        titres, lignes = export.titres(bloc), export.lignes(bloc, de_qui, par, filtres)

        async def remplir(fichier: BinaryIO) -> None:
            await asyncio.to_thread(ecrire, format_, export.FEUILLE, titres, lignes, fichier)

        sorte = "statistiques-plateforme" if de_qui is DeQui.PLATEFORME else "statistiques"
        return await download(
            remplir, en_tetes(f"coop-numerique_{sorte}_{self.lecteur.aujourd_hui}", format_)
        )


async def _tableau(request: Request, lecteur: LecteurDep, siens: SiensDep, lectures: LecturesDep) -> Tableau:
    return Tableau(request, lecteur, siens, lectures)


TableauDep = Annotated[Tableau, Depends(_tableau)]


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def telecharger(
    question: Annotated[QuestionAEmporter, Query()], lecteur: LecteurDep, tableau: TableauDep
) -> StreamingResponse:
    """Télécharger ses chiffres, ou ceux de ses équipes, dans un tableau. Toutes les lignes y sont.

    La comparaison demandée aussi, dans deux colonnes à côté.
    """
    bloc = await lecteur.page(question.model_copy(update={"lignes": TOUTES}), de_l_adresse)
    de_qui = lecteur.de_qui(await lecteur.perimetres(question))
    return await tableau.remplir(bloc, question, question.format, de_qui)


@router.get(
    "/plateforme/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()),
    dependencies=[allow(ADMINISTRER_LES_CHIFFRES)],
)
async def telecharger_la_plateforme(
    question: Annotated[PlateformeAEmporter, Query()], lecteur: LecteurDep, tableau: TableauDep
) -> StreamingResponse:
    """Télécharger les chiffres de toute la plateforme, comparaison comprise ; un administrateur seul.

    Toutes les lignes y sont ; le fichier et son nom disent que c’est toute la plateforme.
    """
    toutes = question.model_copy(update={"lignes": TOUTES})
    bloc = await lecteur.toute_la_plateforme(toutes, de_l_adresse)
    return await tableau.remplir(bloc, question.question(), question.format, DeQui.PLATEFORME)


@router.get(
    "/graphiques/{dessin}",
    response_class=Response,
    responses=files(["image/svg+xml"]) | answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def dessiner(
    dessin: Dessin, question: Annotated[QuestionStatistiques, Query()], lecteur: LecteurDep
) -> Response:
    """Une courbe ou une liste de ses chiffres, à coller dans un rapport."""
    bloc = await lecteur.page(question, de_l_adresse)
    titre, nom = dessin.libelle, dessin.removesuffix(".svg")
    match dessin:
        case Dessin.MOIS:
            svg = dessins.barres(titre, bloc["accompagnements_par_mois"])
        case Dessin.PERIODES:
            svg = dessins.barres(titre, bloc["periodes"]["points"])
        case _:
            partie = "beneficiaires" if dessin in _DES_BENEFICIAIRES else "activites"
            svg = dessins.parts(titre, bloc[partie][nom])
    entetes = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(svg, media_type="image/svg+xml", headers=entetes)


async def _role(moi: Caller, database: Database, aujourd_hui: dt.date) -> str:
    """Celui qui l'emporte, de ceux que cette personne tient aujourd'hui."""
    if holds(moi, ADMIN):
        return "Administrateur"
    if holds(moi, COORDINATEUR):
        return "Coordinateur"
    if moi.mediateur_id is None:
        return "Rôle non défini"
    async with database.engine.connect() as connection:
        periodes = [
            Periode(*lue)
            for lue in await connection.execute(conseillers_numeriques.periodes_de([moi.mediateur_id]))
        ]
    return "Conseiller Numérique" if any(p.comprend(aujourd_hui) for p in periodes) else "Médiateur"


def _choix(question: QuestionStatistiques) -> Choix:
    """Les filtres qu'une question a en commun avec la liste des activités."""
    return Choix(
        du=question.du,
        au=question.au,
        types=question.types,
        thematiques=question.thematiques,
        lieux=question.lieux,
        departements=question.departements,
        structures_employeuses=question.structures_employeuses,
        conseiller_numerique=question.conseiller_numerique,
        demarches_administratives=question.demarches_administratives,
        rdv=question.rdv,
        source=None if question.source is None else ("v1" if question.source == Source.V1 else "v2"),
    )


def _autres(question: QuestionStatistiques) -> dict[str, str]:
    """Ceux que la liste des activités n'a pas, quand ils choisissent : titre -> comme on le lit."""
    aujourd_hui = question.conseiller_numerique_au == ConseillerNumeriqueAu.AUJOURD_HUI
    dits = {
        "Canaux": liste(un.libelle for un in question.types_lieu),
        "Matériels": liste(un.libelle for un in question.materiels),
        "Conseiller numérique": question.conseiller_numerique_au.libelle if aujourd_hui else "",
        "Membres comptés": question.depuis.libelle if question.depuis == Depuis.TOUJOURS else "",
    }
    return {titre: dit for titre, dit in dits.items() if dit}
