"""One row of the table: two sides measured in turn, and what the bar says of them."""

import os
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reglages:
    """Sizes of a run.   tours : rounds of each row.   secondes : of each append run."""

    tours: int
    secondes: float
    evenements: int
    """Stored events of the rows that read (feed, relay, projector)."""
    evenements_pair: int
    """The same for the peer, that is slower: rates are compared, each over about as long."""
    evenements_reconstruction: int
    tours_reconstruction: int
    secondes_delai: float
    requetes: int
    """HTTP requests of one side of the POST row."""

    @staticmethod
    def quick() -> bool:
        return os.environ.get("RAPIDE", "") not in ("", "0")

    @classmethod
    def from_environment(cls) -> "Reglages":
        """RAPIDE=1 : the same code, fewer rounds and smaller sizes. TOURS, EVENEMENTS (rebuild) override."""
        quick = cls.quick()
        base = cls(1, 0.2, 4_000, 250, 100_000, 1, 1.0, 600) if quick else ENTIERS
        tours = int(os.environ.get("TOURS", base.tours))
        return cls(
            tours,
            base.secondes,
            base.evenements,
            base.evenements_pair,
            int(os.environ.get("EVENEMENTS", base.evenements_reconstruction)),
            min(tours, base.tours_reconstruction) if quick else tours,
            base.secondes_delai,
            base.requetes,
        )


ENTIERS = Reglages(5, 2.0, 40_000, 4_000, 5_000_000, 5, 10.0, 15_000)
"""Those of the figures that are kept."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """valeur, reference : medians, in `unite`.   ratio : median of the rounds' ratios.

    barre : bound of the ratio, or of the value when there is no reference; None: shown, not judged.
    """

    nom: str
    unite: str
    valeur: float
    reference: float | None
    ratio: float | None
    barre: float | None
    sens: Literal["≥", "≤"]
    tient: bool | None
    tours: list[float]
    """Ratio of each round, or its value when there is no reference."""

    def as_json(self) -> dict[str, Any]:
        rounded = {k: _rounded(v) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return rounded | {"tours": [_rounded(v) for v in self.tours]}


def _rounded(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")


def comparer(
    nom: str,
    unite: str,
    tours: int,
    ours: Callable[[], float],
    reference: Callable[[], float],
    *,
    barre: float | None,
) -> Ligne:
    """Rates of both sides, in turn; who goes first alternates too."""
    pairs: list[tuple[float, float]] = []
    for n in range(tours):
        if n % 2 == 0:
            a = ours()
            b = reference()
        else:
            b = reference()
            a = ours()
        pairs.append((a, b))
    ratios = [a / b for a, b in pairs]
    ratio = statistics.median(ratios)
    return Ligne(
        nom,
        unite,
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        ratio,
        barre,
        "≥",
        None if barre is None else ratio >= barre,
        ratios,
    )


def constater(nom: str, unite: str, valeurs: list[float], *, barre: float | None) -> Ligne:
    """A value with a ceiling and no reference."""
    valeur = statistics.median(valeurs)
    tient = None if barre is None else valeur <= barre
    return Ligne(nom, unite, valeur, None, None, barre, "≤", tient, valeurs)
