"""`python -m documentation --write | --check`: the pages of docs/ that the code writes."""

import argparse
import sys
from pathlib import Path

from web.policies import governed

from documentation import droits
from documentation.applications import applications


def pages() -> dict[Path, str]:
    """Their text, by path from the root of the repository."""
    routes = {service: governed(app) for service, app in applications().items()}
    return {Path("docs/droits.md"): droits.render(routes)}


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when all is well, 1 when a page differs from the code."""
    parser = argparse.ArgumentParser(prog="python -m documentation", description="Pages écrites par le code.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="écrire les pages")
    action.add_argument("--check", action="store_true", help="vérifier qu'elles disent comme le code")
    parser.add_argument("--root", type=Path, default=Path(), help="racine du dépôt (ici par défaut)")
    options = parser.parse_args(arguments)
    late = {path: text for path, text in pages().items() if _read(options.root / path) != text}
    for path, text in late.items():
        if options.write:
            (options.root / path).write_text(text, encoding="utf-8")
            print(f"écrit : {path}")
        else:
            command = "python -m documentation --write"
            print(
                f"documentation : {path} ne dit plus la même chose que le code ({command})", file=sys.stderr
            )
    if not late:
        print("documentation : tout est à jour")
    return 1 if late and options.check else 0


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
