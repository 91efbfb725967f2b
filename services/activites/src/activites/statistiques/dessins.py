"""Des chiffres en SVG, à coller dans un rapport : sans script, sans police à charger, tout échappé."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_LARGEUR, _HAUT, _BAS, _GAUCHE = 720, 48, 34, 16
_HAUTEUR_DES_BARRES = 220
_LIGNE = 30
_LIBELLE_MAX = 60
_VERT, _GRIS, _TEXTE = "#0b5d57", "#e9e5dc", "#1d2327"


def barres(titre: str, points: Sequence[Mapping[str, Any]]) -> str:
    """Une barre par point (`libelle`, `nombre`), dans l'ordre."""
    plus_haut = max((int(p["nombre"]) for p in points), default=0) or 1
    pas = (_LARGEUR - 2 * _GAUCHE) / max(1, len(points))
    # As many names as can be read side by side.
    un_sur = max(1, round(44 / pas))
    pied = _HAUT + _HAUTEUR_DES_BARRES
    dessins: list[str] = []
    for rang, point in enumerate(points):
        nombre = int(point["nombre"])
        hauteur = _HAUTEUR_DES_BARRES * nombre / plus_haut
        gauche = _GAUCHE + rang * pas
        milieu = gauche + pas / 2
        dessins.append(
            f'<rect x="{gauche + pas * 0.1:.1f}" y="{pied - hauteur:.1f}" width="{pas * 0.8:.1f}" '
            f'height="{hauteur:.1f}" fill="{_VERT}"><title>{_dit(point)}</title></rect>'
        )
        if rang % un_sur == 0:
            dessins.append(_texte(milieu, pied + 18, str(point["libelle"]), "middle", 11))
            dessins.append(_texte(milieu, pied - hauteur - 4, _nombre(nombre), "middle", 11))
    return _svg(titre, dessins, pied + _BAS)


def parts(titre: str, lignes: Sequence[Mapping[str, Any]]) -> str:
    """Une ligne par valeur (`libelle`, `nombre`, `proportion`), sa barre et sa part."""
    dessins: list[str] = []
    for rang, ligne in enumerate(lignes):
        haut = _HAUT + rang * _LIGNE
        largeur = 240 * float(ligne["proportion"]) / 100
        part = f"{float(ligne['proportion']):.1f}".removesuffix(".0").replace(".", ",")
        dessins += [
            _texte(_GAUCHE, haut + 14, str(ligne["libelle"]), "start", 13),
            f'<rect x="380" y="{haut + 3}" width="240" height="14" fill="{_GRIS}"/>',
            f'<rect x="380" y="{haut + 3}" width="{largeur:.1f}" height="14" fill="{_VERT}">'
            f"<title>{_dit(ligne)}</title></rect>",
            _texte(704, haut + 14, f"{_nombre(int(ligne['nombre']))} · {part} %", "end", 12),
        ]
    return _svg(titre, dessins, _HAUT + len(lignes) * _LIGNE + 12)


def _svg(titre: str, dessins: Sequence[str], hauteur: float) -> str:
    nom = escape(titre)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LARGEUR} {hauteur:.0f}" width="{_LARGEUR}" '
        f'height="{hauteur:.0f}" role="img" aria-labelledby="t" font-family="sans-serif">'
        f'<title id="t">{nom}</title><rect width="100%" height="100%" fill="#fff"/>'
        f"{_texte(_GAUCHE, 26, titre, 'start', 16)}{''.join(dessins)}</svg>"
    )


def _texte(x: float, y: float, texte: str, ancre: str, taille: int) -> str:
    coupe = texte if len(texte) <= _LIBELLE_MAX else texte[: _LIBELLE_MAX - 1] + "…"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{taille}" text-anchor="{ancre}" fill="{_TEXTE}">'
        f"{escape(coupe)}</text>"
    )


def _dit(ligne: Mapping[str, Any]) -> str:
    return escape(f"{ligne['libelle']} : {_nombre(int(ligne['nombre']))}")


def _nombre(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")
