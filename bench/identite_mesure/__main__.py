"""L'identité mesurée : `make bench-identite`, qui écrit bench/identity.json.

Une ligne par mesure ; LIGNES=dispositif,… pour n'en refaire que quelques-unes, COMPTES=<n> pour un essai plus
petit, qui n'écrit rien.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from moteur.machine import machine

from identite_mesure import connexions, dispositif, forwardauth

RESULTAT = Path(__file__).parents[1] / "identity.json"
COMPTES = 10_000

type Mesure = Callable[[Path, int], Awaitable[dict[str, Any]]]
"""(dossier neuf, nombre de comptes) -> ce qui est mesuré, avec `barres` : nom -> le plus permis."""

LIGNES: dict[str, Mesure] = {
    "dispositif": dispositif.mesurer,
    "connexions": connexions.mesurer,
    "forwardauth": forwardauth.mesurer,
}


async def main() -> int:
    voulues = os.environ.get("LIGNES", "").split(",") if os.environ.get("LIGNES") else list(LIGNES)
    comptes = int(os.environ.get("COMPTES", COMPTES))
    mesures: dict[str, Any] = json.loads(RESULTAT.read_text())["mesures"] if RESULTAT.exists() else {}
    for nom in voulues:
        with tempfile.TemporaryDirectory() as dossier:
            mesures[nom] = await LIGNES[nom](Path(dossier), comptes)
        print(f"{nom} : {json.dumps(mesures[nom], ensure_ascii=False)}", flush=True)
    if comptes == COMPTES:
        document = {"machine": machine(), "comptes": comptes, "mesures": mesures}
        RESULTAT.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    manquees = [
        f"{nom} : {quoi} {mesures[nom][quoi]} > {barre}"
        for nom in voulues
        for quoi, barre in mesures[nom]["barres"].items()
        if mesures[nom][quoi] > barre
    ]
    for phrase in manquees:
        print(f"barre manquée : {phrase}")
    return 1 if manquees else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
