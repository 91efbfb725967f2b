"""`python -m documentation --write | --check`: what the code writes in docs/ and in the services' README."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from process.usage import Analyseur
from web.policies import governed

from documentation import droits, fiches, openapi, problemes
from documentation.applications import DESCRIPTIONS, applications


@dataclass(slots=True)
class Pages:
    """texts : by path from the root of the repository.   faults : why some cannot be written, in French."""

    texts: dict[Path, str] = field(default_factory=dict[Path, str])
    faults: list[str] = field(default_factory=list[str])


def pages(root: Path) -> Pages:
    """What the code says now."""
    apps = applications()
    found = Pages({Path("docs/droits.md"): droits.render({s: governed(app) for s, app in apps.items()})})
    found.texts[problemes.FICHIER] = problemes.render(apps)
    try:
        documents = openapi.documents(apps)
    except openapi.TwoMeanings as fault:
        found.faults.append(str(fault))
    else:
        found.texts |= {path: openapi.render(document) for path, document in documents.items()}
        found.faults += [f"{path} : {f}" for path, one in documents.items() for f in openapi.faults(one)]
    for service in DESCRIPTIONS:
        path = Path("services", service.name, "README.md")
        try:
            found.texts[path] = fiches.inserer(_read(root / path), fiches.rediger(service))
        except fiches.SansFiche:
            found.faults.append(f"{path} : il manque les marques de la fiche, {fiches.DEBUT} et {fiches.FIN}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when all is well, 1 when a page differs from the code or cannot be written."""
    parser = Analyseur(prog="python -m documentation", description="Pages écrites par le code.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="écrire les pages")
    action.add_argument("--check", action="store_true", help="vérifier qu'elles disent comme le code")
    parser.add_argument("--root", type=Path, default=Path(), help="racine du dépôt (ici par défaut)")
    options = parser.parse_args(arguments)
    found = pages(options.root)
    late = {path: text for path, text in found.texts.items() if _read(options.root / path) != text}
    faults = list(found.faults)
    for path, text in late.items():
        if options.write:
            (options.root / path).parent.mkdir(parents=True, exist_ok=True)
            (options.root / path).write_text(text, encoding="utf-8")
            print(f"écrit : {path}")
        else:
            faults.append(f"{path} : ne dit plus la même chose que le code (make docs)")
    for fault in faults:
        print(f"documentation : {fault}", file=sys.stderr)
    if not (late or faults):
        print("documentation : tout est à jour")
    return 1 if faults else 0


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
