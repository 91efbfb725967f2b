"""docs/droits.md : qui peut quoi, écrit depuis les règles que les routes nomment."""

from collections.abc import Iterator, Mapping, Sequence

from web.policies import Governed, Rule

from documentation.acteurs import ACTEURS

_HEAD = """# Qui peut quoi

<!-- Écrit par `make docs` depuis les règles (services/*/src/*/policies) et les
     routes des quatre services : ne pas modifier à la main. -->

Chaque route nomme une règle ; une route sans règle empêche le service de démarrer, qu’elle soit décrite dans
l’OpenAPI ou non.
`tests/e2e/test_politique.py` demande chaque route au nom de chaque acteur, sur la plateforme allumée.

- **oui** : admis.
- **401** : il faut être connecté.
- **403** : le rôle manque.
- **404** : l’objet d’un autre répond comme celui qui n’existe pas ; la gestion n’est là que pour les
  administrateurs
  et le support ; derrière la passerelle, une route interne n’est nulle part.
"""


def render(routes: Mapping[str, Sequence[Governed]]) -> str:
    """routes : by service."""
    return "\n".join(_lines(routes)) + "\n"


def _lines(routes: Mapping[str, Sequence[Governed]]) -> Iterator[str]:
    yield _HEAD
    yield "## Les acteurs\n"
    yield from _table(("acteur", "qui"), [(a.nom, a.qui) for a in ACTEURS])
    yield "\n## Les règles\n"
    rules = {line.rule.name: line.rule for lines in routes.values() for line in lines}
    yield from _table(("règle", "qui est admis", "se présente par"), [_rule(r) for r in rules.values()])
    for service, lines in routes.items():
        yield f"\n## {service}\n"
        header = ("route", "règle", *(acteur.nom for acteur in ACTEURS))
        yield from _table(header, [_route(line) for line in lines])


def _rule(rule: Rule) -> tuple[str, ...]:
    return f"`{rule.name}`", rule.says, rule.door.name


def _route(line: Governed) -> tuple[str, ...]:
    hidden = " (hors OpenAPI)" if line.hidden else ""
    answers = (str(acteur.refus(line.rule) or "oui") for acteur in ACTEURS)
    return f"`{line.method} {line.path}`{hidden}", f"`{line.rule.name}`", *answers


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
