"""Les règles d'alerte livrées ne portent que sur des mesures qui existent."""

import re
from pathlib import Path

from events import metrics
from process import supervisor
from prometheus_client import REGISTRY

DECLARENT = (metrics, supervisor)
"""Les modules dont l'import déclare les mesures."""
REGLES = Path(__file__).with_name("alertes.yml")
_NAME = re.compile(r"\b(?:events|background)_[a-z_]+")


def test_chaque_alerte_porte_sur_une_mesure_exposee() -> None:
    exposed = {name for family in REGISTRY.collect() for name in _samples(family.name, family.type)}
    rules = [line for line in REGLES.read_text().splitlines() if line.strip().startswith("expr:")]
    asked = [_NAME.findall(rule) for rule in rules]
    assert len(rules) >= 8
    assert all(asked)
    assert {name for names in asked for name in names} <= exposed


def _samples(name: str, kind: str) -> set[str]:
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(kind, ("",))
    return {name + suffix for suffix in suffixes}
