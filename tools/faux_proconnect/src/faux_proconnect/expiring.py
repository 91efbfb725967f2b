"""A bounded memory of short-lived values: nothing the provider keeps can grow without end."""

from collections import OrderedDict
from collections.abc import Callable

from faux_proconnect.clock import Clock


class Expiring[V]:
    """Values kept `life_s` seconds, at most `size` of them: the oldest go first."""

    def __init__(self, clock: Clock, life_s: float, size: int = 10_000) -> None:
        self._clock = clock
        self._size = size
        self._values: OrderedDict[str, tuple[float, V]] = OrderedDict()
        self.life_s = life_s

    def __len__(self) -> int:
        self._purge()
        return len(self._values)

    def put(self, key: str, value: V) -> None:
        self._purge()
        self._values[key] = (self._clock.now() + self.life_s, value)
        while len(self._values) > self._size:
            self._values.popitem(last=False)

    def get(self, key: str) -> V | None:
        found = self._values.get(key)
        return found[1] if found is not None and found[0] > self._clock.now() else None

    def pop(self, key: str) -> V | None:
        value = self.get(key)
        self._values.pop(key, None)
        return value

    def values(self) -> list[V]:
        self._purge()
        return [value for _, value in self._values.values()]

    def remove_where(self, test: Callable[[V], bool]) -> None:
        for key in [key for key, (_, value) in self._values.items() if test(value)]:
            del self._values[key]

    def clear(self) -> None:
        self._values.clear()

    def _purge(self) -> None:
        """Drop what is over; values enter with one same life, so the oldest are first."""
        now = self._clock.now()
        while self._values and next(iter(self._values.values()))[0] <= now:
            self._values.popitem(last=False)
