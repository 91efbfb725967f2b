"""Un fichier déposé, essayé à blanc puis importé : ce qu'en disent les demandes et les réponses."""

import base64
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal
from uuid import UUID

from events.named import fields_of, named
from events.store.store import Store
from fastapi import Response
from process.clock import Clock
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse
from tableurs import TYPES, Format, en_tetes
from web.auth import MediateurCaller
from web.docs import EXAMPLE_ID
from web.downloads import download, files
from web.identifiers import NewId
from web.pace import Pace, keep_pace
from web.problems import TROP_DE_DEMANDES, answers, problems

from activites import casiers
from activites.casiers import DEPOTS, AGarder
from activites.domain.refus import CorrespondanceInvalide, FichierIllisible, ImportInconnu, TropDImports
from activites.imports.colonnes import OCTETS_MAX, Attendu, Champ
from activites.imports.fiches.colonnes import ChampDeFiche
from activites.imports.fichier import Fichier, Lignes, examiner, lire_lignes
from activites.imports.importer import FAUTES_MAX, Bilan

_BASE64_MAX = (OCTETS_MAX + 2) // 3 * 4
ALLURE = keep_pace(Pace("imports", 30, dt.timedelta(seconds=20)))
_LIMITE = answers(TROP_DE_DEMANDES)
DEPOSER = problems(FichierIllisible, TropDImports) | _LIMITE
LIRE = problems(ImportInconnu) | _LIMITE
IMPORTER = problems(ImportInconnu, CorrespondanceInvalide, FichierIllisible) | _LIMITE
MODELE = files(TYPES.values())
"""Ce que répond chaque geste, outre ce qu'il rend."""
_EXEMPLE = base64.b64encode(
    "Date;Type;Durée;Canal;Thématique\n15/01/2026;Individuel;45;À distance;E-mail\n".encode()
).decode()
_Titre = Annotated[str, Field(max_length=32_767)]


class FichierDepose(BaseModel):
    """Un fichier xlsx, csv, ods ou json, 5 Mo et 10 000 lignes au plus. id : choisi par le client."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": EXAMPLE_ID, "fichier": _EXEMPLE}]}
    )

    id: NewId
    fichier: Annotated[
        str, Field(max_length=_BASE64_MAX, description="Le contenu du fichier, en base64"),
    ]  # fmt: skip

    def octets(self) -> bytes:
        """Raises FichierIllisible."""
        try:
            return base64.b64decode(self.fichier, validate=True)
        except ValueError:
            raise FichierIllisible("Le fichier n’est pas en base64.", field="/fichier") from None


class ColonneLue(BaseModel):
    """Une colonne du fichier. champ : ce qu'elle semble donner.   sur : faux si c'est à confirmer.

    exemples : le début de quelques-unes de ses cellules.
    """

    titre: str
    champ: Champ | ChampDeFiche | None
    raison: str | None
    sur: bool
    exemples: list[str]


class FichierLu(BaseModel):
    """Ce que le fichier semble être. sur : il peut s'importer sans que personne confirme ses colonnes.

    manquants : les champs nécessaires qu'aucune colonne ne donne.   remarques : ce qui en est laissé de côté.
    """

    id: UUID
    format: str
    lignes: int
    sur: bool
    colonnes: list[ColonneLue]
    manquants: list[Champ | ChampDeFiche]
    remarques: list[str]


class ColonneChoisie(BaseModel):
    """La colonne du fichier qui donne ce champ."""

    model_config = ConfigDict(extra="forbid")

    titre: _Titre
    champ: Champ | ChampDeFiche


Colonnes = Annotated[tuple[ColonneChoisie, ...], Field(max_length=100)]
CORRESPONDANCE: list[Any] = [
    {"titre": titre, "champ": champ}
    for titre, champ in {
        "Date": "date",
        "Type": "type",
        "Durée": "duree_minutes",
        "Canal": "type_lieu",
        "Thématique": "thematiques",
    }.items()
]


class Essai(BaseModel):
    """Ce qui s'importerait, sans rien écrire."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"correspondance": CORRESPONDANCE}]}
    )

    correspondance: Annotated[
        Colonnes | None,
        Field(description="Une colonne qui n’y est pas est ignorée ; sans elle, celle qui est proposée"),
    ] = None

    def choisie(self) -> dict[str, str] | None:
        if self.correspondance is None:
            return None
        if len({une.titre for une in self.correspondance}) < len(self.correspondance):
            raise CorrespondanceInvalide("Une colonne ne peut donner qu’un champ.", field="/correspondance")
        return {une.titre: une.champ for une in self.correspondance}


class Execution(Essai):
    """Importer. mode : une ligne à corriger, et rien n'est écrit ; ou les autres le sont."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"mode": "tout_ou_rien", "correspondance": CORRESPONDANCE}]}
    )

    mode: Literal["tout_ou_rien", "lignes_justes"]


class FauteDImport(BaseModel):
    """ligne : son numéro dans le fichier.   colonne : son titre ; vide, la ligne entière.

    valeur : le début de la cellule.
    """

    ligne: int
    colonne: str
    valeur: str
    message: str


class RapportDImport(BaseModel):
    """Ligne par ligne, ce qui est à corriger.

    ecrit : faux d'un essai, ou d'un « tout ou rien » retenu ; enregistrees compte alors ce qui le serait.
    deja_enregistrees : par un envoi précédent, rien n'y change.   exemples : les lignes du modèle, ignorées.
    fautes : les 1 000 premières ; fautes_en_tout les compte toutes.
    position : à rendre dans X-Position pour que la lecture attende tout l'import.
    """

    ecrit: bool
    lues: int
    enregistrees: int
    deja_enregistrees: int
    refusees: int
    exemples: int
    fautes: Annotated[list[FauteDImport], Field(max_length=FAUTES_MAX)]
    fautes_en_tout: int
    position: str | None = None


@dataclass(frozen=True, slots=True)
class SorteDeDepot:
    """Ce que contiennent des fichiers. nom : le mot que le casier en garde.   champs : ceux d'attendu.

    modele : le nom du fichier modèle, sans son format.
    """

    nom: str
    attendu: Attendu
    champs: type[Champ] | type[ChampDeFiche]
    modele: str
    ecrire_modele: Callable[[Format, BinaryIO], None]


async def deposer(
    store: Store[Any],
    clock: Clock,
    moi: MediateurCaller,
    body: FichierDepose,
    sorte: SorteDeDepot,
    response: Response,
) -> FichierLu:
    """Garde le fichier, chiffré, et dit ce qu'il semble être. Raises FichierIllisible, TropDImports."""
    lu = await examiner(body.octets(), sorte.attendu)
    garde = await casiers.garder(
        store,
        DEPOTS,
        AGarder(body.id, sorte.nom, {"fichier": body.fichier}),
        await casiers.gardien(store.database, DEPOTS, body.id, moi.compte_id),
        expected=None,
        maintenant=clock.now(),
    )
    response.status_code = 201 if garde.version == 1 else 200
    return _fichier_lu(body.id, lu, sorte.champs)


async def telecharger_le_modele(
    sorte: SorteDeDepot, format_: Format, response: Response
) -> StreamingResponse:
    """Le fichier modèle, dans ce format."""

    async def ecrire(fichier: BinaryIO) -> None:
        sorte.ecrire_modele(format_, fichier)

    return await download(ecrire, dict(response.headers) | en_tetes(sorte.modele, format_))


async def relire(store: Store[Any], import_id: UUID, depot: Any, sorte: SorteDeDepot) -> FichierLu:
    """Ce que semble être un fichier déposé. Raises ImportInconnu."""
    lu = await examiner(await _octets_de(store, depot), sorte.attendu)
    return _fichier_lu(import_id, lu, sorte.champs)


async def lignes_de(store: Store[Any], depot: Any, demande: Essai, sorte: SorteDeDepot) -> Lignes:
    """Ses lignes, sous les colonnes choisies.

    Raises ImportInconnu, CorrespondanceInvalide, FichierIllisible.
    """
    return await lire_lignes(await _octets_de(store, depot), demande.choisie(), sorte.attendu)


async def renoncer(store: Store[Any], moi: MediateurCaller, import_id: UUID) -> None:
    """Oublie le fichier ; rien à faire s'il n'y est pas, ou plus."""
    gardien = await casiers.gardien(store.database, DEPOTS, import_id, moi.compte_id)
    await casiers.retirer(store.database, DEPOTS, import_id, gardien)


def rapport[R: RapportDImport](
    modele: type[R], service: str, bilan: Bilan, response: Response | None, **autres: Any
) -> R:
    """Ce qu'un bilan dit à qui importe. response : reçoit la position de l'écriture."""
    position = f"{service}:{bilan.position}" if bilan.position is not None else None
    if response is not None and position is not None:
        response.headers["X-Position"] = position
    dit = named(fields_of(Bilan), bilan, position=position) | autres
    return modele.model_validate(dit, from_attributes=True)


async def _octets_de(store: Store[Any], depot: Any) -> bytes:
    """Ce qui fut déposé. Raises ImportInconnu, once the key of its account is destroyed."""
    contenu = await casiers.ouvrir(store, DEPOTS, depot)
    if contenu is None:
        raise ImportInconnu
    return base64.b64decode(contenu["fichier"])


def _fichier_lu(import_id: UUID, lu: Fichier, champs: type[Champ] | type[ChampDeFiche]) -> FichierLu:
    trouves = {une.entete: une for une in lu.proposition.appariements}
    return FichierLu(
        id=import_id,
        format=lu.format,
        lignes=lu.lignes,
        sur=lu.proposition.sure(),
        colonnes=[
            ColonneLue(
                titre=titre,
                champ=champs(un.champ) if (un := trouves.get(titre)) else None,
                raison=un.raison if un else None,
                sur=un is not None and un.sur,
                exemples=[*lu.exemples[titre]],
            )
            for titre in lu.colonnes
        ],
        manquants=[champs(champ) for champ in lu.proposition.manquantes],
        remarques=[*lu.remarques],
    )
