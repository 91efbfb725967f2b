"""What the services publish and listen to, against the catalogue."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from contracts.publish import catalogue
from events.codec import union_members
from events.contract import Contract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = {p.name: p.contract for p in catalogue.discover(catalogue.modules())}
OF_SERVICE = {
    service: {contract for name, contract in PUBLISHED.items() if name.startswith(f"{service}.")}
    for service in catalogue.SERVICES
}


def events_of(service: str) -> list[type[Any]]:
    """The classes that the service's `to_contract` accepts."""
    hints = get_type_hints(import_module(f"{service}.messaging").to_contract)
    [union] = [hint for name, hint in hints.items() if name != "return"]
    return union_members(union)


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_un_service_ne_publie_que_ses_propres_contrats_et_les_publie_tous(service: str) -> None:
    to_contract = import_module(f"{service}.messaging").to_contract
    produced: set[type[Contract]] = set()

    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def publish(data: st.DataObject) -> None:
        for cls in events_of(service):
            contract = to_contract(data.draw(st.from_type(cls)))
            if contract is not None:
                produced.add(type(contract))

    publish()
    assert produced == OF_SERVICE[service]


def modules_of(service: str) -> Iterator[ModuleType]:
    package = import_module(service)
    for info in pkgutil.walk_packages(package.__path__, f"{service}."):
        if not info.name.endswith("__main__"):
            yield import_module(info.name)


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_aucun_agregat_n_est_oublie_par_son_service(service: str) -> None:
    """A decider that the service does not list would write events that nobody can read."""
    listed = {stream.decide for stream in import_module(f"{service}.app").DESCRIPTION.aggregates}
    deciders = {
        module.decide
        for module in modules_of(service)
        if ".domain." in module.__name__ and hasattr(module, "decide")
    }
    assert deciders == listed


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_tout_abonnement_vise_un_contrat_que_son_service_publie(service: str) -> None:
    """A contract asked of the wrong service would be waited for, for ever and in silence."""
    description = import_module(f"{service}.app").DESCRIPTION
    heard = [(fed.service, fed.contracts) for fed in description.fed]
    heard += [(reaction.service, reaction.reads) for reaction in description.reactions if reaction.service]
    for owner, contracts in heard:
        assert set(contracts) <= OF_SERVICE[owner]


def test_tout_sujet_ecrit_en_toutes_lettres_existe() -> None:
    pattern = re.compile(rf"\b(?:{'|'.join(catalogue.SERVICES)})\.[A-Z][A-Za-z]+\.v\d+")
    for file in [
        *ROOT.glob("services/*/src/**/*.py"),
        *ROOT.glob("deploy/embedded/src/**/*.py"),
        *ROOT.glob("tools/*/src/**/*.py"),
        *ROOT.glob("deploy/nats/*"),
    ]:
        for name in pattern.findall(file.read_text(encoding="utf-8")):
            assert name in PUBLISHED, f"{file.relative_to(ROOT)} : {name} n'existe pas"


def test_le_journal_ne_se_lit_et_ne_s_ecrit_que_par_le_moteur() -> None:
    """No SQL on the engine's tables elsewhere. tools/chaos is left out: it judges the engine from outside; so
    are migrations: once, they mend what older code left in whatever table."""
    sql = re.compile(
        r"\b(?:from|into|update|join|table) (?:events|claims|checkpoints|parked\w*|orders|jobs|coffre\.\w+)\b"
        r"(?! import|[.)])"
    )
    for file in [
        *(file for file in ROOT.glob("services/*/src/**/*.py") if "migrations" not in file.parts),
        *ROOT.glob("apps/*/src/**/*.py"),
        *(file for file in ROOT.glob("libs/*/src/**/*.py") if "events" not in file.relative_to(ROOT).parts),
        *ROOT.glob("tools/coop/src/**/*.py"),
        *ROOT.glob("tools/peuplement/src/**/*.py"),
        *ROOT.glob("deploy/embedded/src/**/*.py"),
    ]:
        found = [line for line in file.read_text(encoding="utf-8").splitlines() if sql.search(line)]
        assert not found, f"{file.relative_to(ROOT)} : {found}"
