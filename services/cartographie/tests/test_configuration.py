"""Chaque source livrée : sa configuration est juste, complète, et lit de vraies lignes."""

import datetime as dt
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cartographie.domain import lieu
from cartographie.domain.vocabulaire import Dispositif, Itinerance, Service, Typologie
from cartographie.imports.configuration import Configuration, SourceInconnue, lire, livrees
from cartographie.imports.importer import decrire
from tableurs import Ligne, Remarque, Tableau, ouvrir

LIEUX = Path(__file__).parents[3] / "data" / "lieux"
SOURCES = livrees()
MAINTENANT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
MINIMALE = """
code = "essai"
nom = "Essai"
fichier = "essai.csv"
licence = "Licence Ouverte 2.0"
edition = 2024-01-01
identifiant = ["id"]
[colonnes]
nom = ["nom"]
commune = ["ville"]
code_postal = ["cp"]
[[choix]]
champ = "services"
colonnes = ["aide"]
termes = ["démarches"]
sauf = ["fermé"]
cibles = ["Aide aux démarches administratives"]
"""


@pytest.mark.parametrize("code", SOURCES)
def test_chaque_colonne_du_fichier_est_reprise_ou_expliquee(code: str) -> None:
    configuration = SOURCES[code]
    assert set(ouvrir(LIEUX / configuration.fichier).colonnes) == configuration.colonnes_connues()


@pytest.mark.parametrize("code", SOURCES)
def test_cent_vraies_lignes_donnent_des_fiches_du_standard(code: str) -> None:
    configuration = SOURCES[code]
    tableau = ouvrir(LIEUX / configuration.fichier)
    lues = list(itertools.islice(decrire(configuration, MAINTENANT).lire(tableau), 98))
    assert len(lues) == 98
    for lue in lues:
        assert isinstance(lue.resultat, lieu.ReferencerLieu)
        (fait,) = lieu.decide(lue.resultat, lieu.initial)
        assert isinstance(fait, lieu.LieuReference)
        assert fait.provenance.source == code


def une(
    configuration: Configuration, valeurs: Mapping[str, str]
) -> tuple[lieu.ReferencerLieu, Sequence[Remarque]]:
    """Ce que demande une ligne de ce fichier, et ce qui en est dit."""
    tableau = Tableau("jsonl", tuple(valeurs), lambda: iter([Ligne(1, valeurs)]))
    noms = {nom: nom for nom in valeurs if nom in configuration.colonnes_connues()}
    (lue,) = decrire(configuration, MAINTENANT).lire(tableau, noms)
    assert isinstance(lue.resultat, lieu.ReferencerLieu)
    return lue.resultat, lue.remarques


def premiere(code: str, **champs: str) -> Mapping[str, str]:
    """La première ligne du fichier de cette source, champs changés."""
    (ligne,) = itertools.islice(ouvrir(LIEUX / SOURCES[code].fichier).lire(), 1)
    return {**(ligne.valeurs or {}), **champs}


def test_un_bus_france_services_est_itinerant() -> None:
    lignes = ouvrir(LIEUX / SOURCES["france-services"].fichier).lire()
    valeurs = next(v for x in lignes if (v := x.valeurs) and v["format_fs"] == "Bus_équivalent")
    fiche = une(SOURCES["france-services"], valeurs)[0].fiche
    assert fiche.itinerance == (Itinerance.ITINERANT,)
    assert fiche.typologies == (Typologie.RFS,)


SAINT_LAURENT = {
    "adresse": "1 rue de la Paix",
    "lib_com": "Saint-Laurent-du-Maroni",
    "code_postal": "97320",
    "insee_com": "97311",
}


type Douteuse = tuple[dict[str, str], Callable[[lieu.ReferencerLieu], Any], Any, str | None]
DOUTEUSES: list[Douteuse] = [
    # A point far from the centre of a very large commune is inside it; one beyond is not.
    (
        SAINT_LAURENT | {"latitude": "5.504", "longitude": "-54.026"},
        lambda c: (c.fiche.latitude, c.fiche.longitude),
        (5.504, -54.026),
        None,
    ),
    (
        SAINT_LAURENT | {"latitude": "48.85", "longitude": "2.35"},
        lambda c: c.fiche.latitude,
        None,
        "km du centre de Saint-Laurent-du-Maroni",
    ),
    (
        SAINT_LAURENT | {"telephone": "+33594278580"},
        lambda c: c.contact.telephone,
        "+594594278580",
        "indicatif",
    ),
    (
        {"telephone": "02 40 00 00 01 (accueil) 06 00 00 00 02"},
        lambda c: c.contact.telephone,
        "+33240000001",
        "un seul numéro est gardé",
    ),
    (
        {"h_lundi": "10:00-11-00, 12:00-17:00", "h_mardi": "au petit matin"},
        lambda c: (c.fiche.horaires or "").partition("; We")[0],
        'Mo 10:00-11:00,12:00-17:00; Tu unknown "à vérifier"',
        "heures non comprises",
    ),
    (
        {"lib_fs": "21560121200016", "groupe_fs": "Mairie de Foix"},
        lambda c: c.fiche.nom,
        "Mairie de Foix",
        "repris de la structure",
    ),
]
"""Colonnes changées, ce que l'on en lit, sa valeur, et ce qui en est dit."""


@pytest.mark.parametrize(("champs", "lu", "attendu", "dit"), DOUTEUSES)
def test_ce_qu_une_ligne_a_de_douteux_est_repare_ou_ecarte_et_dit(
    champs: dict[str, str], lu: Callable[[lieu.ReferencerLieu], Any], attendu: Any, dit: str | None
) -> None:
    valeurs = premiere("france-services", **champs)
    command, remarques = une(SOURCES["france-services"], valeurs)
    assert lu(command) == attendu
    messages = [r.message for r in remarques]
    assert dit is None or any(dit in message for message in messages), messages


def test_les_codes_du_hub_bourguignon_deviennent_des_mots_du_standard() -> None:
    configuration = SOURCES["mednum-bfc"]
    valeurs = premiere("mednum-bfc", code_typo="i-TL-C", code_label="MFS-BFC")
    command, remarques = une(configuration, valeurs)
    fiche = command.fiche
    assert fiche.services == (
        Service.AIDE_AUX_DEMARCHES_ADMINISTRATIVES,
        Service.ACCES_INTERNET_ET_MATERIEL_INFORMATIQUE,
    )
    assert fiche.dispositifs == (Dispositif.FRANCE_SERVICES,)
    assert {r.avant for r in remarques if r.message == "valeur non reconnue"} == {"C", "BFC"}


def test_les_personnes_nommees_du_fichier_ne_sont_pas_lues() -> None:
    configuration = SOURCES["conseillers-numeriques"]
    valeurs = premiere("conseillers-numeriques")
    assert "Costa" in valeurs["aidants"]
    assert "Costa" not in str(une(configuration, valeurs))


def test_un_terme_exclu_annule_le_choix() -> None:
    base = {"id": "1", "nom": "Mairie", "ville": "FOIX", "cp": "9000"}
    oui = une(lire(MINIMALE), base | {"aide": "Aide aux DEMARCHES"})[0].fiche
    non = une(lire(MINIMALE), base | {"aide": "démarches (fermé)"})[0].fiche
    assert (oui.commune, oui.code_postal, len(oui.services), non.services) == ("Foix", "09000", 1, ())


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ('"Aide aux démarches administratives"', '"Aide aux démarches"'),
        ('champ = "services"', 'champ = "service"'),
        ('fichier = "essai.csv"', 'fichier = "../../etc/passwd.csv"'),
        ("[colonnes]", "[colones]"),
        ("edition", "<<<"),
    ],
)
def test_une_configuration_fausse_est_refusee(avant: str, apres: str) -> None:
    with pytest.raises(SourceInconnue):
        lire(MINIMALE.replace(avant, apres))


def test_une_cle_mal_ecrite_est_nommee_en_francais() -> None:
    with pytest.raises(SourceInconnue, match=r"mal écrites : fichier, prix$"):
        lire("prix = 3\n" + MINIMALE.replace("essai.csv", "/etc/essai.csv"))
