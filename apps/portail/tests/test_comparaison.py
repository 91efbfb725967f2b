"""Deux fiches côte à côte : tout se lit, et l'on ne choisit que là où elles se contredisent."""

from typing import Any

from portail.comparaison import QUESTIONS, choisis, comparees
from portail.formulaires import Saisie
from portail.rendu import Rendu
from starlette.requests import Request

DIJON = {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"}
LYON = {"nom": "Lyon", "code_postal": "69001", "code_insee": "69381"}
NOMS = {"genre": {"feminin": "Féminin", "masculin": "Masculin"}, "statut_social": {"retraite": "Retraité"}}
NUMERO = "04 11 11 11 11".replace(" ", "\N{NO-BREAK SPACE}")
MOI: dict[str, Any] = {
    "compte_id": "c",
    "csrf": "jeton",
    "roles": ["mediateur"],
    "prenom": "Zélie",
    "nom": "Blanc",
    "fuseau": "Europe/Paris",
    "expire_dans": 3600,
    "inactive_dans": 3600,
    **dict.fromkeys(("droit", "usurpation")),
}
VIDE: dict[str, Any] = {
    "id": "1",
    "prenom": "Zoé",
    "nom": "Marchand",
    "pas_de_telephone": False,
    **dict.fromkeys(("telephone", "courriel", "adresse", "commune", "annee_naissance")),
    **dict.fromkeys(("genre", "statut_social", "notes")),
}


def lues(reste: dict[str, Any], double: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Celles qui diffèrent."""
    lignes = comparees(VIDE | reste, VIDE | double, NOMS)
    assert [ligne.nom for ligne in lignes] == [*QUESTIONS]
    return {x.nom: (x.reste, x.double, x.prendre, x.laisser) for x in lignes if x.reste != x.double}


def test_on_choisit_partout_ou_deux_fiches_different_meme_une_reponse_absente() -> None:
    une = {"telephone": "+33411111111", "genre": "feminin", "annee_naissance": 1957, "notes": "<p>Une</p>"}
    autre = {"prenom": "Zoe", "pas_de_telephone": True, "genre": "masculin", "statut_social": "retraite"}
    assert lues(une, autre) == {
        "prenom": ("Zoé", "Zoe", "prenom", ""),
        "telephone": (NUMERO, "N’a pas de téléphone", "pas_de_telephone", ""),
        "annee_naissance": ("1957", "", "annee_naissance", ""),
        "genre": ("Féminin", "Masculin", "genre", ""),
        "statut_social": ("", "Retraité", "", "statut_social"),
        "notes": ("Une", "", "notes", ""),
    }
    # A number wins over its absence, unless it is left.
    assert lues(autre, une)["telephone"] == ("N’a pas de téléphone", NUMERO, "", "telephone")
    assert lues({}, autre)["telephone"] == ("", "N’a pas de téléphone", "", "pas_de_telephone")
    assert lues(autre, {})["telephone"] == ("N’a pas de téléphone", "", "pas_de_telephone", "")
    assert lues(une, {})["telephone"] == (NUMERO, "", "telephone", "")


def test_une_adresse_se_choisit_avec_sa_commune() -> None:
    rue = {"adresse": "3 rue Haute", "commune": DIJON}
    ecrite = "3 rue Haute, 21000 Dijon"
    assert lues({"commune": LYON}, rue)["residence"] == ("69001 Lyon", ecrite, "commune", "")
    assert lues({"commune": DIJON}, rue)["residence"] == ("21000 Dijon", ecrite, "", "adresse")
    assert lues(rue, {"commune": DIJON})["residence"] == (ecrite, "21000 Dijon", "adresse", "")
    assert lues({}, rue)["residence"] == ("", ecrite, "", "commune")
    assert lues(rue, {})["residence"] == (ecrite, "", "commune", "")
    ailleurs = rue | {"adresse": "5 rue Basse"}
    assert lues(rue, ailleurs)["residence"] == (ecrite, "5 rue Basse, 21000 Dijon", "adresse", "")


def test_seul_ce_que_la_page_propose_part_vers_l_api() -> None:
    envoyes = [("notes", "prendre.notes"), ("telephone", "prendre.pas_de_telephone"), ("nom", "garder.")]
    envoyes += [("residence", "prendre.commune"), ("courriel", "garder.courriel"), ("genre", "garder.notes")]
    assert choisis(Saisie(envoyes)) == {
        "prendre": ["pas_de_telephone", "commune", "notes"],
        "laisser": ["courriel"],
    }
    hostiles = [("prenom", "prendre.nom"), ("residence", "garder.residence"), ("genre", "<script>.genre")]
    assert choisis(Saisie(hostiles)) == {"prendre": [], "laisser": []}


def test_un_choix_reste_le_meme_quand_une_fiche_a_change_depuis() -> None:
    courriel = {"courriel": "amina@exemple.fr"}
    avant, apres = (
        next(x for x in comparees(VIDE | reste, VIDE | courriel, NOMS) if x.nom == "courriel")
        for reste in ({}, {"courriel": "autre@exemple.fr"})
    )
    assert [x.est_prise(Saisie([])) for x in (avant, apres)] == [True, False]
    for ancienne, nouvelle in ((avant, apres), (apres, avant)):
        for valeur, prise in ((ancienne.double_prise, True), (ancienne.garder, False)):
            assert nouvelle.est_prise(Saisie([("courriel", valeur)])) is prise


def test_des_notes_longues_ou_hostiles_se_lisent_sans_rien_executer_et_le_choix_reste() -> None:
    fiches = [VIDE | {"accompagnements": 0, "enregistre_le": "2026-11-27T10:00:00Z", "id": n} for n in "12"]
    fiches[0]["notes"] = "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>Deux</p>"
    fiches[1]["notes"] = f"<p>{'mot ' * 200}fin</p>"
    ici = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})
    rendue = Rendu().page(
        ici,
        "beneficiaires/comparer.html",
        moi=MOI,
        partage=False,
        message=None,
        fiches=fiches,
        noms={"1": "Zoé", "2": "Zoe"},
        lignes=comparees(fiches[0], fiches[1], NOMS),
        saisie=Saisie([("notes", "prendre.notes")]),
        fautes={"/notes": "Rien à prendre."},
        questions={},
        changees=[("nom", "Nom", "fiche qui reste"), ("notes", "Notes", "fiche en double")],
        versions={"version_reste": '"1"'},
    )
    page = bytes(rendue.body).decode()
    assert "Garder : &lt;script&gt;alert(1)&lt;/script&gt;\nDeux" in page
    assert page.count("mot fin") == 1
    assert "Ces deux fiches ont changé pendant" in page
    assert 'value="prendre.notes" id="c-notes-double" checked' in page
    assert 'id="c-notes" checked' not in page
    assert 'href="#c-notes"' in page
