"""Quelle que soit l'histoire, chaque chiffre est celui qu'on recompte à la main, d'après les faits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from activites.domain.vocabulaire import Materiel, Thematique, TypeActivite, TypeLieu
from activites.statistiques import rangement, reprise
from activites.statistiques.fichier import Event, FichierStatistiques
from activites.statistiques.filtres import Dispositif, Filtres, Perimetre, Periode
from activites.statistiques.questions import Page, bloc_general
from activites.statistiques.reponses import Reponses
from events.types import Position
from hypothesis import given, settings
from hypothesis import strategies as st

from .histoires import (
    COMMUNES,
    FICHES,
    JOUR,
    LIEUX,
    MEDIATEURS,
    STRUCTURES,
    TAGS,
    Registre,
    comptes_de,
    histoires,
    prendre,
)

JOURS = st.integers(0, 9).map(lambda n: JOUR + dt.timedelta(days=n))
PARFOIS_UN_JOUR = st.none() | JOURS
PERIMETRES = st.none() | st.lists(
    st.builds(Perimetre, st.sampled_from(MEDIATEURS), PARFOIS_UN_JOUR, st.none(), PARFOIS_UN_JOUR), max_size=4
)
RARES = st.booleans() | st.none()


def peu_de(valeurs: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.just([]) | st.just([]) | st.lists(st.sampled_from(valeurs), min_size=1, max_size=2)


FILTRES = st.builds(
    Filtres,
    PERIMETRES,
    PARFOIS_UN_JOUR,
    PARFOIS_UN_JOUR,
    types=peu_de(list(TypeActivite)),
    communes=peu_de([c for c in COMMUNES if c]),
    departements=peu_de(["21", "75"]),
    lieux=peu_de(LIEUX),
    structures=peu_de(STRUCTURES),
    thematiques=peu_de(list(Thematique)),
    canaux=peu_de(list(TypeLieu)),
    materiels=peu_de(list(Materiel)),
    tags=st.none() | st.none() | st.lists(st.sampled_from(TAGS), max_size=2),
    beneficiaires=peu_de(FICHES),
    demarches=RARES,
    v1=RARES,
    rdv=RARES,
    dispositif=st.none()
    | st.builds(
        Dispositif,
        st.booleans(),
        st.lists(st.builds(Periode, st.sampled_from(MEDIATEURS), JOURS, PARFOIS_UN_JOUR), max_size=3),
    ),
) | st.builds(Filtres, PERIMETRES, PARFOIS_UN_JOUR, PARFOIS_UN_JOUR)


@pytest.fixture(autouse=True)
def des_tranches_d_un_mediateur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rangement, "LIGNES_PAR_TRANCHE", 1)


def pendant_une_reprise(direct: FichierStatistiques, prendre_un_lot: Callable[[], int]) -> int:
    """Le lot arrive quand les nouvelles tables sont faites et n'ont pas encore pris la place des autres."""
    numeros: list[int] = []
    preparer = reprise.preparer

    def puis(base: duckdb.DuckDBPyConnection) -> Position:
        jusque = preparer(base)
        numeros.append(prendre_un_lot())
        return jusque

    with pytest.MonkeyPatch.context() as pose:
        pose.setattr(reprise, "preparer", puis)
        direct.remake()
    return numeros[0]


@settings(max_examples=40, deadline=None)
@given(histoires(), st.lists(FILTRES, min_size=1, max_size=3), st.data())
def test_chaque_chiffre_est_celui_qu_on_recompte_a_la_main(
    faits: list[Event], questions: list[Filtres], data: st.DataObject
) -> None:
    """En direct, par lots quelconques, rangés ou refaits entre deux ; livré deux fois, un lot compte une."""
    registre = Registre()
    direct, refait = FichierStatistiques(":memory:"), FichierStatistiques(":memory:")
    try:
        numero, reste = 0, list(faits)
        while reste:
            taille = data.draw(st.integers(1, 4), label="lot")
            lot, reste = reste[:taille], reste[taille:]
            for fait in lot:
                registre.lire(fait)
            if data.draw(st.booleans(), label="livré deux fois"):
                prendre(direct, lot, numero)
            if data.draw(st.booleans(), label="refait pendant ce lot"):
                numero = pendant_une_reprise(direct, lambda lot=lot, n=numero: prendre(direct, lot, n))
            else:
                numero = prendre(direct, lot, numero)
            for _ in range(data.draw(st.integers(0, 3), label="pas de rangement")):
                direct.tidy(whole=True)
        prendre(refait, faits, 0)
        for filtres in questions:
            attendu = registre.chiffres(filtres)
            assert comptes_de(direct, filtres) == attendu
            assert comptes_de(refait, filtres) == attendu
        assert list(direct.rows()) == list(refait.rows())
        while direct.tidy(whole=True):
            pass
        assert direct.demander("select count(*) from activites_recentes", {}) == [(0,)]
        assert list(direct.rows()) == list(refait.rows())
        direct.remake()
        assert list(direct.rows()) == list(refait.rows())
        assert not faits or direct.progress() == refait.progress()
    finally:
        direct.close()
        refait.close()


@settings(max_examples=25, deadline=None)
@given(histoires(), st.lists(FILTRES, min_size=1, max_size=4), st.data())
def test_une_page_relue_est_celle_qu_on_compterait_a_l_instant(
    faits: list[Event], questions: list[Filtres], data: st.DataObject
) -> None:
    """Aux siens elle se recompte ; de ce qui arrive aux autres, elle ne change que de position."""
    page = Page(JOUR + dt.timedelta(days=9))
    relu, temoin = FichierStatistiques(":memory:"), FichierStatistiques(":memory:")
    try:
        numero, reste = 0, list(faits)
        while reste:
            taille = data.draw(st.integers(1, 3), label="lot")
            lot, reste = reste[:taille], reste[taille:]
            prendre(relu, lot, numero)
            numero = prendre(temoin, lot, numero)
            if data.draw(st.booleans(), label="rangé"):
                relu.tidy(whole=True)
            for filtres in questions:
                temoin.reponses = Reponses(temoin.progress())  # it remembers nothing
                assert bloc_general(relu, filtres, page) == bloc_general(temoin, filtres, page)
    finally:
        relu.close()
        temoin.close()
