"""The directory of professionals: to search, and to take away. What it shows is decided in its read model."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, BinaryIO
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from referentiels import communes as referentiel
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import ADMIN, COORDINATEUR, SUPPORT, Connecte, holds
from web.downloads import download, files
from web.pace import Pace, keep_pace
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import after
from web.problems import TROP_DE_DEMANDES, answers, parameter_error
from web.search import words
from web.wiring import ClockDep, DatabaseDep

from identity.domain.vocabulaire import Competence, Profil, Role
from identity.exports.annuaire import exporter
from identity.exports.utilisateurs import commune, departement
from identity.policies import LIRE_ANNUAIRE
from identity.projections import annuaire, emplois, limitations, membres, noms_portes, reconnaissances

router = APIRouter(prefix="/annuaire", tags=["Annuaire"])

RECHERCHES = Pace("annuaire", burst=60, every=dt.timedelta(seconds=1))
EXPORTS = Pace("annuaire_export", burst=10, every=dt.timedelta(minutes=6))
_DEPARTEMENT = r"^([0-9]{2}|2[ABab]|9[78][0-9])$"
_VOIT_LES_COORDINATEURS = (COORDINATEUR, SUPPORT, ADMIN)

AUSSITOT = [
    Depends(after(table.name))
    for table in (
        annuaire.table,
        emplois.table,
        reconnaissances.table,
        limitations.table,
        noms_portes.table,
    )
]
"""An accord just withdrawn, an emploi, a recognition, a limitation: the reading waits for them."""


class Professionnel(BaseModel):
    """Une personne, telle qu'elle se montre. courriel, telephone : absents sans son accord.

    profils : ce qu'elle est aujourd'hui, dans le dispositif ou hors de lui.
    employeur, commune, departement : de l'emploi en cours, absents sans lui, ou s'il n'a pas dit sa commune.
    """

    compte_id: UUID
    prenom: str
    nom: str
    roles: list[Role]
    profils: list[Profil]
    employeur: str | None
    commune: str | None
    code_insee: str | None
    departement: str | None
    competences: list[Competence]
    courriel: str | None
    telephone: str | None


CodesDeCommunes = Annotated[
    list[str] | None, Query(max_length=50, description="Codes INSEE ; une ville compte ses arrondissements")
]


async def _filtres(
    q: Annotated[
        str | None, Query(max_length=100, description="Mots du nom et du prénom, tous, sans accent ni casse")
    ] = None,
    departement: Annotated[
        str | None,
        Query(pattern=_DEPARTEMENT, description="De l’emploi en cours : 01, 2A, 974", examples=["44"]),
    ] = None,
    communes: CodesDeCommunes = None,
    role: Annotated[Role | None, Query(description="Un rôle tenu")] = None,
    profil: Annotated[
        Profil | None,
        Query(description="Ce que la personne est aujourd’hui, dans le dispositif ou hors de lui"),
    ] = None,
    competences: Annotated[
        list[Competence] | None, Query(max_length=len(Competence), description="L’une d’elles au moins")
    ] = None,
) -> annuaire.Filtres:
    """Les filtres de l'adresse, tous à la fois."""
    return annuaire.Filtres(
        mots=words(q),
        departement=departement.upper() if departement else None,
        codes_insee=tuple(codes_compris(communes or ())),
        role=role,
        profil=profil,
        competences=competences or (),
    )


def codes_compris(codes: Iterable[str]) -> Iterable[str]:
    """Each commune asked for, with its arrondissements. Raises the problem of the parameter."""
    for code in codes:
        trouves = referentiel.avec_arrondissements(code)
        if not trouves:
            raise parameter_error("communes", "commune_inconnue")
        yield from trouves


async def _demandes(
    moi: Connecte, clock: ClockDep, filtres: Annotated[annuaire.Filtres, Depends(_filtres)]
) -> sa.Select[*tuple[Any, ...]]:
    tous = any(holds(moi, role) for role in _VOIT_LES_COORDINATEURS)
    de_la_gestion = any(holds(moi, role) for role in (SUPPORT, ADMIN))
    equipes = membres.ses_equipes(moi.compte_id, moi.coordinateur_id)
    connus = sa.true() if de_la_gestion else annuaire.de_ces_equipes(equipes)
    return annuaire.demandes(filtres, clock.now(), tous_les_coordinateurs=tous, connus=connus)


Demandes = Annotated[sa.Select[*tuple[Any, ...]], Depends(_demandes)]
"""What this person may see of what they ask for: the same for the list and for the file."""


@router.get(
    "",
    responses=answers(TROP_DE_DEMANDES),
    dependencies=[allow(LIRE_ANNUAIRE), keep_pace(RECHERCHES), *AUSSITOT],
)
async def chercher(demandes: Demandes, database: DatabaseDep, page: PageParams) -> Page[Professionnel]:
    """Les professionnels qui acceptent de se montrer, par nom, avec leur nombre."""
    return await page.of(
        database, demandes, order=annuaire.ORDRE, to=_professionnel, previous=True, total=True
    )


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=files(TYPES.values()) | answers(TROP_DE_DEMANDES),
    dependencies=[allow(LIRE_ANNUAIRE), keep_pace(EXPORTS), *AUSSITOT],
)
async def telecharger(
    demandes: Demandes,
    database: DatabaseDep,
    clock: ClockDep,
    response: Response,
    format_: Annotated[Format, Query(alias="format", description="Celui du fichier")] = Format.XLSX,
) -> StreamingResponse:
    """Télécharger ce que montre la liste, dans un tableau."""
    export = exporter(demandes)

    async def ecrire(fichier: BinaryIO) -> None:
        async with database.engine.scan() as connection:
            await export.ecrire(connection, format_, fichier)

    nom = f"coop-numerique_annuaire_{clock.today()}"
    return await download(ecrire, dict(response.headers) | en_tetes(nom, format_))


def _professionnel(row: Any) -> Professionnel:
    return Professionnel(
        compte_id=row.compte_id,
        prenom=row.prenom,
        nom=row.nom,
        roles=annuaire.roles(row),
        profils=list(annuaire.profils(row)),
        employeur=row.nom_structure,
        commune=commune(row.code_insee),
        code_insee=row.code_insee,
        departement=departement(row.code_insee),
        competences=[Competence(code) for code in row.competences],
        courriel=row.courriel,
        telephone=row.telephone,
    )
