"""Refait les données livrées, d'après le paquet npm `@etalab/decoupage-administratif` déballé.

    python libs/referentiels/renouveler.py <dossier du paquet>/data

Les centres des communes sont gardés de l'édition présente : le paquet n'en a pas.
"""

import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DONNEES = Path(__file__).parent / "src/referentiels/donnees"

PARTIES = {
    "arrondissement-municipal": "arrondissement",
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
}


def renouveler(paquet: Path) -> None:
    """Écrit les cinq fichiers de `donnees/`. Raises OSError, KeyError si le paquet a changé de forme."""
    centres = _centres()
    epci = _lire(paquet / "epci.json")
    epci_de = {membre["code"]: groupe["code"] for groupe in epci for membre in groupe["membres"]}
    communes: list[list[Any]] = []
    parties: list[list[Any]] = []
    for c in _lire(paquet / "communes.json"):
        postaux = " ".join(c.get("codesPostaux", ()))
        if c["type"] == "commune-actuelle":
            communes.append(
                [
                    c["code"], c["nom"], c["departement"], c["region"], epci_de.get(c["code"], ""), postaux,
                    c.get("population", ""), *centres.get(c["code"], ("", "")),
                    " ".join(c.get("anciensCodes", ())),
                ]
            )  # fmt: skip
        else:
            ville = c.get("commune") or c["chefLieu"]
            parties.append([c["code"], c["nom"], PARTIES[c["type"]], ville, postaux, c.get("population", "")])
    _ecrire("communes", communes)
    _ecrire("parties", parties)
    _ecrire("epci", ([e["code"], e["nom"], e["type"]] for e in epci))
    departements = _lire(paquet / "departements.json")
    _ecrire("departements", ([d["code"], d["nom"], d["region"]] for d in departements))
    _ecrire("regions", ([r["code"], r["nom"]] for r in _lire(paquet / "regions.json")))


def _centres() -> dict[str, tuple[str, str]]:
    with gzip.open(DONNEES / "communes.tsv.gz", "rt", encoding="utf-8") as fichier:
        lignes = (ligne.rstrip("\n").split("\t") for ligne in fichier)
        return {champs[0]: (champs[7], champs[8]) for champs in lignes}


def _lire(fichier: Path) -> list[dict[str, Any]]:
    return json.loads(fichier.read_text(encoding="utf-8"))


def _ecrire(nom: str, lignes: Iterable[list[Any]]) -> None:
    texte = "".join("\t".join(map(str, ligne)) + "\n" for ligne in sorted(lignes, key=lambda ligne: ligne[0]))
    (DONNEES / f"{nom}.tsv.gz").write_bytes(gzip.compress(texte.encode(), mtime=0))


if __name__ == "__main__":
    renouveler(Path(sys.argv[1]))
