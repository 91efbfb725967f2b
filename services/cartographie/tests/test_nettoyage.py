"""Nettoyer des valeurs sales ou hostiles : jamais d'exception, jamais d'invention."""

import pytest
from cartographie.domain import nettoyage as n
from cartographie.domain.nettoyage_contacts import nettoyer_courriels, nettoyer_sites
from cartographie.domain.nettoyage_horaires import depuis_jours, lire_plages, relire_osm
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(max_size=300))
def test_aucun_texte_ne_fait_lever_le_nettoyage(texte: str) -> None:
    n.separer_voie(texte, None)
    n.lire_coordonnees(texte, texte)
    n.lire_date(texte)
    nettoyer_courriels(texte)
    nettoyer_sites(texte)
    relire_osm(texte)
    depuis_jours({"Mo": [texte]})


@pytest.mark.parametrize(
    "motif", ["a@" * 20_000, "9h-" * 20_000, "http://" * 10_000, "Mo," * 20_000, " " * 50_000]
)
def test_une_valeur_enorme_ne_bloque_pas_l_import(motif: str) -> None:
    # Une expression rationnelle qui explose n'en finirait pas : le délai de pytest l'arrête.
    nettoyer_courriels(motif)
    nettoyer_sites(motif)
    relire_osm(motif)
    lire_plages(motif)
    n.separer_voie(motif, None)


@pytest.mark.parametrize(
    ("latitude", "longitude", "attendu"),
    [
        ("48,8566", "2,3522", (48.8566, 2.3522)),
        ("2.3522", "48.8566", (48.8566, 2.3522)),
        ("-21.1", "55.5", (-21.1, 55.5)),
        ("0", "0", None),
        ("40.7", "-74.0", None),
        ("nan", "2.3", None),
        ("1e400", "2.3", None),
        ("48.8", "", None),
        ("٤٨", "٢", None),
    ],
)
def test_un_point_est_en_france_ou_n_est_pas(
    latitude: str, longitude: str, attendu: tuple[float, float] | None
) -> None:
    assert n.lire_coordonnees(latitude, longitude) == attendu


@pytest.mark.parametrize(
    "texte",
    ["javascript:alert(1)", "http://user:secret@foix.fr", "data:text/html,x", "http://localhost", "@foix"],
)
def test_une_adresse_de_site_dangereuse_est_ecartee(texte: str) -> None:
    assert nettoyer_sites(texte)[0] == ()


@pytest.mark.parametrize(
    ("texte", "osm"),
    [
        ("Mo-Fr 09:00-12:00,14:00-17:00", "Mo-Fr 09:00-12:00,14:00-17:00"),
        ("Mo-Fr 9h-12h30,13h30-17h", "Mo-Fr 09:00-12:30,13:30-17:00"),
        ("mo, we 09:00-12:00", "Mo,We 09:00-12:00"),
        ("Mo-Fr 09:00-12:00; 14:00-17:00", "Mo-Fr 09:00-12:00,14:00-17:00"),
        ("Mo-Fr 09:00-18:00; Th 09:00-12:00-14:00", 'Mo-Fr 09:00-18:00; Th unknown "à vérifier"'),
        ("We 08:00", None),
        ("Mo 10:00-11-00,12:00-17:00; Tu 09:00-12:00", "Mo 10:00-11:00,12:00-17:00; Tu 09:00-12:00"),
        ("Mo 10:00-09:00,12:00-17:00; Tu 09:00-12:00", 'Mo unknown "à vérifier"; Tu 09:00-12:00'),
        ("n'importe quoi", None),
        ("week 1-53/2 Mo 09:00-12:00; PH off", "week 1-53/2 Mo 09:00-12:00; PH off"),
        ('Sa[1] 09:00-12:00 "sur rendez-vous"', 'Sa[1] 09:00-12:00 "sur rendez-vous"'),
        ("", None),
    ],
)
def test_des_horaires_osm_sont_repares_sans_rien_inventer(texte: str, osm: str | None) -> None:
    assert relire_osm(texte).osm == osm


def test_des_horaires_relus_ne_changent_plus() -> None:
    osm = relire_osm("Mo-Fr 9h-12h30; Th 09:00-12:00-14:00; Sa 17:00").osm
    assert osm is not None
    assert (relire_osm(osm).osm, relire_osm(osm).incompris) == (osm, ())


def test_ce_qui_n_est_pas_compris_dans_les_horaires_est_rendu() -> None:
    horaires = depuis_jours(
        {
            "Mo": ["9h-12h", "14h-12h"],
            "Tu": ["9h-12h, sur rendez-vous"],
            "Sa": ["sous condition"],
            "Su": ["x"],
        }
    )
    assert horaires.osm == 'Mo unknown "à vérifier"; Tu 09:00-12:00; Sa unknown "à vérifier"'
    assert horaires.incompris == ("Mo : 14h-12h", "Tu : sur rendez-vous", "Sa : sous condition")


@pytest.mark.parametrize(
    ("texte", "osm"),
    [
        # Justes.
        ("9h/12h et 14h/18h", "Mo 09:00-12:00,14:00-18:00"),
        ("10:00-11-00, 12:00-17:00", "Mo 10:00-11:00,12:00-17:00"),
        ("9h-12h 14h-18h", "Mo 09:00-12:00,14:00-18:00"),
        ("9h-12h/13h30-17h", "Mo 09:00-12:00,13:30-17:00"),
        ("de 9h à 12h et de 14h à 17h30", "Mo 09:00-12:00,14:00-17:30"),
        ("8H30 - 12H00 puis 13H30 - 17H00", "Mo 08:30-12:00,13:30-17:00"),
        ("9 heures à 12 heures", "Mo 09:00-12:00"),
        ("9-12h", "Mo 09:00-12:00"),
        # Inconnues, et dites : une heure seule, un morceau illisible, un doute.
        ("14h", None),
        ("17h", None),
        ("à partir de 14h", None),
        ("9h 12h", None),
        ("9h-12h-14h-18h", None),
        ("9-12", None),
        ("18h-9h", None),
        ("9h75-12h", None),
        ("9h-12h sauf le 1er lundi", None),
        ("9h-12h, 14h", None),
    ],
)
def test_les_heures_d_un_jour_sont_justes_ou_inconnues_et_dites(texte: str, osm: str | None) -> None:
    seul = depuis_jours({"Mo": [texte]})
    assert seul.osm == osm
    avec_un_autre = depuis_jours({"Mo": [texte], "Tu": ["9h-12h"]})
    assert ('unknown "à vérifier"' in (avec_un_autre.osm or "")) is (osm is None)
    assert bool(avec_un_autre.incompris) is (osm is None)


def test_les_jours_voisins_de_memes_heures_font_une_regle() -> None:
    jours = {j: ["09:00 - 12:00 / 14:00 - 17:00"] for j in ("Mo", "Tu", "We", "Fr")}
    assert depuis_jours(jours).osm == "Mo-We 09:00-12:00,14:00-17:00; Fr 09:00-12:00,14:00-17:00"


def test_les_plages_qui_se_chevauchent_sont_fusionnees() -> None:
    assert lire_plages("09:00 - 12:00 / 09:00 - 16:30 / 14:00 - 16:30") == ([(540, 990)], [])
