"""/statistiques/export, /statistiques/graphiques : les mêmes chiffres, à emporter."""

import asyncio
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from referentiels.nomenclature import Nomenclature
from referentiels.territoires import PARIS
from starlette.responses import Response, StreamingResponse
from tableurs import Format
from tableurs.exportation import TYPES, ecrire, en_tetes
from web.auth import COORDINATEUR, Caller, holds
from web.downloads import download, files
from web.policies import allow
from web.problems import INTROUVABLE, answers
from web.wiring import DatabaseDep

from activites.api.demandes import LIGNES_MAX, QuestionStatistiques, de_l_adresse
from activites.api.lecteur import LecteurDep, apres
from activites.exports import statistiques as export
from activites.policies.chiffres import LIRE_STATISTIQUES
from activites.projections import emplois
from activites.statistiques import dessins

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
    dependencies=[allow(LIRE_STATISTIQUES), Depends(apres)],
)
async def telecharger(
    question: Annotated[QuestionAEmporter, Query()], lecteur: LecteurDep, database: DatabaseDep
) -> StreamingResponse:
    """Télécharger ses chiffres, ou ceux de ses équipes, dans un tableau."""
    entiere = question.model_copy(update={"lignes": LIGNES_MAX})
    bloc = await lecteur.page(entiere, de_l_adresse)
    async with database.engine.connect() as connection:
        fuseau = await connection.scalar(emplois.fuseau_de_la_personne(lecteur.moi.compte_id)) or PARIS
    maintenant = lecteur.clock.now().astimezone(ZoneInfo(fuseau))
    lignes = list(export.lignes(bloc, _role(lecteur.moi), maintenant))

    async def remplir(fichier: BinaryIO) -> None:
        await asyncio.to_thread(ecrire, question.format, export.FEUILLE, export.TITRES, lignes, fichier)

    nom = f"coop-numerique_statistiques_{lecteur.aujourd_hui}"
    return await download(remplir, en_tetes(nom, question.format))


@router.get(
    "/graphiques/{dessin}",
    response_class=Response,
    responses=files(["image/svg+xml"]) | answers(INTROUVABLE),
    dependencies=[allow(LIRE_STATISTIQUES), Depends(apres)],
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


def _role(moi: Caller) -> str:
    return "Coordinateur" if holds(moi, COORDINATEUR) else "Médiateur"
