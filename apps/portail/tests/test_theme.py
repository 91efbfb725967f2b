"""Les jetons du thème : un mauvais contraste est refusé, celui que l'on fournit comme celui d'ici."""

import re

import pytest
from portail.rendu import STATIC

THEME = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", (STATIC / "theme.css").read_text()))

# (texte ou trait, fond, rapport au moins)
CONTRASTES = [
    ("encre", "papier", 7.0),
    ("encre-2", "papier", 4.5),
    ("encre", "fond", 7.0),
    ("encre-2", "fond", 4.5),
    ("action", "papier", 4.5),
    ("action", "fond", 4.5),
    ("action-fort", "action-doux", 4.5),
    ("contour", "papier", 3.0),
    ("focus", "papier", 3.0),
    ("focus", "fond", 3.0),
    ("erreur", "erreur-doux", 4.5),
    ("erreur", "papier", 4.5),
    ("alerte", "alerte-doux", 4.5),
    ("succes", "succes-doux", 4.5),
    ("serie-1", "papier", 3.0),
    ("serie-2", "papier", 3.0),
    ("serie-3", "papier", 3.0),
]


def luminance(couleur: str) -> float:
    """WCAG 2.2, relative luminance."""
    canaux = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, v, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return 0.2126 * r + 0.7152 * v + 0.0722 * b


@pytest.mark.parametrize(("devant", "derriere", "rapport"), CONTRASTES)
def test_un_contraste_du_theme_se_lit(devant: str, derriere: str, rapport: float) -> None:
    clair, sombre = sorted((luminance(THEME[devant]), luminance(THEME[derriere])), reverse=True)
    assert (clair + 0.05) / (sombre + 0.05) >= rapport
