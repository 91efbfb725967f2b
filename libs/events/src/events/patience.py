"""What is in the way of a worker, told once when it comes, now and then while it lasts, once when it goes."""

import time
import traceback

import structlog

log = structlog.get_logger()

PAUSE_SECONDS = 0.5
"""Before the next try."""
SUMMARY_SECONDS = 60.0


class Patience:
    """One worker's. Whatever it waits for, nothing is lost meanwhile."""

    def __init__(self, kind: str, **who: str) -> None:
        """kind : of the lines of the log, `<kind>_waits` and `<kind>_goes_on`.   who : told in each."""
        self._kind = kind
        self._who = who
        self._classes: set[str] = set()
        self._since = self._told = 0.0
        self._tries = 0

    def met(self, error: Exception) -> None:
        """It is in the way, for the first time or still."""
        now = time.monotonic()
        if not self._classes:
            self._since, self._tries = now, 0
        self._tries += 1
        # One outage may show as several errors, in turn.
        if type(error).__name__ in self._classes and now - self._told < SUMMARY_SECONDS:
            return
        self._classes.add(type(error).__name__)
        self._told = now
        log.warning(f"{self._kind}_waits", error=failed_at(error), **self._counts(now))

    def over(self) -> None:
        """Nothing is in the way, or no longer."""
        if self._classes:
            self._classes.clear()
            log.info(f"{self._kind}_goes_on", **self._counts(time.monotonic()))

    def _counts(self, now: float) -> dict[str, object]:
        return {**self._who, "tries": self._tries, "seconds": round(now - self._since)}


def failed_at(error: BaseException) -> str:
    """The class of an error and the line it comes from: never its message, that could quote personal data."""
    last = traceback.extract_tb(error.__traceback__)[-1:] or [None]
    where = f" {last[0].filename.rsplit('/', 1)[-1]}:{last[0].lineno}" if last[0] else ""
    return f"{type(error).__name__}{where}"
