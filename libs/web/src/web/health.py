"""/sante/vivant, /sante/pret, /metrics: for the runtime and for ops, never routed by the gateway."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from events.metrics import faults
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from web.policies import MACHINES, allow
from web.problems import INDISPONIBLE, Problem

type Check = Callable[[], Awaitable[object]]
"""Raises, or answers False, when what it looks at does not work."""

log = structlog.get_logger()
_SECONDS = 2.0


def router(
    checks: Mapping[str, Check], failing_tasks: Callable[[], list[str]], registry: CollectorRegistry
) -> APIRouter:
    """checks : by name, as said to ops.  failing_tasks : names of background tasks that crashed lately."""
    routes = APIRouter(include_in_schema=False, dependencies=[allow(MACHINES)])

    @routes.get("/sante/vivant")
    async def vivant() -> dict[str, str]:
        """Le processus répond."""
        return {"statut": "vivant"}

    @routes.get("/sante/pret")
    async def pret() -> dict[str, str]:
        """Le service peut travailler : ce dont il a besoin répond, et rien ne manque à ce qu’il lit."""
        results = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
        failed = [name for name, passed in zip(checks, results, strict=True) if not passed]
        failed += failing_tasks() + faults()
        if failed:
            raise Problem(INDISPONIBLE, echecs=failed)
        return {"statut": "pret"}

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Mesures, au format Prometheus : celles du HTTP, puis celles des bibliothèques."""
        return Response(generate_latest(registry) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return await check() is not False
    except Exception as error:
        log.warning("not_ready", check=name, error=type(error).__name__)
        return False
