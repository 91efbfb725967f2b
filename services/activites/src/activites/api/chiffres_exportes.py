"""/statistiques/export, /statistiques/graphiques : les chiffres à emporter ; aussi de toute la plateforme."""

import asyncio
import datetime as dt
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

from events.postgres.database import Database
from fastapi import APIRouter, Query, Request
from pydantic import Field
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
from web.wiring import DatabaseDep

from activites.api.demandes import ConseillerNumeriqueAu, Depuis, QuestionStatistiques, Source, de_l_adresse
from activites.api.exports import LecturesDep
from activites.api.lecteur import Lecteur, LecteurDep
from activites.exports import statistiques as export
from activites.exports.entete import Demande, Lectures, filtres_dits, liste
from activites.policies.chiffres import ADMINISTRER_LES_CHIFFRES, LIRE_STATISTIQUES
from activites.policies.personne import SiensDep
from activites.projections import conseillers_numeriques, emplois
from activites.projections.activites_listees import Choix
from activites.statistiques import dessins
from activites.statistiques.filtres import Periode
from activites.statistiques.questions import TOUTES, Bloc

router = APIRouter(prefix="/statistiques", tags=["Statistiques"])


class QuestionAEmporter(QuestionStatistiques):
    """La même question, et le format du fichier. Un export contient tout."""

    format: Annotated[Format, Field(description="Celui du fichier")] = Format.XLSX


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


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES)],
)
async def telecharger(
    request: Request,
    question: Annotated[QuestionAEmporter, Query()],
    lecteur: LecteurDep,
    siens: SiensDep,
    database: DatabaseDep,
    lectures: LecturesDep,
) -> StreamingResponse:
    """Télécharger ses chiffres, ou ceux de ses équipes, dans un tableau. Toutes les lignes y sont."""
    bloc = await lecteur.page(question.model_copy(update={"lignes": TOUTES}), de_l_adresse)
    return await _en_tableau(bloc, request, question, lecteur, siens, database, lectures)


@router.get(
    "/plateforme/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()),
    dependencies=[allow(ADMINISTRER_LES_CHIFFRES)],
)
async def telecharger_la_plateforme(
    request: Request,
    question: Annotated[QuestionAEmporter, Query()],
    lecteur: LecteurDep,
    siens: SiensDep,
    database: DatabaseDep,
    lectures: LecturesDep,
) -> StreamingResponse:
    """Télécharger les chiffres de toute la plateforme dans un tableau. Toutes les lignes y sont."""
    toutes = question.model_copy(update={"lignes": TOUTES})
    bloc = await lecteur.toute_la_plateforme(toutes, de_l_adresse)
    return await _en_tableau(bloc, request, question, lecteur, siens, database, lectures)


async def _en_tableau(
    bloc: Bloc,
    request: Request,
    question: QuestionAEmporter,
    lecteur: Lecteur,
    siens: Siens,
    database: Database,
    lectures: Lectures,
) -> StreamingResponse:
    moi, clock = lecteur.moi, lecteur.clock
    async with database.engine.connect() as connection:
        fuseau = ZoneInfo(await emplois.fuseau(connection, moi.compte_id))
    maintenant = clock.now().astimezone(fuseau)
    prenom, nom = (await lectures.auteurs([moi.compte_id])).get(moi.compte_id, (RIEN, RIEN))
    par = export.Demandeur(nom, prenom, await _role(moi, database, lecteur.aujourd_hui), maintenant)
    demande = Demande(request.query_params, _choix(question), 0, maintenant)
    filtres = await filtres_dits(database, demande, moi, lectures, siens) | _autres(question)
    # Nobody else knows who they are: a table of figures is made to be passed on.
    filtres.pop("Bénéficiaires", None)
    lignes = export.lignes(bloc, par, filtres)

    async def remplir(fichier: BinaryIO) -> None:
        await asyncio.to_thread(ecrire, question.format, export.FEUILLE, export.TITRES, lignes, fichier)

    return await download(
        remplir, en_tetes(f"coop-numerique_statistiques_{lecteur.aujourd_hui}", question.format)
    )


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
