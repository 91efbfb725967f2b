"""« effacé » est une valeur normale : tout ce qui lit un fait l'accepte. Et chaque texte est classé."""

import datetime as dt
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType, SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson
import pytest
import sqlalchemy as sa
from activites.api.lectures import SANS_LIEU, activite_lue
from activites.domain.activite import Active
from activites.domain.faits import ActiviteEnregistree
from cartographie.api import vues
from cartographie.domain.lieu import LieuReference
from cartographie.projections import lieux_publies
from contracts.publish import catalogue
from events.codec import Codec, union_members
from events.contract import Contract
from events.service import Service
from events.types import ERASED, Personal
from hypothesis import given, settings
from hypothesis import strategies as st
from identity.api.comptes import MonCompte
from identity.api.emplois import Emploi
from identity.api.fiche import fiche_lue
from identity.domain import fiche
from identity.domain.compte import CompteOuvert
from identity.domain.emploi_faits import EmploiDeclare
from identity.projections import comptes, emplois

SERVICES: dict[str, Service[Any]] = {
    name: import_module(f"{name}.app").DESCRIPTION for name in catalogue.SERVICES
}


def union_of(service: str) -> Any:
    """The union of the service's events, as its `to_contract` declares it."""
    hints = get_type_hints(SERVICES[service].to_contract)
    [union] = [hint for name, hint in hints.items() if name != "return"]
    return union


def events_of(service: str) -> list[type[Any]]:
    return union_members(union_of(service))


def personal_fields(cls: type[Any]) -> set[str]:
    """The fields marked `Personal`, read from the types alone, not from the codec that is on trial."""

    def marked(hint: Any) -> bool:
        value = getattr(hint, "__value__", hint)
        inner = [*getattr(value, "__metadata__", ()), *getattr(value, "__args__", ())]
        return isinstance(value, Personal) or any(marked(part) for part in inner)

    return {name for name, hint in get_type_hints(cls, include_extras=True).items() if marked(hint)}


PERSONNELS = [
    (service, cls) for service in catalogue.SERVICES for cls in events_of(service) if personal_fields(cls)
]
IDS = [f"{service}.{cls.__name__}" for service, cls in PERSONNELS]


def aggregates(service: str) -> Iterator[ModuleType]:
    """The modules of the domain that satisfy `Decider`."""
    domain = import_module(f"{service}.domain")
    for info in pkgutil.iter_modules(domain.__path__, f"{service}.domain."):
        module = import_module(info.name)
        if hasattr(module, "evolve") and hasattr(module, "initial"):
            yield module


def exemple(cls: type[Any]) -> Any:
    """One event of this type, whatever it says; each of its texts has a value. Always the same."""
    found: list[Any] = []

    @settings(max_examples=1, database=None, deadline=None, derandomize=True)
    @given(st.builds(cls, **{name: st.just("un texte") for name in personal_fields(cls)}))
    def draw(event: Any) -> None:
        found.append(event)

    draw()
    return found[0]


def efface(service: str, event: Any) -> Any:
    """As it is read back once its key is destroyed: through the codec, as the journal gives it."""
    codec: Codec[Any] = SERVICES[service].codec
    encoded = codec.encode(event)
    names = {name for secret in encoded.secrets for name in secret.fields}
    assert names == personal_fields(type(event))
    lu = codec.decode(encoded.type, encoded.schema_version, encoded.data, dict.fromkeys(names, ERASED))
    assert {getattr(lu, name) for name in names} == {ERASED}
    return lu


def test_des_faits_de_chaque_service_portent_des_donnees_personnelles() -> None:
    """Else nothing below would be looked at."""
    assert {service for service, _ in PERSONNELS} == set(catalogue.SERVICES)
    assert len(PERSONNELS) >= 8


@pytest.mark.parametrize(("service", "cls"), PERSONNELS, ids=IDS)
def test_les_tables_acceptent_un_fait_efface(service: str, cls: type[Any]) -> None:
    clair = exemple(cls)
    lu = efface(service, clair)
    for projection in SERVICES[service].own:
        if cls not in union_members(projection.reads):
            continue
        assert projection.key(lu) == projection.key(clair)
        avant = projection.project(None, clair)
        for ligne in (projection.project(None, lu), projection.project(avant, lu)):
            if ligne is not None:
                assert_accepted(projection.table, ligne)
                assert "un texte" not in str(ligne.values())


def assert_accepted(table: sa.Table, row: dict[str, Any]) -> None:
    """What the columns can hold, and the writer can write. A row may lack its first fact."""
    for column in table.columns:
        if column.name not in row:
            continue
        value = row[column.name]
        assert value is not None or column.nullable, column.name
        assert value is None or isinstance(value, column.type.python_type), column.name
    orjson.dumps(row, default=str)


@pytest.mark.parametrize(("service", "cls"), PERSONNELS, ids=IDS)
def test_un_fait_efface_publie_le_meme_contrat(service: str, cls: type[Any]) -> None:
    clair = exemple(cls)
    to_contract = SERVICES[service].to_contract
    avant, apres = to_contract(clair), to_contract(efface(service, clair))
    assert apres == avant
    if apres is not None:
        assert ERASED not in apres.model_dump_json()


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_les_etats_se_reconstruisent_sur_des_faits_effaces(service: str) -> None:
    """From the initial state, whatever the facts that a stream holds, every erased fact finds its place."""
    taken: set[type[Any]] = set()
    for module in aggregates(service):
        union = get_type_hints(module.evolve)["event"]
        faits = [exemple(cls) for cls in union_members(union)]
        lus = [efface(service, fait) if personal_fields(type(fait)) else fait for fait in faits]
        states = [module.initial]
        for _ in range(3):
            for state in list(states):
                for lu in lus:
                    try:
                        states.append(module.evolve(state, lu))
                    except AssertionError as impossible:
                        # Only the first fact of a stream is a rule of `evolve`.
                        if "commence par" not in str(impossible):
                            raise
                    else:
                        taken.add(type(lu))
            states = states[:60]
    assert taken == set(events_of(service))


def test_ce_que_l_api_montre_accepte_un_fait_efface() -> None:
    ouvert = efface("identity", exemple(CompteOuvert))
    vide = fiche_lue(fiche.initial)
    compte = MonCompte.model_validate(row(comptes, ouvert) | {"fiche": vide}, from_attributes=False)
    assert (compte.prenom, compte.nom, compte.courriel, compte.telephone) == (ERASED,) * 4
    emploi = Emploi.model_validate(row(emplois, efface("identity", exemple(EmploiDeclare))))
    assert emploi.nom_structure == ERASED
    activite = efface("activites", exemple(ActiviteEnregistree))
    lue = activite_lue(Active(activite, activite), SANS_LIEU, (), {})
    assert lue.notes == ERASED
    lue.model_dump(mode="json", warnings=False)
    lieu = SimpleNamespace(**row(lieux_publies, efface("cartographie", exemple(LieuReference))))
    maintenant = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert vues.detail(lieu, maintenant).telephone is None
    assert vues.resume(lieu, maintenant).telephone is None


def row(projection: Any, event: Any) -> dict[str, Any]:
    found = projection.project(None, event)
    assert found is not None
    return found


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_chaque_texte_d_un_fait_est_classe(service: str) -> None:
    """`Codec` refuses at start what is not: here, it was asked about every event."""
    codec: Codec[Any] = Codec(union_of(service))
    assert codec.names == {cls.__name__ for cls in events_of(service)} == SERVICES[service].codec.names
    for cls in events_of(service):
        for name, hint in get_type_hints(cls, include_extras=True).items():
            bare = hint is str or (get_origin(hint) in (Union, UnionType) and str in get_args(hint))
            assert not bare, f"{cls.__name__}.{name}"


@pytest.mark.parametrize("service", catalogue.SERVICES)
def test_aucun_contrat_ne_porte_un_champ_classe_personnel(service: str) -> None:
    classes = {name for cls in events_of(service) for name in personal_fields(cls)}
    publies = [
        p.contract for p in catalogue.discover(catalogue.modules()) if p.name.startswith(f"{service}.")
    ]
    assert publies
    for contract in publies:
        assert not classes & fields_of(contract), contract.__name__


def fields_of(contract: type[Contract]) -> set[str]:
    """Every field name, nested ones too, as the schema publishes them."""
    schema = contract.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return {name for part in parts for name in part.get("properties", {})}
