"""Settings of the faux RDV: environment variables `FAUX_RDV_*`, refused at start-up when wrong."""

import ipaddress
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def is_loopback(host: str) -> bool:
    """Whether `host` designates this machine and nothing else; names other than `localhost` do not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """host : loopback only.   client_id, client_secret : of the one application that it knows.

    redirect_uri : where it sends people back.   demo : whether an agent seen for the first time gets a day of
    rendez-vous.   token_seconds : how long an access token is good.
    """

    model_config = SettingsConfigDict(env_prefix="FAUX_RDV_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8111
    client_id: str = "coop-locale"
    client_secret: str = Field(min_length=1, repr=False)
    redirect_uri: str
    demo: bool = True
    token_seconds: int = 7200

    @model_validator(mode="after")
    def _loopback_only(self) -> Self:
        if not is_loopback(self.host):
            raise ValueError("FAUX_RDV_HOST : le faux RDV n'écoute que sur la boucle locale")
        return self
