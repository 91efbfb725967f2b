"""Deux façons d'écrire le nom d'une personne : la même, ou peut-être une autre."""

from referentiels.cles import cle

from identity.domain.compte_etat import Personne


def compatibles(une: Personne, autre: Personne) -> bool:
    """Les mêmes mots, ou ceux de l'une parmi ceux de l'autre : « Léa » et « Léa-Rose », « Durand » et
    « Durand Martin ». Un nom changé n'est pas reconnu : c'est au support de le dire.
    """
    return _parmi(une.nom, autre.nom) and _parmi(une.prenom, autre.prenom)


def _parmi(un: str, autre: str) -> bool:
    mots, autres = set(cle(un).split()), set(cle(autre).split())
    return bool(mots and autres) and (mots <= autres or autres <= mots)
