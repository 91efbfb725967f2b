"""Quelle que soit l'histoire, chaque chiffre est celui qu'on recompte à la main, d'après les faits."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from activites.domain.vocabulaire import Materiel, Thematique, TypeActivite, TypeLieu
from activites.statistiques import rangement
from activites.statistiques.comptes import compter
from activites.statistiques.fichier import Event, FichierStatistiques
from activites.statistiques.filtres import Dispositif, Filtres, Perimetre, Periode
from activites.statistiques.questions import Page, bloc_general
from activites.statistiques.reponses import Reponses
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


def comptes_de(fichier: FichierStatistiques, filtres: Filtres) -> dict[str, Any]:
    """Ce que compte le fichier, sous les noms du registre."""
    with fichier.lire() as lecture:
        c = compter(lecture, filtres)

    def present(comptes: dict[Any, int]) -> dict[Any, int]:
        return {valeur: nombre for valeur, nombre in comptes.items() if nombre}

    def repartition(nom: str) -> dict[str, int]:
        debut = f"{nom}:"
        return present({k.removeprefix(debut): v for k, v in c.n.items() if k.startswith(debut)})

    noms = ("activites", "individuels", "accompagnements", "anonymes", "nouveaux")
    return {nom: c.n[nom] for nom in noms} | {
        "suivis": c.n.get("suivis", 0),
        "genres": repartition("genres"),
        "tranches_age": repartition("tranches_age"),
        "statuts": repartition("statuts"),
        "jours": {jour: nombre for jour, (nombre, _) in c.par_jour.items()},
        "canaux": c.par.get("type_lieu", {}),
        "lieux": c.par.get("lieu_id", {}),
        "communes": c.par.get("code_insee", {}),
        "thematiques": c.par.get("thematiques", {}),
        "materiels": c.par.get("materiels", {}),
        "durees": c.par.get("duree", {}),
        "residences": present(c.residences),
        "tags": _reunis(c.tags),
    }


def _reunis(tags: dict[tuple[UUID, ...], int]) -> dict[frozenset[UUID], int]:
    reunis: dict[frozenset[UUID], int] = {}
    for poses, nombre in tags.items():
        reunis[frozenset(poses)] = reunis.get(frozenset(poses), 0) + nombre
    return reunis


@settings(max_examples=40, deadline=None)
@given(histoires(), st.lists(FILTRES, min_size=1, max_size=3), st.data())
def test_chaque_chiffre_est_celui_qu_on_recompte_a_la_main(
    faits: list[Event], questions: list[Filtres], data: st.DataObject
) -> None:
    """En direct, par lots quelconques, rangés entre deux ; une livraison répétée n'y change rien."""
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
