"""/tags : les étiquettes que l'on voit, celles que l'on crée, et ce qu'elles deviennent."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from events.decider import refuse
from events.store.store import Claim, ClaimTaken, Erasure, Intent, SomeRefused, Written
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from referentiels.cles import cle
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pace import Pace, keep_pace
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import TROP_DE_DEMANDES, already, answers, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from activites.api.saisies import Ligne
from activites.api.statuses import DE_TAG
from activites.domain.place import Etendue
from activites.domain.refus import (
    NomDejaPris,
    PorteeReservee,
    TagDejaCree,
    TagDejaSupprime,
    TagInconnu,
    TagNonVisible,
)
from activites.domain.tag import (
    PRIS,
    TAG,
    AccueillirTag,
    CreerTag,
    Fusionne,
    FusionnerTag,
    ModifierTag,
    SupprimerTag,
    Vif,
    etendue_de,
    etendue_voulue,
    initial,
    unique,
)
from activites.domain.vocabulaire import EquipeId, PorteeDeTag, TagId
from activites.policies.tags import (
    SES_TAGS,
    TENIR_UN_TAG,
    VOIR_L_USAGE_DES_TAGS,
    VOIR_UN_TAG,
    PlaceDep,
    TagDep,
)
from activites.projections import activites_listees, coordinations_listees, tags, usage_des_tags

router = APIRouter(prefix="/tags", tags=["Étiquettes"])

SERVICE = "activites"
_ALLURE = Pace("tags", 60, dt.timedelta(seconds=1))
_ALLURE_DE_L_USAGE = Pace("usage_des_tags", 20, dt.timedelta(seconds=5))

Tri = Literal["alphabetique", "visibilite", "usage"]


class TagSaisi(BaseModel):
    """Une étiquette. equipe_id : si sa portée est celle d'une équipe."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"portee": "personnel", "nom": "Aide aux impôts"}]}
    )

    portee: PorteeDeTag
    equipe_id: EquipeId | None = None
    nom: Annotated[Ligne, Field(description="De 3 à 80 caractères, unique dans sa portée")]
    description: Annotated[Ligne | None, Field(description="280 caractères au plus")] = None


class NouveauTag(TagSaisi):
    """id : choisi par le client, pour qu'un envoi répété ne crée rien deux fois."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": EXAMPLE_ID, "portee": "personnel", "nom": "Aide aux impôts"}]}
    )

    id: NewId


class FusionDeTags(BaseModel):
    """vers : l'étiquette sous laquelle l'autre se lira désormais, de portée au moins égale."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"vers": EXAMPLE_ID}]})

    vers: UUID


class ReferenceTag(BaseModel):
    """Ce qui vient d'être écrit. position : à rendre dans X-Position pour que la lecture l'attende."""

    id: UUID
    position: str | None


class TagLu(BaseModel):
    """Une étiquette que l'on voit. modifiable : par qui la lit."""

    id: UUID
    portee: PorteeDeTag
    nom: str
    description: str | None
    equipe_id: UUID | None
    departement: str | None
    modifiable: bool


class TagUtilise(BaseModel):
    """Une étiquette posée. nom : absent d'une personnelle.   comptes_rendus : combien la portent."""

    portee: PorteeDeTag
    nom: str | None
    departement: str | None
    comptes_rendus: int


class UsageDesTags(BaseModel):
    """mediateurs : qui ont créé une étiquette posée quelque part.   comptes_rendus : qui en portent une."""

    mediateurs: int
    mediateurs_en_tout: int
    comptes_rendus: int
    comptes_rendus_en_tout: int
    etiquettes: Annotated[list[TagUtilise], Field(description="300 au plus, la plus posée d’abord")]


class TagListe(TagLu):
    """accompagnements : de tous les comptes rendus qui la portent ; d'une personnelle, des siens."""

    accompagnements: int


@router.get(
    "",
    dependencies=[
        allow(SES_TAGS),
        keep_pace(_ALLURE),
        Depends(after(tags.table.name)),
        Depends(after(activites_listees.table.name)),
        Depends(after(coordinations_listees.table.name)),
    ],
    responses=answers(TROP_DE_DEMANDES),
)
async def lister(
    place: PlaceDep,
    database: DatabaseDep,
    page: PageParams,
    q: Annotated[str, Query(max_length=100, description="Mots du nom, tous")] = "",
    portees: Annotated[list[PorteeDeTag] | None, Query(max_length=4)] = None,
    tri: Annotated[Tri, Query(description="usage : les plus posées par soi d’abord")] = "alphabetique",
) -> Page[TagListe]:
    """Les étiquettes que l'on voit, avec leur nombre."""
    vues = (tags.par_usage(place) if tri == "usage" else tags.visibles(place)).subquery()
    c = vues.c
    choix = sa.select(vues)
    for mot in cle(q).split():
        choix = choix.where(c.cle.contains(mot))
    if portees:
        choix = choix.where(c.portee.in_([p.value for p in portees]))
    ordre: list[sa.ColumnElement[Any]] = [c.cle, c.tag_id]
    if tri != "alphabetique":
        ordre.insert(0, c.rang if tri == "visibilite" else c.usages.desc())
    trouvees = await page.find(database, choix, order=ordre, total=True)
    async with database.engine.connect() as connection:
        comptes = await connection.execute(tags.accompagnements(place, [r.tag_id for r in trouvees.rows]))
        par_tag = {r.tag_id: r.accompagnements for r in comptes}

    def montree(row: Any) -> TagListe:
        etendue = Etendue(
            portee=PorteeDeTag(row.portee),
            compte_id=row.compte_id,
            equipe_id=row.equipe_id,
            departement=row.departement,
        )
        lu = _lu(row.tag_id, etendue, row.nom, row.description, modifiable=place.tient(etendue))
        return TagListe(**lu.model_dump(), accompagnements=par_tag.get(row.tag_id, 0))

    return trouvees.page(montree)


@router.get(
    "/usage",
    responses=answers(TROP_DE_DEMANDES),
    dependencies=[allow(VOIR_L_USAGE_DES_TAGS), keep_pace(_ALLURE_DE_L_USAGE)],
)
async def usage(database: DatabaseDep) -> UsageDesTags:
    """Ce que toute la plateforme fait des étiquettes, et les 300 plus posées."""
    lu = await usage_des_tags.lire(database)
    return UsageDesTags(
        mediateurs=lu.mediateurs,
        mediateurs_en_tout=lu.mediateurs_en_tout,
        comptes_rendus=lu.comptes_rendus,
        comptes_rendus_en_tout=lu.comptes_rendus_en_tout,
        etiquettes=[
            TagUtilise(
                portee=row.portee,
                # Of one person: what she writes there is hers.
                nom=None if row.portee == PorteeDeTag.PERSONNEL else row.nom,
                departement=row.departement,
                comptes_rendus=row.comptes_rendus,
            )
            for row in lu.etiquettes
        ],
    )


@router.post(
    "",
    status_code=201,
    responses=problems(*DE_TAG, PorteeReservee, NomDejaPris, TagDejaCree, TagDejaSupprime)
    | already(ReferenceTag),
    dependencies=[allow(SES_TAGS)],
)
async def creer(
    body: NouveauTag,
    place: PlaceDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceTag:
    """Créer une étiquette, à soi ou à plusieurs. 200 si c'était déjà fait."""
    command = CreerTag(
        tag_id=TagId(body.id),
        portee=body.portee,
        equipe_id=body.equipe_id,
        nom=body.nom or "",
        description=body.description,
        place=place,
        maintenant=clock.now(),
    )
    pris = Claim(PRIS, unique(etendue_voulue(command, initial), command.nom))
    try:
        outcome = await store.execute(TAG(body.id), command, context, claims=[pris])
    except ClaimTaken:
        raise NomDejaPris(field="/nom") from None
    response.status_code = 201 if outcome.changed else 200
    return _reference(response, body.id, outcome)


@router.get("/{tag_id:uuid}", responses=problems(TagInconnu), dependencies=[allow(VOIR_UN_TAG)])
async def lire(tag_id: UUID, trouve: TagDep, place: PlaceDep, response: Response) -> TagLu:
    """Une étiquette que l'on voit. L'ETag sert à la modifier sans écraser."""
    match trouve:
        case Vif(etendue, nom, description), version:
            response.headers["ETag"] = f'"{version}"'
            return _lu(tag_id, etendue, nom, description, modifiable=place.tient(etendue))
        case _:
            raise TagInconnu


@router.put(
    "/{tag_id:uuid}",
    responses=problems(*DE_TAG, PorteeReservee, NomDejaPris, TagInconnu),
    dependencies=[allow(TENIR_UN_TAG)],
)
async def modifier(
    tag_id: UUID,
    body: TagSaisi,
    trouve: TagDep,
    place: PlaceDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> ReferenceTag:
    """Redire une étiquette : nom, description, portée. Plus étroite, qui ne la voit plus la perd."""
    etat, version = trouve
    command = ModifierTag(
        tag_id=TagId(tag_id),
        portee=body.portee,
        equipe_id=body.equipe_id,
        nom=body.nom or "",
        description=body.description,
        place=place,
        maintenant=clock.now(),
    )
    pris = Claim(PRIS, unique(etendue_voulue(command, etat), command.nom))
    rendus = [un for un in await store.held(TAG(tag_id), [PRIS]) if un != pris]
    try:
        outcome = await store.execute(
            TAG(tag_id),
            command,
            context,
            # What is given back is the name of this very version.
            expected=version if expected is None else expected,
            claims=[pris],
            releases=rendus,
        )
    except ClaimTaken:
        raise NomDejaPris(field="/nom") from None
    return _reference(response, tag_id, outcome)


@router.post(
    "/{tag_id:uuid}/fusion",
    responses=problems(*DE_TAG, TagInconnu, TagNonVisible),
    dependencies=[allow(TENIR_UN_TAG)],
)
async def fusionner(
    tag_id: UUID,
    body: FusionDeTags,
    trouve: TagDep,
    place: PlaceDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceTag:
    """Faire d'une étiquette une autre : là où elle est posée, c'est l'autre qui se lit."""
    source, maintenant = TagId(tag_id), clock.now()
    etat, _ = trouve
    if isinstance(etat, Fusionne) and etat.vers == body.vers:
        return ReferenceTag(id=tag_id, position=None)  # a retry changes nothing
    etendue = etendue_de(etat)
    assert etendue is not None
    fusionner = FusionnerTag(tag_id=source, vers=TagId(body.vers), place=place, maintenant=maintenant)
    accueillir = AccueillirTag(
        tag_id=TagId(body.vers), de=source, portee=etendue.portee, place=place, maintenant=maintenant
    )
    intentions = [Intent(TAG(tag_id), fusionner), Intent(TAG(body.vers), accueillir)]
    try:
        [outcome, _] = await store.execute_whole(
            intentions, context, releases=await store.held(TAG(tag_id), [PRIS])
        )
    except SomeRefused as refuses:
        refuse(refuses.refusals.values())
        raise
    return _reference(response, tag_id, outcome)


@router.delete(
    "/{tag_id:uuid}",
    status_code=204,
    responses=problems(TagInconnu),
    dependencies=[allow(TENIR_UN_TAG)],
)
async def supprimer(
    tag_id: UUID,
    place: PlaceDep,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> None:
    """Supprimer une étiquette : elle ne se lit plus nulle part, les comptes rendus restent."""
    outcome = await store.execute(
        TAG(tag_id),
        SupprimerTag(tag_id=TagId(tag_id), place=place, maintenant=clock.now()),
        context,
        expected=expected,
        releases=await store.held(TAG(tag_id), [PRIS]),
        erasures=[Erasure("tag", tag_id, "étiquette supprimée")],
    )
    written(response, SERVICE, outcome)


def _lu(tag_id: UUID, etendue: Etendue, nom: str, description: str | None, *, modifiable: bool) -> TagLu:
    return TagLu(
        id=tag_id,
        portee=etendue.portee,
        nom=nom,
        description=description,
        equipe_id=etendue.equipe_id,
        departement=etendue.departement,
        modifiable=modifiable,
    )


def _reference(response: Response, tag_id: UUID, outcome: Written) -> ReferenceTag:
    written(response, SERVICE, outcome)
    return ReferenceTag(id=tag_id, position=response.headers.get("X-Position"))
