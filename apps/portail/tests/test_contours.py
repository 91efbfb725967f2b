"""La carte de France : des contours joints, chacun à sa place, légers."""

import gzip
import hashlib
import re
from collections import Counter
from itertools import pairwise

import pytest
from portail import contours
from portail.contours import HAUTEUR, ILE_DE_FRANCE, LARGEUR, OUTRE_MER, cadres, chemins, dans
from portail.pages.trouver import vue_sur
from portail.rendu import ICI


def test_chaque_departement_est_dessine_une_fois_et_ceux_d_ile_de_france_en_encart() -> None:
    traces = [(cadre.nom, code) for cadre, dessines in chemins() for code, d in dessines if d]
    assert len([c for _, c in traces if c not in ILE_DE_FRANCE]) == 101 - len(ILE_DE_FRANCE)
    assert {code for nom, code in traces if nom == ""}.isdisjoint(OUTRE_MER)
    assert sorted(code for nom, code in traces if nom == "Île-de-France") == sorted(ILE_DE_FRANCE)


def test_le_dessin_tient_dans_sa_page_et_dans_dix_kilo_octets() -> None:
    for cadre, _ in chemins():
        assert 0 <= cadre.x <= cadre.x + cadre.largeur <= LARGEUR
        assert 0 <= cadre.y <= cadre.y + cadre.hauteur <= HAUTEUR
    texte = "".join(d for _, dessines in chemins() for _, d in dessines)
    assert not re.search(r"[^Mlz0-9 -]", texte)
    assert len(gzip.compress(texte.encode())) <= 10_240


@pytest.mark.parametrize(
    ("ville", "longitude", "latitude", "code"),
    [
        ("Lille", 3.06, 50.63, "59"),
        ("Brest", -4.49, 48.39, "29"),
        ("Strasbourg", 7.75, 48.57, "67"),
        ("Ajaccio", 8.74, 41.92, "2A"),
        ("Saint-Denis", 55.45, -20.90, "974"),
    ],
)
def test_une_ville_est_dans_l_etendue_de_son_departement(
    ville: str, longitude: float, latitude: float, code: str
) -> None:
    etendue = contours.etendue_de(code)
    assert etendue is not None
    assert etendue.contient(longitude, latitude), ville


def test_deux_departements_voisins_gardent_la_meme_frontiere() -> None:
    """Simplified apart, hardly a segment of a common border would be walked by two rings. The source itself
    joins nine out of ten."""
    tours = {code: contours.contour(code) for code in cadres()[0].codes}
    segments = Counter(
        frozenset(segment)
        for anneaux in tours.values()
        for tour in anneaux
        for segment in pairwise([*tour, tour[0]])
    )
    assert max(segments.values()) == 2
    for code in ("10", "45", "58", "63"):  # landlocked: all of the border is somebody else's too
        (tour, *_) = tours[code]
        bords = [segments[frozenset(segment)] for segment in pairwise([*tour, tour[0]])]
        assert bords.count(2) >= 0.8 * len(bords), code


def test_le_nord_est_en_haut_et_l_est_a_droite() -> None:
    metropole = cadres()[0]
    (lx, ly), (mx, my), (sx, _) = (metropole.place(*p) for p in ((3.06, 50.63), (5.37, 43.3), (7.75, 48.57)))
    assert ly < my
    assert lx < mx < sx


def test_la_vue_d_un_departement_le_montre_en_entier() -> None:
    for code in ("69", "75", "973", "2B"):
        etendue = contours.etendue_de(code)
        vue = vue_sur(etendue)
        assert etendue is not None
        assert vue is not None
        ouest, sud, est, nord = (float(n) for n in vue["bbox"].split(","))
        assert ouest <= etendue.ouest <= etendue.est <= est
        assert sud <= etendue.sud <= etendue.nord <= nord
    assert vue_sur(None) is None
    assert contours.contour("inconnu") == []


def test_les_contours_sont_ceux_que_dit_leur_registre() -> None:
    dossier = ICI / "donnees"
    empreinte = hashlib.sha256((dossier / "contours.json").read_bytes()).hexdigest()
    assert empreinte in (dossier / "README.md").read_text()


def test_sens_est_chez_le_voisin_de_l_ile_de_france() -> None:
    assert dans(ILE_DE_FRANCE, 2.35, 48.86)
    assert dans(ILE_DE_FRANCE, 2.66, 48.54)
    assert not dans(ILE_DE_FRANCE, 3.28, 48.2)
