"""`python -m cartographie all|api|worker|migrer`, et `python -m cartographie importer` (voir commande.py)."""

import sys

from process.serve import main

from cartographie.app import build, migrate
from cartographie.commande import importer
from cartographie.settings import Settings

if __name__ == "__main__":
    if sys.argv[1:2] == ["importer"]:
        raise SystemExit(importer(sys.argv[2:]))
    main("cartographie", build, Settings, migrate)
