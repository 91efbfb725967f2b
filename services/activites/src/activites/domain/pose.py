"""Les étiquettes que porte un compte rendu, et ce qu'il garde, corrigé (docs/domaine/activites.md §5, §6)."""

from collections.abc import Collection, Iterator, Mapping

from events.decider import Refusal

from activites.domain.refus import TagNonVisible, TropDeTags
from activites.domain.vocabulaire import BeneficiaireId, TagId

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


def sous_leurs_fiches(
    saisis: Collection[BeneficiaireId],
    deja: Collection[BeneficiaireId],
    personnes: Mapping[BeneficiaireId, BeneficiaireId],
) -> tuple[BeneficiaireId, ...]:
    """Qui y était, corrigé : qui se lit sous une autre fiche depuis y reste sous les siennes (§5.3).

    deja : ceux qui y étaient.   personnes : de chacune de leurs fiches en double, celle où elle est.
    """
    fiches = {saisi: [f for f in deja if saisi in (f, personnes.get(f))] or [saisi] for saisi in saisis}
    return tuple(dict.fromkeys(f for siennes in fiches.values() for f in siennes))
