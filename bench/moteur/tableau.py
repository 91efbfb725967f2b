"""The table that people read while it is being measured."""

from moteur.mesure import Ligne

_WIDTH = 84
TITRES = (
    f"{'ligne':<{_WIDTH}} {'unité':>10} {'nôtre':>10} {'référence':>10} {'rapport':>8} {'barre':>8}  tient"
)


def en_clair(ligne: Ligne) -> str:
    bar = "–" if ligne.barre is None else f"{ligne.sens} {_number(ligne.barre)}"
    verdict = {None: "–", True: "oui", False: "NON"}[ligne.tient]
    return (
        f"{ligne.nom:<{_WIDTH}} {ligne.unite:>10} {_number(ligne.valeur):>10} {_number(ligne.reference):>10}"
        f" {_number(ligne.ratio):>8} {bar:>8}  {verdict}"
    )


def _number(value: float | None) -> str:
    """Three significant digits, French separators."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}".replace(".", ",")
