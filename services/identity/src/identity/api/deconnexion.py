"""Logout: our session first, then ProConnect's (docs/domaine/proconnect.md §7)."""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse, RedirectResponse
from web.openapi import WRITING
from web.parameters import any_parameter
from web.policies import PUBLIC, allow
from web.wiring import request_id

from identity.api import refus
from identity.api.browser import (
    SESSION_COOKIE,
    TRANSACTION_COOKIE,
    AccesDep,
    SessionOuNone,
    address_of,
    check_csrf,
    check_origin,
    context_of,
    drop_cookie,
    set_cookie,
)
from identity.connexion.proconnect.errors import SigninFailed
from identity.connexion.sessions.transactions import LIFE
from identity.domain.vocabulaire import MotifRevocation

router = APIRouter(prefix="/auth/deconnexion", tags=["Connexion"])

WELCOME = "/"
"""The portail's home."""


class Sortie(BaseModel):
    """Où envoyer le navigateur pour finir de se déconnecter."""

    url: str


@router.post(
    "",
    responses={200: {"model": Sortie}, 303: {"description": "Pour un navigateur sans script"}},
    openapi_extra={"security": [*WRITING, {"Origine": []}]},
    dependencies=[allow(PUBLIC)],
)
async def deconnexion(request: Request, acces: AccesDep, courante: SessionOuNone) -> Response:
    """Se déconnecter d'ici, puis de ProConnect. Demande le jeton CSRF ; sans session, ne fait rien."""
    # A form of another site comes without the cookie (SameSite): it must not make the browser drop it.
    check_origin(request.headers, acces)
    url, marker = WELCOME, None
    if courante is not None:
        check_csrf(request.headers, courante.opaque, acces)
        session = courante.session
        hint = await acces.registre.id_token(session.session_usurpateur or session.session_id)
        await acces.registre.revoke(
            session.session_id,
            session.compte_id,
            MotifRevocation.DECONNEXION,
            context_of(request, session.compte_id),
        )
        if session.usurpateur is not None and session.session_usurpateur is not None:
            context = context_of(request, session.usurpateur)
            await acces.registre.revoke(
                session.session_usurpateur, session.usurpateur, MotifRevocation.DECONNEXION, context
            )
        begun = await acces.transactions.begin(
            "deconnexion", WELCOME, request.cookies.get(TRANSACTION_COOKIE)
        )
        try:
            url, marker = await acces.proconnect.end_session_url(begun.state, hint), begun.marker
        except SigninFailed:
            # ProConnect cannot be reached: the logout here stands.
            url = WELCOME
    wants_page = "text/html" in request.headers.get("accept", "")
    response = RedirectResponse(url, 303) if wants_page else JSONResponse({"url": url})
    if courante is not None:
        drop_cookie(response, SESSION_COOKIE)
    if marker is not None:
        set_cookie(response, TRANSACTION_COOKIE, marker, int(LIFE.total_seconds()))
    return response


_OPEN = [allow(PUBLIC), Depends(any_parameter)]


@router.get("/proconnect", response_class=RedirectResponse, status_code=303, dependencies=_OPEN)
async def proconnect(request: Request, acces: AccesDep) -> Response:
    """Sortir de ProConnect, pour y revenir avec une autre adresse. Ne touche pas à la session d'ici."""
    marker = request.cookies.get(TRANSACTION_COOKIE)
    try:
        begun = await acces.transactions.begin("deconnexion", WELCOME, marker, address_of(request))
        url = await acces.proconnect.end_session_url(begun.state, None)
    except SigninFailed as failure:
        return refus.page(refus.code_of(failure), request_id(request))
    response = RedirectResponse(url, 303)
    set_cookie(response, TRANSACTION_COOKIE, begun.marker, int(LIFE.total_seconds()))
    return response


@router.get("/retour", response_class=RedirectResponse, status_code=303, dependencies=_OPEN)
async def retour(request: Request, acces: AccesDep, state: str | None = None) -> Response:
    """Revenir de la déconnexion de ProConnect."""
    taken = await acces.transactions.take("deconnexion", request.cookies.get(TRANSACTION_COOKIE), state)
    response = RedirectResponse(WELCOME, 303)
    if taken is not None:
        drop_cookie(response, TRANSACTION_COOKIE)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
