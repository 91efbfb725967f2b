"""Ce qui parle à RDV Service Public, assemblé : absent quand rien n'est réglé."""

import hmac
from dataclasses import dataclass
from typing import Any

from events.store.store import Store

from activites.rdv.agenda import Agenda
from activites.rdv.comptes import Comptes
from activites.rdv.messages import Messages
from activites.rdv.revocations import Revocations
from activites.rdv.service import Adresses, ServiceRdv

CHEMIN = "/rdv/webhooks"
"""Where RDV Service Public tells us of changes, under the gateway's address."""


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """One per process."""

    comptes: Comptes
    agenda: Agenda
    messages: Messages
    revocations: Revocations

    @classmethod
    def of(
        cls,
        store: Store[Any],
        service: ServiceRdv,
        adresses: Adresses,
        *,
        cles: dict[int, bytes],
        public_url: str,
    ) -> "Rendezvous":
        """cles : master keys of the service; the last one makes the secrets of webhooks."""
        comptes = Comptes(store, service, adresses)
        cle = hmac.digest(cles[max(cles)], b"activites/rdv", "sha256")
        agenda = Agenda(store, service, comptes, cle=cle, messages=f"{public_url}{CHEMIN}")
        return cls(comptes, agenda, Messages(store, agenda), Revocations(store, service))
