"""Remettre un message : un vrai serveur SMTP, lent, qui refuse, mort ; ou la boîte locale."""

import asyncio
import datetime as dt
import socket
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from courriels import remise as module
from courriels.enveloppe import CourrielRefuse
from courriels.message import composer
from courriels.reglages import ReglagesCourriels
from courriels.remise import BoiteLocale, Smtp, remise
from pydantic import ValidationError

COURRIEL = composer("Une équipe vous invite", ["Bonjour,"], base="https://coop.exemple.fr")
EXPEDITEUR = "La Coop <ne-pas-repondre@coop.exemple.fr>"


def maintenant() -> dt.datetime:
    return dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class Serveur:
    """What an SMTP server answers; aiosmtpd calls these methods."""

    def __init__(self) -> None:
        self.recus: list[tuple[list[str], Any]] = []
        self.destinataire = "250 OK"
        self.donnees = "250 OK"
        self.lent = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: Any) -> str:
        if self.lent:
            await asyncio.sleep(60)
        if self.destinataire.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.destinataire

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.donnees.startswith("250"):
            self.recus.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.donnees


@contextmanager
def ecoute(serveur: Serveur) -> Generator[int]:
    """The port it listens on, in its own thread."""
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    controller = Controller(serveur, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def smtp(port: int) -> Smtp:
    return Smtp(reglages(smtp_port=port), maintenant)


def reglages(**champs: Any) -> ReglagesCourriels:
    voulus: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_tls": "non",
        "courriel_expediteur": EXPEDITEUR,
        **champs,
    }
    return ReglagesCourriels(**voulus)


async def test_un_message_arrive_a_son_destinataire_et_a_lui_seul() -> None:
    serveur, envoi = Serveur(), uuid4()
    with ecoute(serveur) as port:
        await smtp(port).remettre(envoi, "lea@ville.fr", COURRIEL)
    [(destinataires, message)] = serveur.recus
    assert destinataires == ["lea@ville.fr"]
    assert (message["Subject"], message["To"]) == ("Une équipe vous invite", "lea@ville.fr")
    assert message["Message-ID"] == f"<{envoi}@coop.exemple.fr>"


@pytest.mark.parametrize(
    ("etape", "reponse", "motif"),
    [
        ("destinataire", "550 5.1.1 lea@ville.fr: boite inconnue", "550 5.1.1"),
        ("destinataire", "553 adresse refusee", "553"),
        ("donnees", "554 5.7.1 message refuse a lea@ville.fr", "554 5.7.1"),
    ],
)
async def test_un_refus_definitif_dit_son_code_sans_l_adresse(etape: str, reponse: str, motif: str) -> None:
    serveur = Serveur()
    setattr(serveur, etape, reponse)
    with ecoute(serveur) as port, pytest.raises(CourrielRefuse) as refus:
        await smtp(port).remettre(uuid4(), "lea@ville.fr", COURRIEL)
    assert (refus.value.motif, str(refus.value)) == (motif, motif)


@pytest.mark.parametrize("etape", ["destinataire", "donnees"])
async def test_un_serveur_qui_demande_de_revenir_n_accuse_pas_l_adresse(etape: str) -> None:
    serveur = Serveur()
    setattr(serveur, etape, "451 4.7.1 revenez plus tard")
    with ecoute(serveur) as port, pytest.raises(aiosmtplib.SMTPException) as erreur:
        await smtp(port).remettre(uuid4(), "lea@ville.fr", COURRIEL)
    assert not isinstance(erreur.value, CourrielRefuse)


async def test_un_serveur_lent_ou_mort_est_a_rappeler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDES", 0.3)
    serveur = Serveur()
    serveur.lent = True
    with ecoute(serveur) as port, pytest.raises(aiosmtplib.SMTPTimeoutError):
        await smtp(port).remettre(uuid4(), "lea@ville.fr", COURRIEL)
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await smtp(port).remettre(uuid4(), "lea@ville.fr", COURRIEL)


async def test_sans_chiffrement_possible_rien_ne_part() -> None:
    serveur = Serveur()
    with ecoute(serveur) as port, pytest.raises(aiosmtplib.SMTPException):
        await Smtp(reglages(smtp_port=port, smtp_tls="starttls"), maintenant).remettre(
            uuid4(), "lea@ville.fr", COURRIEL
        )
    assert serveur.recus == []


async def test_sans_serveur_les_messages_restent_dans_la_boite_locale(tmp_path: Path) -> None:
    dossier = tmp_path / "courriels"
    boite = remise(ReglagesCourriels(courriels_dossier=dossier), maintenant)
    assert isinstance(boite, BoiteLocale)
    envoi = UUID(int=7)
    for _ in range(2):
        await boite.remettre(envoi, "lea@ville.fr", COURRIEL)
    [fichier] = dossier.iterdir()
    assert (fichier.name, fichier.stat().st_mode & 0o777) == (f"{envoi}.eml", 0o600)
    assert dossier.stat().st_mode & 0o777 == 0o700
    message = message_from_bytes(fichier.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == ("lea@ville.fr", "Une équipe vous invite")


@pytest.mark.parametrize(
    "champs",
    [
        {"smtp_host": "smtp.exemple.fr"},
        {"smtp_host": "smtp.exemple.fr", "courriel_expediteur": "pas une adresse"},
        {"courriel_expediteur": "a@b.fr\r\nBcc: c@d.fr"},
        {
            "smtp_host": "smtp.exemple.fr",
            "courriel_expediteur": EXPEDITEUR,
            "smtp_tls": "non",
            "smtp_password": "secret",
        },
        {"smtp_port": 0},
        {"smtp_tls": "peut-être"},
    ],
)
def test_des_reglages_faux_sont_refuses(champs: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReglagesCourriels(**champs)
