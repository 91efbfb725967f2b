"""Everything the provider knows and remembers, in one object that the routes share."""

import secrets
from collections import Counter
from dataclasses import dataclass, field

from faux_proconnect.clock import Clock
from faux_proconnect.comptes import Comptes
from faux_proconnect.expiring import Expiring
from faux_proconnect.failures import Failure
from faux_proconnect.keys import Keys
from faux_proconnect.monde import DEFAULT_SCOPES, Client, Monde, Personne
from faux_proconnect.settings import Settings, listed

CODE_S = 60
ACCESS_TOKEN_S = 3600
ID_TOKEN_S = 3600
REFRESH_TOKEN_S = 7200
SESSION_S = 43_200
INTERACTION_S = 1800


@dataclass(frozen=True, slots=True)
class Authentication:
    """Who signed in, with which identity provider, and how strongly."""

    sub: str
    personne: Personne
    idp: str
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    session: str


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request whose parameters were all accepted."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    code_challenge: str | None
    prompts: frozenset[str]
    login_hint: str | None
    siret_hint: str | None
    idp_hint: str | None
    asked_claims: frozenset[str]
    userinfo_claims: frozenset[str]
    essential_acr: tuple[str, ...]


@dataclass(slots=True)
class Interaction:
    """A sign-in under way in one browser; `step` changes at every page, so that a page posts once."""

    request: Request
    browser: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    step: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    authentication: Authentication | None = None
    email: str = ""
    mail_code: str = ""
    tries: int = 0


@dataclass(slots=True)
class Grant:
    """What a code, an access token or a refresh token stands for."""

    request: Request
    authentication: Authentication
    used: bool = False
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class Provider:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.issuer = settings.base_issuer
        self.clock = Clock()
        self.keys = Keys()
        self.comptes = Comptes(self.issuer, settings.comptes)
        self.monde = self._monde()
        self.failure = Failure()
        self.calls: Counter[str] = Counter()
        self.interactions = Expiring[Interaction](self.clock, INTERACTION_S)
        self.sessions = Expiring[Authentication](self.clock, SESSION_S)
        self.codes = Expiring[Grant](self.clock, CODE_S)
        self.access_tokens = Expiring[Grant](self.clock, ACCESS_TOKEN_S)
        self.refresh_tokens = Expiring[Grant](self.clock, REFRESH_TOKEN_S)
        self.assertions = Expiring[bool](self.clock, 600)
        # Mail codes "sent": address -> code, readable in /_test/state.
        self.mails = Expiring[tuple[str, str]](self.clock, 900, size=1000)

    def reset(self) -> None:
        """Back to the state of the start, but for the keys: the ones that sign now stay."""
        self.clock.offset_s = 0.0
        self.keys.settle()
        self.comptes.oublier()
        self.monde = self._monde()
        self.failure = Failure()
        self.calls.clear()
        for memory in (self.interactions, self.sessions, self.codes, self.access_tokens):
            memory.clear()
        for memory in (self.refresh_tokens, self.assertions, self.mails):
            memory.clear()

    def fail(self, failure: Failure) -> None:
        """Turn the failure switch; a rotation mode rotates at once."""
        self.failure = failure
        match failure.mode:
            case "keys_rotated_overlap":
                self.keys.rotate(overlap=True)
            case "keys_rotated_no_overlap":
                self.keys.rotate(overlap=False)
            case "keys_rotated_unpublished":
                self.keys.rotate(overlap=True, publish=False)
            case _:
                pass

    def revoke_grant(self, grant: Grant) -> None:
        """A code was replayed: nothing that came from it is worth anything any more."""
        for memory in (self.access_tokens, self.refresh_tokens):
            memory.remove_where(lambda kept: kept.id == grant.id)

    def end_session(self, session: str) -> None:
        self.sessions.pop(session)
        for memory in (self.codes, self.access_tokens, self.refresh_tokens):
            memory.remove_where(lambda kept: kept.authentication.session == session)

    def _monde(self) -> Monde:
        monde = Monde.charger(self.settings.monde)
        if self.settings.client_id:
            monde.clients[self.settings.client_id] = Client(
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                redirect_uris=listed(self.settings.redirect_uris),
                post_logout_redirect_uris=listed(self.settings.post_logout_uris),
                scopes=listed(self.settings.scopes) or DEFAULT_SCOPES,
                alg=self.settings.alg,
            )
        return monde
