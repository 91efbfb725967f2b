"""Le rapport d'un import : une ligne JSON par refus et par réparation, puis un tableau par source."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO

from cartographie.domain.source import Bilan
from cartographie.imports.ligne import Reparation

MAX_VALEUR = 500
"""Les valeurs citées sont coupées à cette longueur (caractères)."""


@dataclass(frozen=True, slots=True)
class Refus:
    """Une ligne refusée. motif : nom du refus ; message : la raison, en français."""

    champ: str
    motif: str
    message: str
    avant: str


class Rapport:
    """Écrit au fil de l'import. Il peut citer des numéros et des courriels : il appartient à qui importe."""

    def __init__(self, fichier: IO[str] | None) -> None:
        self._fichier = fichier

    def refus(self, source: str, fichier: str, ligne: int, id_source: str, refus: Refus) -> None:
        self._ecrire({"type": "refus"} | _lieu(source, fichier, ligne, id_source) | asdict(refus))

    def reparation(self, source: str, fichier: str, ligne: int, id_source: str, fait: Reparation) -> None:
        self._ecrire({"type": "reparation"} | _lieu(source, fichier, ligne, id_source) | asdict(fait))

    def _ecrire(self, objet: dict[str, object]) -> None:
        if self._fichier is not None:
            coupe = {k: v[:MAX_VALEUR] if isinstance(v, str) else v for k, v in objet.items()}
            self._fichier.write(json.dumps(coupe, ensure_ascii=False) + "\n")


def _lieu(source: str, fichier: str, ligne: int, id_source: str) -> dict[str, object]:
    return {"source": source, "fichier": fichier, "ligne": ligne, "id": id_source}


MOTIFS = {
    "NomManquant": "sans nom",
    "CodePostalInvalide": "code postal invalide",
    "CommuneInconnue": "commune inconnue",
    "CoordonneesInvalides": "coordonnées invalides",
    "PivotInvalide": "SIRET invalide",
    "AucunService": "aucun service au public",
    "LieuEfface": "contacts effacés à la demande d'une personne",
    "PresentationTropLongue": "résumé trop long",
    "Doublon": "doublon dans le fichier",
    "IdentifiantManquant": "sans identifiant",
    "LigneIllisible": "ligne illisible",
}

_TITRES = ("Source", "Lues", "Référencées", "Mises à jour", "Inchangées", "Refusées", "Réparations")


def tableau(bilans: Sequence[tuple[str, Bilan]]) -> str:
    """Le tableau des sources, un total, et les motifs de refus."""
    lignes = [_TITRES, *(_colonnes(nom, b) for nom, b in bilans)]
    if len(bilans) > 1:
        lignes.append(_colonnes("Total", _somme([b for _, b in bilans])))
    largeurs = [max(len(ligne[i]) for ligne in lignes) for i in range(len(_TITRES))]
    texte = [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(ligne, largeurs, strict=True))
        )
        for ligne in lignes
    ]
    for nom, bilan in bilans:
        for motif, nombre in bilan.refus:
            texte.append(f"  {nom} : {_nombre(nombre)} refus, {MOTIFS.get(motif, motif)}")
    return "\n".join(texte)


def _colonnes(nom: str, b: Bilan) -> tuple[str, ...]:
    comptes = (b.lues, b.referencees, b.mises_a_jour, b.inchangees, b.refusees, b.reparations)
    return (nom, *map(_nombre, comptes))


def _somme(bilans: Sequence[Bilan]) -> Bilan:
    return Bilan(
        sum(b.lues for b in bilans),
        sum(b.referencees for b in bilans),
        sum(b.mises_a_jour for b in bilans),
        sum(b.inchangees for b in bilans),
        sum(b.refusees for b in bilans),
        sum(b.reparations for b in bilans),
        (),
    )


def _nombre(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")
