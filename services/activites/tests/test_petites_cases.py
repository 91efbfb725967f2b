"""Aucune case de moins de cinq personnes, ni qui se retrouve par soustraction."""

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

from activites.statistiques.fichier import Event, FichierStatistiques
from activites.statistiques.filtres import Filtres
from activites.statistiques.petites_cases import ARRONDI, SEUIL, arrondir, masquer, publier
from activites.statistiques.questions import Bloc, Page, bloc_general
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .histoires import histoires, prendre
from .test_statistiques_questions import AUJOURD_HUI, LEA, Carnet, activite


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
    # Behind these, the people: one who came six times is one; their sum is not of so few either.
    assert masquer([6, 40, 9, 0], [1, 30, 9, 0]) == [None, 40, None, 0]
    assert masquer([6, 8, 40], [2, 2, 30]) == [None, None, None]


def publies(fichier: FichierStatistiques, du: dt.date | None = None, au: dt.date | None = None) -> Bloc:
    return publier(bloc_general(fichier, Filtres(None, du, au), Page(AUJOURD_HUI, publier=True)))


def test_une_personne_venue_six_fois_ne_fait_pas_une_case_publiable() -> None:
    """Ni deux, venues trois fois chacune ; les mêmes nombres faits par d'autres se montrent."""
    paul = [str(UUID(int=n)) for n in (1, 2)]
    seule: dict[str, Any] = {"duree_minutes": 200, "thematiques": ["sante"], "materiels": ["tablette"]}
    carnet = Carnet()
    for rang in range(6):
        suivi: dict[str, Any] = {"suivis": [paul[rang % 2]], "participants": {"total": 0}}
        carnet.prendre(activite(LEA, dt.date(2026, 1, 5), **(seule | suivi)))
    carnet.prendre(*(activite(LEA, dt.date(2026, 2, 5)) for _ in range(20)))
    carnet.prendre(activite(LEA, dt.date(2026, 2, 5), 12, type_lieu="lieu_activite", lieu_id=UUID(int=9)))

    def nombres(nom: str) -> dict[Any, int | None]:
        liste = publies(carnet.fichier)[nom]
        return {
            ligne.get("valeur", ligne["libelle"]): ligne["nombre"] for ligne in liste if ligne["nombre"] != 0
        }

    assert nombres("durees") == {"more": None, "120": None}
    assert nombres("thematiques") == {"email": None, "sante": None}
    assert set(nombres("materiels").values()) == {None}
    assert nombres("mois") == {"01/26": None, "02/26": None}
    # The type counts them with twenty others.
    assert nombres("types") == {"individuel": 25, "collectif": 10}
    carnet.prendre(*(activite(LEA, dt.date(2026, 1, 5), **seule) for _ in range(6)))
    assert nombres("durees") == {"more": 10, "120": 30}
    assert nombres("mois") == {"01/26": 10, "02/26": 30}
    carnet.fichier.close()


@settings(max_examples=30, deadline=None)
@given(histoires(), st.integers(0, 9), st.integers(0, 9))
def test_de_deux_periodes_l_une_dans_l_autre_aucune_difference_ne_dit_une_petite_case(
    faits: list[Event], debut: int, longueur: int
) -> None:
    """Tout nombre est un multiple de cinq, et une part s'en calcule : une différence aussi."""
    fichier = FichierStatistiques(":memory:")
    prendre(fichier, faits, 0)
    du = dt.date(2026, 3, 1) + dt.timedelta(days=debut)
    longue, courte = publies(fichier), publies(fichier, du=du, au=du + dt.timedelta(days=longueur))
    fichier.close()
    for bloc in (longue, courte):
        for nombre in _nombres({nom: v for nom, v in bloc.items() if nom != "seuil"}):
            assert nombre is None or nombre % ARRONDI == 0
    for un, autre in zip(_nombres(longue["totaux"]), _nombres(courte["totaux"]), strict=True):
        assert un is None or autre is None or not 0 < abs(un - autre) < SEUIL


def _nombres(bloc: Any) -> Iterator[int | None]:
    match bloc:
        case dict():
            dits: dict[str, Any] = bloc
            for nom, valeur in dits.items():
                if nom not in ("proportion", "debut", "libelle", "valeur"):
                    yield from _nombres(valeur)
        case list():
            lignes: list[Any] = bloc
            for ligne in lignes:
                yield from _nombres(ligne)
        case _:
            yield bloc


def test_un_nombre_s_arrondit_au_multiple_de_cinq_le_plus_proche() -> None:
    assert [arrondir(n) for n in (0, 5, 7, 8, 12, 13, 1_000_001)] == [0, 5, 5, 10, 10, 15, 1_000_000]
