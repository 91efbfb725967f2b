"""What every row is given."""

from dataclasses import dataclass

from moteur.mesure import Reglages


@dataclass(frozen=True, slots=True)
class Banc:
    """postgres : disk ("rapide", "lent") -> server's URL, those of the run only.   nats : URL."""

    postgres: dict[str, str]
    nats: str
    reglages: Reglages

    def disque(self) -> str:
        """Server of the rows that are measured on one disk: the fast one, unless it is left out."""
        return self.postgres.get("rapide") or self.postgres["lent"]
