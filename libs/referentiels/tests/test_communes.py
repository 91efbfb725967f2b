"""Trouver une commune par son code, son nom, son code postal."""

import json
import re
from pathlib import Path

import pytest
from referentiels import communes, territoires
from referentiels.cles import cle
from referentiels.ecritures import cle_commune, nettoyer_code_postal, nettoyer_commune

CAS = [json.loads(ligne) for ligne in (Path(__file__).parent / "cas/communes.jsonl").read_text().splitlines()]


def nom_de(code: str) -> str | None:
    commune = communes.par_code(code)
    return commune.nom if commune else None


@pytest.mark.parametrize(
    ("code", "actuel"),
    [
        ("29019", "29019"),
        ("2a004", "2A004"),
        (" 2B033 ", "2B033"),
        ("01033", "01033"),  # la commune nouvelle, et non la déléguée de même code
        ("01126", "01033"),  # fusionnée
        ("87136", "87028"),  # déléguée : Saint-Barbant
        ("97123", "97701"),  # Saint-Barthélemy, avant 2007
    ],
)
def test_un_code_ancien_ou_mal_ecrit_mene_a_la_commune_actuelle(code: str, actuel: str) -> None:
    commune = communes.par_code(code)
    assert commune is not None
    assert commune.code == commune.ville == actuel


@pytest.mark.parametrize("code", ["99999", "", "2C004", "Brest", "٢٩٠١٩"])
def test_un_code_inconnu_n_est_pas_une_commune(code: str) -> None:
    assert communes.par_code(code) is None
    assert communes.ville_de(code) is None


@pytest.mark.parametrize(
    ("code", "nom", "ville"),
    [
        ("75111", "Paris 11e Arrondissement", "Paris"),
        ("69383", "Lyon 3e Arrondissement", "Lyon"),
        ("13208", "Marseille 8e Arrondissement", "Marseille"),
    ],
)
def test_un_arrondissement_appartient_a_sa_ville(code: str, nom: str, ville: str) -> None:
    arrondissement, commune = communes.par_code(code), communes.ville_de(code)
    assert arrondissement is not None
    assert commune is not None
    assert (arrondissement.nom, commune.nom) == (nom, ville)
    assert arrondissement in communes.arrondissements(commune.code)
    assert set(arrondissement.codes_postaux) <= set(commune.codes_postaux)


def test_les_trois_villes_ont_leurs_arrondissements_et_brest_aucun() -> None:
    nombres = [len(communes.arrondissements(code)) for code in ("75056", "69123", "13055", "29019")]
    assert nombres == [20, 9, 16, 0]


@pytest.mark.parametrize(
    ("code", "code_postal", "libelle"),
    [
        ("29019", None, "Brest · 29200"),
        ("26274", None, "Rochefourchat · 26340"),
        ("38185", "38100", "Grenoble · 38100"),
        ("38185", "99999", "Grenoble · 38000"),
        ("75111", None, "Paris 11e Arrondissement · 75011"),
        ("98412", None, "Archipel des Kerguelen"),
    ],
)
def test_un_libelle_est_un_nom_et_son_code_postal(code: str, code_postal: str | None, libelle: str) -> None:
    commune = communes.par_code(code)
    assert commune is not None
    assert commune.libelle(code_postal) == libelle


def test_toute_commune_habitee_a_un_libelle_avec_un_code_postal() -> None:
    libelles = [c.libelle() for c in communes.toutes() if c.population]
    assert [libelle for libelle in libelles if not re.search(r" · \d{5}$", libelle)] == []


def test_une_commune_dit_son_departement_sa_region_et_son_intercommunalite() -> None:
    brest = communes.par_code("29019")
    assert brest is not None
    assert territoires.departements()[brest.departement].nom == "Finistère"
    assert territoires.regions()[brest.region].nom == "Bretagne"
    assert territoires.epci()[brest.epci].nom == "Brest Métropole"


def test_un_code_postal_sert_plusieurs_communes_et_une_commune_en_a_plusieurs() -> None:
    assert {c.nom for c in communes.par_code_postal("01300")} >= {"Belley", "Arboys en Bugey"}
    marseille = communes.par_code("13055")
    assert marseille is not None
    assert len(marseille.codes_postaux) == 16
    assert communes.par_code_postal("00000") == []


@pytest.mark.parametrize(
    ("texte", "premiere"),
    [
        ("brest", "Brest · 29200"),
        ("BREST", "Brest · 29200"),
        ("29200", "Brest · 29200"),
        ("l'hay", "L'Haÿ-les-Roses · 94240"),
        ("St Malo", "Saint-Malo · 35400"),
        ("paris 11", "Paris 11e Arrondissement · 75011"),
        ("Lyon 3e", "Lyon 3e Arrondissement · 69003"),
        ("69003", "Lyon 3e Arrondissement · 69003"),
        ("75116", "Paris 16e Arrondissement · 75016"),
        ("noum", "Nouméa · 98800"),
    ],
)
def test_la_recherche_propose_d_abord_la_plus_probable(texte: str, premiere: str) -> None:
    assert communes.chercher(texte)[0].libelle() == premiere


def test_la_recherche_est_bornee_et_ne_trouve_rien_dans_rien() -> None:
    assert len(communes.chercher("saint", 10_000)) == 100
    assert len(communes.chercher("saint")) == 10
    for rien in ("", "%", "_", "\x00", "zzzz", "00000"):
        assert communes.chercher(rien) == []


@pytest.mark.parametrize("cas", CAS, ids=[c["id"] for c in CAS])
def test_noms_des_sources_reelles(cas: dict[str, str]) -> None:
    officielles = [cle(c.nom) for c in communes.par_nom(cas["entree"])]
    assert cle(cas["attendu"]) in {cle_commune(cas["entree"]), *officielles}


@pytest.mark.parametrize(
    ("nom", "code"),
    [
        ("Saint-Barbant", "87028"),
        ("L ARBRESLE", "69010"),
        ("Marcq-en-Baroeul", "59378"),
        ("Paris 11e", "75056"),
    ],
)
def test_un_nom_ancien_ou_mal_ecrit_mene_a_la_commune_actuelle(nom: str, code: str) -> None:
    assert [c.code for c in communes.par_nom(nom)] == [code]


def test_deux_communes_de_meme_nom_et_leur_precision() -> None:
    assert {c.code for c in communes.par_nom("Château-Chinon")} == {"58062", "58063"}
    assert {c.code for c in communes.par_nom("Château-Chinon (Ville)")} == {"58062", "58063"}


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("29200", "29200"),
        ("2800", "02800"),
        ("26130.0", "26130"),
        ("F-29200", "29200"),
        ("29", None),
        ("00123", None),
    ],
)
def test_un_code_postal_a_cinq_chiffres(texte: str, attendu: str | None) -> None:
    assert nettoyer_code_postal(texte) == attendu


def test_une_valeur_enorme_ne_bloque_pas() -> None:
    # Une expression rationnelle qui explose n'en finirait pas : le délai de pytest l'arrête.
    for motif in ("st ", " ", "(", "- ", "( ", "d'", "cedex", "-cedex", " 1 "):
        nettoyer_commune(motif * 20_000)


@pytest.mark.parametrize(
    ("nom", "code"),
    [
        ("Paris 11e", "75111"),
        ("paris 11", "75111"),
        ("PARIS 1er arrondissement", "75101"),
        ("Paris 11ème arr.", "75111"),
        ("Lyon 3e", "69383"),
        ("Marseille 16e Arrondissement", "13216"),
        ("Paris", None),
        ("Paris 21e", None),
        ("Rouen 3e", None),
    ],
)
def test_un_arrondissement_se_dit_par_son_numero(nom: str, code: str | None) -> None:
    trouve = communes.arrondissement(nom)
    assert (trouve.code if trouve else None) == code


@pytest.mark.parametrize(
    ("code", "latitude", "longitude", "dedans"),
    [
        ("97311", 5.504, -54.026, True),  # Saint-Laurent-du-Maroni : le bourg, à 62 km du centre
        ("97353", 3.642, -54.028, True),  # Maripasoula, 81 km
        ("97356", 3.17, -52.34, True),  # Camopi, 63 km
        ("97353", 4.93, -52.33, False),  # Cayenne n'est pas dans Maripasoula
        ("29019", 48.39, -4.49, True),
        ("29019", 47.47, -0.55, False),  # Angers n'est pas dans Brest
        ("75056", 45.76, 4.84, False),
    ],
)
def test_un_point_se_juge_a_l_etendue_de_sa_commune(
    code: str, latitude: float, longitude: float, dedans: bool
) -> None:
    commune = communes.par_code(code)
    assert commune is not None
    distance = commune.distance_km(latitude, longitude)
    assert distance is not None
    assert (distance <= communes.rayon_km(commune)) is dedans
