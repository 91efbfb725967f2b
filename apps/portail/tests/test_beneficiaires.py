"""Les filtres de « Mes bénéficiaires » : ce que l'on cherche reste quand on en retire un."""

import re
from typing import Any

import pytest
from portail.pages.beneficiaires import Filtres
from portail.rendu import Rendu
from portail.suivis import nommes
from starlette.requests import Request

ICI = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})
CHOISIS = Filtres(age="65_et_plus", postal="21", tri="prenom")


def resultats(recherche: str, *, en_retard: bool = False, **autres: Any) -> str:
    page: dict[str, Any] = dict.fromkeys(("personnes", "faute", "suivante", "precedente", "message"))
    page |= {"filtres": CHOISIS, "actifs": CHOISIS.actifs({}), "recherche": recherche, "en_retard": en_retard}
    page |= autres
    rendue = Rendu().page(ICI, "beneficiaires/resultats.html", moi={"csrf": "jeton"}, partage=False, **page)
    return bytes(rendue.body).decode()


def caches(formulaire: str) -> dict[str, str]:
    lus = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', formulaire)
    return {nom: valeur for nom, valeur in lus if valeur and nom != "csrf"}


def test_retirer_un_filtre_garde_les_mots_cherches_hors_de_l_adresse() -> None:
    puces = re.findall(r"<li><form.*?</form></li>", resultats("Élodie"))
    restent = {"recherche": "Élodie", "tri": "prenom"}
    assert [caches(p) for p in puces] == [restent | {"postal": "21"}, restent | {"age": "65_et_plus"}]
    assert "lodie" not in "".join(re.findall(r'href="([^"]*)"', resultats("Élodie")))
    assert 'href="/espace/beneficiaires?postal=21&amp;tri=prenom"' in resultats("")


def test_chaque_format_s_exporte_avec_les_filtres_et_avec_les_mots_hors_de_l_adresse() -> None:
    amina = {
        "id": "a",
        "prenom": "Amina",
        "nom": "Berger",
        "accompagnements": 0,
        "annee_naissance": None,
        "commune": None,
    }
    formats = [{"code": code} for code in ("xlsx", "ods", "csv", "json")]
    export = "code_postal=21"
    autres: dict[str, Any] = {"noms": {"a": "A"}, "total": 1, "formats": formats, "export": export}
    page = resultats("", personnes=[amina], **autres)
    vers = [f"/beneficiaires/export?format={un['code']}&amp;{export}" for un in formats]
    assert re.findall(r'href="(/beneficiaires/export[^"]*)" download', page) == vers
    cherchee = resultats("Amina", personnes=[amina], **autres)
    [demande] = re.findall(r'<form[^>]* action="/espace/beneficiaires/export">.*?</form>', cherchee)
    assert caches(demande) == {"recherche": "Amina", "age": "65_et_plus", "postal": "21", "tri": "prenom"}
    assert re.findall(r'name="format" value="(\w+)"', demande) == [un["code"] for un in formats]
    assert "/beneficiaires/export?" not in cherchee


def test_actualiser_garde_les_filtres_et_les_mots() -> None:
    sans_mots = resultats("", en_retard=True)
    assert f'<a href="{CHOISIS.adresse().replace("&", "&amp;")}">Actualiser</a>' in sans_mots
    note = resultats("Élodie", en_retard=True).partition("</form>")[0]
    assert "Actualiser" in note
    assert caches(note) == {"recherche": "Élodie", "age": "65_et_plus", "postal": "21", "tri": "prenom"}


@pytest.mark.parametrize(
    ("postal", "faute", "pendant"), [("", False, False), ("2", True, False), ("21", False, False)]
)
def test_un_code_postal_en_cours_de_frappe_n_est_pas_gronde(postal: str, faute: bool, pendant: bool) -> None:
    filtres = Filtres(postal=postal)
    assert (bool(filtres.faute), bool(filtres.en_cours.faute)) == (faute, pendant)


@pytest.mark.parametrize("postal", ["٢١", "２１", "21a", "210000", "²"])
def test_un_code_postal_s_ecrit_avec_nos_chiffres(postal: str) -> None:
    assert Filtres(postal=postal).faute
    assert Filtres(postal=postal).en_cours.faute


def test_des_homonymes_se_disent_avec_ce_qui_les_distingue() -> None:
    amina = {"prenom": "Amina", "nom": "Berger", "enregistre_le": "2026-11-29T10:00:00Z"}
    noms = nommes(
        [
            {"id": "1", **amina, "annee_naissance": 1948, "commune": "Dijon"},
            {"id": "2", **amina, "annee_naissance": None, "commune": None},
            {"id": "3", "prenom": "Jean", "nom": "Martin", "annee_naissance": 1950},
            {"id": "4"},
        ]
    )
    assert list(noms.values()) == [
        "Amina Berger (1948, Dijon)",
        "Amina Berger (fiche du 29 novembre 2026)",
        "Jean Martin",
        "Personne effacée",
    ]


def test_les_notes_d_une_fiche_gardent_leurs_lignes() -> None:
    absents = ("telephone", "courriel", "commune", "annee_naissance", "genre", "statut_social", "corrige_le")
    fiche: dict[str, Any] = dict.fromkeys(absents) | {"id": "1", "prenom": "A", "nom": "B"}
    fiche |= {"accompagnements": 0, "pas_de_telephone": False, "enregistre_le": "2026-11-27T10:00:00Z"}
    fiche["notes"] = "<p>Première &amp; &lt;i&gt;</p><p>Deuxième</p>"
    page: dict[str, Any] = dict.fromkeys(
        ("rdvs", "activites", "suivante", "precedente", "message", "en_retard")
    )
    rendue = Rendu().page(ICI, "beneficiaires/fiche.html", moi=None, partage=False, b=fiche, noms={}, **page)
    assert 'class="notes"><p>Première &amp; &lt;i&gt;</p><p>Deuxième</p></dd>' in bytes(rendue.body).decode()
