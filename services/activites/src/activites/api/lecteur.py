"""De quoi répondre à quelqu'un de ses chiffres : la page, un export, un dessin et un lien lisent d'ici."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from events.postgres.database import Database
from events.types import Position
from fastapi import Depends, Header, Request
from process.clock import Clock
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from web import positions
from web.auth import Caller, Connecte
from web.days import Day
from web.positions import parse, wait_for
from web.problems import INTROUVABLE, Problem, parameter_error
from web.wiring import ClockDep, DatabaseDep

from activites.api.demandes import (
    Depuis,
    Faute,
    QuestionDeLaPlateforme,
    QuestionStatistiques,
    QuiCompter,
    dits,
    filtres_de,
)
from activites.api.etiquettes import etiquettes_lues
from activites.api.gardes import Gardes
from activites.api.jour import AujourdHui
from activites.api.perimetres import ceux_ci, de_qui, perimetres_de
from activites.projections import lieux_connus
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.choix import choix, choix_garde
from activites.statistiques.definitions import DeQui, definitions
from activites.statistiques.fichier import FichierStatistiques, Statistiques
from activites.statistiques.filtres import Filtres, Perimetre
from activites.statistiques.questions import Bloc, bloc_garde, bloc_general, par_etiquette


async def _statistiques(request: Request) -> Statistiques:
    found: Statistiques = request.app.state.statistiques
    return found


StatistiquesDep = Annotated[Statistiques, Depends(_statistiques)]


async def apres(
    request: Request, statistiques: StatistiquesDep, x_position: Annotated[str | None, Header()] = None
) -> Position | None:
    """Attend, deux secondes au plus, que la position du client soit comptée ; la rend quand elle l'est."""
    if x_position is None:
        return None
    service, position = parse(x_position)
    if service != statistiques.service:
        return None
    await wait_for(request, service, position, lambda: statistiques.reached(position, positions.WAIT_SECONDS))
    return None if "X-Position-Atteinte" in request.state.headers else position


ApresDep = Annotated[Position | None, Depends(apres)]

PLATEFORME_S = 5.0
"""Pendant quoi les chiffres de toute la plateforme se relisent sans se recompter."""


@dataclass(frozen=True, slots=True)
class Lecteur:
    """Quelqu'un, et ce qui répond de ses chiffres. apres : jusqu'où, au moins, ils doivent compter.

    ensemble : ce qui se compte en ce moment, une fois pour tous.   gardes : les chiffres de la plateforme.
    """

    moi: Caller
    statistiques: Statistiques
    database: Database
    clock: Clock
    aujourd_hui: dt.date
    apres: Position | None
    ensemble: Gardes
    gardes: Gardes

    async def perimetres(self, qui: QuiCompter) -> list[Perimetre]:
        """Ceux que cette personne peut compter, et qui sont demandés. Raises 404."""
        return await perimetres_de(
            self.database,
            self.moi,
            qui.mediateurs,
            toujours=qui.depuis == Depuis.TOUJOURS,
            equipe=qui.equipe,
        )

    async def filtres(self, question: QuestionStatistiques, faute: Faute) -> Filtres:
        """Ce que la question retient, parmi ce que cette personne peut compter. Raises 404, 422."""
        perimetres = await self.perimetres(question)
        if question.beneficiaires:
            await self._les_siens(question.beneficiaires)
        return await filtres_de(
            question,
            perimetres,
            moi=self.moi,
            database=self.database,
            clock=self.clock,
            aujourd_hui=self.aujourd_hui,
            faute=faute,
        )

    async def page(self, question: QuestionStatistiques, faute: Faute) -> Bloc:
        """Toute la page."""
        filtres = await self.filtres(question, faute)
        de_qui = self.de_qui(filtres.perimetres or ())
        return await self._repondre(question, filtres, self.ensemble, de_qui)

    def de_qui(self, perimetres: Sequence[Perimetre]) -> DeQui:
        """De qui sont les chiffres de la page que ces périmètres comptent."""
        return de_qui(self.moi, perimetres)

    async def choix(self, perimetres: list[Perimetre] | None) -> Bloc:
        """Ce que les filtres peuvent proposer, de ceux-là ou de toute la plateforme : identifiants et
        nombres, sans les noms."""
        garde = partial(choix_garde, perimetres=perimetres)
        compter = partial(self._compter, garde, partial(choix, perimetres=perimetres))
        gardes = self.gardes if perimetres is None else self.ensemble
        return await gardes.lire(repr(("choix", perimetres)), compter, apres=self.apres)

    async def toute_la_plateforme(self, demande: QuestionDeLaPlateforme, faute: Faute) -> Bloc:
        """La page de tous, gardée quelques secondes. Raises 422."""
        question = demande.question()
        filtres = await filtres_de(
            question,
            None if question.mediateurs is None else await ceux_ci(self.database, question.mediateurs),
            moi=self.moi,
            database=self.database,
            clock=self.clock,
            aujourd_hui=self.aujourd_hui,
            faute=faute,
        )
        return await self._repondre(question, filtres, self.gardes, DeQui.PLATEFORME)

    async def _repondre(
        self, question: QuestionStatistiques, filtres: Filtres, gardes: Gardes, de_qui: DeQui
    ) -> Bloc:
        page = question.page(self.aujourd_hui)
        compter = partial(
            self._compter,
            partial(bloc_garde, filtres=filtres, page=page),
            partial(bloc_general, filtres=filtres, page=page),
        )
        bloc = await gardes.lire(repr((filtres, page)), compter, apres=self.apres)
        return await self._expliquer(question, filtres, bloc) | {"definitions": definitions(de_qui)}

    async def _compter(
        self,
        garde: Callable[[FichierStatistiques], Bloc | None],
        compte: Callable[[FichierStatistiques], Bloc],
    ) -> Bloc:
        # Read before the question: the figures may be newer than what is said of them, never older.
        au = await self.statistiques.as_of()
        bloc = self.statistiques.peek(garde) or await self.statistiques.ask(compte)
        position = f"{self.statistiques.service}:{bloc['position']}"
        return bloc | {"position": position, "a_jour_au": au}

    async def _expliquer(self, question: QuestionStatistiques, filtres: Filtres, bloc: Bloc) -> Bloc:
        """Ces chiffres, avec de quoi les lire."""
        poses = bloc["etiquettes"]
        lues = await etiquettes_lues(
            self.database, self.moi, self.clock, {pose for ensemble in poses for pose in ensemble}
        )
        nommees = {pose: (e.id, e.nom, e.portee.value) for pose, e in lues.items()}
        personnes = {p.personne or p.mediateur_id for p in filtres.perimetres or ()}
        return (
            bloc
            | par_etiquette(poses, nommees, question.lignes)
            | {
                "lieux": await nommes(self.database, bloc["lieux"]),
                "mediateurs": len(personnes),
                "filtres": dits(question),
            }
        )

    async def _les_siens(self, fiches: Sequence[Any]) -> None:
        """Nul autre ne sait qui ils sont. Raises 404."""
        async with self.database.engine.connect() as connection:
            siens = await comptes_rapproches.de(connection, self.moi)
        trouvees = 0
        if self.moi.usurpe_par is None:
            trouvees = await self.statistiques.ask(_combien, siens.mediateurs, fiches)
        if trouvees < len(set(fiches)):
            raise Problem(INTROUVABLE, "Ce bénéficiaire n’est pas de ceux que vous suivez.")


def _combien(fichier: FichierStatistiques, mediateurs: Sequence[Any], fiches: Sequence[Any]) -> int:
    [(combien,)] = fichier.demander(
        """select count(*) from beneficiaires
           where mediateur_id in (select unnest($m::uuid[])) and not efface
             and beneficiaire_id in (select unnest($f::uuid[]))""",
        {"m": list(mediateurs), "f": list(fiches)},
    )
    return int(combien)


class MoisEntiers(BaseModel):
    """De quels mois. Un jour de plus ou de moins dirait, par différence, ce qu'un seul compte."""

    model_config = ConfigDict(extra="forbid")

    du: Annotated[Day | None, Field(description="Premier jour d’un mois")] = None
    au: Annotated[Day | None, Field(description="Dernier jour d’un mois")] = None

    def verifier(self) -> None:
        """Raises 422."""
        if self.du is not None and self.du.day != 1:
            raise parameter_error("du", "mois_entiers")
        if self.au is not None and self.au.day != monthrange(self.au.year, self.au.month)[1]:
            raise parameter_error("au", "mois_entiers")
        if self.du is not None and self.au is not None and self.au < self.du:
            raise parameter_error("au", "periode_a_l_envers")


async def _lecteur(
    request: Request,
    moi: Connecte,
    statistiques: StatistiquesDep,
    database: DatabaseDep,
    clock: ClockDep,
    aujourd_hui: AujourdHui,
    jusque: ApresDep,
) -> Lecteur:
    state = request.app.state
    return Lecteur(moi, statistiques, database, clock, aujourd_hui, jusque, state.ensemble, state.gardes)


LecteurDep = Annotated[Lecteur, Depends(_lecteur)]
"""La personne connectée, et de quoi lui répondre."""


async def nommes(database: Database, lieux: Sequence[Bloc]) -> list[Bloc]:
    """Ces lieux, avec leur nom et leur commune."""
    if not lieux:
        return []
    c = lieux_connus.table.c
    async with database.engine.connect() as connection:
        noms = {
            row.lieu_id: row
            for row in await connection.execute(
                sa.select(c.lieu_id, c.nom, c.commune).where(
                    c.lieu_id == sa.func.any(sa.literal([b["lieu_id"] for b in lieux], sa.ARRAY(sa.Uuid)))
                )
            )
        }
    absent = {"nom": None, "commune": None}
    return [
        ligne
        | ({"nom": lieu.nom, "commune": lieu.commune} if (lieu := noms.get(ligne["lieu_id"])) else absent)
        for ligne in lieux
    ]


def en_json(contenu: Bloc) -> Response:
    """As computed: the models only say its shape, figures are many and already ours (docs/moteur.md §5)."""
    return Response(orjson.dumps(contenu, default=_identifiant), media_type="application/json")


def _identifiant(valeur: object) -> str:
    """PostgreSQL's driver has its own UUID, which orjson does not take for one. Raises TypeError."""
    if isinstance(valeur, UUID):
        return str(valeur)
    raise TypeError(f"{type(valeur).__name__} ne s’écrit pas en JSON")
