"""`python -m contracts.publish --write | --check`: schemas, examples, catalogue, AsyncAPI."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from contracts.publish.catalogue import modules
from contracts.publish.snapshots import check, write

_USAGE = "usage : python -m contracts.publish (--write | --check) [--root DOSSIER]"


class _Analyseur(argparse.ArgumentParser):
    """What argparse would say of a fault is English: the usage says enough."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_USAGE}\n")


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when all is well, 1 when something differs or is refused, 2 when not asked so.

    --write : schemas, examples, catalogue and AsyncAPI.   --check : whether they say what the code says.
    --root : of the repository, here by default.
    """
    parser = _Analyseur(add_help=False, allow_abbrev=False)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true")
    action.add_argument("--check", action="store_true")
    parser.add_argument("--root", type=Path, default=Path())
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
