"""The provider's clock, which tests move."""

import time


class Clock:
    """Seconds since 1970, shifted by `offset_s`."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now(self) -> float:
        return time.time() + self.offset_s
