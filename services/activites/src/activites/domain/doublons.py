"""Deux fiches d'une même personne : ce qui les fait se ressembler (docs/domaine/activites.md §5.3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from referentiels.cles import cle

from activites.domain.vocabulaire import BeneficiaireId

Ressemblance = Literal["nom", "prenom", "telephone", "courriel"]
SEUIL = 2
"""Ressemblances à partir desquelles une paire est proposée."""
PROCHES = 0.4
"""Trigrammes communs au-dessus desquels deux noms se ressemblent."""


@dataclass(frozen=True, slots=True)
class Comparee:
    """Ce qui se compare d'une fiche. distincts : celles dont on a dit qu'elles sont d'une autre personne."""

    beneficiaire_id: BeneficiaireId
    prenom: str
    nom: str
    telephone: str | None = None
    courriel: str | None = None
    distincts: frozenset[BeneficiaireId] = field(default_factory=frozenset[BeneficiaireId])


@dataclass(frozen=True, slots=True)
class Paire:
    """Deux fiches peut-être de la même personne. ressemblances : les champs qui le font penser."""

    une: BeneficiaireId
    autre: BeneficiaireId
    ressemblances: tuple[Ressemblance, ...]


def paires(fiches: Sequence[Comparee]) -> list[Paire]:
    """Celles qui se ressemblent, la plus nette d'abord ; entre elles, dans l'ordre des fiches."""
    ressemblances: dict[tuple[int, int], list[Ressemblance]] = defaultdict(list)
    noms: dict[Ressemblance, Iterator[tuple[int, int]]] = {
        "nom": _proches([_trigrammes(f.nom) for f in fiches]),
        "prenom": _proches([_trigrammes(f.prenom) for f in fiches]),
        "telephone": _egaux([f.telephone for f in fiches]),
        "courriel": _egaux([f.courriel for f in fiches]),
    }
    for champ, trouvees in noms.items():
        for paire in trouvees:
            ressemblances[paire].append(champ)
    retenues = [
        Paire(fiches[a].beneficiaire_id, fiches[b].beneficiaire_id, tuple(champs))
        for (a, b), champs in ressemblances.items()
        if len(champs) >= SEUIL and not _distingues(fiches[a], fiches[b])
    ]
    rangs = {f.beneficiaire_id: rang for rang, f in enumerate(fiches)}
    return sorted(retenues, key=lambda p: (-len(p.ressemblances), rangs[p.une], rangs[p.autre]))


def semblables(nouvelles: Sequence[Comparee], connues: Sequence[Comparee]) -> dict[int, Paire]:
    """Rang de chaque nouvelle qui ressemble à une connue, ou à une nouvelle d'avant -> la paire.

    Les noms se comparent à l'accent et à la casse près, sans trigrammes : il y a des milliers de lignes.
    """
    vues: dict[tuple[tuple[Ressemblance, str], ...], Comparee] = {}
    for connue in reversed(connues):
        vues |= dict.fromkeys(_couples(connue), connue)
    trouvees: dict[int, Paire] = {}
    for rang, une in enumerate(nouvelles):
        couples = _couples(une)
        autre = next((vues[couple] for couple in couples if couple in vues), None)
        if autre is not None:
            siennes = _compares(autre)
            en_quoi: tuple[Ressemblance, ...] = tuple(c for c, v in _compares(une) if (c, v) in siennes)
            trouvees[rang] = Paire(une.beneficiaire_id, autre.beneficiaire_id, en_quoi)
        for couple in couples:
            vues.setdefault(couple, une)
    return trouvees


def _couples(fiche: Comparee) -> list[tuple[tuple[Ressemblance, str], ...]]:
    return list(combinations(_compares(fiche), SEUIL))


def _compares(fiche: Comparee) -> list[tuple[Ressemblance, str]]:
    """Ce qui est rempli, sous la forme où deux fiches l'ont en commun."""
    dits: tuple[tuple[Ressemblance, str | None], ...] = (
        ("nom", cle(fiche.nom)),
        ("prenom", cle(fiche.prenom)),
        ("telephone", fiche.telephone),
        ("courriel", fiche.courriel),
    )
    return [(champ, valeur) for champ, valeur in dits if valeur]


def _distingues(une: Comparee, autre: Comparee) -> bool:
    return autre.beneficiaire_id in une.distincts or une.beneficiaire_id in autre.distincts


def _trigrammes(texte: str) -> frozenset[str]:
    """Ceux d'un nom sans accents, espaces ni tirets, comme PostgreSQL les compte."""
    borde = f"  {cle(texte).replace(' ', '')} "
    return frozenset(borde[i : i + 3] for i in range(len(borde) - 2)) if borde.strip() else frozenset()


def _proches(noms: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Only names that share a trigram are compared."""
    partages: dict[str, list[int]] = defaultdict(list)
    for rang, trigrammes in enumerate(noms):
        communs = Counter(avant for t in trigrammes for avant in partages[t])
        for avant, combien in communs.items():
            if combien > PROCHES * (len(noms[avant]) + len(trigrammes) - combien):
                yield avant, rang
        for t in trigrammes:
            partages[t].append(rang)


def _egaux(valeurs: Iterable[str | None]) -> Iterator[tuple[int, int]]:
    memes: dict[str, list[int]] = defaultdict(list)
    for rang, valeur in enumerate(valeurs):
        if valeur is not None:
            memes[valeur].append(rang)
    for rangs in memes.values():
        yield from combinations(rangs, 2)
