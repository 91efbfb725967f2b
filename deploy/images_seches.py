"""Install each service and the portail alone, as their images: `python deploy/images_seches.py [name…]`.

One fresh environment per service under `.local/images`, with the versions and hashes of `requirements/`: only
the service's distribution and what it declares. There, every module of the service is imported, its program
says its usage, and nothing that belongs to another distribution answers. Exit code 1 when one of them fails.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / ".local" / "images"
UV = str(ROOT / ".local" / "bootstrap" / "bin" / "uv")
SERVICES = ("identity", "activites", "equipes", "cartographie")
APPS = ("portail",)

# Run in the environment, from an empty folder.
# A slim image has no time zones of the system: those of the lock must do.
TRY = """
import importlib, importlib.util, pkgutil, sys
service, kind, *foreign = sys.argv[1:]
package = importlib.import_module(service)
assert "site-packages" in package.__file__, package.__file__
for module in pkgutil.walk_packages(package.__path__, f"{service}."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
if kind == "service":
    folder = sys.modules[f"{service}.app"].DESCRIPTION.migrations
    assert (folder / "env.py").exists() and any((folder / "versions").glob("*.py")), "migrations absentes"
import zoneinfo
assert "Europe/Paris" in zoneinfo.available_timezones(), "fuseaux horaires absents"
found = [name for name in foreign if importlib.util.find_spec(name)]
assert not found, f"installés sans être déclarés : {found}"
"""


def members() -> dict[str, tuple[str, set[str]]]:
    """{module: (distribution, the workspace's distributions it declares, with theirs)}"""
    declared: dict[str, tuple[str, set[str]]] = {}
    for folder in ("libs", "services", "apps", "tools", "deploy"):
        for file in sorted((ROOT / folder).glob("*/pyproject.toml")):
            content = tomllib.loads(file.read_text())
            names = {d.split("[")[0] for d in content["project"]["dependencies"] if d.startswith("coop-")}
            declared[content["tool"]["uv"]["build-backend"]["module-name"]] = (
                content["project"]["name"],
                names,
            )
    return declared


def _folder(service: str) -> Path:
    return ROOT / ("apps" if service in APPS else "services") / service


def foreign_to(service: str) -> list[str]:
    """The modules that an image of this service must not hold."""
    known = members()
    by_name = dict(known.values())
    wanted, waiting = set[str](), [known[service][0]]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += by_name[name]
    others = [module for module, (name, _) in known.items() if name not in wanted]
    # The tools of tests, and FastStream where nothing is asked nor heard.
    others += ["pytest", "hypothesis", "testcontainers"]
    edge = "[edge]" in (_folder(service) / "pyproject.toml").read_text()
    return others + ([] if edge else ["faststream"])


def run(*command: str, cwd: Path = ROOT, **changes: str) -> str:
    """The output; raises RuntimeError with the last line of the errors."""
    kept = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}}
    if "PIP_INDEX_URL" in kept:
        kept.setdefault("UV_DEFAULT_INDEX", kept["PIP_INDEX_URL"])
    if "PIP_CERT" in kept:
        kept.setdefault("SSL_CERT_FILE", kept["PIP_CERT"])
    done = subprocess.run(command, cwd=cwd, env=kept | changes, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip() or "sans un mot").splitlines()[-1])
    return done.stdout


def install(service: str) -> Path:
    """The python of a fresh environment that holds this service. From uv's cache when it is enough."""
    folder = IMAGES / service
    shutil.rmtree(folder, ignore_errors=True)
    run(UV, "venv", "--quiet", "--python", sys.executable, str(folder))
    python = folder / "bin" / "python"
    command = (UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python))
    command += ("--constraint", "requirements/runtime.txt", str(_folder(service)))
    try:
        run(*command, "--offline")
    except RuntimeError:
        run(*command)
    return python


def try_out(service: str, python: Path) -> None:
    """Raises RuntimeError with what is wrong."""
    empty = IMAGES / "vide"
    empty.mkdir(exist_ok=True)
    kind = "app" if service in APPS else "service"
    run(str(python), "-c", TRY, service, kind, *foreign_to(service), cwd=empty, PYTHONTZPATH="")
    run(str(python), "-m", service, "--help", cwd=empty)


def measure(python: Path) -> tuple[int, float]:
    """(distributions installed, size in MB)."""
    listed = json.loads(run(UV, "pip", "list", "--python", str(python), "--format", "json"))
    size = sum(
        p.lstat().st_size for p in python.parent.parent.rglob("*") if p.is_file() and not p.is_symlink()
    )
    return len(listed), size / 1e6


def main(chosen: list[str]) -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    code = 0
    print(f"{'Service':14}{'Distributions':>14}{'Taille':>10}  Verdict", flush=True)
    for service in chosen or (*SERVICES, *APPS):
        count, size, verdict = 0, 0.0, "seul, complet"
        try:
            python = install(service)
            count, size = measure(python)
            try_out(service, python)
        except RuntimeError as error:
            code, verdict = 1, f"échec : {error}"
        print(f"{service:14}{count:>14}{size:>7.0f} Mo  {verdict}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
