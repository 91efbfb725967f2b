"""What a verdict says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Findings:
    """One French sentence for each thing wrong. divergences : whatever is neither of the first three."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    divergences: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.lost, *self.duplicated, *self.reordered, *self.divergences)

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.lost + other.lost,
            self.duplicated + other.duplicated,
            self.reordered + other.reordered,
            self.divergences + other.divergences,
        )
