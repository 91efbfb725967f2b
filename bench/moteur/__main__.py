"""Run from the root: `PYTHONPATH=bench .venv/bin/python -m moteur`.

LIGNES=append,relais : these rows only.   DISQUES=rapide : one disk only (rapide, lent).   RAPIDE=1 : smaller.
TOURS=n : rounds.   EVENEMENTS=n : events of the rebuild.   SORTIE=file : where the JSON goes.
"""

import datetime as dt
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from moteur import ajout, delai, http, lecture, projecteur, reconstruction, relais
from moteur.banc import Banc
from moteur.machine import machine
from moteur.mesure import Ligne, Reglages
from moteur.processus import CoteEchoue
from moteur.serveurs import CompilateurAbsent, serveurs
from moteur.tableau import TITRES, en_clair

LIGNES: dict[str, Callable[[Banc], Iterator[Ligne]]] = {
    "append": ajout.lignes_pair,
    "protection": ajout.lignes_protection,
    "brut": ajout.lignes_brut,
    "lecture": lecture.lignes,
    "relais": relais.lignes,
    "projecteur": projecteur.lignes,
    "chaine": projecteur.lignes_chaine,
    "reconstruction": reconstruction.lignes,
    "delai": delai.lignes,
    "post": http.lignes,
}
DISQUES = ["rapide", "lent"]


def main() -> int:
    chosen = _choice("LIGNES", list(LIGNES))
    disques = _choice("DISQUES", DISQUES)
    reglages = Reglages.from_environment()
    started = time.perf_counter()
    done: list[Ligne] = []
    broken: list[str] = []
    # A polite end stops the servers too.
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="banc-moteur-"))
    try:
        with serveurs(folder, disques, nats=True) as servers:
            for disque, commit in servers.commits_ms.items():
                print(f"PostgreSQL, disque {disque} : un commit dure {commit:.2f} ms")
            print(TITRES)
            banc = Banc(servers.postgres, servers.nats, reglages)
            for name in chosen:
                before = len(done)
                try:
                    for ligne in LIGNES[name](banc):
                        done.append(ligne)
                        print(en_clair(ligne), flush=True)
                except CoteEchoue as error:
                    broken.append(name)
                    print(f"{name} : la mesure a échoué. {error}", file=sys.stderr)
                else:
                    if len(done) == before:
                        print(f"{name} : demande le disque lent, non mesuré")
            commits = servers.commits_ms
    except CompilateurAbsent as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _write(reglages, commits, done, time.perf_counter() - started)
    if broken:
        print(f"Mesures qui ont échoué : {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _end(*_: object) -> None:
    sys.exit(1)


def _choice(variable: str, known: list[str]) -> list[str]:
    asked = [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]
    unknown = [name for name in asked if name not in known]
    if unknown:
        sys.exit(f"{variable} : {', '.join(unknown)} inconnu ; choix : {', '.join(known)}")
    return asked or known


def _write(reglages: Reglages, commits: dict[str, float], lignes: list[Ligne], seconds: float) -> None:
    # A run of some rows never replaces the figures of a whole one.
    partial = os.environ.get("LIGNES") or os.environ.get("DISQUES")
    target = Path(os.environ.get("SORTIE", ".local/moteur-partiel.json" if partial else "bench/moteur.json"))
    content = {
        "machine": machine() | {"date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")},
        "commit_ms": {disque: round(ms, 3) for disque, ms in commits.items()},
        "rapide": Reglages.quick(),
        "tours": reglages.tours,
        "duree_s": round(seconds, 1),
        "lignes": [ligne.as_json() for ligne in lignes],
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    judged = [ligne for ligne in lignes if ligne.tient is not None]
    held = sum(bool(ligne.tient) for ligne in judged)
    print(f"{held} barres tenues sur {len(judged)}, en {seconds:.0f} s ; écrit dans {target}")


if __name__ == "__main__":
    sys.exit(main())
