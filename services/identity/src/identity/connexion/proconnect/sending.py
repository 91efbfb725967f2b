"""Requests to ProConnect: bounded in size and in time, no redirect followed, no cookie sent back."""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from identity.connexion.proconnect.errors import Reason, SigninFailed

MAX_BODY = 64 * 1024
"""Bytes, once decompressed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was received. media_type : lower case, without parameters."""

    status: int
    media_type: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object of the body. Raises SigninFailed."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SigninFailed(Reason.BAD_ANSWER, "json") from error
        if not isinstance(document, dict):
            raise SigninFailed(Reason.BAD_ANSWER, "json")
        return document


class Sender:
    """One per process."""

    def __init__(self, http: httpx2.AsyncClient, seconds: float = 10.0) -> None:
        """seconds : for a whole answer, however slowly it drips; `http` bounds each of its steps."""
        self._http: Final = http
        self._seconds: Final = seconds

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, also: Collection[int] = ()
    ) -> Answer:
        """The answer, which is a 200, or one of `also`. Raises SigninFailed."""
        answer = await self._send(httpx2.Request("GET", url, headers=headers))
        if answer.status != 200 and answer.status not in also:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, str(answer.status))
        return answer

    async def post(self, url: str, headers: Mapping[str, str], form: str) -> Answer:
        """The answer, whatever its status. Raises SigninFailed."""
        return await self._send(httpx2.Request("POST", url, headers=headers, content=form))

    async def _send(self, request: httpx2.Request) -> Answer:
        # A request made by hand takes nothing from the client: neither its cookies nor its headers.
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > MAX_BODY:
                            raise SigninFailed(Reason.BAD_ANSWER, "too_long")
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError) as error:
            raise SigninFailed(Reason.PROVIDER_UNREACHABLE, type(error).__name__) from error
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, media_type, bytes(body))
