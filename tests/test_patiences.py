"""Un essai ne perd pas patience : sur une machine chargée, deux ou cinq secondes ne disent rien de nous.

Une limite ne sert ici qu'à ne pas attendre pour toujours ; ce que l'on mesure se mesure ailleurs (bench/).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AU_MOINS = 30
PAR_ARGUMENT = {"AsyncClient", "Client", "get", "post", "request", "fetch", "fetchval", "wait", "communicate"}
"""Where `timeout=` is how long one waits for somebody else."""
BREVES = {
    "libs/events/tests/test_database.py": "d'un serveur figé",
    "tools/chaos/tests/test_chaos.py": "d'un réseau muet",
    "tools/faux_proconnect/tests/test_pannes.py": "d'un fournisseur muet",
}
"""File -> whose silence is wanted there."""
FICHIERS = sorted(
    file
    for pattern in ("tests/**/*.py", "*/*/tests/**/*.py")
    for file in ROOT.glob(pattern)
    if str(file.relative_to(ROOT)) not in BREVES
)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _limit(call: ast.Call) -> ast.expr | None:
    """How long this call waits, when it says so."""
    return next((k.value for k in call.keywords if k.arg == "timeout"), None)


def _calls(file: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def _of_network(call: ast.Call) -> bool:
    """A client that goes through a network: five seconds, unless told."""
    module = isinstance(call.func, ast.Attribute) and _name(call.func.value) == "httpx2"
    return module and _name(call.func) in {"AsyncClient", "Client"} and not _in_process(call)


def _in_process(call: ast.Call) -> bool:
    return any(k.arg in {"transport", None} for k in call.keywords)


def _brief(call: ast.Call) -> bool:
    limit = call.args[0] if _name(call.func) == "timeout" and call.args else None
    if _name(call.func) in PAR_ARGUMENT:
        limit = _limit(call)
    if limit is None:
        return _of_network(call)
    return isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) and limit.value < AU_MOINS


def test_un_essai_attend_autant_qu_il_faut() -> None:
    brefs = {
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in FICHIERS
        for call in _calls(file)
        if _brief(call)
    }
    assert brefs == set()


def test_les_attentes_breves_le_sont_encore() -> None:
    assert [name for name in BREVES if not any(map(_brief, _calls(ROOT / name)))] == []
