"""What is accepted on one's own machine only: settings that would be an open door elsewhere."""

import ipaddress
import itertools
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit


class Exposed(Protocol):
    """The settings that these rules read."""

    @property
    def public_url(self) -> str: ...
    @property
    def nats_url(self) -> str: ...
    @property
    def nats_user(self) -> str: ...
    @property
    def nats_password(self) -> str: ...
    @property
    def coffre_cles(self) -> dict[int, bytes]: ...


def is_local(url: str) -> bool:
    """Whether an address is of this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_trivial(key: bytes) -> bool:
    """A key that was typed, not drawn: zeros, one byte repeated, a sequence."""
    steps = {(b - a) % 256 for a, b in itertools.pairwise(key)}
    return len(set(key)) < 8 or len(steps) < 4


def faults(settings: Exposed) -> Iterator[str]:
    """Why a service must not start with these, when its gateway is not on this machine."""
    if is_local(settings.public_url):
        return
    if not settings.public_url.startswith("https:"):
        yield "PUBLIC_URL : https est obligatoire hors de cette machine."
    if not (settings.nats_user and settings.nats_password):
        yield "NATS_USER et NATS_PASSWORD sont obligatoires hors de cette machine."
    servers = settings.nats_url.split(",")
    if not all(server.strip().startswith("tls:") or is_local(server.strip()) for server in servers):
        yield "NATS_URL : tls:// est obligatoire hors de cette machine."
    if any(is_trivial(key) for key in settings.coffre_cles.values()):
        yield "COFFRE_CLES : une clé n’a pas été tirée au hasard."
