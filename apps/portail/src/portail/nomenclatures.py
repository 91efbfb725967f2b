"""Labels of codes: the API's, read once an hour, copied nowhere."""

import time
from typing import Any

import httpx2
import orjson

from portail.passerelle import Muette

type Termes = list[dict[str, Any]]
"""`{"code", "libelle", "ordre", "aide"}`, in the order of the API."""
type Lues = dict[str, Termes]
"""By the name of the field that bears the codes."""

_SECONDS = 3600.0


class Nomenclatures:
    """Those of each service, asked at their first use."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._lues: dict[str, tuple[float, Lues]] = {}

    async def de(self, service: str) -> Lues:
        """service : prefix of the API (`activites`). Raises Muette when nothing was ever read."""
        connue = self._lues.get(service)
        if connue is not None and time.monotonic() - connue[0] < _SECONDS:
            return connue[1]
        try:
            reponse = await self._http.get(f"/{service}/nomenclatures")
            reponse.raise_for_status()
            lue = orjson.loads(reponse.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError):
            if connue is None:
                raise Muette(service) from None
            return connue[1]
        self._lues[service] = (time.monotonic(), lue)
        return lue


def libelles(termes: Termes) -> dict[str, str]:
    """Label by code, in the order of the API."""
    return {t["code"]: t["libelle"] for t in termes}
