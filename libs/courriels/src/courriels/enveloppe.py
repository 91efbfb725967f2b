"""Le message tel qu'il voyage : en-têtes, texte et HTML. Rien n'y ajoute un en-tête ni un destinataire."""

import datetime as dt
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from uuid import UUID

from courriels.message import Courriel


class CourrielRefuse(Exception):
    """Ce message ne sera jamais remis à cette adresse : recommencer n'y changerait rien.

    motif : un code (« 550 5.1.1 », « adresse illisible »), jamais l'adresse ni la phrase d'un serveur.
    """

    def __init__(self, motif: str) -> None:
        super().__init__(motif)
        self.motif = motif


def adresse_de(expediteur: str) -> Address:
    """`La Coop <ne-pas-repondre@exemple.fr>` ou l'adresse seule. Lève ValueError."""
    nom, adresse = parseaddr(expediteur)
    if "@" not in adresse or not expediteur.isprintable():
        raise ValueError("l'expéditeur n'est pas une adresse")
    return _adresse(adresse, nom)


def enveloppe(
    envoi: UUID, expediteur: Address, adresse: str, courriel: Courriel, maintenant: dt.datetime
) -> EmailMessage:
    """Le message complet. envoi : le même identifiant donne le même Message-ID. Lève CourrielRefuse."""
    try:
        destinataire = _adresse(adresse)
    except ValueError:
        raise CourrielRefuse("adresse illisible") from None
    message = EmailMessage(policy=SMTP if adresse.isascii() else SMTPUTF8)
    message["From"] = expediteur
    message["To"] = destinataire
    message["Subject"] = courriel.objet
    message["Date"] = format_datetime(maintenant)
    message["Message-ID"] = f"<{envoi}@{expediteur.domain}>"
    # Les répondeurs automatiques se taisent.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(courriel.texte)
    message.add_alternative(courriel.html, subtype="html")
    return message


def _adresse(adresse: str, nom: str = "") -> Address:
    if not adresse.isprintable():
        raise ValueError("une adresse tient sur une ligne")
    try:
        if not adresse.isascii():
            # The parser knows ASCII only: whether other letters arrive is for the server to say (SMTPUTF8).
            local, _, domaine = adresse.rpartition("@")
            if not local or set(local) & set('@ ()<>[]:;,\\"'):
                raise ValueError("adresse illisible")
            return Address(nom, local, Address(addr_spec=f"a@{domaine}").domain)
        lue = Address(nom, addr_spec=adresse)
    except (HeaderParseError, IndexError) as error:
        raise ValueError("adresse illisible") from error
    if not (lue.username and lue.domain):
        raise ValueError("adresse illisible")
    return lue
