"""Chaque source livrée : sa configuration est juste, complète, et lit de vraies lignes."""

import datetime as dt
import itertools
from pathlib import Path

import pytest
from cartographie.domain import lieu
from cartographie.domain.vocabulaire import Dispositif, Itinerance, Service, Typologie
from cartographie.imports.configuration import Configuration, SourceInconnue, lire, livrees
from cartographie.imports.importer import Candidat, Ecartee, candidats
from cartographie.imports.lecture import FichierIllisible, Ligne, lire_lignes

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
    colonnes = {c for ligne in lire_lignes(LIEUX / configuration.fichier) for c in ligne.valeurs or {}}
    assert colonnes == configuration.colonnes_connues()


@pytest.mark.parametrize("code", SOURCES)
def test_cent_vraies_lignes_donnent_des_fiches_du_standard(code: str) -> None:
    configuration = SOURCES[code]
    lignes = itertools.islice(lire_lignes(LIEUX / configuration.fichier), 98)
    lus = list(candidats(configuration, iter(list(lignes)), MAINTENANT))
    assert len(lus) == 98
    for lu in lus:
        assert isinstance(lu, Candidat)
        (fait,) = lieu.decide(lu.command, lieu.initial)
        assert isinstance(fait, lieu.LieuReference)
        assert fait.provenance.source == code


def une(configuration: Configuration, valeurs: dict[str, str]) -> Candidat:
    (lu,) = candidats(configuration, iter([Ligne(1, valeurs)]), MAINTENANT)
    assert isinstance(lu, Candidat)
    return lu


def test_un_bus_france_services_est_itinerant() -> None:
    lignes = lire_lignes(LIEUX / SOURCES["france-services"].fichier)
    valeurs = next(v for x in lignes if (v := x.valeurs) and v["format_fs"] == "Bus_équivalent")
    fiche = une(SOURCES["france-services"], valeurs).command.fiche
    assert fiche.itinerance == (Itinerance.ITINERANT,)
    assert fiche.typologies == (Typologie.RFS,)


def test_les_codes_du_hub_bourguignon_deviennent_des_mots_du_standard() -> None:
    configuration = SOURCES["mednum-bfc"]
    premiere = next(iter(lire_lignes(LIEUX / configuration.fichier))).valeurs or {}
    lu = une(configuration, premiere | {"code_typo": "i-TL-C", "code_label": "MFS-BFC"})
    fiche = lu.command.fiche
    assert fiche.services == (
        Service.AIDE_AUX_DEMARCHES_ADMINISTRATIVES,
        Service.ACCES_INTERNET_ET_MATERIEL_INFORMATIQUE,
    )
    assert fiche.dispositifs == (Dispositif.FRANCE_SERVICES,)
    assert {r.avant for r in lu.reparations if r.message == "valeur non reconnue"} == {"C", "BFC"}


def test_les_personnes_nommees_du_fichier_ne_sont_pas_lues() -> None:
    configuration = SOURCES["conseillers-numeriques"]
    premiere = next(iter(lire_lignes(LIEUX / configuration.fichier))).valeurs or {}
    assert "Costa" in premiere["aidants"]
    assert "Costa" not in str(une(configuration, premiere).command)


def test_un_terme_exclu_annule_le_choix() -> None:
    base = {"id": "1", "nom": "Mairie", "ville": "FOIX", "cp": "9000"}
    oui = une(lire(MINIMALE), base | {"aide": "Aide aux DEMARCHES"}).command.fiche
    non = une(lire(MINIMALE), base | {"aide": "démarches (fermé)"}).command.fiche
    assert (oui.commune, oui.code_postal, len(oui.services), non.services) == ("Foix", "09000", 1, ())


def test_un_doublon_dit_de_quelle_ligne() -> None:
    ligne = {"id": "1", "nom": "Mairie", "ville": "Foix", "cp": "09000", "aide": "démarches"}
    lues = [Ligne(1, ligne), Ligne(2, None), Ligne(3, ligne), Ligne(4, ligne | {"id": " "})]
    _, *ecartees = candidats(lire(MINIMALE), iter(lues), MAINTENANT)
    assert [e.refus.motif for e in ecartees if isinstance(e, Ecartee)] == [
        "LigneIllisible",
        "Doublon",
        "IdentifiantManquant",
    ]
    assert isinstance(ecartees[1], Ecartee)
    assert ecartees[1].refus.message == "doublon de la ligne 1"


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


def test_un_fichier_csv_se_lit_comme_un_fichier_json(tmp_path: Path) -> None:
    chemin = tmp_path / "essai.csv"
    chemin.write_text("﻿id;nom\n1;Mairie\n2;a;trop\n", encoding="utf-8")
    assert list(lire_lignes(chemin, ";")) == [Ligne(1, {"id": "1", "nom": "Mairie"}), Ligne(2, None)]


def test_une_ligne_json_illisible_n_arrete_pas_la_lecture(tmp_path: Path) -> None:
    chemin = tmp_path / "essai.jsonl"
    chemin.write_text('{"a": 1.0}\n\n[1]\n{"a":\n' + "[" * 5000 + '\n{"a": null}\n', encoding="utf-8")
    lignes = list(lire_lignes(chemin))
    assert [x.numero for x in lignes] == [1, 3, 4, 5, 6]
    assert [x.valeurs for x in lignes] == [{"a": "1"}, None, None, None, {"a": ""}]


def test_un_fichier_absent_ou_abime_est_dit_illisible(tmp_path: Path) -> None:
    (tmp_path / "abime.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00abc")
    for nom in ("absent.jsonl", "abime.jsonl.gz"):
        with pytest.raises(FichierIllisible):
            list(lire_lignes(tmp_path / nom))
