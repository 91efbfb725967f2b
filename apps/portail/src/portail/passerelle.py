"""The only way out: the gateway's public API, with the visitor's own cookie: no right of our own."""

import re
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx2
import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

log = structlog.get_logger()

_SECONDS = 10.0
_FICHIER_SECONDS = 60.0
"""For the next piece of a file: the API writes it in full before it answers."""
_POSITION = re.compile(r"[a-z]{2,32}:[0-9]{1,19}-[0-9]{1,19}", re.ASCII)
_JETON = re.compile(r"[A-Za-z0-9_=.-]{1,200}", re.ASCII)
_VERSION = re.compile(r'(?:W/)?"[0-9]{1,9}"', re.ASCII)
_DIT_AUTREMENT = {
    "JetonCsrfRefuse": "Cette page date d’une connexion précédente : rien n’est enregistré. Relisez, puis "
    "recommencez.",
    "OrigineRefusee": "Cette demande ne vient pas d’une page de La Coop : rien n’est enregistré. Relisez, "
    "puis recommencez d’ici.",
}
"""Titles of the API that are for who writes a program, in the words of who reads a page."""
_DIT_D_UN_CHAMP: Mapping[str, str] = dict.fromkeys(
    ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "Une date est attendue : le jour, le mois, puis l’année, comme 27/11/2026.",
) | {"TelephoneIllisible": "Écrivez un numéro français, comme 04 55 66 77 88 ou +33 4 55 66 77 88."}
"""The same, by type of what is wrong with a field."""
_VERSION_FAUSSE = '"0"'
"""Never that of anything written: the API then says that it was changed meanwhile."""
_POSITION_SECONDS = 10
_SERVICES = {
    "auth": "identity",
    "comptes": "identity",
    "clients": "identity",
    "annuaire": "identity",
    "activites": "activites",
    "beneficiaires": "activites",
    "coordinations": "activites",
    "brouillons": "activites",
    "modeles": "activites",
    "rdv": "activites",
    "statistiques": "activites",
    "tags": "activites",
    "equipes": "equipes",
    "invitations": "equipes",
    "lieux": "cartographie",
}
"""First step of a path of the API -> the service whose own writes its reads may wait for."""


class SessionAbsente(Exception):
    """401: nobody is signed in, or the session has ended."""


class Muette(Exception):
    """The API does not answer, or answers nonsense: only its part of the page is lost."""


class Refus(Exception):
    """The API answered a problem (RFC 9457)."""

    def __init__(self, statut: int, probleme: Mapping[str, Any]) -> None:
        super().__init__(str(statut))
        self.statut = statut
        self.probleme = probleme

    @property
    def nom(self) -> str:
        """Last part of the problem's `type`: `DateDansLeFutur`."""
        return str(self.probleme.get("type", "")).rpartition("/")[2]

    @property
    def titre(self) -> str:
        """What to tell the person, when nothing is tied to a field."""
        dit = self.probleme.get("detail") or self.probleme.get("title") or "La demande est refusée."
        return _DIT_AUTREMENT.get(self.nom) or str(dit)

    @property
    def phrases(self) -> str:
        """All that is wrong, to be read in one piece."""
        return " ".join(self.fautes().values())

    def fautes(self) -> dict[str, str]:
        """Message by JSON Pointer, or by name of a parameter, in the order of the API; the whole form is the
        empty pointer."""
        fautes: dict[str, str] = {}
        for erreur in self.probleme.get("erreurs") or []:
            ou = str(erreur.get("pointeur") or erreur.get("parametre") or "")
            dit = _DIT_D_UN_CHAMP.get(str(erreur.get("type"))) or str(erreur.get("message", ""))
            fautes.setdefault(ou, dit)
        return fautes or {"": self.titre}


@dataclass(frozen=True, slots=True)
class Reponse:
    """corps : JSON lu, ou None.   en_retard : la lecture n'a pas atteint la dernière écriture."""

    statut: int
    corps: Any
    entetes: Mapping[str, str]

    @property
    def etag(self) -> str | None:
        return self.entetes.get("etag")

    @property
    def lisible(self) -> bool:
        """What was asked for, in JSON: a page of the network's, or elsewhere to go, answers no question."""
        return self.statut < 300 and "json" in self.entetes.get("content-type", "")

    @property
    def en_retard(self) -> bool:
        return self.entetes.get("x-position-atteinte") == "non"


class Chrono:
    """What a page cost, and to whom: calls that run side by side are waited for once."""

    def __init__(self) -> None:
        self._debut = time.perf_counter()
        self._depuis = 0.0
        self._en_cours = 0
        self._attente = 0.0
        self._appels = 0

    @contextmanager
    def appel(self) -> Generator[None]:
        if self._en_cours == 0:
            self._depuis = time.perf_counter()
        self._appels += 1
        self._en_cours += 1
        try:
            yield
        finally:
            self._en_cours -= 1
            if self._en_cours == 0:
                self._attente += time.perf_counter() - self._depuis

    def __str__(self) -> str:
        """As `Server-Timing` wants it: milliseconds of the API with its calls, then ours."""
        page = time.perf_counter() - self._debut - self._attente
        return f'api;desc="{self._appels}";dur={self._attente * 1e3:.1f}, page;dur={page * 1e3:.1f}'


class Passerelle:
    """The API, as the visitor of this request."""

    def __init__(self, http: httpx2.AsyncClient, request: Request) -> None:
        self._http = http
        self._request = request
        self._chrono = Chrono()
        self._positions: dict[str, str] = {}
        self._oubliees: set[str] = set()
        self._cookies: list[str] = []

    async def lire(self, chemin: str, **parametres: Any) -> Reponse:
        """GET. None and empty lists are not sent. Raises SessionAbsente, Refus, Muette."""
        entetes = self._communs()
        if position := self._position(chemin):
            entetes["X-Position"] = position
        choisis = {nom: v for nom, v in parametres.items() if v not in (None, "", [])}
        reponse = await self._envoyer("GET", chemin, entetes, params=choisis)
        if not reponse.lisible:
            log.warning("api_unreadable", service=service_de(chemin), status=reponse.statut)
            raise Muette(service_de(chemin))
        return reponse

    async def lire_si_possible(self, chemin: str, **parametres: Any) -> Any:
        """What GET gives; None when this part does not answer: the rest of the page stands."""
        try:
            return (await self.lire(chemin, **parametres)).corps
        except (Muette, Refus):
            return None

    async def ecrire(
        self,
        methode: str,
        chemin: str,
        corps: Any = None,
        *,
        csrf: str,
        si_version: str | None = None,
        secondes: float = _SECONDS,
    ) -> Reponse:
        """POST, PUT, DELETE. csrf : from the form; the browser's Origin goes along. Raises the same.

        secondes : how long to wait, for what takes its time."""
        entetes = self._prouves(csrf)
        if si_version:
            entetes["If-Match"] = si_version if _VERSION.fullmatch(si_version) else _VERSION_FAUSSE
        # What another service decided a moment ago may decide this one: an employment, a place.
        ailleurs = [s for s in self._connues() if s != service_de(chemin)]
        if ailleurs:
            entetes["X-Position"] = self._connues()[ailleurs[-1]]
        reponse = await self._envoyer(
            methode,
            chemin,
            entetes,
            content=orjson.dumps(corps if corps is not None else {}),
            timeout=secondes,
        )
        if position := reponse.entetes.get("x-position"):
            self._positions[position.partition(":")[0]] = position
        if ailleurs and reponse.en_retard:
            # What was decided there does not decide this: waited for once, not at each write.
            self._oubliees.add(ailleurs[-1])
        return reponse

    async def demander(self, chemin: str, corps: Any, *, csrf: str) -> Reponse:
        """POST that writes nothing: a question whose words name somebody, and so are in no address."""
        entetes = self._prouves(csrf)
        if position := self._position(chemin):
            entetes["X-Position"] = position
        return await self._envoyer("POST", chemin, entetes, content=orjson.dumps(corps))

    async def recopier(self, chemin: str, corps: Any, fichier: BinaryIO, *, csrf: str) -> None:
        """The same, whose answer is a file: written into this one as it comes."""
        entetes = self._prouves(csrf) | {"Accept": "*/*"}
        if position := self._position(chemin):
            entetes["X-Position"] = position
        demande = self._http.stream(
            "POST",
            chemin,
            headers=_octets(entetes),
            content=orjson.dumps(corps),
            timeout=_FICHIER_SECONDS,
        )
        try:
            with self._chrono.appel():
                async with demande as recue:
                    if recue.status_code < 300:
                        async for morceau in recue.aiter_bytes():
                            fichier.write(morceau)
                        return
                    await recue.aread()
        except httpx2.HTTPError as error:
            log.warning("api_silent", service=service_de(chemin), error=type(error).__name__)
            raise Muette(service_de(chemin)) from None
        self._jugee(chemin, recue)
        raise Muette(service_de(chemin))

    def rendre(self, reponse: Response) -> Response:
        """Gives the browser what the API set: its cookies, the positions that next reads wait for; and what
        the page cost."""
        reponse.headers["Server-Timing"] = str(self._chrono)
        for cookie in self._cookies:
            reponse.headers.append("set-cookie", cookie)
        for service in self._oubliees | self._positions.keys():
            reponse.set_cookie(
                _cookie(service),
                self._positions.get(service, ""),
                max_age=_POSITION_SECONDS if service in self._positions else 0,
                path="/",
                secure=True,
                httponly=True,
                samesite="lax",
            )
        return reponse

    def _prouves(self, csrf: str) -> dict[str, str]:
        """What says that a POST comes from one of our pages."""
        lus = self._request.headers
        jeton = csrf if _JETON.fullmatch(csrf) else ""
        entetes = self._communs() | {"X-CSRF-Token": jeton, "Content-Type": "application/json"}
        return entetes | {nom: lus[nom] for nom in ("origin", "sec-fetch-site") if nom in lus}

    def _communs(self) -> dict[str, str]:
        entetes = {"Accept": "application/json", "X-Request-Id": self._request.state.request_id}
        if cookie := self._request.headers.get("cookie"):
            entetes["Cookie"] = cookie
        return entetes

    def _connues(self) -> dict[str, str]:
        lus = {s: self._request.cookies.get(_cookie(s)) for s in sorted(set(_SERVICES.values()))}
        connues = {s: p for s, p in lus.items() if p and _POSITION.fullmatch(p)} | self._positions
        return {s: p for s, p in connues.items() if s not in self._oubliees}

    def _position(self, chemin: str) -> str | None:
        return self._connues().get(service_de(chemin))

    async def _envoyer(self, methode: str, chemin: str, entetes: Mapping[str, str], **suite: Any) -> Reponse:
        try:
            with self._chrono.appel():
                recue = await self._http.request(methode, chemin, headers=_octets(entetes), **suite)
        except httpx2.HTTPError as error:
            log.warning("api_silent", service=service_de(chemin), error=type(error).__name__)
            raise Muette(service_de(chemin)) from None
        return self._jugee(chemin, recue)

    def _jugee(self, chemin: str, recue: httpx2.Response) -> Reponse:
        """What it answered, read. Raises SessionAbsente, Refus, Muette."""
        try:
            json = recue.content and "json" in recue.headers.get("content-type", "")
            corps = orjson.loads(recue.content) if json else None
        except orjson.JSONDecodeError as error:
            log.warning("api_silent", service=service_de(chemin), error=type(error).__name__)
            raise Muette(service_de(chemin)) from None
        self._cookies += recue.headers.get_list("set-cookie")
        if recue.status_code == 401:
            raise SessionAbsente
        if recue.status_code >= 400:
            coupee = isinstance(corps, dict) and str(corps.get("type", "")).endswith("/Maintenance")
            if (recue.status_code >= 500 and not coupee) or not isinstance(corps, dict):
                log.warning("api_failed", service=service_de(chemin), status=recue.status_code)
                raise Muette(service_de(chemin))
            raise Refus(recue.status_code, corps)
        return Reponse(recue.status_code, corps, recue.headers)


def _octets(entetes: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """A browser's headers are bytes, which Starlette reads as Latin-1: they go on as they came."""
    return [(nom.encode(), valeur.encode("latin-1")) for nom, valeur in entetes.items()]


def client(url: str, public_url: str) -> httpx2.AsyncClient:
    """One per process. url : of the gateway.   public_url : the name under which it is known."""
    return httpx2.AsyncClient(
        base_url=url,
        headers={"Host": urlsplit(public_url).netloc},
        timeout=_SECONDS,
        follow_redirects=False,
        limits=httpx2.Limits(max_connections=200, max_keepalive_connections=100),
        trust_env=False,
    )


def service_de(chemin: str) -> str:
    """Which service answers this path of the API; none for what has no reads of its own to wait for."""
    return _SERVICES.get(chemin.strip("/").partition("/")[0].partition("?")[0], "")


def _cookie(service: str) -> str:
    return f"__Host-coop_position_{service}"
