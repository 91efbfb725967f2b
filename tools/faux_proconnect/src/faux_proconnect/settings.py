"""Settings of the faux ProConnect: environment variables `FAUX_*`, refused at start-up when wrong."""

import ipaddress
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "/api/v2"


def is_loopback(host: str) -> bool:
    """Whether `host` designates this machine and nothing else; names other than `localhost` do not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """host : loopback only.   issuer : http(s)://LOOPBACK[:PORT]/api/v2, default built from the port.

    redirect_uris, post_logout_uris, scopes : separated by commas.   monde : JSON file of the world.
    comptes : file where federation accounts are kept over restarts (JSON lines); absent = memory only.
    """

    model_config = SettingsConfigDict(env_prefix="FAUX_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8110
    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    redirect_uris: str = ""
    post_logout_uris: str = ""
    scopes: str = ""
    alg: Literal["RS256", "ES256"] = "RS256"
    monde: Path = Path(__file__).parent / "monde.json"
    comptes: Path | None = None

    @model_validator(mode="after")
    def _loopback_only(self) -> Self:
        if not is_loopback(self.host):
            raise ValueError(f"FAUX_HOST={self.host} : le faux ProConnect n'écoute que sur la boucle locale")
        parts = urlsplit(self.base_issuer)
        if parts.scheme not in {"http", "https"} or not is_loopback(parts.hostname or ""):
            raise ValueError(
                f"FAUX_ISSUER={self.issuer} : l'émetteur doit être une adresse de la boucle locale"
            )
        if parts.path != PREFIX or parts.query or parts.fragment:
            raise ValueError(f"FAUX_ISSUER={self.issuer} : l'émetteur doit finir par {PREFIX}")
        if bool(self.client_id) != bool(self.client_secret) or (self.client_id and not self.redirect_uris):
            raise ValueError("FAUX_CLIENT_ID, FAUX_CLIENT_SECRET et FAUX_REDIRECT_URIS vont ensemble")
        return self

    @property
    def base_issuer(self) -> str:
        return self.issuer or f"http://localhost:{self.port}{PREFIX}"


def listed(text: str) -> tuple[str, ...]:
    """The values of a comma-separated setting."""
    return tuple(part for part in (item.strip() for item in text.split(",")) if part)
