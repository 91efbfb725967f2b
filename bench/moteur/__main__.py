"""Run from the root: `PYTHONPATH=bench .venv/bin/python -m moteur`.

LIGNES=append,relais : these rows only.   DISQUES=rapide : one disk only (rapide, lent).   RAPIDE=1 : smaller.
TOURS=n : rounds.   EVENEMENTS=n : events of the rebuild.   SORTIE=file : where the JSON goes; by default
bench/moteur.json for a whole run without any of these, .local/moteur-partiel.json for another.
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
from typing import Any

from moteur import ajout, delai, http, lecture, projecteur, projections, reconstruction, relais
from moteur.banc import Banc
from moteur.machine import machine
from moteur.mesure import ENTIERS, Ligne, Reglages
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
    "projections": projections.lignes,
    "delai": delai.lignes,
    "post": http.lignes,
}
DISQUES = ["rapide", "lent"]


def main() -> int:
    chosen = _choice("LIGNES", list(LIGNES))
    disques = _choice("DISQUES", DISQUES)
    reglages = Reglages.from_environment()
    # Before the first row: the code measured is that of now, even if it changes meanwhile.
    measured_on = machine()
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
    whole = (chosen, disques, reglages) == (list(LIGNES), DISQUES, ENTIERS) and not broken
    content = {
        "machine": measured_on | {"date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")},
        "commit_ms": {disque: round(ms, 3) for disque, ms in commits.items()},
        "rapide": Reglages.quick(),
        "tours": reglages.tours,
        "duree_s": round(time.perf_counter() - started, 1),
        "lignes": [ligne.as_json() for ligne in done],
    }
    _write(content, _target(whole=whole), done)
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


def _target(*, whole: bool) -> Path:
    """A partial or smaller run never replaces the figures of a whole one."""
    kept = "bench/moteur.json" if whole else ".local/moteur-partiel.json"
    return Path(os.environ.get("SORTIE", kept))


def _write(content: dict[str, Any], target: Path, lignes: list[Ligne]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    judged = [ligne for ligne in lignes if ligne.tient is not None]
    held = sum(bool(ligne.tient) for ligne in judged)
    print(f"{held} barres tenues sur {len(judged)}, en {content['duree_s']:.0f} s ; écrit dans {target}")


if __name__ == "__main__":
    sys.exit(main())
