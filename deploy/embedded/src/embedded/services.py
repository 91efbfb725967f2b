"""The four services, the faux ProConnect and the faux RDV: what to run, with which environment."""

import hashlib
import sys
from pathlib import Path

import asyncpg

from embedded.credentials import Credentials
from embedded.postgres import admin_url, database_url
from embedded.probe import http_ready
from embedded.process import Process, Program
from embedded.settings import ROOT, SERVICES, Settings

PROCONNECT_CLIENT = RDV_CLIENT = "coop-locale"


def environment(settings: Settings, credentials: Credentials, service: str) -> dict[str, str]:
    """Everything that `python -m <service>` reads."""
    common = {
        "DATABASE_URL": database_url(settings, credentials, service),
        "NATS_URL": settings.nats_url,
        "NATS_USER": service,
        "NATS_PASSWORD": credentials[f"nats/{service}"],
        "HOST": "127.0.0.1",
        "PORT": str(settings.ports[service]),
        "PUBLIC_URL": settings.public_url,
        "ISSUER": settings.public_url,
        "JWKS_URL": settings.url("identity") + "/.well-known/jwks.json",
        "COFFRE_CLES": credentials[f"coffre/{service}"],
    }
    match service:
        case "identity":
            return common | {
                "HASH_KEY": credentials["hachage"],
                "PROCONNECT_ISSUER": settings.proconnect_issuer,
                "PROCONNECT_CLIENT_ID": PROCONNECT_CLIENT,
                "PROCONNECT_CLIENT_SECRET": credentials["proconnect"],
                "PROCONNECT_ALG": "RS256",
                "COURRIELS_DOSSIER": str(settings.folder / "courriels"),
                "DISPOSITIF_FICHIER": str(ROOT / "tools/faux_proconnect/src/faux_proconnect/dispositif.json"),
            }
        case "activites":
            return common | {
                "STATISTIQUES_FICHIER": str(settings.folder / "statistiques.duckdb"),
                "RDV_URL": settings.rdv_url,
                "RDV_CLIENT_ID": RDV_CLIENT,
                "RDV_CLIENT_SECRET": credentials["rdv"],
                "RDV_REVOCATION": "/oauth/revoke",
            }
        case "cartographie":
            return common | {"DONNEES": str(ROOT / "data")}
        case _:
            return common


def programs(settings: Settings, credentials: Credentials) -> list[Program]:
    services = [_service(settings, credentials, s) for s in SERVICES]
    return [_proconnect(settings, credentials), _rdv(settings, credentials), *services, _portail(settings)]


def _service(settings: Settings, credentials: Credentials, service: str) -> Program:
    port = settings.ports[service]

    async def ready(_: int) -> bool:
        return await http_ready(port, "/sante/pret")

    async def migrate(process: Process) -> None:
        await migrated(process, settings, service)

    return Program(
        service,
        (sys.executable, "-m", service, "all"),
        ready,
        environment=environment(settings, credentials, service),
        # Identity refuses to start when the identity provider is not who it says.
        needs=("postgres", "nats", *(("proconnect",) if service == "identity" else ())),
        before=migrate,
    )


def _portail(settings: Settings) -> Program:
    port = settings.ports["portail"]

    async def ready(_: int) -> bool:
        return await http_ready(port, "/sante/pret")

    return Program(
        "portail",
        (sys.executable, "-m", "portail"),
        ready,
        environment={
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_URL": settings.public_url,
            "PASSERELLE_URL": settings.url("interne"),
            "PROCONNECT_ORIGINE": f"http://localhost:{settings.ports['proconnect']}",
            "RDV_ORIGINE": settings.rdv_url,
            # This machine is a developer's.
            "COMPOSANTS": "true",
            "BOITE": str(settings.folder / "courriels"),
        },
    )


def _proconnect(settings: Settings, credentials: Credentials) -> Program:
    port = settings.ports["proconnect"]

    async def ready(_: int) -> bool:
        return await http_ready(port, "/api/v2/.well-known/openid-configuration")

    return Program(
        "proconnect",
        (sys.executable, "-m", "faux_proconnect"),
        ready,
        environment={
            "FAUX_PORT": str(port),
            "FAUX_ISSUER": settings.proconnect_issuer,
            "FAUX_CLIENT_ID": PROCONNECT_CLIENT,
            "FAUX_CLIENT_SECRET": credentials["proconnect"],
            "FAUX_REDIRECT_URIS": f"{settings.public_url}/auth/retour",
            "FAUX_POST_LOGOUT_URIS": f"{settings.public_url}/auth/deconnexion/retour",
            # The same person keeps the same `sub` after a restart of the platform.
            "FAUX_COMPTES": str(settings.folder / "faux-proconnect.jsonl"),
        },
    )


def _rdv(settings: Settings, credentials: Credentials) -> Program:
    port = settings.ports["rdv"]

    async def ready(_: int) -> bool:
        return await http_ready(port, "/sante/vivant")

    return Program(
        "rdv",
        (sys.executable, "-m", "faux_rdv"),
        ready,
        environment={
            "FAUX_RDV_PORT": str(port),
            "FAUX_RDV_CLIENT_ID": RDV_CLIENT,
            "FAUX_RDV_CLIENT_SECRET": credentials["rdv"],
            "FAUX_RDV_REDIRECT_URI": f"{settings.public_url}/espace/rdv/retour",
        },
    )


# --- Migrations: a second interpreter per service, so only when something changed ---


def digest(service: str, root: Path = ROOT) -> str:
    """Of everything that decides the tables of a service."""
    files = sorted((root / "services" / service / "src" / service / "migrations").rglob("*.py"))
    files += [root / "libs/events/src/events/postgres" / name for name in ("schema.py", "migrations.py")]
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()


async def migrated(process: Process, settings: Settings, service: str) -> None:
    """Runs the program with `migrer` in the place of its role, unless these very migrations ran already.

    The mark is the comment of the database itself: it follows a database that is dropped or restored.
    """
    wanted = f"migrations {digest(service)}"
    connection = await asyncpg.connect(admin_url(settings))
    try:
        mark = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1"
        if await connection.fetchval(mark, service) == wanted:
            return
        await process.run_once(*process.program.command[:-1], "migrer")
        await connection.execute(f"COMMENT ON DATABASE \"{service}\" IS '{wanted}'")
    finally:
        await connection.close()
