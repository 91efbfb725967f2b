"""The person's rights on their data: access, rectification, limitation."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from web.auth import Connecte
from web.policies import allow
from web.positions import written
from web.problems import problems
from web.wiring import ClockDep, ContextDep, StoreDep

from identity.api.browser import AccesDep
from identity.connexion.adresses import comptes_de
from identity.domain import demandes
from identity.domain.demandes import DEMANDES
from identity.domain.vocabulaire import CompteId
from identity.exports import archive
from identity.policies import SON_COMPTE

router = APIRouter(prefix="/comptes/moi", tags=["Comptes"])


_MONTREES = 20


class Archive(Response):
    """Une archive à télécharger."""

    media_type = "application/zip"


class MaRectification(BaseModel):
    """Ce que j'ai dit faux. acceptee, reponse, traitee_le : absents tant que personne n'a répondu."""

    texte: str
    demandee_le: dt.datetime
    acceptee: bool | None = None
    reponse: str | None = None
    traitee_le: dt.datetime | None = None


class MesDemandes(BaseModel):
    """limitation : mon nom ne se lit plus ailleurs que chez moi.

    rectifications : les dernières demandées, la plus récente d'abord.
    """

    limitation: bool
    rectifications: list[MaRectification]


class Rectification(BaseModel):
    """texte : ce qui est faux, et ce qui serait juste ; gardé chiffré."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"texte": "Mon nom s’écrit avec deux « t »."}]}
    )

    texte: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Limitation(BaseModel):
    """Limiter l'usage de mes données, ou lever la limitation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"limitation": True}]})

    limitation: bool


@router.get(
    "/archive/export",
    response_class=Archive,
    responses=problems(demandes.TropDArchives),
    dependencies=[allow(SON_COMPTE)],
)
async def exporter(
    moi: Connecte, store: StoreDep, clock: ClockDep, context: ContextDep, acces: AccesDep
) -> Archive:
    """Mes données : une archive, en JSON et à lire. Chaque téléchargement est noté, cinq par jour au plus."""
    compte_id = CompteId(moi.compte_id)
    await store.execute(DEMANDES(compte_id), demandes.ExporterDonnees(compte_id, clock.now()), context)
    contenu = await archive.composer(store, acces.registre, compte_id, acces.settings.public_url)
    nom = f"mes-donnees-{clock.today().isoformat()}.zip"
    return Archive(contenu, headers={"Content-Disposition": f'attachment; filename="{nom}"'})


@router.get("/demandes", dependencies=[allow(SON_COMPTE)])
async def mes_demandes(moi: Connecte, store: StoreDep) -> MesDemandes:
    """Ce que j'ai demandé sur mes données, sous chacun de mes comptes."""
    miens = [DEMANDES(un) for un in await comptes_de(store, CompteId(moi.compte_id))]
    faits = [recorded.event for recorded in await store.load_all(miens)]
    # Asked under one of them, it holds for the person.
    limitation = any(etat.limite for etat in await store.states(miens))
    dernieres = list(demandes.rectifications(faits).values())[: -_MONTREES - 1 : -1]
    return MesDemandes(limitation=limitation, rectifications=[_rectification(*une) for une in dernieres])


def _rectification(
    demandee: demandes.RectificationDemandee, traitee: demandes.RectificationTraitee | None
) -> MaRectification:
    dite = MaRectification(texte=demandee.texte, demandee_le=demandee.demandee_le)
    if traitee is None:
        return dite
    reponse = {"acceptee": traitee.acceptee, "reponse": traitee.reponse, "traitee_le": traitee.traitee_le}
    return dite.model_copy(update=reponse)


@router.post(
    "/rectification",
    status_code=204,
    responses=problems(demandes.TropDeRectifications),
    dependencies=[allow(SON_COMPTE)],
)
async def rectifier(
    body: Rectification,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Signaler ce qui est faux et que je ne peux corriger moi-même."""
    compte_id = CompteId(moi.compte_id)
    command = demandes.DemanderRectification(compte_id, body.texte, clock.now())
    written(response, "identity", await store.execute(DEMANDES(compte_id), command, context))


@router.put("/limitation", status_code=204, dependencies=[allow(SON_COMPTE)])
async def limiter(
    body: Limitation,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> None:
    """Demander que mon nom ne se lise plus ailleurs, ou l'accepter de nouveau."""
    compte_id, now = CompteId(moi.compte_id), clock.now()
    concernes = [compte_id] if body.limitation else await comptes_de(store, compte_id)
    for un in reversed(concernes):
        command = demandes.LimiterDonnees(un, body.limitation, now)
        written(response, "identity", await store.execute(DEMANDES(un), command, context))
