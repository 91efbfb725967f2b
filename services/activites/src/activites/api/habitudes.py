"""Ce qu'un médiateur saisit d'ordinaire, pour que son prochain compte rendu soit presque rempli."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from web.policies import allow
from web.positions import after
from web.wiring import DatabaseDep

from activites.api.etiquettes import EtiquettePosee
from activites.api.jour import AujourdHui
from activites.api.saisies import CommuneSaisie
from activites.domain.faits import A_UNE_COMMUNE
from activites.domain.vocabulaire import Thematique, TypeLieu
from activites.policies.activites import LIRE_SES_ACTIVITES
from activites.policies.personne import SiensDep
from activites.policies.tags import PlaceDep
from activites.projections import activites_listees, lieux_choisis, tags

router = APIRouter(prefix="/activites", tags=["Activités"])

RECENTES = 200
"""Nombre d'activités, les dernières, d'où viennent les habitudes."""
CHOIX = 8
DUREES_MAX, SOUVENT = 10, 5
"""Combien de durées, et au-delà de combien de fois c'en est une (docs/domaine/activites.md §2.7)."""
TAGS = 200


class LieuHabituel(BaseModel):
    """Un lieu d'activité de la personne."""

    id: UUID
    nom: str
    commune: str | None
    code_postal: str | None


class Habitudes(BaseModel):
    """Du plus fréquent au moins fréquent, dans ses 200 dernières activités ; vide pour qui commence.

    lieux : les plus fréquents, puis ceux où la personne dit exercer, même sans activité.
    etiquettes : celles qu'elle voit, les plus posées par elle d'abord, puis par nom ; 200 au plus.
    """

    aujourd_hui: Annotated[dt.date, Field(description="Le jour civil de la personne, sur son territoire")]
    durees: Annotated[list[int], Field(description="Minutes ; celles qui servent plus de 5 fois, 10 au plus")]
    duree_minutes: Annotated[int | None, Field(description="La plus fréquente")]
    thematiques: list[Thematique]
    type_lieu: Annotated[TypeLieu | None, Field(description="Le plus fréquent")]
    lieux: list[LieuHabituel]
    commune: Annotated[
        CommuneSaisie | None, Field(description="La plus fréquente, à domicile ou dans un autre lieu")
    ]
    etiquettes: list[EtiquettePosee]


@router.get(
    "/habitudes",
    dependencies=[
        allow(LIRE_SES_ACTIVITES),
        Depends(after(activites_listees.table.name)),
        Depends(after(tags.table.name)),
    ],
)
async def habitudes(
    siens: SiensDep, place: PlaceDep, database: DatabaseDep, aujourd_hui: AujourdHui
) -> Habitudes:
    """Mes durées, mes sujets et mes lieux habituels."""
    recentes = (
        activites_listees.du_mediateur(siens.mediateurs)
        .order_by(*activites_listees.ORDRE)
        .limit(RECENTES)
        .subquery()
    )
    async with database.engine.connect() as connection:
        lues = (await connection.execute(sa.select(recentes))).all()
        choisis = (await connection.execute(lieux_choisis.du_compte(siens.comptes))).all()
        vues = (await connection.execute(tags.les_plus_posees(place, TAGS))).all()
    durees = Counter(a.duree_minutes for a in lues)
    types = _frequents(TypeLieu(a.type_lieu) for a in lues)
    lieux = {
        a.lieu_id: LieuHabituel(id=a.lieu_id, nom=a.lieu_nom, commune=a.commune, code_postal=a.code_postal)
        for a in reversed(lues)
        if a.lieu_id is not None and a.lieu_nom is not None
    } | {
        c.lieu_id: LieuHabituel(id=c.lieu_id, nom=c.nom, commune=c.commune, code_postal=c.code_postal)
        for c in choisis
    }
    frequents = _frequents(a.lieu_id for a in lues if a.lieu_id in lieux)
    ses_lieux = list(dict.fromkeys(c.lieu_id for c in choisis))
    # Where they go most; then where they say they work, and have entered nothing yet.
    ordre = [*frequents, *ses_lieux]
    communes = _frequents(
        (a.commune, a.code_postal, a.code_insee) for a in lues if a.type_lieu in A_UNE_COMMUNE
    )
    return Habitudes(
        aujourd_hui=aujourd_hui,
        durees=[minutes for minutes, fois in durees.most_common(DUREES_MAX) if fois > SOUVENT],
        duree_minutes=next((minutes for minutes, _ in durees.most_common(1)), None),
        thematiques=_frequents(Thematique(t) for a in lues for t in a.thematiques),
        type_lieu=next(iter(types), TypeLieu.LIEU_ACTIVITE if ses_lieux else None),
        lieux=[lieux[i] for i in list(dict.fromkeys(ordre))[:CHOIX]],
        commune=next(
            (
                CommuneSaisie.model_construct(nom=nom, code_postal=cp, code_insee=insee)
                for nom, cp, insee in communes
            ),
            None,
        ),
        etiquettes=[EtiquettePosee(id=v.tag_id, nom=v.nom, portee=v.portee) for v in vues],
    )


def _frequents[T](valeurs: Iterable[T]) -> list[T]:
    return [valeur for valeur, _ in Counter(valeurs).most_common(CHOIX)]
