"""What the services publish and listen to, against the catalogue."""

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_type_hints

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


def subscriptions(module: ModuleType) -> Iterator[tuple[str, tuple[type[Contract], ...]]]:
    """Each service name written next to contracts, in a call or a tuple: who is listened to, for what."""
    tree = ast.parse(Path(cast(str, module.__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
        values = [value_of(part, module) for part in parts]
        for service in values:
            for contracts in values:
                if isinstance(service, str) and service in OF_SERVICE and are_contracts(contracts):
                    yield service, tuple(contracts)


def value_of(node: ast.expr, module: ModuleType) -> Any:
    """The value of a constant, a name or an attribute of the module; None when only known at run time."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return vars(module).get(name)
        case ast.Attribute(owner, name):
            return getattr(value_of(owner, module), name, None)
        case ast.List(parts) | ast.Tuple(parts):
            return [value_of(part, module) for part in parts]
        case _:
            return None


def are_contracts(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and all(isinstance(v, type) and issubclass(v, Contract) for v in cast("list[Any]", value))
    )


def test_tout_abonnement_vise_un_contrat_que_son_service_publie() -> None:
    """A contract asked of the wrong service would be waited for, for ever and in silence."""
    found = [pair for service in catalogue.SERVICES for m in modules_of(service) for pair in subscriptions(m)]
    for service, contracts in found:
        assert set(contracts) <= OF_SERVICE[service]
    assert {service for service, _ in found} == set(catalogue.SERVICES)
    assert len(found) >= 7


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
