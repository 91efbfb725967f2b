"""What the orders and the jobs of identity work with."""

from dataclasses import dataclass

from events.service import Tools

from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.registre import Registre
from identity.connexion.sessions.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Outils(Tools):
    """Besides the journal and the clock: what the sign-in keeps in its tables."""

    registre: Registre
    transactions: Transactions
    keys: SigningKeys
