"""Du formulaire au JSON de l'API, et retour : le nom d'un contrôle est le pointeur de ce qu'il remplit."""

import os

import pytest
from portail.affichage import en_texte
from portail.communes import Ecrite
from portail.erreurs import fautes_de
from portail.formulaires import (
    Saisie,
    Sorte,
    chiffres_a_redire,
    en_champs,
    en_json,
    entier,
    fichier_envoye,
    recue_avec_fichier,
)
from portail.notes import en_html
from portail.passerelle import Refus
from portail.saisie_cra import D_AUCUNE, jour_et_duree
from starlette.requests import Request
from web.problems import Problem

SCHEMA = {
    "thematiques": Sorte.LISTE,
    "titre": Sorte.TEXTE,
    "beneficiaire/genre": Sorte.TEXTE,
    "beneficiaire/deja_accompagne": Sorte.OUI_NON,
    "participants/total": Sorte.NOMBRE,
}


def test_les_champs_vides_sont_absents_et_les_listes_toujours_la() -> None:
    assert en_json(Saisie([("titre", "  ")]), SCHEMA) == {"thematiques": []}


def test_un_pointeur_remplit_le_champ_qu_il_designe() -> None:
    champs = [
        ("thematiques", "email"),
        ("thematiques", "sante"),
        ("beneficiaire/genre", "feminin"),
        ("beneficiaire/deja_accompagne", "oui"),
        ("participants/total", "1 200"),
    ]
    document = {
        "thematiques": ["email", "sante"],
        "beneficiaire": {"genre": "feminin", "deja_accompagne": True},
        "participants": {"total": 1200},
    }
    assert en_json(Saisie(champs), SCHEMA) == document
    assert en_json(Saisie(en_champs(document)), SCHEMA) == document


def test_ce_qui_n_est_pas_un_nombre_part_comme_il_est_ecrit() -> None:
    assert [entier(t) for t in ("12", "-3", "douze", "1.5", "²", "9" * 12)] == [
        12,
        -3,
        "douze",
        "1.5",
        "²",
        "9" * 12,
    ]


def test_ce_qui_ne_se_lit_pas_part_comme_ce_que_l_api_refuse_et_le_reste_se_juge_avec() -> None:
    illisible = [("participants/total", "douze"), ("duree", "autre"), ("duree_min", "une heure")]
    saisie = Saisie([*illisible, ("jour", "autre"), ("date", "2026-02-30")])
    corps = en_json(saisie, SCHEMA)
    fautes = chiffres_a_redire(corps, SCHEMA) | jour_et_duree(saisie, corps)
    assert set(fautes) == {"/participants/total", "/duree_minutes", "/date"}
    assert (corps["participants"]["total"], corps["duree_minutes"], corps["date"]) == (-1, 0, "9999-12-31")
    sans_tiret = jour_et_duree(Saisie([("duree", "45"), ("date", "1/12/2026")]), corps)
    assert (sans_tiret, corps["duree_minutes"], corps["date"]) == ({}, 45, "2026-12-01")


def test_un_refus_de_date_se_dit_comme_on_ecrit_un_jour() -> None:
    dite = {
        "pointeur": "/fin",
        "message": "Une date est attendue, au format AAAA-MM-JJ.",
        "type": "date_parsing",
    }
    autre = {"pointeur": "/nom", "message": "Trop long.", "type": "string_too_long"}
    fautes = Refus(422, {"erreurs": [dite, autre]}).fautes()
    assert "27/11/2026" in fautes["/fin"]
    assert "AAAA" not in fautes["/fin"]
    assert fautes["/nom"] == "Trop long."


def test_la_commune_a_reprendre_se_dit_avec_tout_ce_que_l_api_reproche() -> None:
    lu = Refus(422, {"type": "/problemes/SaisieInvalide", "erreurs": [
        {"pointeur": "/siret", "message": "Faux."}, {"pointeur": "/code_insee", "message": "Inconnu."}
    ]})  # fmt: skip
    dite = Ecrite(D_AUCUNE, "Plusieurs communes répondent.").dite(lu)
    assert fautes_de(dite) == {"/siret": "Faux.", "/commune": "Plusieurs communes répondent."}
    assert fautes_de(Ecrite("21231").dite(lu)) == {"/siret": "Faux.", "/commune": "Inconnu."}
    sans_pointeur = Refus(409, {"title": "Déjà là."})
    assert fautes_de(Ecrite(D_AUCUNE, "Aucune.").dite(sans_pointeur), "/siret") == {
        "/siret": "Déjà là.",
        "/commune": "Aucune.",
    }


def test_un_champ_inconnu_n_entre_pas_dans_le_json() -> None:
    assert en_json(Saisie([("role", "admin"), ("titre", "x")]), SCHEMA) == {"titre": "x", "thematiques": []}


def test_les_notes_gardent_leurs_lignes_et_aucun_balisage() -> None:
    notes = "Ligne <b>une</b>\n\nA & B"
    assert en_html(notes) == "<p>Ligne &lt;b&gt;une&lt;/b&gt;</p><p>A &amp; B</p>"
    assert en_texte(en_html(notes)) == "Ligne <b>une</b>\nA & B"


def formulaire(corps: bytes, sorte: str = "multipart/form-data; boundary=xxx") -> Request:
    async def recevoir() -> dict[str, object]:
        return {"type": "http.request", "body": corps, "more_body": False}

    entetes = [(b"content-type", sorte.encode())]
    return Request({"type": "http", "method": "POST", "headers": entetes}, recevoir)


def partie(nom: str, octets: bytes, suite: str = "") -> bytes:
    entete = f'--xxx\r\nContent-Disposition: form-data; name="{nom}"{suite}\r\n\r\n'
    return entete.encode() + octets + b"\r\n"


async def test_un_fichier_est_recu_a_l_octet_pres_avec_les_autres_champs() -> None:
    octets = os.urandom(200_000) + b"\r\n--xx\r\r\n\n\0\x0b\x0c\x85 "
    nomme = '; filename="d\'une personne.xlsx"\r\nContent-Type: application/octet-stream'
    corps = partie("csrf", "jeté".encode()) + partie("fichier", octets, nomme) + b"--xxx--\r\n"
    saisie, fichier = await recue_avec_fichier(formulaire(corps), "fichier")
    assert fichier == octets
    assert saisie.champs == [("csrf", "jeté")]


@pytest.mark.parametrize(
    ("corps", "sorte"),
    [
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"n'importe quoi", "multipart/form-data"),
        (b"--xxx\r\n\r\nsans nom\r\n--xxx--\r\n", "multipart/form-data; boundary=xxx"),
        (partie("a", b"1") * 21 + b"--xxx--\r\n", "multipart/form-data; boundary=xxx"),
    ],
)
async def test_ce_qui_n_est_pas_un_formulaire_a_fichier_est_illisible(corps: bytes, sorte: str) -> None:
    with pytest.raises(Problem):
        await recue_avec_fichier(formulaire(corps, sorte), "fichier")


@pytest.mark.parametrize("nom", ["utf-16''%00%D8", "punycode''-----", "utf-7''+2AA-"])
async def test_un_nom_de_fichier_qui_n_est_d_aucun_alphabet_est_illisible(nom: str) -> None:
    corps = partie("fichier", b"abc", f"; filename*={nom}") + b"--xxx--\r\n"
    with pytest.raises(Problem):
        await fichier_envoye(formulaire(corps))
