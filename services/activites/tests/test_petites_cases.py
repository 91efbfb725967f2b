"""Aucune case de moins de cinq personnes, ni qui se retrouve par soustraction."""

from itertools import product

from activites.statistiques.petites_cases import SEUIL, masquer
from hypothesis import example, given, settings
from hypothesis import strategies as st


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 14), max_size=5))
@example([4, 1])
@example([7, 2])
@example([2, 2, 30])
@example([4, 4, 0])
def test_ce_qui_est_cache_ne_se_retrouve_pas(nombres: list[int]) -> None:
    """Qui connaît la somme et la règle ne distingue pas une petite case d'une grande."""
    montres = masquer(nombres)
    assert all(m is None or m == n for m, n in zip(montres, nombres, strict=True))
    assert not any(m is not None and 0 < m < SEUIL for m in montres)
    caches = [rang for rang, m in enumerate(montres) if m is None]
    if not any(0 < n < SEUIL for n in nombres):
        assert caches == []
        return
    reste = sum(nombres[rang] for rang in caches)
    if reste < SEUIL:
        # Nothing at all is shown of so few, their sum neither (`publier`).
        assert len(caches) == len(nombres)
        return
    # Zeros are hidden only when everything is: then nobody knows whether there are some.
    bas = 0 if len(caches) == len(nombres) else 1
    possibles = [
        valeurs for valeurs in product(range(bas, reste + 1), repeat=len(caches)) if sum(valeurs) == reste
    ]
    for place in range(len(caches)):
        une = {valeurs[place] for valeurs in possibles}
        assert any(0 < v < SEUIL for v in une)
        assert any(v >= SEUIL for v in une)


def test_la_plus_petite_des_grandes_se_cache_avec_une_petite_seule() -> None:
    assert masquer([3, 40, 9, 0]) == [None, 40, None, 0]
    assert masquer([2, 1, 90, 12]) == [None, None, 90, None]
    assert masquer([5, 6, 0]) == [5, 6, 0]
