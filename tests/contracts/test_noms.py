"""Un nom, un sens : dans toute la plateforme, ce que lit un client ou un abonné ne se dit pas deux fois."""

import ast
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

from contracts.publish import catalogue
from events.codec import union_members
from events.decider import Refusal
from web.problems import Kind

ROOT = Path(__file__).resolve().parents[2]

type Sens = tuple[str, int]
"""Title and status of a problem."""


def evenements() -> set[str]:
    """Names of the events of every service, and of the contracts."""
    names = {name for p in catalogue.discover(catalogue.modules()) for name in (p.event, p.contract.__name__)}
    for service in catalogue.SERVICES:
        hints = get_type_hints(import_module(f"{service}.messaging").to_contract)
        [union] = [hint for name, hint in hints.items() if name != "return"]
        names |= {event.__name__ for event in union_members(union)}
    return names


def definis(source: str) -> Iterator[str]:
    """The names that a module gives at its top level; what it imports is not its own."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case _:
                pass


def modules() -> Iterator[tuple[str, ModuleType]]:
    """Every module of the services and of web, with the name of its package."""
    for name in (*catalogue.SERVICES, "web"):
        package = import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield name, import_module(found.name)


def problemes() -> Iterator[tuple[str, Sens]]:
    """Each problem that a route may answer, as often as it is defined."""
    for package, module in modules():
        statuses: Mapping[type[Refusal], int] = getattr(import_module(f"{package}.app"), "STATUSES", {})
        for _, value in getmembers(module, lambda value: isclass(value) or isinstance(value, Kind)):
            if isinstance(value, Kind):
                yield value.name, (value.title, value.status)
            elif issubclass(value, Refusal) and value is not Refusal:
                yield value.__name__, (value.title(), statuses.get(value, 409))


def a_deux_sens(definitions: Iterable[tuple[str, Sens]]) -> dict[str, set[Sens]]:
    """The names that say two things."""
    sens: dict[str, set[Sens]] = {}
    for name, meaning in definitions:
        sens.setdefault(name, set()).add(meaning)
    return {name: meanings for name, meanings in sens.items() if len(meanings) > 1}


def test_rien_dans_une_api_ne_porte_le_nom_d_un_evenement() -> None:
    pris = evenements()
    assert {"EmploiDeclare", "ActiviteCorrigee", "ActiviteCorrigeeV1"} <= pris
    fichiers = list(ROOT.glob("services/*/src/*/api/**/*.py"))
    assert len(fichiers) > 20
    doubles = [
        f"{fichier.relative_to(ROOT)} : {nom}"
        for fichier in fichiers
        for nom in definis(fichier.read_text(encoding="utf-8"))
        if nom in pris
    ]
    assert doubles == []


def test_une_classe_un_alias_et_une_variable_se_voient() -> None:
    source = "from x import A\nclass B: ...\nC = Annotated[int, 1]\ntype D = int\nE: int = 1\ndef f(): ...\n"
    assert list(definis(source)) == ["B", "C", "D", "E"]


def test_un_nom_de_probleme_dit_une_seule_chose() -> None:
    tous = list(problemes())
    assert {"NonAuthentifie", "EmploiInconnu", "DateDansLeFutur"} <= {nom for nom, _ in tous}
    assert a_deux_sens(tous) == {}


def test_deux_titres_ou_deux_statuts_sous_un_nom_se_voient() -> None:
    titres = [("LieuInconnu", ("Ce lieu n’existe pas.", 404)), ("LieuInconnu", ("Pas de lieu.", 404))]
    statuts = [("Refus", ("La demande est refusée.", 409)), ("Refus", ("La demande est refusée.", 422))]
    une_fois = [("CompteInconnu", ("Ce compte n’existe pas.", 404))] * 2
    assert a_deux_sens([*titres, *statuts, *une_fois]).keys() == {"LieuInconnu", "Refus"}
