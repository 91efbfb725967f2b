"""Ce que le code écrit de lui-même : OpenAPI, droits, fiches des services."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from activites import app as routes
from documentation import openapi
from documentation.__main__ import main
from documentation.applications import applications
from documentation.problemes import FICHIER as PROBLEMES
from events.types import Json
from fastapi import APIRouter
from web.policies import PUBLIC, allow

RACINE = Path(__file__).parents[3]
SERVICES = ("identity", "activites", "equipes", "cartographie")


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    """Une copie de ce que la commande lit et écrit."""
    shutil.copytree(RACINE / "docs/api", tmp_path / "docs/api")
    shutil.copy(RACINE / "docs/droits.md", tmp_path / "docs/droits.md")
    (tmp_path / PROBLEMES).parent.mkdir(parents=True)
    shutil.copy(RACINE / PROBLEMES, tmp_path / PROBLEMES)
    for service in SERVICES:
        (tmp_path / "services" / service).mkdir(parents=True)
        shutil.copy(RACINE / "services" / service / "README.md", tmp_path / "services" / service)
    return tmp_path


@pytest.fixture
def recomposees() -> Iterator[None]:
    """Les applications de cet essai ne sont qu'à lui."""
    applications.cache_clear()
    yield
    applications.cache_clear()


def contenus(depot: Path) -> dict[Path, bytes]:
    return {f.relative_to(depot): f.read_bytes() for f in depot.rglob("*") if f.is_file()}


def test_ecrire_deux_fois_ne_change_rien(depot: Path, capsys: pytest.CaptureFixture[str]):
    avant = contenus(depot)
    assert main(["--write", "--root", str(depot)]) == 0
    assert contenus(depot) == avant
    assert main(["--check", "--root", str(depot)]) == 0
    assert "tout est à jour" in capsys.readouterr().out


def test_une_route_changee_sans_sa_description_est_vue(
    depot: Path, recomposees: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    changees = APIRouter()

    @changees.get("/activites-nouvelles", dependencies=[allow(PUBLIC)])
    async def nouvelle() -> None:  # pyright: ignore[reportUnusedFunction] - la route l'appelle
        """Une route de plus."""

    monkeypatch.setattr(routes, "SAISIES", (*routes.SAISIES, changees))
    assert main(["--check", "--root", str(depot)]) == 1
    dit = capsys.readouterr().err
    assert "docs/api/activites.json : ne dit plus la même chose que le code (make docs)" in dit
    assert "docs/api/plateforme.json" in dit
    assert "docs/api/equipes.json" not in dit


def test_une_fiche_modifiee_a_la_main_est_vue(depot: Path, capsys: pytest.CaptureFixture[str]):
    readme = depot / "services/equipes/README.md"
    readme.write_text(readme.read_text().replace("`MembreRejoint`", "`MembreArrive`"))
    assert main(["--check", "--root", str(depot)]) == 1
    assert "services/equipes/README.md" in capsys.readouterr().err


def test_un_readme_sans_les_marques_de_sa_fiche_est_laisse_tel_quel(
    depot: Path, capsys: pytest.CaptureFixture[str]
):
    readme = depot / "services/equipes/README.md"
    readme.write_text("# equipes\n")
    assert main(["--write", "--root", str(depot)]) == 1
    assert "marques de la fiche" in capsys.readouterr().err
    assert readme.read_text() == "# equipes\n"


def document(chemin: str, schema: Json, operation: str = "lire") -> Json:
    reponses = {"200": {"description": "Réponse attendue"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "essai", "version": "1"},
        "paths": {chemin: {"get": {"operationId": operation, "responses": reponses}}},
        "components": {"schemas": {"Reference": schema}},
    }


def test_deux_services_ne_donnent_pas_deux_sens_a_un_nom():
    un, autre = document("/a", {"type": "string"}), document("/b", {"type": "integer"})
    with pytest.raises(openapi.TwoMeanings, match=r"b\.json : components/schemas Reference"):
        openapi.merged({Path("a.json"): un, Path("b.json"): autre})


def test_le_document_de_la_plateforme_est_un_openapi_aux_operations_distinctes():
    un, autre = document("/a", {"type": "string"}), document("/b", {"type": "string"})
    [faute] = openapi.faults(openapi.merged({Path("a.json"): un, Path("b.json"): autre}))
    assert "lire" in faute
    [faute] = openapi.faults(document("/a", {"type": "texte"}))
    assert "texte" in faute
