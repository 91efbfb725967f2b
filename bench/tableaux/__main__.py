"""Écrire puis relire un grand tableau dans chaque format : lignes par seconde et mémoire de pointe.

`PYTHONPATH=bench .venv/bin/python -m tableaux [LIGNES]`. Chaque mesure a son processus, donc sa mémoire.
Écrit bench/tableurs.json pour 200 000 lignes.
"""

import datetime as dt
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tableurs import Format, Limites, ecrire, ouvrir
from tableurs.ecriture.valeurs import Valeur

LIGNES = 200_000
RESULTAT = Path(__file__).parents[1] / "tableurs.json"
TITRES = (
    "id",
    "nom",
    "adresse",
    "commune",
    "code postal",
    "tel",
    "le",
    "à",
    "durée",
    "nombre",
    "note",
    "ouvert",
)
# Un tableau de cette taille dépasse ce qu'un service accepte par défaut.
LARGES = Limites(
    octets=500_000_000, octets_decompresses=4_000_000_000, lignes=10_000_000, cellules=200_000_000
)


def lignes(nombre: int) -> Iterator[Sequence[Valeur]]:
    """Des lignes de la forme d'un export : textes accentués, nombres, dates, téléphones."""
    jour, instant = dt.date(2024, 5, 3), dt.datetime(2024, 5, 3, 9, 30, tzinfo=dt.UTC)
    for n in range(nombre):
        nom, adresse = f"Médiathèque n° {n}", f"{n} rue de l’Hôtel-de-Ville"
        note = f"Aide aux démarches, {n} : « à rappeler »" if n % 3 else None
        tel, code = f"+3356102{n % 10_000:04}", f"{n % 95_000:05}"
        yield (n, nom, adresse, "Orléans", code, tel, jour, instant, 30 + n % 90, n / 7, note, n % 2 == 0)


def mesurer(quoi: str, format_: Format, nombre: int, chemin: Path) -> dict[str, float]:
    """Une mesure, dans ce processus. Durée en secondes, mémoire de pointe en Mo."""
    avant, debut = _pointe(), time.perf_counter()
    if quoi == "écrire":
        with chemin.open("wb") as sortie:
            ecrire(format_, "Essai", TITRES, lignes(nombre), sortie)
    else:
        lues = sum(ligne.valeurs is not None for ligne in ouvrir(chemin, LARGES).lire())
        if lues != nombre:
            raise SystemExit(f"{format_} : {lues} lignes lues au lieu de {nombre}")
    duree = time.perf_counter() - debut
    return {
        "lignes_par_seconde": round(nombre / duree),
        "pointe_mo": round(_pointe(), 1),
        "avant_mo": round(avant, 1),
        "fichier_mo": round(chemin.stat().st_size / 1e6, 1),
    }


def _pointe() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(nombre: int) -> None:
    mesures: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{nombre} lignes de {len(TITRES)} colonnes".ljust(30), "lignes/s", "pointe", "fichier", sep="\t")
    with tempfile.TemporaryDirectory() as dossier:
        for format_ in Format:
            for quoi in ("écrire", "lire"):
                fait = subprocess.run(  # noqa: S603 - ce même fichier
                    [
                        sys.executable,
                        "-m",
                        "tableaux",
                        quoi,
                        format_,
                        str(nombre),
                        f"{dossier}/essai.{format_}",
                    ],
                    stdout=subprocess.PIPE,
                    check=True,
                )
                mesure = json.loads(fait.stdout)
                mesures.setdefault(format_, {})[quoi] = mesure
                nom, vitesse = f"{quoi} {format_}".ljust(30), f"{mesure['lignes_par_seconde']:8}"
                print(nom, vitesse, f"{mesure['pointe_mo']:.0f} Mo", f"{mesure['fichier_mo']} Mo", sep="\t")
    if nombre == LIGNES:
        machine = {"python": platform.python_version(), "coeurs": os.cpu_count()}
        objet = {"lignes": nombre, "colonnes": len(TITRES), "machine": machine, "formats": mesures}
        RESULTAT.write_text(json.dumps(objet, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [quoi, format_, nombre, chemin]:
            print(json.dumps(mesurer(quoi, Format(format_), int(nombre), Path(chemin))))
        case [nombre]:
            main(int(nombre))
        case _:
            main(LIGNES)
