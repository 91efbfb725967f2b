"""Où va un message : un serveur SMTP, ou la boîte locale d'un poste de développement."""

import asyncio
import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from uuid import UUID

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPNotSupported, SMTPRecipientsRefused

from courriels.enveloppe import CourrielRefuse, adresse_de, enveloppe
from courriels.message import Courriel
from courriels.reglages import ReglagesCourriels

SECONDES = 10.0
"""Pour chaque réponse du serveur."""
_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")

type Heure = Callable[[], dt.datetime]


class Remise(Protocol):
    """Remet un message à une adresse, qui n'est gardée nulle part."""

    async def remettre(self, envoi: UUID, adresse: str, courriel: Courriel) -> None:
        """envoi : son identifiant, le même à chaque reprise.

        Lève CourrielRefuse quand il ne sera jamais remis ; toute autre erreur : le serveur, plus tard.
        """
        ...


def remise(reglages: ReglagesCourriels, maintenant: Heure) -> Remise:
    """Celle que disent les réglages : un serveur quand il y en a un, sinon la boîte locale."""
    if reglages.smtp_host:
        return Smtp(reglages, maintenant)
    return BoiteLocale(reglages.courriels_dossier, reglages.courriel_expediteur, maintenant)


class Smtp:
    """Un serveur SMTP. Une connexion par message : ils sont rares, et aucune ne reste à surveiller."""

    def __init__(self, reglages: ReglagesCourriels, maintenant: Heure) -> None:
        self._reglages = reglages
        self._expediteur = adresse_de(reglages.courriel_expediteur)
        self._maintenant = maintenant

    async def remettre(self, envoi: UUID, adresse: str, courriel: Courriel) -> None:
        message = enveloppe(envoi, self._expediteur, adresse, courriel, self._maintenant())
        reglages = self._reglages
        try:
            await aiosmtplib.send(
                message,
                sender=self._expediteur.addr_spec,
                recipients=[adresse],
                hostname=reglages.smtp_host,
                port=reglages.smtp_port,
                username=reglages.smtp_user or None,
                password=reglages.smtp_password or None,
                use_tls=reglages.smtp_tls == "tls",
                start_tls=reglages.smtp_tls == "starttls",
                timeout=SECONDES,
            )
        except SMTPRecipientsRefused as refus:
            _definitif(refus.recipients[0].code, refus.recipients[0].message)
            raise
        except SMTPDataError as refus:
            _definitif(refus.code, refus.message)
            raise
        except SMTPNotSupported as refus:
            # Une adresse accentuée, que ce serveur ne sait pas écrire.
            if adresse.isascii():
                raise
            raise CourrielRefuse("SMTPUTF8") from refus


def _definitif(code: int, phrase: str) -> None:
    """Un refus en 5xx est définitif (RFC 5321) ; en 4xx le serveur demande de revenir."""
    if 500 <= code < 600:
        detail = _CODE.search(phrase)
        raise CourrielRefuse(f"{code} {detail[0]}" if detail else str(code)) from None


class BoiteLocale:
    """Un dossier de fichiers `.eml`, un par message, que seul son propriétaire lit."""

    def __init__(self, dossier: Path, expediteur: str, maintenant: Heure) -> None:
        self._dossier = dossier
        self._expediteur = adresse_de(expediteur)
        self._maintenant = maintenant

    async def remettre(self, envoi: UUID, adresse: str, courriel: Courriel) -> None:
        message = enveloppe(envoi, self._expediteur, adresse, courriel, self._maintenant())
        await asyncio.to_thread(self._ecrire, envoi, message.as_bytes())

    def _ecrire(self, envoi: UUID, contenu: bytes) -> None:
        self._dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._dossier.chmod(0o700)
        fichier, partiel = self._dossier / f"{envoi}.eml", self._dossier / f".{envoi}"
        if fichier.exists():
            return
        partiel.unlink(missing_ok=True)
        with os.fdopen(os.open(partiel, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sortie:
            sortie.write(contenu)
        partiel.rename(fichier)
