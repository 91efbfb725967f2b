"""`python -m contracts.publish --write | --check`: schemas, examples, catalogue, AsyncAPI."""

import argparse
import sys
from pathlib import Path

from contracts.publish.catalogue import modules
from contracts.publish.snapshots import check, write


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when all is well, 1 when something differs or is refused."""
    parser = argparse.ArgumentParser(prog="python -m contracts.publish", description="Contrats publics.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument(
        "--write", action="store_true", help="écrire schémas, exemples, catalogue et AsyncAPI"
    )
    action.add_argument(
        "--check", action="store_true", help="vérifier qu'ils disent la même chose que le code"
    )
    parser.add_argument("--root", type=Path, default=Path(), help="racine du dépôt (ici par défaut)")
    options = parser.parse_args(arguments)
    outcome = write(options.root, modules()) if options.write else check(options.root, modules())
    for path in outcome.written:
        print(f"écrit : {path}")
    for fault in outcome.faults:
        print(f"contrats : {fault}", file=sys.stderr)
    if not outcome.faults and not outcome.written:
        print("contrats : tout est à jour")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
