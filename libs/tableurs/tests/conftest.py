"""Des fichiers d'essai : écrits là, ouverts par la bibliothèque."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tableurs import Tableau, ouvrir

type Fabrique = Callable[..., Path]
type Lire = Callable[[str | bytes], Tableau]


@pytest.fixture
def fichier(tmp_path: Path) -> Fabrique:
    """Écrit un fichier et rend son chemin."""

    def ecrire(contenu: str | bytes, nom: str = "essai.bin") -> Path:
        chemin = tmp_path / nom
        chemin.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
        return chemin

    return ecrire


@pytest.fixture
def lire(fichier: Fabrique) -> Lire:
    """Ouvre ce contenu comme un fichier envoyé."""
    return lambda contenu: ouvrir(fichier(contenu))
