"""People who sign in to identity through ProConnect, two at once for what only one account may hold.

In turn: one person in two browsers; two persons who have one address, then, every other time, both another
one, again the same.
Now and then one of them is erased, and comes back.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from embedded.client import Person, Refused

from chaos.erasing import Eraser
from chaos.history import SignIn, Told
from chaos.people import new_mark
from chaos.proconnect import FauxProConnect

_DOMAIN = "chaos.exemple.fr"
_AGAIN = 0.3
_SECONDS = 30.0
"""For one try."""
_LET_IN = 120.0
"""Seconds given to those who are signing in, and to one more, at the end: seven requests each, some of them
begun again."""
_PAUSE = 1.5
_ERASED_EVERY = 4
"""Rounds after which somebody is erased."""


@dataclass(slots=True)
class _Browser:
    """One person's. who : of the person, for ever.   mark : their name, another one once they were erased.

    address : the one that ProConnect gives, which may be somebody else's too.
    """

    who: str
    mark: str
    address: str

    @property
    def login(self) -> str:
        """What they type at ProConnect."""
        return f"{self.who}@{_DOMAIN}"


class SignIns:
    """`run` until `finish`; the sign-ins under way then go on until they are done, for a while."""

    def __init__(self, url: str, proconnect: FauxProConnect, eraser: Eraser, told: Told) -> None:
        """url : of identity, as browsers see it."""
        self._url = url
        self._proconnect = proconnect
        self._eraser = eraser
        self._told = told
        self._finished = asyncio.Event()
        self._limit = float("inf")
        self.last = float("-inf")
        """Seconds from the load's start: when somebody was last let in."""
        self._started = 0.0

    async def run(self) -> None:
        number = 0
        self._started = asyncio.get_running_loop().time()
        # Nobody strikes it, but a loaded machine is slow.
        async with httpx2.AsyncClient(timeout=_LET_IN) as faux:
            # Two of each kind at least, on a machine however slow: the first ones are erased.
            while number < 4 or not self._finished.is_set():
                number += 1
                if number % 2:
                    browsers = [_alone()] * 2
                    await self._let_in(faux, browsers)
                else:
                    browsers = await self._share(faux, addresses=2 if number % 4 else 1)
                if number % _ERASED_EVERY in {1, 2}:
                    await self._leave_and_come_back(faux, browsers[0])
                await asyncio.sleep(_PAUSE)
            # Whatever a slow machine had the time for, one more once the faults are over.
            await self._let_in(faux, [_alone()])

    def finish(self) -> None:
        self._limit = asyncio.get_running_loop().time() + _LET_IN
        self._finished.set()

    async def _share(self, faux: httpx2.AsyncClient, addresses: int) -> list[_Browser]:
        """Two persons who come with one address, then with the next: two accounts say the first and one holds
        it; for a second, one of them moves, the other keeps what it said."""
        browsers = [_Browser(new_mark(), new_mark(), "") for _ in range(2)]
        for shared in [new_mark() for _ in range(addresses)]:
            for browser in browsers:
                browser.address = f"{shared}@{_DOMAIN}"
            await self._let_in(faux, browsers)
        return browsers

    async def _let_in(self, faux: httpx2.AsyncClient, browsers: Sequence[_Browser]) -> None:
        """All at once."""
        for browser in browsers:
            await self._proconnect.know(faux, _person(browser))
        await asyncio.gather(*(self._sign_in(browser) for browser in browsers))

    async def _leave_and_come_back(self, faux: httpx2.AsyncClient, browser: _Browser) -> None:
        """Erased, the same person gets another account, which may have what the first one held."""
        opened = {s.compte_id for s in self._told.sign_ins if s.who == browser.who}
        for compte_id in opened:
            await self._eraser.account(compte_id, browser.mark)
        if opened:
            browser.mark = new_mark()
            await self._let_in(faux, [browser])

    async def _sign_in(self, browser: _Browser) -> None:
        """Again until it is done: a sign-in that was cut short begins anew."""
        loop = asyncio.get_running_loop()
        self._told.tried[browser.who] = browser.address
        while loop.time() < self._limit:
            try:
                async with asyncio.timeout(_SECONDS), Person(self._url, browser.login) as person:
                    session = await _signed_in(person)
            except (httpx2.TransportError, Refused, TimeoutError):
                await asyncio.sleep(_AGAIN)
            else:
                self.last = loop.time() - self._started
                self._told.sign_ins.append(SignIn(browser.who, browser.address, UUID(session["compte_id"])))
                return


def _alone() -> _Browser:
    """Of somebody new, whose address is nobody else's."""
    who = new_mark()
    return _Browser(who, new_mark(), f"{who}@{_DOMAIN}")


async def _signed_in(person: Person) -> dict[str, Any]:
    try:
        return await person.sign_in()
    except Refused:
        # Sent to a page of the portail, which is not here; the session may be open all the same.
        return await person.who()


def _person(browser: _Browser) -> dict[str, Any]:
    return {
        "id": browser.who,
        "email": browser.login,
        "given_name": "Zoé",
        "usual_name": browser.mark,
        "claims": {"email": browser.address},
    }
