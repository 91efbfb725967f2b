"""Les activités mesurées : `make bench-activites`, qui écrit bench/activites.json.

Une ligne par mesure ; LIGNES=import,… pour n'en refaire que quelques-unes. CRA, MEDIATEURS, ACCOMPAGNEMENTS,
IMPORTES, REQUETES changent les tailles : un essai plus petit n'écrit rien.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from moteur.machine import machine

from activites_mesure import ecriture, export, importation, liste
from activites_mesure.service import Service, Tailles

RESULTAT = Path(__file__).parents[1] / "activites.json"
ENTIERES = Tailles()

type Mesure = Callable[[Service, Tailles], Awaitable[dict[str, Any]]]
"""Ce qui est mesuré, avec `au_plus` et `au_moins` : nom -> la barre."""

LIGNES: dict[str, Mesure] = {
    "ecriture": ecriture.mesurer,
    "liste": liste.mesurer,
    "export": export.mesurer,
    "import": importation.mesurer,
}


async def main() -> int:
    voulues = os.environ.get("LIGNES", "").split(",") if os.environ.get("LIGNES") else list(LIGNES)
    tailles = Tailles.de_l_environnement()
    mesures: dict[str, Any] = json.loads(RESULTAT.read_text())["mesures"] if RESULTAT.exists() else {}
    for nom in voulues:
        with tempfile.TemporaryDirectory() as dossier:
            async with Service(Path(dossier)) as service:
                mesures[nom] = await LIGNES[nom](service, tailles)
        print(f"{nom} : {json.dumps(mesures[nom], ensure_ascii=False)}", flush=True)
    if tailles == ENTIERES:
        document = {"machine": machine(), "tailles": asdict(tailles), "mesures": mesures}
        RESULTAT.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    manquees = [phrase for nom in voulues for phrase in _manquees(nom, mesures[nom])]
    for phrase in manquees:
        print(f"barre manquée : {phrase}")
    return 1 if manquees else 0


def _manquees(nom: str, mesure: dict[str, Any]) -> list[str]:
    trop = [f"{q} {mesure[q]} > {b}" for q, b in mesure.get("au_plus", {}).items() if mesure[q] > b]
    peu = [f"{q} {mesure[q]} < {b}" for q, b in mesure.get("au_moins", {}).items() if mesure[q] < b]
    return [f"{nom} : {phrase}" for phrase in (*trop, *peu)]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
