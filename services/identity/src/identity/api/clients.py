"""Administration of machine clients: admit, rights, secrets, keys, suspension, list with last use."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from events.store.store import Claim, Context, Store
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from referentiels.cles import cle
from web.auth import Connecte
from web.days import Day
from web.docs import EXAMPLE_ID
from web.identifiers import NewId
from web.pages import Page, PageParams
from web.policies import allow
from web.positions import IfMatch, after, written
from web.problems import INTROUVABLE, Problem, already, problems
from web.wiring import ClockDep, ContextDep, DatabaseDep, StoreDep

from identity.api.browser import AccesDep
from identity.domain import client
from identity.domain.client import CLIENT
from identity.domain.vocabulaire import ClientId, CompteId, MotifSuspensionClient, Portee, SecretId
from identity.oauth import cles
from identity.oauth.clients import draw
from identity.policies import GERER
from identity.projections import clients, secrets_clients

router = APIRouter(prefix="/clients", tags=["Clients de machine"], dependencies=[allow(GERER)])

_LECTURE = [Depends(after("clients")), Depends(after("secrets_clients"))]

Nom = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Convention = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Portees = Annotated[list[Portee], Field(max_length=len(Portee))]
Membre = Annotated[str, StringConstraints(max_length=2000)]


class NouveauClient(BaseModel):
    """id : tiré par le client de l'API.   nom : du programme, jamais d'une personne ; unique.

    debut : aujourd'hui s'il n'est pas donné.   fin : dernier jour.   convention : sa référence, pour lire des
    personnes nommées.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "nom": "Carte des lieux du Nord",
                    "portees": ["lieux:lire", "structures:lire"],
                    "fin": "2027-12-31",
                }
            ]
        },
    )

    id: NewId
    nom: Nom
    portees: Portees
    debut: Day | None = None
    fin: Day | None = None
    convention: Convention | None = None


class DroitsDuClient(BaseModel):
    """Tout ce que le client peut désormais : ce qui n'est pas redit est retiré."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"portees": ["lieux:lire"], "fin": "2027-12-31"}]}
    )

    portees: Portees
    fin: Day | None = None
    convention: Convention | None = None


class NouveauSecret(BaseModel):
    """id : tiré par le client de l'API ; le même, renvoyé, ne montre rien de plus."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": EXAMPLE_ID}]})

    id: NewId


class SecretDonne(BaseModel):
    """secret : à copier maintenant, il n'est gardé nulle part."""

    id: UUID
    secret: str


_CLE: dict[str, JsonValue] = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "2026-11",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


class ClePublique(BaseModel):
    """Une clé publique (RFC 7517) : EC P-256 (`x`, `y`) ou RSA de 2048 bits au moins (`n`, `e`)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CLE]})

    kty: Literal["EC", "RSA"]
    kid: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    use: Literal["sig"] = "sig"
    alg: Literal["ES256", "RS256"] | None = None
    crv: Literal["P-256"] | None = None
    x: Membre | None = None
    y: Membre | None = None
    n: Membre | None = None
    e: Membre | None = None
    d: Annotated[Membre | None, Field(description="Refusé : la moitié privée ne se donne pas")] = None


class ClesDuClient(BaseModel):
    """Les clés publiques du client ; ses secrets sont retirés."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"cles": [_CLE]}]},
    )

    cles: Annotated[list[ClePublique], Field(min_length=1, max_length=cles.AT_MOST)]


class Suspension(BaseModel):
    """Pourquoi l'accès est coupé."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"motif": "secret_divulgue"}]})

    motif: MotifSuspensionClient


class ReferenceClient(BaseModel):
    """Le client créé."""

    id: UUID


class ClientListe(BaseModel):
    """Un client. cles : noms de ses clés publiques.   vu_le : dernier usage, à la minute près."""

    model_config = ConfigDict(from_attributes=True)

    client_id: UUID
    nom: str
    portees: list[Portee]
    debut: dt.date
    fin: dt.date | None
    convention: str | None
    cles: list[str]
    motif_suspension: MotifSuspensionClient | None
    suspendu_le: dt.datetime | None
    cree_par: UUID
    cree_le: dt.datetime
    vu_le: dt.datetime | None


class SecretVivant(BaseModel):
    """Un secret qui vaut encore : quand et par qui il a été donné."""

    model_config = ConfigDict(from_attributes=True)

    secret_id: UUID
    emis_par: UUID
    emis_le: dt.datetime


class Client(ClientListe):
    """Un client et ses secrets vivants, deux au plus."""

    secrets: list[SecretVivant]


@dataclass(frozen=True, slots=True)
class Agir:
    """An administrator's command on one client: who and when, and the position of what follows."""

    par: CompteId
    maintenant: dt.datetime
    _store: Store[Any]
    _context: Context
    _expected: int | None
    _response: Response

    async def __call__(self, client_id: UUID, command: client.Command) -> None:
        outcome = await self._store.execute(
            CLIENT(client_id), command, self._context, expected=self._expected
        )
        written(self._response, "identity", outcome)

    async def changer_les_cles(self, client_id: UUID, change: Callable[[str | None], str]) -> None:
        """Replace the keys by what follows from those of now; Conflict when they change meanwhile."""
        state, version = await self._store.state(CLIENT(client_id))
        if isinstance(state, client.Inconnu):
            raise client.ClientInconnu
        jwks = change(state.jwks)
        noms = tuple(key["kid"] for key in cles.known(jwks))
        command = client.EnregistrerClesDuClient(jwks, noms, self.par, self.maintenant)
        outcome = await self._store.execute(
            CLIENT(client_id), command, self._context, expected=self._expected or version
        )
        written(self._response, "identity", outcome)


async def _agir(
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    expected: IfMatch,
    response: Response,
) -> Agir:
    return Agir(CompteId(moi.compte_id), clock.now(), store, context, expected, response)


AgirDep = Annotated[Agir, Depends(_agir)]


@router.post(
    "",
    status_code=201,
    responses=problems(
        client.AucunePortee,
        client.FinDuClientAvantDebut,
        client.NominatifSansFin,
        client.NominatifSansConvention,
        client.ClientDejaCree,
    )
    | already(ReferenceClient),
)
async def creer(
    body: NouveauClient,
    moi: Connecte,
    store: StoreDep,
    clock: ClockDep,
    context: ContextDep,
    response: Response,
) -> ReferenceClient:
    """Admettre un client. Il n'a encore ni secret ni clé. 200 si c'était déjà fait."""
    command = client.CreerClient(
        client_id=ClientId(body.id),
        nom=body.nom,
        portees=tuple(body.portees),
        debut=body.debut or clock.today(),
        fin=body.fin,
        convention=body.convention,
        par=CompteId(moi.compte_id),
        maintenant=clock.now(),
    )
    claim = Claim("client", cle(body.nom).encode())
    outcome = await store.execute(CLIENT(body.id), command, context, claims=[claim])
    response.status_code = 201 if outcome.changed else 200
    written(response, "identity", outcome)
    return ReferenceClient(id=body.id)


@router.get("", dependencies=_LECTURE)
async def lister(database: DatabaseDep, page: PageParams) -> Page[ClientListe]:
    """Les clients, le dernier admis d'abord, avec leur dernier usage."""
    order = (clients.table.c.cree_le.desc(), clients.table.c.client_id.desc())
    return await page.of(database, clients.tous(), order=order, to=ClientListe.model_validate, total=True)


@router.get("/{client_id:uuid}", dependencies=_LECTURE)
async def lire(client_id: UUID, database: DatabaseDep) -> Client:
    """Un client, et ses secrets vivants sans ce qu'ils sont."""
    async with database.engine.connect() as connection:
        row = (await connection.execute(clients.un_client(client_id))).one_or_none()
        vivants = (await connection.execute(secrets_clients.du_client(client_id))).all()
    if row is None:
        raise Problem(INTROUVABLE)
    liste = ClientListe.model_validate(row).model_dump()
    return Client(**liste, secrets=[SecretVivant.model_validate(secret) for secret in vivants])


@router.put(
    "/{client_id:uuid}/droits",
    status_code=204,
    responses=problems(
        client.ClientInconnu,
        client.AucunePortee,
        client.FinDuClientAvantDebut,
        client.NominatifSansFin,
        client.NominatifSansConvention,
    ),
)
async def changer_les_droits(client_id: UUID, body: DroitsDuClient, agir: AgirDep) -> None:
    """Redire ce que le client peut lire, et jusqu'à quand."""
    await agir(
        client_id,
        client.ChangerDroitsDuClient(
            tuple(body.portees), body.fin, body.convention, agir.par, agir.maintenant
        ),
    )


@router.post(
    "/{client_id:uuid}/secrets",
    status_code=201,
    responses=problems(client.ClientInconnu, client.SecretDejaEmis, client.TropDeSecrets, client.ClientACles),
)
async def emettre(client_id: UUID, body: NouveauSecret, acces: AccesDep, agir: AgirDep) -> SecretDonne:
    """Donner un secret de plus au client, deux vivants au plus. Il ne se montre que dans cette réponse."""
    secret = draw()
    empreinte = acces.empreintes.secret_de_client(secret)
    await agir(client_id, client.EmettreSecret(SecretId(body.id), empreinte, agir.par, agir.maintenant))
    return SecretDonne(id=body.id, secret=secret)


@router.delete(
    "/{client_id:uuid}/secrets/{secret_id:uuid}",
    status_code=204,
    responses=problems(client.ClientInconnu, client.SecretInconnu),
)
async def retirer(client_id: UUID, secret_id: UUID, agir: AgirDep) -> None:
    """Retirer un secret : il ne vaut plus rien."""
    await agir(client_id, client.RetirerSecret(SecretId(secret_id), agir.par, agir.maintenant))


@router.put(
    "/{client_id:uuid}/cles",
    status_code=204,
    responses=problems(client.ClientInconnu, client.ClesRefusees),
)
async def enregistrer_les_cles(client_id: UUID, body: ClesDuClient, agir: AgirDep) -> None:
    """Enregistrer les clés publiques du client, qui n'a alors plus de secret."""
    jwks = cles.read([key.model_dump(exclude_none=True) for key in body.cles])
    noms = tuple(key.kid for key in body.cles)
    await agir(client_id, client.EnregistrerClesDuClient(jwks, noms, agir.par, agir.maintenant))


@router.post(
    "/{client_id:uuid}/cles",
    status_code=204,
    responses=problems(client.ClientInconnu, client.ClesRefusees),
)
async def ajouter_une_cle(client_id: UUID, body: ClePublique, agir: AgirDep) -> None:
    """Ajouter une clé publique à celles du client, cinq au plus. La première retire ses secrets."""
    await agir.changer_les_cles(client_id, lambda jwks: cles.avec(jwks, body.model_dump(exclude_none=True)))


@router.delete(
    "/{client_id:uuid}/cles/{kid}",
    status_code=204,
    responses=problems(client.ClientInconnu, client.CleInconnue, client.DerniereCle),
)
async def retirer_une_cle(client_id: UUID, kid: Annotated[str, Path(max_length=128)], agir: AgirDep) -> None:
    """Retirer une clé du client, jamais la dernière : elle ne prouve plus rien."""
    await agir.changer_les_cles(client_id, lambda jwks: cles.sans(jwks, kid))


@router.post("/{client_id:uuid}/suspension", status_code=204, responses=problems(client.ClientInconnu))
async def suspendre(client_id: UUID, body: Suspension, agir: AgirDep) -> None:
    """Couper l'accès du client, aussitôt."""
    await agir(client_id, client.SuspendreClient(body.motif, agir.par, agir.maintenant))


@router.post("/{client_id:uuid}/reprise", status_code=204, responses=problems(client.ClientInconnu))
async def reprendre(client_id: UUID, agir: AgirDep) -> None:
    """Rendre l'accès au client."""
    await agir(client_id, client.ReprendreClient(agir.par, agir.maintenant))
