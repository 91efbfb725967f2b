"""Les étiquettes que l'on pose sur un compte rendu, quel qu'il soit (docs/domaine/activites.md §6)."""

from collections.abc import Collection, Iterator

from events.decider import Refusal

from activites.domain.refus import TagNonVisible, TropDeTags
from activites.domain.vocabulaire import TagId

TAGS_MAX = 50


def tags_refuses(
    saisies: Collection[TagId], visibles: Collection[TagId], deja: Collection[TagId] = ()
) -> Iterator[Refusal]:
    """Chacune à la place où elle fut saisie. visibles : de celles-ci.   deja : celles qu'il porte."""
    if len(set(saisies)) > TAGS_MAX:
        yield TropDeTags(field="/tags")
    for rang, tag in enumerate(saisies):
        if tag not in visibles and tag not in deja:
            yield TagNonVisible(field=f"/tags/{rang}")


def avec_les_invisibles(
    saisies: Collection[TagId], visibles: Collection[TagId], deja: Collection[TagId]
) -> tuple[TagId, ...]:
    """Ce qu'il porte, corrigé : les saisies, et celles que l'auteur n'a pu ôter, ne les voyant plus."""
    return tuple(sorted({*saisies, *(tag for tag in deja if tag not in visibles)}))
