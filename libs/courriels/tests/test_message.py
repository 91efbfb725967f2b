"""Ce qu'on écrit à quelqu'un : texte et HTML d'accord, rien d'étranger qui devienne un lien ou un titre."""

import datetime as dt
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest
from courriels.enveloppe import CourrielRefuse, adresse_de, enveloppe
from courriels.message import Courriel, Lien, composer, nom_sur

BASE = "https://coop.exemple.fr"
ENVOI = UUID(int=7)
MIDI = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
COURRIEL = composer("Un objet", ["Bonjour Léa,", Lien("Répondre", f"{BASE}/invitations")], base=BASE)


def test_texte_et_html_disent_la_meme_chose() -> None:
    assert COURRIEL.texte == "Bonjour Léa,\n\nRépondre :\nhttps://coop.exemple.fr/invitations\n"
    assert "<p>Bonjour Léa,</p>" in COURRIEL.html
    assert '<a href="https://coop.exemple.fr/invitations"' in COURRIEL.html
    assert '<html lang="fr">' in COURRIEL.html


def test_un_texte_hostile_reste_du_texte() -> None:
    html = composer("Un objet", ['<script>alert("é")</script>'], base=BASE).html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "paragraphe",
    [
        "voir https://hostile.exemple",
        "voir www.hostile.exemple",
        Lien("Répondre", "https://hostile.exemple/invitations"),
        Lien("Répondre", "https://coop.exemple.fr.hostile.exemple/"),
        Lien("Répondre", "javascript:alert(1)"),
        Lien("Répondre", f"{BASE}/\nBcc: tous@exemple.fr"),
    ],
)
def test_les_seuls_liens_sont_les_notres(paragraphe: str | Lien) -> None:
    with pytest.raises(ValueError, match="lien"):
        composer("Un objet", [paragraphe], base=BASE)


@pytest.mark.parametrize("objet", ["", "  ", "Un\nobjet", "Un\r\nBcc: tous@exemple.fr", "x" * 151])
def test_un_objet_tient_sur_une_ligne(objet: str) -> None:
    with pytest.raises(ValueError, match="objet"):
        composer(objet, [], base=BASE)


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("Léa", "Léa"),
        (" Anne-Marie  d’Arc ", "Anne-Marie d’Arc"),
        ("محمد", "محمد"),
        ("gagne.exemple", ""),
        ("<b>Léa</b>", ""),
        ("Léa 06 39 98 00 01", ""),
        ("L" * 61, ""),
        ("effacé", "effacé"),
    ],
)
def test_un_nom_n_est_que_des_lettres(nom: str, attendu: str) -> None:
    assert nom_sur(nom) == attendu


def test_l_enveloppe_porte_le_meme_identifiant_a_chaque_reprise() -> None:
    expediteur = adresse_de("La Coop de la médiation numérique <ne-pas-repondre@coop.exemple.fr>")
    messages = [enveloppe(ENVOI, expediteur, "lea@ville.fr", COURRIEL, MIDI) for _ in range(2)]
    assert {m["Message-ID"] for m in messages} == {f"<{ENVOI}@coop.exemple.fr>"}
    lu = message_from_bytes(messages[0].as_bytes(), policy=default)
    assert (lu["To"], lu["Subject"], lu["Auto-Submitted"]) == ("lea@ville.fr", "Un objet", "auto-generated")
    assert lu["From"] == "La Coop de la médiation numérique <ne-pas-repondre@coop.exemple.fr>"
    texte, html = lu.iter_parts()
    assert texte.get_content().splitlines() == COURRIEL.texte.splitlines()
    assert html.get_content_type() == "text/html"


@pytest.mark.parametrize(
    "adresse",
    [
        "",
        "lea",
        "@ville.fr",
        "lea@",
        "lea@ville.fr\r\nBcc: tous@exemple.fr",
        "lea@ville.fr\nSubject: autre",
        "lea@ville.fr, tous@exemple.fr",
        "Léa <lea@ville.fr>",
        "léa@ville.fr, tous@exemple.fr",
        "@é.fr",
        "lea@ville.fr\0",
        "lea@ville.fr\u2028tous@exemple.fr",
    ],
)
def test_une_adresse_n_ajoute_ni_en_tete_ni_destinataire(adresse: str) -> None:
    expediteur = adresse_de("ne-pas-repondre@coop.exemple.fr")
    with pytest.raises(CourrielRefuse, match="adresse illisible"):
        enveloppe(ENVOI, expediteur, adresse, COURRIEL, MIDI)


def test_une_adresse_a_lettres_accentuees_s_ecrit() -> None:
    """Un serveur qui ne les connaît pas le dira ; l'adresse, elle, se lit."""
    message = enveloppe(ENVOI, adresse_de("ne-pas-repondre@coop.exemple.fr"), "léa@ville.fr", COURRIEL, MIDI)
    assert "To: léa@ville.fr\r\n" in message.as_bytes().decode()


def test_un_objet_mal_fait_n_ajoute_pas_d_en_tete() -> None:
    """Even a message that did not come from `composer`."""
    expediteur = adresse_de("ne-pas-repondre@coop.exemple.fr")
    with pytest.raises(ValueError, match="Header values"):
        enveloppe(ENVOI, expediteur, "lea@ville.fr", Courriel("a\r\nBcc: x@y.fr", "", ""), MIDI)
