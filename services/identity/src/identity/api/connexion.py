"""Sign-in: to ProConnect and back. What fails there ends on a page of the portail, without a session."""

from typing import Annotated
from urllib.parse import urlencode

import structlog
from events.store.store import Context
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response
from web.parameters import any_parameter
from web.policies import PUBLIC, allow
from web.wiring import ClockDep, StoreDep, request_id

from identity.api import refus, return_to
from identity.api.browser import (
    SESSION_COOKIE,
    TRANSACTION_COOKIE,
    Acces,
    AccesDep,
    SessionOuNone,
    address_of,
    context_of,
    drop_cookie,
    set_cookie,
)
from identity.connexion.proconnect.client import SignedIn
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.proconnect.verification import MFA_LEVELS
from identity.connexion.rattachement import Rattachement
from identity.connexion.sessions.registre import (
    DE_LA_GESTION,
    DE_TOUS,
    Authentification,
    Limites,
    coarse_agent,
)
from identity.connexion.sessions.transactions import LIFE, Taken
from identity.domain.acces import ACCES
from identity.domain.compte import Identite
from identity.domain.courriel import AdresseSupprimee, CourrielIllisible
from identity.domain.vocabulaire import CompteId, Droit, MotifRevocation

log = structlog.get_logger()
router = APIRouter(prefix="/auth", tags=["Connexion"])

A_RAPPROCHER = "/inscription/rapprochement"
"""The portail's page that asks whether another account is theirs."""
_PROVIDER_ERRORS = frozenset(
    {
        "login_required",
        "access_denied",
        "invalid_request",
        "invalid_scope",
        "unsupported_response_type",
        "idp_hint_not_found",
        "server_error",
        "temporarily_unavailable",
    }
)

# Their addresses are written by others: bookmarks, mails, ProConnect.
_OPEN = [allow(PUBLIC), Depends(any_parameter)]


@router.get("/connexion", response_class=RedirectResponse, status_code=303, dependencies=_OPEN)
async def connexion(
    request: Request,
    acces: AccesDep,
    retour: Annotated[str | None, Query(alias="return_to", description="Chemin local où revenir")] = None,
) -> Response:
    """Partir se connecter chez ProConnect."""
    if (ici := acces.settings.one_origin(request.headers.get("host", ""))) is not None:
        # The cookie would stay on this name, and ProConnect comes back to the other.
        return RedirectResponse(
            f"{ici}/auth/connexion?{urlencode({'return_to': return_to.safe(retour)})}", 303
        )
    try:
        return await _leave(
            request, acces, return_to.safe(retour), strong=acces.settings.mfa_exigee == "tous"
        )
    except SigninFailed as failure:
        return _failed(request, failure)


@router.get("/retour", response_class=RedirectResponse, status_code=303, dependencies=_OPEN)
async def retour(
    request: Request, acces: AccesDep, store: StoreDep, clock: ClockDep, courante: SessionOuNone
) -> Response:
    """Revenir de ProConnect : une session, ou la page d'aide."""
    try:
        back = request.cookies.get(TRANSACTION_COOKIE), _single(request, "state")
        taken, strong = await acces.transactions.take("connexion", *back), False
        if taken is None:
            taken, strong = await acces.transactions.take("connexion_forte", *back), True
        if taken is None:
            if courante is not None:
                # Back button, or an older tab: the person is already in.
                return RedirectResponse(return_to.HOME, 303)
            raise SigninFailed(Reason.BAD_STATE)
        signed = await _signed_in(request, acces, taken, strong=strong)
        rattachement = Rattachement(store, acces.empreintes, acces.rapprochements, clock)
        trouve = await rattachement.compte_de(
            acces.settings.proconnect_issuer, signed.person, Context("connexion", request_id(request))
        )
        compte_id = trouve.compte_id
        access, _ = await store.state(ACCES(compte_id))
        if access.suspendu:
            raise SigninFailed(Reason.SUSPENDED)
        gestion = access.droit is not Droit.AUCUN
        if gestion and signed.token.acr not in MFA_LEVELS:
            # Who they are is known only now: administrators and the support go back for the second factor.
            return await _leave(request, acces, taken.return_to, strong=True)
        where = A_RAPPROCHER if trouve.a_rapprocher else taken.return_to
        response = await _open(
            request, acces, compte_id, signed, where, DE_LA_GESTION if gestion else DE_TOUS
        )
        await acces.dispositif.accueillir(compte_id, context_of(request, compte_id))
        if courante is not None:
            await acces.registre.revoke(
                courante.session.session_id,
                courante.session.compte_id,
                MotifRevocation.REMPLACEE,
                context_of(request, courante.session.compte_id),
            )
        return response
    except SigninFailed as failure:
        return _failed(request, failure)
    except CourrielIllisible:
        return _failed(request, SigninFailed(Reason.BAD_EMAIL))
    except AdresseSupprimee:
        log.info("signin_refused", reason="deleted_address")
        return refus.page(refus.DELETED_ADDRESS, request_id(request))
    except Exception as error:
        # Never a 500, and never the message: a database error quotes what was being written.
        log.error("signin_broke", error=type(error).__name__)
        return refus.page(refus.code_of(None), request_id(request))


async def _leave(request: Request, acces: Acces, retour: str, *, strong: bool) -> Response:
    """To ProConnect. strong : several factors, without which it does not come back. Raises SigninFailed."""
    begun = await acces.transactions.begin(
        "connexion_forte" if strong else "connexion",
        retour,
        request.cookies.get(TRANSACTION_COOKIE),
        address_of(request),
    )
    url = await acces.proconnect.authorization_url(
        state=begun.state, nonce=begun.nonce, verifier=begun.verifier, mfa=strong
    )
    response = RedirectResponse(url, 303)
    set_cookie(response, TRANSACTION_COOKIE, begun.marker, int(LIFE.total_seconds()))
    return response


async def _signed_in(request: Request, acces: Acces, taken: Taken, *, strong: bool) -> SignedIn:
    """What ProConnect says of the person who comes back. Raises SigninFailed."""
    error = _single(request, "error")
    if "error" in request.query_params:
        raise SigninFailed(Reason.PROVIDER_ERROR, error if error in _PROVIDER_ERRORS else "other")
    issuers = request.query_params.getlist("iss")
    if len(issuers) > 1:
        raise SigninFailed(Reason.BAD_ISSUER, "repeated")
    await acces.proconnect.check_issuer(issuers[0] if issuers else None)
    code = _single(request, "code")
    if not code or len(code) > 2048:
        raise SigninFailed(Reason.MISSING_CODE)
    return await acces.proconnect.finish(code, taken.verifier, taken.nonce, mfa=strong)


async def _open(
    request: Request, acces: Acces, compte_id: CompteId, signed: SignedIn, where: str, limites: Limites
) -> Response:
    """A session for this account, in this browser, which goes on there."""
    auth = Authentification(
        acr=signed.token.acr,
        amr=signed.token.amr,
        auth_time=signed.token.auth_time,
        idp_id=signed.person.idp_id,
        id_token=signed.id_token,
        navigateur=coarse_agent(request.headers.get("user-agent", "")),
        identite=acces.identites.marque(Identite(acces.settings.proconnect_issuer, signed.person.sub)),
    )
    opaque = await acces.registre.open(compte_id, auth, context_of(request, compte_id), limites)
    response = RedirectResponse(where, 303)
    set_cookie(response, SESSION_COOKIE, opaque)
    drop_cookie(response, TRANSACTION_COOKIE)
    log.info("signed_in", compte_id=str(compte_id), acr=signed.token.acr)
    return response


def _failed(request: Request, failure: SigninFailed) -> Response:
    log.info("signin_refused", reason=failure.reason.value, detail=failure.detail)
    # The cookie stays: another tab may still finish.
    return refus.page(refus.code_of(failure), request_id(request))


def _single(request: Request, name: str) -> str | None:
    """The parameter, when it is there exactly once."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 else None
