"""Ports, folders and choices of the embedded platform, read from the environment."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from events.ops.servers import free_port

ROOT = Path(__file__).resolve().parents[4]
SERVICES = ("identity", "activites", "equipes", "cartographie")
"""Those that have a journal. The portail has none: it shows what they answer."""

# name -> (variable, default, what it is in the messages that people read)
PORTS = {
    "passerelle": ("COOP_PORT", 8080, "passerelle"),
    "interne": ("COOP_PORT_INTERNE", 8082, "entrée interne de la passerelle"),
    "traefik": ("COOP_PORT_TRAEFIK", 8081, "sonde et mesures de la passerelle"),
    "identity": ("COOP_PORT_IDENTITY", 8101, "service identity"),
    "activites": ("COOP_PORT_ACTIVITES", 8102, "service activites"),
    "equipes": ("COOP_PORT_EQUIPES", 8103, "service equipes"),
    "cartographie": ("COOP_PORT_CARTOGRAPHIE", 8104, "service cartographie"),
    "portail": ("COOP_PORT_PORTAIL", 8105, "portail"),
    "proconnect": ("COOP_PORT_PROCONNECT", 8110, "faux ProConnect"),
    "rdv": ("COOP_PORT_RDV", 8111, "faux RDV Service Public"),
    "postgres": ("COOP_PORT_POSTGRES", 54321, "PostgreSQL"),
    "nats": ("COOP_PORT_NATS", 42221, "NATS"),
}


class SettingsError(Exception):
    """A setting that cannot be used; the message, in French, says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`durable` : PostgreSQL's fsync on, what `make run` wants; off for tests. `replicas` : copies of each
    NATS stream. `nats_sync` : NATS too fsyncs before it acknowledges."""

    folder: Path
    ports: Mapping[str, int]
    durable: bool = True
    replicas: int = 1
    nats_sync: bool = False

    @property
    def public_url(self) -> str:
        return f"http://localhost:{self.ports['passerelle']}"

    @property
    def proconnect_issuer(self) -> str:
        return f"http://localhost:{self.ports['proconnect']}/api/v2"

    @property
    def rdv_url(self) -> str:
        return f"http://localhost:{self.ports['rdv']}"

    @property
    def nats_url(self) -> str:
        return f"nats://127.0.0.1:{self.ports['nats']}"

    def url(self, name: str) -> str:
        """Loopback address of one server, behind the gateway."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def with_ports(self, ports: Mapping[str, int]) -> "Settings":
        return replace(self, ports=ports)


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError on a value that means nothing. `COOP_PORTS=libres` draws every port, once per
    folder: the faux ProConnect's is part of who its accounts are."""
    folder = Path(env.get("COOP_DONNEES") or ROOT / ".local" / "plateforme").expanduser().resolve()
    free = env.get("COOP_PORTS", "") == "libres"
    if env.get("COOP_PORTS", "") not in {"", "libres"}:
        raise SettingsError(
            "COOP_PORTS n’a qu’une valeur possible : « libres » (des ports libres sont choisis)."
        )
    saved = _saved(folder) if free else {}
    ports: dict[str, int] = {}
    for name, (variable, default, _) in PORTS.items():
        given = env.get(variable)
        ports[name] = (
            _port(variable, given) if given else saved.get(name) or (_unused(ports) if free else default)
        )
    shared = [(a, b) for a in ports for b in ports if a < b and ports[a] == ports[b]]
    if shared:
        a, b = shared[0]
        raise SettingsError(f"{PORTS[a][0]} et {PORTS[b][0]} désignent le même port {ports[a]}.")
    durable = _yes(env, "COOP_DURABLE", default=True)
    sync = _yes(env, "COOP_NATS_SYNC", default=False)
    return Settings(folder, ports, durable, _replicas(env.get("COOP_NATS_REPLICAS", "1")), sync)


def _yes(env: Mapping[str, str], variable: str, *, default: bool) -> bool:
    text = env.get(variable) or ("oui" if default else "non")
    if text not in {"oui", "non"}:
        raise SettingsError(f"{variable} vaut « oui » ou « non », pas « {text} ».")
    return text == "oui"


def _port(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise SettingsError(f"{variable} doit être un numéro de port (1 à 65535), pas « {text} ».")
    return int(text)


def _unused(taken: Mapping[str, int]) -> int:
    while (port := free_port()) in taken.values():
        pass
    return port


def save_ports(settings: Settings) -> None:
    """For the next `COOP_PORTS=libres` on this folder."""
    (settings.folder / "ports.json").write_text(json.dumps(dict(settings.ports)))


def _saved(folder: Path) -> dict[str, int]:
    """The ports that this folder was started on, without those that somebody else took since."""
    try:
        content: object = json.loads((folder / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    ports = content.items() if isinstance(content, dict) else ()
    return {str(k): v for k, v in ports if isinstance(v, int) and _is_free(v)}


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except (OSError, OverflowError):
        return False


def writable(settings: Settings) -> None:
    """Makes the data folder. Raises SettingsError when nothing can be written there."""
    try:
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        reason = "" if os.access(settings.folder, os.W_OK) else "écriture interdite"
    except FileExistsError:
        reason = "c’est un fichier"
    except NotADirectoryError:
        reason = "un fichier est sur le chemin"
    except OSError as error:
        reason = f"erreur {error.errno}"
    if reason:
        raise SettingsError(f"COOP_DONNEES : le dossier {settings.folder} ne peut pas servir ({reason}).")


def _replicas(text: str) -> int:
    if text not in {"1", "3", "5"}:
        raise SettingsError(f"COOP_NATS_REPLICAS vaut 1, 3 ou 5, pas « {text} ».")
    return int(text)
