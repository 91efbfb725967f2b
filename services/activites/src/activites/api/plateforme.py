"""/statistiques/publiques/plateforme : toute la plateforme, mois par mois, ouverte à tous."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from contracts.identity import Inscrits
from events.postgres.database import Database
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from referentiels.territoires import PARIS
from starlette.responses import Response
from web.open_data import UNCHANGED, IfNoneMatch, OpenRoute
from web.policies import PUBLIC, allow
from web.positions import parse
from web.wiring import ClockDep, DatabaseDep

from activites.api.chiffres import DefinitionDeChiffre
from activites.api.lecteur import en_json
from activites.api.publies import GARDE, PublicationDep
from activites.projections import conseillers_numeriques, coordinations_listees
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from activites.statistiques.filtres import Periode
from activites.statistiques.plateforme import Personnes, Professionnels, compter, fenetre
from activites.statistiques.plateforme_publiee import publier_la_plateforme
from activites.statistiques.questions import Bloc

public = APIRouter(
    prefix="/statistiques/publiques",
    tags=["Statistiques"],
    route_class=OpenRoute,
    responses=UNCHANGED,
    dependencies=[IfNoneMatch],
)

type CompterLesInscrits = Callable[[], Awaitable[Inscrits | None]]
"""D'identity ; None quand elle se tait."""


class _Plateforme(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProfessionnelsDuMois(_Plateforme):
    """Professionnels actifs d'un mois, de chaque sorte ; absents si elle se cache. debut : premier jour."""

    debut: dt.date
    libelle: str
    mediateurs: int | None
    conseillers: int | None
    coordinateurs: int | None


class PartDesInscrits(_Plateforme):
    """Actifs, et leur pourcentage des inscrits. inscrits : absent aussi quand on ne les connaît pas."""

    nombre: int | None
    inscrits: int | None
    proportion: float | None


class Actifs(_Plateforme):
    """Ceux de ces trente jours, bornes comprises. inscrits_connus : faux quand identity se tait."""

    du: dt.date
    au: dt.date
    inscrits_connus: bool
    mediateurs: PartDesInscrits
    conseillers: PartDesInscrits
    coordinateurs: PartDesInscrits


class ProfessionnelsActifs(_Plateforme):
    """Qui travaille sur la plateforme. mois : les douze derniers, dans l'ordre, sans trou."""

    mois: list[ProfessionnelsDuMois]
    actifs: Actifs


class PartDeLaPlateforme(_Plateforme):
    """Un nombre, et son pourcentage ; absents si la case se cache."""

    nombre: int | None
    proportion: float | None


class PointDAccompagnements(_Plateforme):
    """Un mois ; le premier point, sans début, est tout ce qui le précède. cumul : avec tous ceux d'avant."""

    debut: dt.date | None
    libelle: str
    nombre: int | None
    mediateurs: int | None
    conseillers: int | None
    cumul: int | None


class AccompagnementsDeLaPlateforme(_Plateforme):
    """Selon qui les a faits, conseiller numérique ce jour-là ou non. Le dernier cumul est le total."""

    total: int | None
    mediateurs: PartDeLaPlateforme
    conseillers: PartDeLaPlateforme
    points: list[PointDAccompagnements]


class PointDeBeneficiaires(_Plateforme):
    """Bénéficiaires dont le premier accompagnement est de ce mois ; le premier point, d'avant."""

    debut: dt.date | None
    libelle: str
    nombre: int | None
    cumul: int | None


class BeneficiairesDeLaPlateforme(_Plateforme):
    """Personnes accompagnées. Le dernier cumul est le total."""

    total: int | None
    suivis: int | None
    anonymes: int | None
    points: list[PointDeBeneficiaires]


class MediateursQuiSuivent(_Plateforme):
    """Qui suit des bénéficiaires. sur : tous ceux qui ont saisi une activité, conseillers compris."""

    nombre: int | None
    sur: int | None
    proportion: float | None


class SuiviDeLaPlateforme(_Plateforme):
    """moyenne : accompagnements par suivi, une décimale ; absente aussi quand nul n'est suivi."""

    moyenne: float | None
    mediateurs: MediateursQuiSuivent


class ChiffresDeLaPlateforme(_Plateforme):
    """Toute la plateforme, hors V1, jusqu'à la fin de ce mois : aucune case de moins de `seuil`, ni qui se
    retrouve.

    arrondi : tout nombre en est le multiple le plus proche.   position, a_jour_au, definitions : comme
    `Chiffres`.
    """

    seuil: int
    arrondi: int
    professionnels: ProfessionnelsActifs
    accompagnements: AccompagnementsDeLaPlateforme
    beneficiaires: BeneficiairesDeLaPlateforme
    suivi: SuiviDeLaPlateforme
    definitions: dict[str, DefinitionDeChiffre]
    position: str
    a_jour_au: dt.datetime | None


async def personne() -> Inscrits | None:
    """Sans identity : on ne sait pas combien sont inscrits."""
    return None


async def _inscrits(request: Request) -> CompterLesInscrits:
    return request.app.state.inscrits


InscritsDep = Annotated[CompterLesInscrits, Depends(_inscrits)]


@public.get("/plateforme", response_model=ChiffresDeLaPlateforme, dependencies=[allow(PUBLIC)])
async def de_tous(
    request: Request,
    publication: PublicationDep,
    database: DatabaseDep,
    clock: ClockDep,
    inscrits: InscritsDep,
) -> Response:
    """Professionnels actifs, accompagnements, bénéficiaires et suivi de toute la plateforme, par mois.

    Comptés une fois par minute, quelle que soit la position que l’on donne.
    """
    question = _Question(publication.statistiques, database, inscrits, clock.today(PARIS))
    # Every activité is read, several times: nobody, signed in or not, has it counted again at will.
    bloc = await publication.publies.lire(
        f"plateforme {question.aujourd_hui}", question.compter, anonyme=True
    )
    if publication.apres is not None and parse(bloc["position"])[1] < publication.apres:
        request.state.headers["X-Position-Atteinte"] = "non"
    reponse = en_json(bloc)
    reponse.headers["Cache-Control"] = GARDE
    return reponse


@dataclass(frozen=True, slots=True)
class _Question:
    """Ce qu'il faut pour compter, une fois par minute."""

    statistiques: Statistiques
    database: Database
    inscrits: CompterLesInscrits
    aujourd_hui: dt.date

    async def compter(self) -> Bloc:
        # Read before the question, as every figure of others (publies.py).
        au = await self.statistiques.as_of()
        bloc = await self.statistiques.ask(_publier, await self._personnes(), self.aujourd_hui)
        return bloc | {"position": f"{self.statistiques.service}:{bloc['position']}", "a_jour_au": au}

    async def _personnes(self) -> Personnes:
        mois, actifs_depuis = fenetre(self.aujourd_hui)
        async with self.database.engine.connect() as connection:
            anciens = await connection.execute(comptes_rapproches.tous("mediateur"))
            sert = {row.ancien: row.sert for row in anciens}
            lues = await connection.execute(conseillers_numeriques.periodes_de(None))
            periodes = [Periode(*ligne) for ligne in lues]
            par_mois = await connection.execute(coordinations_listees.actifs_par_mois(mois[0]))
            coordinateurs = {row.mois: row.combien for row in par_mois}
            actifs = coordinations_listees.actifs_entre(actifs_depuis, self.aujourd_hui)
            coordinateurs_actifs = await connection.scalar(actifs) or 0
        dits = await self.inscrits()
        return Personnes(
            sert,
            periodes,
            coordinateurs,
            coordinateurs_actifs,
            dits and Professionnels(dits.mediateurs, dits.conseillers, dits.coordinateurs),
        )


def _publier(fichier: FichierStatistiques, personnes: Personnes, aujourd_hui: dt.date) -> Bloc:
    compte = compter(fichier, personnes, aujourd_hui)
    return publier_la_plateforme(compte) | {"position": compte.position}
