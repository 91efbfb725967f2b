"""What the sign-in routes receive: the session of the cookie, the CSRF check, and the objects behind them."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from events.store.store import Context
from fastapi import Depends, Request, Response
from web.auth import Caller
from web.problems import LECTURE_SEULE, NON_AUTHENTIFIE, Kind, Problem
from web.wiring import request_id

from identity.connexion.chiffre import Empreintes
from identity.connexion.codes import Codes
from identity.connexion.identites import Identites
from identity.connexion.proconnect.client import ProConnect
from identity.connexion.rapprochement import Rapprochements
from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.jetons import Minter
from identity.connexion.sessions.registre import Registre, Session
from identity.connexion.sessions.transactions import Transactions
from identity.dispositif.reprise import Dispositif
from identity.domain.vocabulaire import CompteId, SessionId
from identity.entreprises.annuaire import Annuaire
from identity.oauth.acces import AccesMachine
from identity.settings import Settings

SESSION_COOKIE = "__Host-coop_session"
TRANSACTION_COOKIE = "__Host-coop_tx"
CSRF_HEADER = "x-csrf-token"

ORIGINE_REFUSEE = Kind("OrigineRefusee", 403, "Cette demande ne vient pas d’une page de La Coop.")
JETON_CSRF_REFUSE = Kind("JetonCsrfRefuse", 403, "Le jeton CSRF manque ou n’est plus bon.")


@dataclass(frozen=True, slots=True)
class Acces:
    """The objects of the sign-in, put on `app.state.acces` by the composition root.

    annuaire : of companies, asked when somebody says who employs them.
    """

    settings: Settings
    proconnect: ProConnect
    transactions: Transactions
    registre: Registre
    keys: SigningKeys
    minter: Minter
    empreintes: Empreintes
    codes: Codes
    rapprochements: Rapprochements
    identites: Identites
    dispositif: Dispositif
    machines: AccesMachine
    annuaire: Annuaire


async def _acces(request: Request) -> Acces:
    return request.app.state.acces


AccesDep = Annotated[Acces, Depends(_acces)]


@dataclass(frozen=True, slots=True)
class SessionCourante:
    """The live session of this request's cookie, and the cookie's value."""

    session: Session
    opaque: str = field(repr=False)


async def _session_ou_none(request: Request, acces: AccesDep) -> SessionCourante | None:
    opaque = request.cookies.get(SESSION_COOKIE)
    session = await acces.registre.find(opaque)
    if session is None or opaque is None:
        return None
    request.state.compte_id = str(session.compte_id)
    return SessionCourante(session, opaque)


SessionOuNone = Annotated[SessionCourante | None, Depends(_session_ou_none)]


async def signed_in(courante: SessionOuNone) -> SessionCourante:
    """The session of the cookie, or 401."""
    if courante is None:
        raise Problem(NON_AUTHENTIFIE)
    return courante


SessionDep = Annotated[SessionCourante, Depends(signed_in)]
"""Someone signed in by cookie, or 401."""


async def _session_protegee(request: Request, courante: SessionDep, acces: AccesDep) -> SessionCourante:
    check_csrf(request.headers, courante.opaque, acces)
    if courante.session.usurpateur is not None:
        raise Problem(LECTURE_SEULE)
    return courante


SessionProtegee = Annotated[SessionCourante, Depends(_session_protegee)]
"""The same, on a route that changes something: the CSRF token and the origin are checked."""


def check_origin(headers: Mapping[str, str], acces: Acces) -> None:
    """Where the browser says that the request comes from. Raises Problem.

    `Origin` decides when it is there; else `Sec-Fetch-Site`. Every browser sends one of them on a request
    that changes something: without either, it is refused.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    known = origin in acces.settings.allowed_origins if origin is not None else site == "same-origin"
    if not known:
        raise Problem(ORIGINE_REFUSEE)


def check_csrf(headers: Mapping[str, str], opaque: str, acces: Acces) -> None:
    """The origin, and the token bound to the session. Raises Problem."""
    check_origin(headers, acces)
    received = headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(received.encode(), acces.empreintes.csrf(opaque).encode()):
        raise Problem(JETON_CSRF_REFUSE)


def address_of(request: Request) -> str:
    """The network address of who asks, as the gateway gives it."""
    return request.headers.get("x-real-ip") or (request.client.host if request.client else "")


def context_of(request: Request, author: object) -> Context:
    """Who acts: an account, or the sign-in itself as long as there is none."""
    return Context(author=str(author), request_id=request_id(request))


async def renew(acces: Acces, moi: Caller, context: Context, response: Response) -> None:
    """Another identifier for the session: what it may do has changed."""
    opaque = await acces.registre.rotate(SessionId(moi.sid), CompteId(moi.compte_id), context)
    if opaque is not None:
        set_cookie(response, SESSION_COOKIE, opaque)


def set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """`__Host-` cookie: Secure, HttpOnly, SameSite=Lax, no domain."""
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
