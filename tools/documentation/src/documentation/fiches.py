"""La fiche d'un service dans son README : ce qu'il possède, publie et lit, d'après sa description."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contracts.publish.catalogue import discover, modules
from events.codec import events_of, union_members
from events.contract import Contract
from events.projection.manager import Reaction
from events.service import Service

DEBUT = "<!-- fiche : écrite par `make docs` depuis la description du service, ne pas modifier à la main -->"
FIN = "<!-- fin de la fiche -->"

CATALOGUE, DROITS = "docs/contrats/README.md", "docs/droits.md"


class SansFiche(Exception):
    """Le README n'a pas les deux marques entre lesquelles la fiche s'écrit."""


def inserer(readme: str, fiche: str) -> str:
    """Le README avec cette fiche. Raises SansFiche."""
    avant, debut, reste = readme.partition(DEBUT)
    _, fin, apres = reste.partition(FIN)
    if not (debut and fin):
        raise SansFiche
    return f"{avant}{DEBUT}\n{fiche}{FIN}{apres}"


def rediger(service: Service[Any]) -> str:
    """Le texte de la fiche."""
    return "\n".join(_lignes(service)) + "\n"


def _lignes(service: Service[Any]) -> Iterator[str]:
    yield "**Possède**\n"
    yield from _tableau(
        ("flux", "faits"), [(f"`{a.kind}-<id>`", _noms(events_of(a))) for a in service.aggregates]
    )
    publies = _noms(_publies(service.name))
    yield f"\n**Publie** ([catalogue](../../{CATALOGUE})) : {publies}.\n"
    yield "**Lit**\n"
    yield from _tableau(("de", "faits", "pour"), list(_lectures(service)))
    if service.jobs:
        passages = (f"`{job.name}` toutes les {job.every.total_seconds() / 60:g} min" for job in service.jobs)
        yield f"\n**Refait** : {', '.join(passages)}."
    yield f"\n**Répond** : [OpenAPI](../../docs/api/{service.name}.json), [qui peut quoi](../../{DROITS})."


def _lectures(service: Service[Any]) -> Iterator[Sequence[str]]:
    for lecture in service.own:
        yield "son journal", _noms(union_members(lecture.reads)), f"table `{lecture.table.name}`"
    for fichier in service.files:
        yield "son journal", _noms(union_members(fichier.reads)), f"fichier `{fichier.name}`"
    for copie in service.fed:
        yield copie.service, _noms(copie.contracts), f"table `{copie.name}`"
    for reaction in service.reactions:
        yield reaction.service or "son journal", _noms(reaction.reads), _reaction(reaction)


def _reaction(reaction: Reaction) -> str:
    return f"réaction `{reaction.name}`, qui ordonne {_noms(union_members(reaction.orders))}"


def _publies(service: str) -> list[type[Contract]]:
    return [p.contract for p in discover({service: modules()[service]})]


def _noms(classes: Iterable[type[Any]]) -> str:
    return ", ".join(f"`{_nom(cls)}`" for cls in classes)


def _nom(cls: type[Any]) -> str:
    return f"{cls.event_name()}.v{cls.version()}" if issubclass(cls, Contract) else cls.__name__


def _tableau(titres: Sequence[str], lignes: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titres)} |"
    yield f"|{'---|' * len(titres)}"
    yield from (f"| {' | '.join(ligne)} |" for ligne in lignes)
