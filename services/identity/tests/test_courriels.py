"""Chaque message de la plateforme : un objet, un texte, une page, et rien d'hostile qui devienne un lien."""

import datetime as dt
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from courriels.message import Courriel
from identity.courriels import (
    avertissement,
    bien_commencer,
    compte_gere,
    comptes_rapproches,
    invitation_acceptee,
    invitation_recue,
    invitation_refusee,
    rappel_inscription,
    rapprochement_defait,
    suppression,
)
from identity.courriels.textes import Cadre
from identity.domain.vocabulaire import Rappel, Situation

BASE = "https://coop.exemple.fr"
CADRE = Cadre(BASE, "aide@coop.exemple.fr", "Europe/Paris")
QUAND = dt.datetime(2026, 9, 1, 22, 30, tzinfo=dt.UTC)
EQUIPE = UUID(int=7)

type Message = Callable[[str], Courriel]


def rappel_d_inscription(rappel: Rappel) -> Message:
    return lambda prenom: rappel_inscription.rediger(prenom, rappel, CADRE)


def debut(rappel: Rappel) -> Message:
    return lambda prenom: bien_commencer.rediger(prenom, rappel, CADRE)


def fin(situation: Situation) -> Message:
    return lambda prenom: avertissement.rediger(prenom, situation, QUAND, CADRE)


MESSAGES: dict[str, Message] = {
    **{
        f"rappel d'inscription {rappel}": rappel_d_inscription(rappel) for rappel in rappel_inscription.OBJETS
    },
    **{f"bien commencer {rappel}": debut(rappel) for rappel in bien_commencer.OBJETS},
    **{f"avertissement {situation}": fin(situation) for situation in Situation},
    "comptes rapprochés": lambda p: comptes_rapproches.rediger(p, QUAND, CADRE),
    "rapprochement défait": lambda p: rapprochement_defait.rediger(p, CADRE),
    "compte géré": lambda p: compte_gere.rediger(p, "vos rôles ont changé", CADRE),
    "suppression": lambda p: suppression.rediger(p, CADRE),
    "invitation reçue": lambda p: invitation_recue.rediger(p, QUAND, CADRE),
    "invitation acceptée": lambda p: invitation_acceptee.rediger(p, EQUIPE, CADRE),
    "invitation refusée": lambda p: invitation_refusee.rediger(p, EQUIPE, CADRE),
}
HOSTILES = [
    "http://hostile.exemple",
    "Léa\r\nBcc: tous@exemple.fr",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "hostile.exemple",
]


@pytest.mark.parametrize("nom", MESSAGES)
def test_chaque_message_se_lit_en_texte_et_en_page(nom: str) -> None:
    ecrit = MESSAGES[nom]("Léa")
    assert ecrit.texte.startswith("Bonjour Léa,\n")
    assert "aide@coop.exemple.fr" in ecrit.texte
    liens = re.findall(r'href="([^"]+)"', ecrit.html)
    assert liens
    assert all(lien.startswith(f"{BASE}/") for lien in liens)
    assert all(lien in ecrit.texte for lien in liens)
    assert "Léa" in ecrit.html


@pytest.mark.parametrize("prenom", HOSTILES)
@pytest.mark.parametrize("nom", MESSAGES)
def test_un_prenom_hostile_n_entre_dans_aucun_message(nom: str, prenom: str) -> None:
    ecrit = MESSAGES[nom](prenom)
    assert ecrit == MESSAGES[nom]("")
    assert ecrit.texte.startswith("Bonjour,\n")


def test_aucun_message_ne_ressemble_a_un_autre() -> None:
    ecrits = [message("Léa") for message in MESSAGES.values()]
    assert len({ecrit.texte for ecrit in ecrits}) == len(ecrits)


def test_l_avertissement_dit_le_jour_de_la_suppression() -> None:
    ecrit = avertissement.rediger("Léa", Situation.INSCRIPTION, QUAND, CADRE)
    assert "le 2 septembre 2026" in ecrit.texte


def test_un_rappel_mene_a_l_inscription_et_le_debut_a_l_espace() -> None:
    assert f"{BASE}/inscription" in rappel_inscription.rediger("Léa", Rappel.J7, CADRE).texte
    assert f"{BASE}/espace" in bien_commencer.rediger("Léa", Rappel.J7, CADRE).texte


def test_sans_adresse_de_support_le_message_dit_ou_demander() -> None:
    ecrit = suppression.rediger("Léa", Cadre(BASE, "", "Europe/Paris"))
    assert "La page d’accueil de La Coop dit à qui la poser." in ecrit.texte
