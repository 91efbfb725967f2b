"""Classeur .ods, lu au fil de l'eau. Une ligne qui contient une formule est refusée."""

from collections.abc import Iterator
from pathlib import Path

from tableurs.lecture.contenu_ods import Contenu, Feuille
from tableurs.lecture.grille import Rangee, tableau
from tableurs.tableau import FichierRefuse, Limites, Remarque, Tableau


def ouvrir(chemin: Path, limites: Limites, feuille: str | None) -> Tableau:
    """Le tableau de cette feuille, sinon de la première visible qui a des données. Raises FichierRefuse."""
    feuilles = [f for f in _relever(chemin, limites) if f.visible]
    choisie = next((f for f in feuilles if (f.nom == feuille if feuille else f.hauteur)), None)
    if choisie is None:
        vide = f"Pas de feuille « {feuille} » dans ce classeur." if feuille else "Le classeur est vide."
        raise FichierRefuse(vide)
    remarques = [f"feuille « {f.nom} » laissée de côté" for f in feuilles if f is not choisie]
    details = {"feuille": choisie.nom}
    return tableau("ods", lambda: _rangees(chemin, choisie, limites), limites, details, remarques)


def _relever(chemin: Path, limites: Limites) -> list[Feuille]:
    """Les feuilles du classeur, sans en garder une ligne. Raises FichierRefuse."""
    contenu = Contenu(limites)
    for _ in contenu.lire(chemin):
        pass
    return contenu.feuilles


def _rangees(chemin: Path, feuille: Feuille, limites: Limites) -> Iterator[Rangee]:
    """Les lignes remplies de cette feuille, toutes aussi larges qu'elle."""
    for lue in Contenu(limites).lire(chemin):
        if lue.rang > feuille.rang:
            return
        if lue.rang < feuille.rang:
            continue
        cellules = [texte for texte, fois in lue.cellules for _ in range(fois)]
        cellules += [""] * (feuille.largeur - len(cellules))
        for numero in range(lue.numero, lue.numero + lue.fois):
            if lue.formule:
                faute = Remarque("", f"formule dans la ligne {numero} : collez sa valeur")
                yield Rangee(numero, (), faute=faute)
            else:
                yield Rangee(numero, cellules)
