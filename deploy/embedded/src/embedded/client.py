"""Somebody in front of the gateway: signs in through the faux ProConnect, reads and writes over HTTP.

Cookies are carried by hand: `__Host-` cookies are `Secure`, and an HTTP client, unlike a browser, does not
send them to http://localhost.
"""

import html
import re
from functools import cache
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx2

_FIELD = re.compile(r'name="(interaction|etape)" value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]*)"')

# Reading the machine's certificates takes longer than a whole request: once for everybody.
_tls = cache(httpx2.create_ssl_context)


class Refused(Exception):
    """The answer is an error. problem : its RFC 9457 body."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title', '')} {problem.get('detail', '')}".strip())
        self.status = status
        self.problem = problem


class Person:
    """One person's browser. `positions` : the last X-Position of each service, sent with every request."""

    def __init__(self, public_url: str, email: str) -> None:
        self.public_url = public_url
        self.email = email
        self.csrf = ""
        self.positions: dict[str, str] = {}
        self.last: httpx2.Response
        self._cookies: dict[str, dict[str, str]] = {}
        self._http = httpx2.AsyncClient(verify=_tls(), timeout=30, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def sign_in(self) -> dict[str, Any]:
        """Through the whole journey: gateway, faux ProConnect's form, back. Returns who we are."""
        page = await self._follow(f"{self.public_url}/auth/connexion?return_to=/auth/session")
        if "/interaction" in page.text or 'name="interaction"' in page.text:
            fields = dict(_FIELD.findall(page.text)) | {"email": self.email}
            action = _ACTION.search(page.text)
            target = urljoin(str(page.url), html.unescape(action[1]) if action else "")
            page = await self._follow(target, fields)
        if page.status_code != 200:
            raise Refused(page.status_code, {"title": "connexion refusée"})
        return await self.who()

    async def who(self) -> dict[str, Any]:
        """The session, and the token that every write carries."""
        session = await self.get("/auth/session")
        self.csrf = session["csrf"]
        return session

    async def get(self, path: str, position: str | None = None) -> Any:
        """position : an X-Position to wait for, in the form the gateway gave it."""
        return self._read(await self._send("GET", path, headers={"X-Position": position} if position else {}))

    async def post(self, path: str, body: Any = None, *, after: str | None = None) -> Any:
        """after : service whose last write must be known first."""
        return await self.write("POST", path, body, after=after)

    async def write(self, method: str, path: str, body: Any = None, *, after: str | None = None) -> Any:
        headers = {"X-CSRF-Token": self.csrf, "Origin": self.public_url}
        if after is not None and after in self.positions:
            headers["X-Position"] = self.positions[after]
        response = await self._send(method, path, headers=headers, json={} if body is None else body)
        if position := response.headers.get("x-position"):
            self.positions[position.partition(":")[0]] = position
        return self._read(response)

    async def _follow(self, url: str, form: dict[str, str] | None = None) -> httpx2.Response:
        for _ in range(10):
            response = await self._send("POST" if form else "GET", url, data=form)
            form = None
            if response.status_code not in {301, 302, 303, 307}:
                return response
            url = urljoin(url, response.headers["location"])
        raise Refused(508, {"title": "trop de redirections"})

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        url = urljoin(self.public_url, path)
        host = urlsplit(url).netloc
        jar = self._cookies.setdefault(host, {})
        headers = {**(options.pop("headers", None) or {})}
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        response = await self._http.request(method, url, headers=headers, **options)
        for line in response.headers.get_list("set-cookie"):
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0" or not cookie.value:
                    jar.pop(name, None)
                else:
                    jar[name] = cookie.value
        self.last = response
        return response

    def _read(self, response: httpx2.Response) -> Any:
        is_json = "json" in response.headers.get("content-type", "")
        if response.status_code >= 400:
            raise Refused(response.status_code, response.json() if is_json else {})
        return response.json() if is_json and response.content else None
