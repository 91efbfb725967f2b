"""Le fichier déposé : ce que ses colonnes semblent être, et ses lignes une fois les colonnes confirmées."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tableurs import (
    ColonnesAConfirmer,
    CorrespondanceFausse,
    FichierRefuse,
    Proposition,
    Refus,
    Saisie,
    Tableau,
    ouvrir,
)

from activites.domain.refus import CorrespondanceInvalide, FichierIllisible
from activites.imports.colonnes import LIMITES, Attendu
from activites.imports.lecture import VALEUR_MAX, Faute, Lue


@dataclass(frozen=True, slots=True)
class Fichier:
    """Un fichier lu en entier : ce que ses colonnes semblent être, et le début de ce qu'elles contiennent."""

    format: str
    colonnes: tuple[str, ...]
    lignes: int
    exemples: Mapping[str, tuple[str, ...]]
    remarques: tuple[str, ...]
    proposition: Proposition


_EXEMPLES, _EXEMPLE_MAX = 3, 60


async def examiner(octets: bytes, attendu: Attendu) -> Fichier:
    """Raises FichierIllisible."""
    return await asyncio.to_thread(_du_tableau, octets, partial(_examiner, attendu))


def _verifier(attendu: Attendu, correspondance: Mapping[str, str]) -> None:
    """Sans une colonne nécessaire, chaque ligne dirait la même faute. Raises CorrespondanceInvalide."""
    donnes = {*correspondance.values()}
    absents = [c.libelle for c in attendu.champs if c in attendu.necessaires and c not in donnes]
    if absents:
        detail = f"Aucune colonne ne donne : {', '.join(absents)}."
        raise CorrespondanceInvalide(detail, field="/correspondance")


@dataclass(frozen=True, slots=True)
class Lignes:
    """Les lignes d'un fichier, dans l'ordre ; une ligne illisible est déjà une faute.

    titres : champ -> colonne du fichier.
    """

    lignes: Sequence[Saisie | Lue[Any]]
    titres: Mapping[str, str]

    def textes(self, champ: str) -> set[str]:
        """Tout ce qui est écrit dans la colonne de ce champ."""
        return {ligne.texte(champ) for ligne in self.lignes if isinstance(ligne, Saisie)}

    async def comprendre[X](self, lire: Callable[[Saisie], Lue[X]]) -> list[Lue[X]]:
        """Ce que disent les lignes, les exemples du modèle compris."""

        def toutes() -> list[Lue[X]]:
            return [ligne if isinstance(ligne, Lue) else lire(ligne) for ligne in self.lignes]

        return await asyncio.to_thread(toutes)


async def lire_lignes(octets: bytes, correspondance: Mapping[str, str] | None, attendu: Attendu) -> Lignes:
    """correspondance : colonne -> champ ; None : celle que l'on propose, si elle est sûre.

    Raises FichierIllisible, CorrespondanceInvalide.
    """

    def toutes(tableau: Tableau) -> Lignes:
        if correspondance is not None:
            _verifier(attendu, correspondance)
        lues = attendu.lecture.lire(tableau, correspondance)
        choisie = correspondance or attendu.lecture.proposer(tableau).correspondance()
        return Lignes(
            [
                Lue(lue.numero, None, (Faute(None, lue.resultat.message, lue.resultat.avant[:VALEUR_MAX]),))
                if isinstance(lue.resultat, Refus)
                else lue.resultat
                for lue in lues
            ],
            {champ: colonne for colonne, champ in choisie.items()},
        )

    try:
        return await asyncio.to_thread(_du_tableau, octets, toutes)
    except (ColonnesAConfirmer, CorrespondanceFausse) as erreur:
        detail = str(erreur)
        raise CorrespondanceInvalide(f"{detail[:1].upper()}{detail[1:]}.", field="/correspondance") from None


def _du_tableau[T](octets: bytes, lire: Callable[[Tableau], T]) -> T:
    """Ce que l'on tire du fichier, dans un autre fil : le service répond pendant ce temps."""
    with tempfile.NamedTemporaryFile(prefix="import-") as fichier:
        fichier.write(octets)
        fichier.flush()
        try:
            return lire(ouvrir(Path(fichier.name), LIMITES))
        except FichierRefuse as erreur:
            raise FichierIllisible(str(erreur), field="/fichier") from None


def _examiner(attendu: Attendu, tableau: Tableau) -> Fichier:
    lignes = 0
    exemples: dict[str, list[str]] = {colonne: [] for colonne in tableau.colonnes}
    for ligne in tableau.lire():
        lignes += 1
        for colonne, valeur in (ligne.valeurs or {}).items():
            vus = exemples[colonne]
            court = valeur.strip()[:_EXEMPLE_MAX]
            if court and len(vus) < _EXEMPLES and court not in vus:
                vus.append(court)
    return Fichier(
        tableau.format,
        tableau.colonnes,
        lignes,
        {colonne: tuple(vus) for colonne, vus in exemples.items()},
        tableau.remarques,
        attendu.lecture.proposer(tableau),
    )
