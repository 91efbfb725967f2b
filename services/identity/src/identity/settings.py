"""Settings of the identity service: those of every service, ProConnect's, and the key of the look-ups."""

from typing import Annotated, Literal

from process.settings import Base64Key, HttpUrl, ServiceSettings
from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_settings import NoDecode

from identity.connexion.proconnect.client import Registration


def _parse_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.rstrip("/") for part in (p.strip() for p in value.split(",")) if part)


Text = Annotated[str, StringConstraints(min_length=1)]


class Settings(ServiceSettings):
    """What the identity service is told by its environment."""

    proconnect_issuer: HttpUrl
    """Exact issuer; the discovery document must name it, or the service does not start."""
    proconnect_client_id: Text
    proconnect_client_secret: Annotated[Text, Field(repr=False)]
    proconnect_alg: Literal["RS256", "ES256"] = "RS256"
    proconnect_scopes: Text = "openid given_name usual_name email phone siret idp_id"
    """One scope that the federation did not grant makes every sign-in fail."""
    proconnect_pkce: bool = True
    mfa_exigee: Literal["admin", "tous"] = "admin"
    """Who must authenticate with several factors."""
    hash_key: Base64Key
    """Base64. Key of the look-ups by e-mail and by identity: changing it loses every account's owner."""
    origines: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_list)] = ()
    """Origins of front-ends allowed to write, besides the gateway's own, separated by commas."""
    support_coop: str = ""
    """E-mail shown on help pages."""
    support_proconnect: str = ""
    """E-mail of ProConnect's support, shown on help pages."""

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset({self.public_url, *self.origines})

    @property
    def registration(self) -> Registration:
        return Registration(
            issuer=self.proconnect_issuer,
            client_id=self.proconnect_client_id,
            client_secret=self.proconnect_client_secret,
            algorithm=self.proconnect_alg,
            scopes=self.proconnect_scopes,
            pkce=self.proconnect_pkce,
            redirect_uri=f"{self.public_url}/auth/retour",
            post_logout_redirect_uri=f"{self.public_url}/auth/deconnexion/retour",
        )
