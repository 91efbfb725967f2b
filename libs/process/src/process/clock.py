"""The one place that reads the time. Tests give `Clock(lambda: instant)`."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Clock:
    """Now, and today. read : answers an aware UTC instant."""

    def __init__(self, read: Callable[[], dt.datetime] = _utc_now) -> None:
        self._read = read

    def now(self) -> dt.datetime:
        """The present instant, aware, UTC."""
        return self._read().astimezone(dt.UTC)

    def today(self, tz: str = "Europe/Paris") -> dt.date:
        """The civil day of that time zone (an IANA name)."""
        return self.now().astimezone(ZoneInfo(tz)).date()
