"""The list of accounts, its export, and the page of one: what the gestion reads of them."""

import datetime as dt
from typing import Annotated, Any, BinaryIO, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.downloads import download, files
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import after
from web.problems import problems
from web.wiring import ClockDep, DatabaseDep

from identity.api.annuaire import CodesDeCommunes, codes_compris
from identity.api.browser import AccesDep
from identity.api.emplois import Emploi
from identity.domain.compte import CompteInconnu
from identity.domain.gestion import Etat, PlaceAuDispositif
from identity.domain.vocabulaire import CompteId, Droit
from identity.exports import utilisateurs as export
from identity.policies import LIRE_LA_GESTION
from identity.projections import comptes, emplois, reconnaissances, utilisateurs
from identity.projections.utilisateurs import Choix, Fonction

router = APIRouter(prefix="/comptes/gestion/utilisateurs", tags=["Gestion"])

_LIRE = [
    allow(LIRE_LA_GESTION),
    *(Depends(after(table.name)) for table in (utilisateurs.table, emplois.table, reconnaissances.table)),
]


class UtilisateurListe(BaseModel):
    """Un compte. roles : libellés, dans l'ordre convenu.   dispositif : ce que sa source en dit.

    employeur, commune, departement : de l'emploi en cours.   prenom, nom, courriel : vides une fois le compte
    effacé.   renvoye_vers : le compte auquel celui-ci mène désormais.
    """

    compte_id: UUID
    prenom: str
    nom: str
    courriel: str
    roles: tuple[str, ...]
    droit: Droit
    etat: Etat
    dispositif: tuple[PlaceAuDispositif, ...]
    employeur: str | None
    commune: str | None
    departement: str | None
    ouvert_le: dt.datetime
    inscrit_le: dt.datetime | None
    connecte_le: dt.datetime | None
    derniere_saisie_le: dt.datetime | None
    renvoye_vers: UUID | None

    @classmethod
    def of(cls, row: Any, maintenant: dt.datetime, **other: Any) -> Self:
        """row : of `utilisateurs.tous`.   other : what a page shows besides."""
        return cls(
            compte_id=row.compte_id,
            prenom=row.prenom,
            nom=row.nom,
            courriel=row.courriel,
            roles=export.roles(row),
            droit=Droit(row.droit),
            etat=utilisateurs.etat_de(row, maintenant),
            dispositif=utilisateurs.dispositifs_de(row),
            employeur=row.nom_structure,
            commune=export.commune(row.code_insee),
            departement=export.departement(row.code_insee),
            ouvert_le=row.ouvert_le,
            inscrit_le=row.inscrit_le,
            connecte_le=row.connecte_le,
            derniere_saisie_le=row.derniere_saisie_le,
            renvoye_vers=row.renvoye_vers,
            **other,
        )


class SessionEnCours(BaseModel):
    """Une session ouverte du compte. navigateur : sans détail."""

    navigateur: str
    ouverte_le: dt.datetime
    vue_le: dt.datetime


class Utilisateur(UtilisateurListe):
    """Un compte en entier. telephone, siret : ceux de ProConnect."""

    telephone: str | None
    siret: str | None
    version_cgu: str | None
    mediateur_id: UUID | None
    coordinateur_id: UUID | None
    suspendu_le: dt.datetime | None
    ferme_le: dt.datetime | None
    efface_le: dt.datetime | None
    emplois: list[Emploi]
    sessions: list[SessionEnCours]


async def choisir(
    q: Annotated[
        str, Query(max_length=100, description="Mots du nom ou du courriel, sans accents ni majuscules")
    ] = "",
    roles: Annotated[list[Fonction] | None, Query(max_length=3)] = None,
    droits: Annotated[list[Droit] | None, Query(max_length=3)] = None,
    etats: Annotated[list[Etat] | None, Query(max_length=len(Etat))] = None,
    dispositifs: Annotated[list[PlaceAuDispositif] | None, Query(max_length=len(PlaceAuDispositif))] = None,
    departement: Annotated[str | None, Query(pattern=r"^[0-9][0-9AB][0-9]?$")] = None,
    communes: CodesDeCommunes = None,
) -> Choix:
    """What the list, and its export, look for."""
    return Choix(
        q,
        roles or (),
        droits or (),
        etats or (),
        dispositifs or (),
        departement,
        frozenset(codes_compris(communes or ())),
    )


ChoixParams = Annotated[Choix, Depends(choisir)]


@router.get("", dependencies=_LIRE)
async def lister(
    choix: ChoixParams, page: PageParams, database: DatabaseDep, clock: ClockDep
) -> Page[UtilisateurListe]:
    """Les comptes, le plus récent d'abord, avec leur nombre."""
    maintenant = clock.now()
    return await page.of(
        database,
        utilisateurs.tous(choix, maintenant),
        order=utilisateurs.ORDRE,
        to=lambda row: UtilisateurListe.of(row, maintenant),
        previous=True,
        total=True,
    )


@router.get("/export", response_class=StreamingResponse, responses=files(TYPES.values()), dependencies=_LIRE)
async def telecharger(
    choix: ChoixParams,
    database: DatabaseDep,
    clock: ClockDep,
    response: Response,
    format_: Annotated[Format, Query(alias="format", description="Celui du fichier")] = Format.XLSX,
) -> StreamingResponse:
    """Télécharger la liste, avec les mêmes filtres, dans un tableau."""
    demande = export.exporter(choix, clock.now())

    async def ecrire(fichier: BinaryIO) -> None:
        async with database.engine.scan() as connection:
            await demande.ecrire(connection, format_, fichier)

    nom = f"coop-numerique_utilisateurs_{clock.today()}"
    return await download(ecrire, dict(response.headers) | en_tetes(nom, format_))


@router.get("/{compte_id:uuid}", responses=problems(CompteInconnu), dependencies=_LIRE)
async def lire(compte_id: UUID, database: DatabaseDep, clock: ClockDep, acces: AccesDep) -> Utilisateur:
    """Un compte : qui, ses rôles, ses emplois, ses sessions ouvertes."""
    maintenant = clock.now()
    async with database.engine.connect() as connection:
        row = (await connection.execute(utilisateurs.un_seul(compte_id, maintenant))).one_or_none()
        if row is None:
            raise CompteInconnu
        compte = (await connection.execute(comptes.un_compte(compte_id))).one_or_none()
        siens = [Emploi.model_validate(e) for e in await connection.execute(emplois.emplois_de(compte_id))]
    ouvertes = await acces.registre.of(CompteId(compte_id))
    return Utilisateur.of(
        row,
        maintenant,
        telephone=compte.telephone if compte else None,
        siret=compte.siret if compte else None,
        version_cgu=compte.version_cgu if compte else None,
        mediateur_id=row.mediateur_id,
        coordinateur_id=row.coordinateur_id,
        suspendu_le=row.suspendu_le,
        ferme_le=row.ferme_le,
        efface_le=row.efface_le,
        emplois=siens,
        sessions=[
            SessionEnCours(navigateur=s.navigateur, ouverte_le=s.ouverte_le, vue_le=s.vue_le)
            for s in ouvertes
        ],
    )
