"""RDV Service Public par HTTP : API v1 et OAuth, bornés en taille et en temps, sans redirection."""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import httpx2
import orjson
from pydantic import BaseModel, Field, ValidationError

from activites.domain.rdv import Participant, Rdv, StatutRdv
from activites.rdv.service import Agent, Jetons, Muet, Refuse

OCTETS_MAX = 4_000_000
"""Of one answer, decompressed: a page of a hundred rendez-vous weighs a twentieth of that."""
PAGES_MAX = 20
"""Of a hundred elements: nobody has two thousand rendez-vous in five months."""
_SECONDES = 5.0
_REFUS = frozenset({400, 401, 403, 404, 409, 422})
_STATUTS = {statut.value: statut for statut in StatutRdv}


type Identifiant = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""One of theirs, as our tables hold it."""


class _Jetons(BaseModel):
    access_token: str = Field(min_length=1, max_length=4096)
    refresh_token: str = Field(min_length=1, max_length=4096)
    expires_in: int = Field(ge=1, le=31_536_000)


class _Personne(BaseModel):
    id: Identifiant
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    birth_date: str | None = None


class _Participation(BaseModel):
    status: str | None = None
    user: _Personne


class _Nomme(BaseModel):
    id: Identifiant
    name: str | None = None


class _Ecoute(BaseModel):
    id: Identifiant
    target_url: str | None = None


class _Rdv(BaseModel):
    id: Identifiant
    agents: list[_Personne] = []
    organisation: _Nomme
    motif: _Nomme | None = None
    lieu: _Nomme | None = None
    address: str | None = None
    name: str | None = None
    collectif: bool = False
    status: str
    starts_at: str
    duration_in_min: int
    participations: list[_Participation] = Field(default=[], max_length=1000)
    deleted_at: str | None = None


class RdvHttp:
    """One per process."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        now: Callable[[], dt.datetime],
        *,
        url: str,
        client_id: str,
        secret: str,
        retour: str,
        revocation: str = "",
    ) -> None:
        """url : without a final slash.   retour : where people come back.   now : the Clock's.

        revocation : path where tokens are revoked (RFC 7009); empty, they are not.
        """
        self._http: Final = http
        self._now: Final = now
        self._url: Final = url
        self._revocation: Final = revocation
        self._client: Final = {"client_id": client_id, "client_secret": secret, "redirect_uri": retour}

    def adresse_d_autorisation(self, etat: str, defi: str) -> str:
        demande = {
            "client_id": self._client["client_id"],
            "redirect_uri": self._client["redirect_uri"],
            "response_type": "code",
            "scope": "write",
            "state": etat,
            "code_challenge": defi,
            "code_challenge_method": "S256",
        }
        return f"{self._url}/oauth/authorize?{urlencode(demande)}"

    async def echanger(self, code: str, verifieur: str) -> Jetons:
        return await self._jetons(
            {"grant_type": "authorization_code", "code": code, "code_verifier": verifieur}
        )

    async def renouveler(self, renouvellement: str) -> Jetons:
        return await self._jetons({"grant_type": "refresh_token", "refresh_token": renouvellement})

    async def revoquer(self, acces: str, renouvellement: str) -> None:
        if not self._revocation:
            return
        # With what renews it, most servers revoke the other; RFC 7009 §2.1 does not promise it.
        for sorte, jeton in (("refresh_token", renouvellement), ("access_token", acces)):
            champs = {nom: self._client[nom] for nom in ("client_id", "client_secret")}
            demande = httpx2.Request(
                "POST",
                f"{self._url}{self._revocation}",
                headers={"Accept": "application/json"},
                data={**champs, "token": jeton, "token_type_hint": sorte},
            )
            try:
                await self._recevoir(demande)
            except Refuse as refus:
                # It knows nothing of one: no refusal. Of a kind that it does not revoke: it ends by itself.
                if refus.erreur != "unsupported_token_type":
                    raise Muet(str(refus)) from None

    async def moi(self, acces: str) -> Agent:
        agent = _lu(_Personne, (await self._api("GET", "/agents/me", acces)).get("agent"))
        if not agent.email:
            raise Muet("agent")
        return Agent(agent.id, agent.email)

    async def organisations(self, acces: str) -> tuple[int, ...]:
        lues = await self._toutes("/organisations", "organisations", acces)
        return tuple(_lu(_Nomme, une).id for une in lues)

    async def rdvs(self, acces: str, agent_id: int, du: dt.datetime, au: dt.datetime) -> list[Rdv]:
        bornes = {"agent_id": agent_id, "starts_after": du.isoformat(), "starts_before": au.isoformat()}
        lus = await self._toutes("/rdvs", "rdvs", acces, **bornes)
        return [rdv for un in lus if (rdv := lire_rdv(un)) is not None and agent_id in rdv.agents]

    async def rdv(self, acces: str, agent_id: int, rdv_id: int) -> Rdv | None:
        lus = await self._toutes("/rdvs", "rdvs", acces, id=rdv_id, agent_id=agent_id)
        trouves = [rdv for un in lus if (rdv := lire_rdv(un)) is not None and rdv.rdv_id == rdv_id]
        return next((rdv for rdv in trouves if agent_id in rdv.agents), None)

    async def changer_statut(self, acces: str, rdv_id: int, statut: StatutRdv) -> None:
        await self._api("PATCH", f"/rdvs/{rdv_id}/update_status", acces, {"status": statut.value})

    async def ecouter(self, acces: str, organisation_id: int, adresse: str, secret: str) -> None:
        chemin = f"/organisations/{organisation_id}/webhook_endpoints"
        lus = await self._toutes(chemin, "webhook_endpoints", acces, target_url=adresse)
        # Whatever it filters, never that of somebody else.
        la = [un for un in (_lu(_Ecoute, dit) for dit in lus) if un.target_url == adresse]
        corps = {"target_url": adresse, "secret": secret, "subscriptions": ["rdv"]}
        # Whatever secret it had, it has ours now: the API does not say which it was.
        if la:
            await self._api("PATCH", f"{chemin}/{la[0].id}", acces, corps)
        else:
            await self._api("POST", chemin, acces, corps)

    async def _jetons(self, champs: Mapping[str, str]) -> Jetons:
        demande = httpx2.Request(
            "POST",
            f"{self._url}/oauth/token",
            headers={"Accept": "application/json"},
            data={**self._client, **champs},
        )
        try:
            recu = await self._envoyer(demande)
        except Refuse as refus:
            # Only this says that the person authorizes us no more: whatever else is wrong is ours, or theirs.
            if refus.erreur != "invalid_grant":
                raise Muet(str(refus)) from None
            raise
        lus = _lu(_Jetons, recu)
        if not (lus.access_token + lus.refresh_token).isprintable():
            raise Muet("jetons")
        expire_le = self._now() + dt.timedelta(seconds=lus.expires_in)
        return Jetons(lus.access_token, lus.refresh_token, expire_le)

    async def _toutes(self, chemin: str, nom: str, acces: str, **bornes: Any) -> list[Any]:
        """The elements of every page. Raises Muet beyond what anybody has."""
        elements: list[Any] = []
        for page in range(1, PAGES_MAX + 1):
            recu = await self._api("GET", f"{chemin}?{urlencode({**bornes, 'page': page})}", acces)
            la, meta = recu.get(nom), recu.get("meta")
            if not isinstance(la, list) or not isinstance(meta, dict):
                raise Muet("page")
            elements += la
            pages = meta.get("total_pages")
            if not isinstance(pages, int) or page >= pages:
                return elements
        raise Muet("trop")

    async def _api(self, methode: str, chemin: str, acces: str, corps: Any = None) -> dict[str, Any]:
        entetes = {"Authorization": f"Bearer {acces}", "Accept": "application/json"}
        contenu = {} if corps is None else {"json": corps}
        demande = httpx2.Request(methode, f"{self._url}/api/v1{chemin}", headers=entetes, **contenu)
        return await self._envoyer(demande)

    async def _envoyer(self, demande: httpx2.Request) -> dict[str, Any]:
        try:
            document = orjson.loads(await self._recevoir(demande))
        except orjson.JSONDecodeError:
            raise Muet("json") from None
        if not isinstance(document, dict):
            raise Muet("json")
        return document

    async def _recevoir(self, demande: httpx2.Request) -> bytes:
        # A request made by hand takes nothing from the client: neither its cookies nor its headers.
        try:
            async with asyncio.timeout(_SECONDES):
                reponse = await self._http.send(demande, stream=True, follow_redirects=False)
                try:
                    corps = bytearray()
                    async for morceau in reponse.aiter_bytes():
                        corps += morceau
                        if len(corps) > OCTETS_MAX:
                            raise Muet("trop_long")
                finally:
                    await reponse.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError) as error:
            raise Muet(type(error).__name__) from None
        if reponse.status_code in _REFUS:
            raise Refuse(str(reponse.status_code), _erreur(bytes(corps)))
        if not reponse.is_success:
            raise Muet(str(reponse.status_code))
        return bytes(corps)


def lire_rdv(document: Any) -> Rdv | None:
    """A rendez-vous of the API; None for one that is deleted, or that lasts no time. Raises Muet."""
    lu = _lu(_Rdv, document)
    if lu.deleted_at is not None or not 1 <= lu.duration_in_min <= 10_000:
        return None
    return Rdv(
        rdv_id=lu.id,
        organisation_id=lu.organisation.id,
        agents=tuple(agent.id for agent in lu.agents),
        debut=instant(lu.starts_at),
        duree_minutes=lu.duration_in_min,
        collectif=lu.collectif,
        statut=_statut(lu.status),
        nom=_court(lu.name),
        motif=_court(lu.motif and lu.motif.name),
        lieu=_court((lu.lieu and lu.lieu.name) or lu.address),
        participants=tuple(
            Participant(
                usager_id=p.user.id,
                prenom=_court(p.user.first_name) or "",
                nom=_court(p.user.last_name) or "",
                statut=_statut(p.status or lu.status),
                telephone=_court(p.user.phone_number),
                courriel=_court(p.user.email),
                naissance=_court(p.user.birth_date),
            )
            for p in lu.participations
        ),
    )


def instant(texte: str) -> dt.datetime:
    """`2026-11-29 10:00:00 +0100`, or ISO 8601 with an offset. Raises Muet."""
    try:
        lu = dt.datetime.fromisoformat(texte.replace(" UTC", "Z").replace(" +", "+").replace(" -", "-"))
        universel = lu.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Muet("instant") from None
    if lu.tzinfo is None:
        raise Muet("instant")
    return universel


def _statut(code: str) -> StatutRdv:
    # « waiting », in the waiting room, is not over either; nor is what they will invent.
    return _STATUTS.get(code, StatutRdv.A_VENIR)


def _court(texte: str | None) -> str | None:
    """On one line, without what a terminal or a page would obey."""
    propre = "".join(c if c.isprintable() else " " for c in texte or "")
    return " ".join(propre.split())[:250] or None


def _erreur(corps: bytes) -> str:
    """The code that an answer of OAuth gives; empty for any other."""
    try:
        document: Any = orjson.loads(corps)
    except orjson.JSONDecodeError:
        return ""
    erreur = document.get("error") if isinstance(document, dict) else None
    return erreur if isinstance(erreur, str) else ""


def _lu[M: BaseModel](modele: type[M], document: Any) -> M:
    try:
        return modele.model_validate(document)
    except (ValidationError, RecursionError):
        # Not chained: it would quote what was said of somebody.
        raise Muet("forme") from None
