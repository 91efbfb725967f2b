"""Reconnaître les colonnes d'un fichier : une proposition, à confirmer quand elle n'est pas sûre."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referentiels.cles import cle

_RESSEMBLANCE = 0.8
"""Seuil (difflib, 0 à 1) : une faute ou un pluriel passent, un autre mot non."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne attendue.

    champ : son nom dans les valeurs que reçoit `to_command`.   titre : le nom que lit une personne.
    autres : les autres titres sous lesquels on la connaît.
    facultative : son absence est dite, mais n'arrête pas l'import.
    """

    champ: str
    titre: str = ""
    autres: tuple[str, ...] = ()
    facultative: bool = False


@dataclass(frozen=True, slots=True)
class Appariement:
    """La colonne du fichier qui donne un champ, et pourquoi. sur : faux si quelqu'un doit le confirmer."""

    entete: str
    champ: str
    raison: str
    sur: bool


@dataclass(frozen=True, slots=True)
class Proposition:
    """Ce que les colonnes d'un fichier semblent être.

    ignorees : colonnes du fichier que rien n'attend.   manquantes : champs attendus que rien ne donne.
    absentes : les champs facultatifs que rien ne donne.
    """

    appariements: tuple[Appariement, ...]
    ignorees: tuple[str, ...]
    manquantes: tuple[str, ...]
    absentes: tuple[str, ...]

    def sure(self) -> bool:
        """Vrai si l'import peut se faire sans que personne confirme."""
        return not (self.ignorees or self.manquantes) and all(a.sur for a in self.appariements)

    def correspondance(self) -> dict[str, str]:
        """Colonne du fichier -> champ : à montrer, corriger, puis rendre à l'import."""
        return {a.entete: a.champ for a in self.appariements}


class ColonnesAConfirmer(Exception):
    """Des colonnes sont inconnues, absentes ou seulement ressemblantes : rien n'est importé sans accord."""

    def __init__(self, proposition: Proposition) -> None:
        doutes = [f"« {a.entete} » lue comme « {a.champ} »" for a in proposition.appariements if not a.sur]
        listes = {
            "colonnes inconnues, qui seraient ignorées": proposition.ignorees,
            "colonnes attendues et absentes": proposition.manquantes,
            "ressemblances": doutes,
        }
        super().__init__(" ; ".join(f"{quoi} : {', '.join(noms)}" for quoi, noms in listes.items() if noms))
        self.proposition = proposition


class CorrespondanceFausse(Exception):
    """La correspondance nomme une colonne ou un champ qui n'existe pas, ou donne deux fois un champ."""


def proposer(colonnes: Sequence[Colonne], entetes: Sequence[str]) -> Proposition:
    """D'abord les mêmes noms, à l'accent et à la casse près, puis les noms qui se ressemblent."""
    trouves: dict[str, Appariement] = {}
    libres = dict.fromkeys(entetes)

    def apparier(entete: str, colonne: Colonne, raison: str, sur: bool) -> None:
        trouves[colonne.champ] = Appariement(entete, colonne.champ, raison, sur)
        del libres[entete]

    for colonne in colonnes:
        if colonne.champ in libres:
            apparier(colonne.champ, colonne, "même nom", sur=True)
    for colonne in colonnes:
        memes = [e for e in libres if _meme_nom(colonne, e)] if colonne.champ not in trouves else []
        if memes:
            apparier(memes[0], colonne, _meme_nom(colonne, memes[0]), sur=True)
    restent = [c for c in colonnes if c.champ not in trouves]
    notes = [(_ressemblance(c, entete), c, entete) for c in restent for entete in libres]
    for note, colonne, entete in sorted(notes, key=lambda n: n[0], reverse=True):
        if note >= _RESSEMBLANCE and entete in libres and colonne.champ not in trouves:
            apparier(entete, colonne, f"ressemble à « {colonne.titre or colonne.champ} »", sur=False)
    absentes = [c for c in colonnes if c.champ not in trouves]
    return Proposition(
        tuple(sorted(trouves.values(), key=lambda a: entetes.index(a.entete))),
        tuple(libres),
        tuple(c.champ for c in absentes if not c.facultative),
        tuple(c.champ for c in absentes if c.facultative),
    )


def verifier(colonnes: Sequence[Colonne], entetes: Sequence[str], correspondance: Mapping[str, str]) -> None:
    """Raises CorrespondanceFausse."""
    inconnues = [e for e in correspondance if e not in entetes]
    champs = list(correspondance.values())
    connus = {c.champ for c in colonnes}
    faux = [c for c in dict.fromkeys(champs) if c not in connus or champs.count(c) > 1]
    if inconnues or faux:
        raise CorrespondanceFausse(
            " ; ".join(
                f"{quoi} : {', '.join(noms)}"
                for quoi, noms in {
                    "colonnes absentes du fichier": inconnues,
                    "champs inconnus ou donnés deux fois": faux,
                }.items()
                if noms
            )
        )


def _meme_nom(colonne: Colonne, entete: str) -> str:
    if cle(entete) in (cle(colonne.champ), cle(colonne.titre)):
        return "même nom"
    return "autre nom connu" if cle(entete) in map(cle, colonne.autres) else ""


def _ressemblance(colonne: Colonne, entete: str) -> float:
    noms = (colonne.champ, colonne.titre, *colonne.autres)
    return max(difflib.SequenceMatcher(a=cle(entete), b=cle(nom)).ratio() for nom in noms if nom)
