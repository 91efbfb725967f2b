"""/statistiques/partages : donner un lien vers ses chiffres, le révoquer ; et ce que lit qui l'a reçu."""

import datetime as dt
import secrets
from collections.abc import Collection
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from web.auth import Caller
from web.days import Day
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import PUBLIC, allow
from web.problems import Problem, problems
from web.wiring import ClockDep, DatabaseDep

from activites import liens
from activites.api.chiffres import ChiffresPublics
from activites.api.demandes import FiltresDemandes, QuestionStatistiques, de_l_adresse, dits, du_corps
from activites.api.lecteur import Lecteur, LecteurDep, en_json
from activites.api.publies import PublicationDep
from activites.domain.refus import FinDeLienRefusee, LienInconnu, LienPlusValable, TropDeLiensPartages
from activites.policies.chiffres import PARTAGER_SES_CHIFFRES, SON_LIEN
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.projections.tables import liens_de_chiffres
from activites.statistiques.filtres import Filtres

router = APIRouter(prefix="/statistiques/partages", tags=["Statistiques"])
public = APIRouter(prefix="/statistiques/publiques", tags=["Statistiques"])

_OCTETS = 32
_COMPTES = frozenset({"mediateurs", "tags", "lieux", "structures_employeuses"})
_C = liens_de_chiffres.c


class ChiffresPartages(ChiffresPublics):
    """Ceux d'un lien, et son dernier jour."""

    jusqu_au: dt.date


class NouveauPartage(BaseModel):
    """Les chiffres que le lien montrera, recomptés à chaque lecture, jusqu'à un jour compris.

    id : choisi par le client ; renvoyé, le nouveau jeton prend la place du premier.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"jusqu_au": "2026-12-31", "question": {"types": ["collectif"]}}]},
    )

    id: NewId | None = None
    jusqu_au: Annotated[Day, Field(description="Dernier jour du lien, dans l’année")]
    question: FiltresDemandes = FiltresDemandes()


class PartageDonne(BaseModel):
    """Un lien donné. jeton : ce qu'il porte, montré cette seule fois."""

    id: UUID
    jeton: str
    jusqu_au: dt.date


class PartageListe(BaseModel):
    """Un lien que l'on a donné, ni révoqué ni fini."""

    id: UUID
    question: dict[str, Any]
    cree_le: dt.datetime
    jusqu_au: dt.date


@router.post(
    "",
    status_code=201,
    responses=problems(FinDeLienRefusee, TropDeLiensPartages, LienInconnu),
    dependencies=[allow(PARTAGER_SES_CHIFFRES)],
)
async def donner(body: NouveauPartage, lecteur: LecteurDep, publication: PublicationDep) -> PartageDonne:
    """Donner un lien vers ses chiffres, ou ceux de ses équipes, à qui n'a pas de compte.

    Jamais vers ceux d'une seule personne, sinon soi : ni choisie, ni seule à avoir saisi ce qui se montre.
    """
    if not lecteur.aujourd_hui <= body.jusqu_au <= lecteur.aujourd_hui + liens.DUREE_MAX:
        raise FinDeLienRefusee(field="/jusqu_au")
    if body.question.beneficiaires:
        # Nobody else knows who they are.
        raise du_corps("extra_forbidden", ["question", "beneficiaires"])
    question = QuestionStatistiques.model_validate(dits(body.question))
    moi = lecteur.moi
    filtres = await lecteur.filtres(question, lambda sorte, chemin: du_corps(sorte, ["question", *chemin]))
    _, auteurs = await publication.lire_de_qui(filtres, lecteur.aujourd_hui, anonyme=False)
    if await _d_un_seul_autre(lecteur, filtres, auteurs):
        raise du_corps("une_seule_personne", ["question", "mediateurs"])
    voulu, question_dite = body.id or uuid4(), dits(body.question)
    lien = liens.Lien(
        voulu, moi.compte_id, moi.mediateur_id, moi.coordinateur_id, question_dite, body.jusqu_au
    )
    jeton = secrets.token_urlsafe(_OCTETS)
    await liens.donner(lecteur.database, lien, jeton, lecteur.clock.now(), lecteur.aujourd_hui)
    return PartageDonne(id=lien.id, jeton=jeton, jusqu_au=lien.jusqu_au)


@router.get("", dependencies=[allow(PARTAGER_SES_CHIFFRES)])
async def lister(lecteur: LecteurDep, database: DatabaseDep, page: PageParams) -> Page[PartageListe]:
    """Les liens que l'on a donnés et qui ouvrent encore, les derniers d'abord."""
    donnes = liens.donnes_par(lecteur.moi.compte_id, lecteur.aujourd_hui)
    trouves = await page.find(database, donnes, order=(_C.cree_le.desc(), _C.id))
    return trouves.page(lambda row: PartageListe.model_validate(row, from_attributes=True))


@router.delete(
    "/{lien_id:uuid}",
    status_code=204,
    responses=problems(LienInconnu),
    dependencies=[allow(SON_LIEN)],
)
async def revoquer(lien_id: UUID, database: DatabaseDep, clock: ClockDep) -> None:
    """Révoquer un lien : il n'ouvre plus rien, dès maintenant."""
    await liens.revoquer(database, lien_id, clock.now())


@public.get(
    "/{jeton}",
    response_model=ChiffresPartages,
    responses=problems(LienPlusValable),
    dependencies=[allow(PUBLIC)],
)
async def lire(
    request: Request,
    jeton: Annotated[str, Path(min_length=1, max_length=100)],
    publication: PublicationDep,
    database: DatabaseDep,
    clock: ClockDep,
) -> Response:
    """Ce que montre un lien, sans noms ni petites cases.

    filtres : de médiateurs, de lieux, d'employeurs et d'étiquettes, combien ; les autres tels quels.
    """
    lien, aujourd_hui = await liens.ouvrir(database, jeton, clock)
    # What the giver sees today: of an équipe that they no longer coordinate, nothing.
    donneur = Caller(lien.compte_id, UUID(int=0), frozenset(), lien.mediateur_id, lien.coordinateur_id)
    state, jusque = request.app.state, publication.apres
    lecteur = Lecteur(
        donneur, publication.statistiques, database, clock, aujourd_hui, jusque, state.ensemble, state.gardes
    )
    question = QuestionStatistiques.model_validate(lien.question)
    try:
        filtres = await lecteur.filtres(question, de_l_adresse)
    except Problem as problem:
        # Who was asked for is no longer the giver's to show.
        raise LienPlusValable from problem
    bloc, auteurs = await publication.lire_de_qui(filtres, aujourd_hui, anonyme=True)
    if await _d_un_seul_autre(lecteur, filtres, auteurs):
        raise LienPlusValable
    reponse = en_json(bloc | {"filtres": _sans_noms(dits(question)), "jusqu_au": lien.jusqu_au})
    reponse.headers["Cache-Control"] = "no-store"
    reponse.headers["X-Robots-Tag"] = "noindex"
    return reponse


async def _d_un_seul_autre(lecteur: Lecteur, filtres: Filtres, auteurs: Collection[UUID]) -> bool:
    """Une seule personne est comptée, ou a saisi ce qui l'est, et ce n'est pas celle qui donne le lien."""
    async with lecteur.database.engine.connect() as connection:
        siens = await comptes_rapproches.de(connection, lecteur.moi)
    comptes = filtres.perimetres or ()
    return any(
        len({p.personne or p.mediateur_id for p in eux}) == 1
        and {p.mediateur_id for p in eux}.isdisjoint(siens.mediateurs)
        for eux in (comptes, [p for p in comptes if p.mediateur_id in auteurs])
    )


def _sans_noms(filtres: dict[str, Any]) -> dict[str, Any]:
    """Les filtres, comme ils ont été demandés ; de ceux qui désignent quelqu'un ou un lieu, combien."""
    return {nom: len(choix) if nom in _COMPTES else choix for nom, choix in filtres.items()}
