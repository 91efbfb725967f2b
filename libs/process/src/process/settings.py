"""Settings by environment, refused at start-up when wrong, without ever printing a value."""

import base64
import binascii
import sys
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from process import production
from process.messages import french


def _parse_keys(value: object) -> object:
    """`1:<base64 of 32 bytes>[,2:…]` -> {1: key, 2: key}."""
    if not isinstance(value, str):
        return value
    keys: dict[int, bytes] = {}
    for part in filter(None, (p.strip() for p in value.split(","))):
        version, colon, text = part.partition(":")
        if not (colon and version.isascii() and version.isdigit() and len(version) < 10):
            raise ValueError("Chaque clé s’écrit <numéro>:<32 octets en base64>.")
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("Une clé n’est pas du base64.") from None
        if int(version) in keys:
            raise ValueError("Deux clés portent le même numéro.")
        keys[int(version)] = key
    return keys


def _check_keys(keys: dict[int, bytes]) -> dict[int, bytes]:
    if not keys:
        raise ValueError("Il faut au moins une clé.")
    if any(len(key) != 32 for key in keys.values()):
        raise ValueError("Chaque clé fait exactement 32 octets.")
    return keys


def _check_timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("Ce fuseau horaire n’existe pas.") from None


def _drop_final_slash(url: str) -> str:
    return url.rstrip("/")


HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$"), AfterValidator(_drop_final_slash)]

MasterKeys = Annotated[
    dict[int, bytes],
    NoDecode,
    BeforeValidator(_parse_keys),
    AfterValidator(_check_keys),
    Field(repr=False),
]
"""Master keys of the vault, by version: `1:<base64 of 32 bytes>[,2:…]`. The highest one is in use."""


def _parse_key(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("La clé n’est pas du base64.") from None


def _check_key(key: bytes) -> bytes:
    if len(key) < 32:
        raise ValueError("La clé fait au moins 32 octets.")
    return key


Base64Key = Annotated[bytes, BeforeValidator(_parse_key), AfterValidator(_check_key), Field(repr=False)]
"""A secret key of 32 bytes or more, in base64."""


class ProcessSettings(BaseSettings):
    """What every process that serves is told by its environment. Variables are the names in upper case."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)

    service: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,32}$")]
    """Name of the process; for a service, audience of its tokens and prefix of its positions."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]
    """0 : any free port."""
    public_url: HttpUrl = "http://localhost:8080"
    """Address of the gateway, as browsers see it."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    timezone: Annotated[str, AfterValidator(_check_timezone)] = "Europe/Paris"

    @property
    def hosts(self) -> frozenset[str]:
        """The host names under which browsers may ask for us, in lower case."""
        local = {"localhost", "127.0.0.1", "::1"} if production.is_local(self.public_url) else set[str]()
        return frozenset(local | {urlsplit(self.public_url).hostname or ""})


class ServiceSettings(ProcessSettings):
    """What every service is told, besides: its database, the bus, whose tokens it believes."""

    database_url: Annotated[str, StringConstraints(pattern=r"^postgresql(\+\w+)?://"), Field(repr=False)]
    nats_url: Annotated[str, StringConstraints(pattern=r"^(nats|tls)://")]
    """One address, or those of a cluster separated by commas."""
    nats_user: str = ""
    nats_password: Annotated[str, Field(repr=False)] = ""
    issuer: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
    """`iss` of internal tokens, compared character for character."""
    jwks_url: HttpUrl
    coffre_cles: MasterKeys
    documentation: Literal["locale", "oui", "non"] = "locale"
    """Whether /docs answers; « locale » : only when the gateway is on this machine."""

    @model_validator(mode="after")
    def _safe_away_from_home(self) -> Self:
        if faults := list(production.faults(self)):
            raise ValueError("\n  ".join(faults))
        return self

    @property
    def documented(self) -> bool:
        """Whether /docs answers."""
        return self.documentation == "oui" or (
            self.documentation == "locale" and production.is_local(self.public_url)
        )


def load[S: BaseSettings](cls: type[S], **fixed: Any) -> S:
    """The settings, or what is wrong on stderr and exit 2. fixed : not taken from the environment."""
    try:
        return cls(**fixed)
    except ValidationError as error:
        print("Réglages refusés (variables d’environnement) :", file=sys.stderr)  # noqa: T201 - before any log
        for reason in reasons(error):
            print(f"  {reason}", file=sys.stderr)  # noqa: T201 - before any log
        raise SystemExit(2) from None


def reasons(error: ValidationError) -> list[str]:
    """One line per variable: its name and why it is refused, never its value."""
    lines: list[str] = []
    for detail in error.errors(include_url=False):
        name = "_".join(str(step) for step in detail["loc"]).upper()
        context = detail.get("ctx", {})
        if not name and "error" in context:
            # A rule of ours on several variables: it names them, and quotes none.
            lines.append(str(context["error"]))
        else:
            lines.append(f"{name or '?'} : {french(detail['type'], context, detail.get('input'))}")
    return lines
