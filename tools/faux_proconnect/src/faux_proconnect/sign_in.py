"""Signing in: /authorize, then the pages of the interaction, then the way back to the service."""

import secrets
from dataclasses import replace
from typing import Annotated, NoReturn
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from faux_proconnect import pages
from faux_proconnect.authorization import CallbackError, PageError, read_request, single
from faux_proconnect.claims import email_of, level, usable_siret
from faux_proconnect.forms import BadForm, read_form
from faux_proconnect.monde import EMAIL, Personne, domaine
from faux_proconnect.provider import SESSION_S, Authentication, Grant, Interaction, Provider
from faux_proconnect.provider import Request as AuthorizationRequest
from faux_proconnect.signing import FORGED_ISSUER

SESSION_COOKIE = "faux_pc_session"
BROWSER_COOKIE = "faux_pc_navigateur"
MAX_TRIES = 6
STRONG = frozenset({"eidas2", "eidas3"})
FORM_FIELDS = frozenset({"interaction", "etape", "email", "choix", "code", "annuler"})

router = APIRouter()


def provider_of(request: Request) -> Provider:
    return request.app.state.provider


Shared = Annotated[Provider, Depends(provider_of)]


def way_back(provider: Provider, redirect_uri: str, values: dict[str, str]) -> Response:
    """303 to the service, with `iss` as the failure switch wants it."""
    match provider.failure.mode:
        case "iss_missing":
            iss: dict[str, str] = {}
        case "iss_forged":
            iss = {"iss": FORGED_ISSUER}
        case _:
            iss = {"iss": provider.issuer}
    separator = "&" if "?" in redirect_uri else "?"
    response = RedirectResponse(f"{redirect_uri}{separator}{urlencode({**values, **iss})}", 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refuse(request: AuthorizationRequest, error: str, description: str) -> NoReturn:
    raise CallbackError(error, description, request.redirect_uri, request.state)


def _set_cookie(provider: Provider, response: Response, name: str, value: str, max_age: int) -> None:
    secure = provider.issuer.startswith("https:")
    response.set_cookie(name, value, max_age, path="/", secure=secure, httponly=True, samesite="lax")


@router.get("/authorize")
async def authorize_get(request: Request, provider: Shared) -> Response:
    """Authorization request in the address."""
    return _authorize(request, provider, list(request.query_params.multi_items()))


@router.post("/authorize")
async def authorize_post(request: Request, provider: Shared) -> Response:
    """Authorization request in a form."""
    try:
        pairs = await read_form(request)
    except BadForm as error:
        raise PageError("Y000400", f"Formulaire illisible : {error}") from error
    return _authorize(request, provider, pairs)


def _authorize(http: Request, provider: Provider, pairs: list[tuple[str, str]]) -> Response:
    provider.calls["authorize"] += 1
    request = read_request(pairs, provider.monde)
    session = _reusable(provider, http, request)
    if session is not None and "consent" not in request.prompts:
        return _finish(provider, request, session)
    if "none" in request.prompts:
        _refuse(request, "login_required", "End-User authentication is required")
    browser = http.cookies.get(BROWSER_COOKIE, "")
    if not 32 <= len(browser) <= 64:
        browser = secrets.token_urlsafe(32)
    interaction = Interaction(request, browser, authentication=session)
    if session is None and request.login_hint is not None:
        response = _identify(provider, interaction, request.login_hint)
    else:
        response = _next_page(provider, interaction)
    provider.interactions.put(interaction.id, interaction)
    _set_cookie(provider, response, BROWSER_COOKIE, browser, SESSION_S)
    return response


def _reusable(provider: Provider, http: Request, request: AuthorizationRequest) -> Authentication | None:
    """The ProConnect session of this browser, when this request may use it."""
    session = provider.sessions.get(http.cookies.get(SESSION_COOKIE, ""))
    if session is None or "login" in request.prompts:
        return None
    idp = provider.monde.fournisseurs[session.idp]
    wanted, essential = request.login_hint, frozenset(request.essential_acr)
    if wanted is not None and wanted.lower() != email_of(session.personne, idp).lower():
        return None
    if request.idp_hint is not None and request.idp_hint != session.idp:
        return None
    if essential and (essential <= STRONG or session.acr not in essential):
        return None
    return session


@router.post("/interaction")
async def interaction(http: Request, provider: Shared) -> Response:
    """One page of the sign-in comes back."""
    try:
        values = single(await read_form(http), FORM_FIELDS)
    except BadForm as error:
        raise PageError("Y000400", f"Formulaire illisible : {error}") from error
    known = provider.interactions.get(values.get("interaction", ""))
    if known is None or not secrets.compare_digest(
        http.cookies.get(BROWSER_COOKIE, "").encode(), known.browser.encode()
    ):
        raise PageError("session-not-found", "Votre session a expiré ou n'a pas été trouvée.")
    if not secrets.compare_digest(values.get("etape", "").encode(), known.step.encode()):
        raise PageError("Y190001", "Cette page a déjà été envoyée : reprenez depuis le service.")
    known.step = secrets.token_urlsafe(24)
    if "annuler" in values:
        provider.interactions.pop(known.id)
        _refuse(known.request, "access_denied", "End-User aborted interaction")
    if known.mail_code:
        return _check_mail_code(provider, known, values.get("code", ""))
    if known.authentication is not None:
        return _complete(provider, known, known.authentication)
    if known.email:
        return _choose(provider, known, values.get("choix", ""))
    return _identify(provider, known, values.get("email", ""), confirmed=True)


def _hidden(interaction: Interaction) -> dict[str, str]:
    return {"interaction": interaction.id, "etape": interaction.step}


def _next_page(provider: Provider, interaction: Interaction, problem: str = "", typed: str = "") -> Response:
    request = interaction.request
    if interaction.authentication is not None:
        email = interaction.authentication.personne.email
        return pages.consent_page(_hidden(interaction), request.redirect_uri, request.client.nom, email)
    return pages.email_page(request.client.nom, _hidden(interaction), request.redirect_uri, problem, typed)


def _identify(
    provider: Provider, interaction: Interaction, typed: str, *, confirmed: bool = False
) -> Response:
    """From the e-mail to the identity providers that know it; `confirmed` skips the provider's own page."""
    request = interaction.request
    email = typed.strip()
    if not EMAIL.fullmatch(email):
        return _next_page(provider, interaction, "Saisissez une adresse électronique.", email)
    found = provider.monde.identites(email, request.idp_hint)
    if not found:
        return _next_page(provider, interaction, "Cette adresse n'est connue d'aucun fournisseur.", email)
    if confirmed and len(found) == 1:
        return _authenticated(provider, interaction, *found[0])
    interaction.email = email
    if len(found) == 1:
        name = provider.monde.fournisseurs[found[0][1]].nom
        return pages.identity_page(_hidden(interaction), request.redirect_uri, name, email)
    choices = {
        str(i): f"{provider.monde.fournisseurs[idp].nom} — {personne.given_name} {personne.usual_name}"
        for i, (personne, idp) in enumerate(found)
    }
    return pages.choice_page(_hidden(interaction), request.redirect_uri, choices)


def _choose(provider: Provider, interaction: Interaction, choice: str) -> Response:
    found = provider.monde.identites(interaction.email, interaction.request.idp_hint)
    chosen = found if len(found) == 1 else [pair for i, pair in enumerate(found) if str(i) == choice]
    if not chosen:
        raise PageError("Y000400", "Choix d'organisation inconnu.")
    return _authenticated(provider, interaction, *chosen[0])


def _authenticated(provider: Provider, interaction: Interaction, personne: Personne, idp_id: str) -> Response:
    """The provider answered: checks of the federation, then level, then consent."""
    request = interaction.request
    idp = provider.monde.fournisseurs[idp_id]
    email = email_of(personne, idp)
    if not EMAIL.fullmatch(email) or usable_siret(personne, idp) is None:
        raise PageError("Y500006", "L'identité transmise par votre fournisseur est invalide.")
    if idp.restreint and domaine(email) not in idp.domaines:
        raise PageError("Y500027", "Ce fournisseur ne peut pas affirmer cette adresse.")
    _admit(personne, request)
    acr, amr = level(personne, idp)
    authentication = Authentication(
        sub=provider.comptes.sub(idp, personne.identifiants[idp.id].uid, email),
        personne=personne,
        idp=idp.id,
        acr=acr,
        amr=amr,
        auth_time=int(provider.clock.now()),
        session=secrets.token_urlsafe(32),
    )
    interaction.authentication = authentication
    if request.essential_acr and acr not in request.essential_acr:
        if not idp.code_courriel or f"{acr}-mfa" not in request.essential_acr:
            provider.interactions.pop(interaction.id)
            _refuse(request, "access_denied", "none of the requested ACRs could be obtained")
        interaction.mail_code = f"{secrets.randbelow(1_000_000):06d}"
        provider.mails.put(interaction.id, (email, interaction.mail_code))
        return pages.code_page(_hidden(interaction), request.redirect_uri, email, interaction.mail_code)
    if "consent" in request.prompts:
        return _next_page(provider, interaction)
    return _complete(provider, interaction, authentication)


def _check_mail_code(provider: Provider, interaction: Interaction, typed: str) -> Response:
    request, authentication = interaction.request, interaction.authentication
    assert authentication is not None
    if not secrets.compare_digest(typed.strip().encode(), interaction.mail_code.encode()):
        interaction.tries += 1
        if interaction.tries >= MAX_TRIES:
            provider.interactions.pop(interaction.id)
            _refuse(request, "access_denied", "none of the requested ACRs could be obtained")
        email = authentication.personne.email
        return pages.code_page(
            _hidden(interaction),
            request.redirect_uri,
            email,
            interaction.mail_code,
            "Ce code n'est pas le bon.",
        )
    provider.mails.pop(interaction.id)
    interaction.mail_code = ""
    interaction.authentication = replace(
        authentication,
        acr=f"{authentication.acr}-mfa",
        amr=tuple(dict.fromkeys((*authentication.amr, "mail", "mfa"))),
    )
    if "consent" in request.prompts:
        return _next_page(provider, interaction)
    return _complete(provider, interaction, interaction.authentication)


def _admit(personne: Personne, request: AuthorizationRequest) -> None:
    """Who may use which service."""
    client = request.client
    if personne.bloque:
        raise PageError("Y500024", "Votre compte est bloqué.", 403)
    if personne.prive and not client.prive_accepte:
        raise PageError("Y500015", "Ce service n'est pas ouvert aux personnes du secteur privé.", 403)
    if client.domaines_autorises and domaine(personne.email) not in client.domaines_autorises:
        raise PageError("Y500025", "Votre adresse n'est pas acceptée par ce service.", 403)


def _complete(provider: Provider, interaction: Interaction, authentication: Authentication) -> Response:
    """The interaction is over: session cookie, and back to the service with a code."""
    provider.interactions.pop(interaction.id)
    known = provider.sessions.get(authentication.session)
    response = _finish(provider, interaction.request, authentication)
    if known is None:
        provider.sessions.put(authentication.session, authentication)
        _set_cookie(provider, response, SESSION_COOKIE, authentication.session, SESSION_S)
    return response


def _finish(provider: Provider, request: AuthorizationRequest, authentication: Authentication) -> Response:
    # Somebody blocked since the session began does not come in with it.
    personne = authentication.personne
    _admit(provider.monde.personnes.get(personne.id, personne), request)
    code = secrets.token_urlsafe(32)
    provider.codes.put(code, Grant(request, authentication))
    return way_back(provider, request.redirect_uri, {"code": code, "state": request.state})
