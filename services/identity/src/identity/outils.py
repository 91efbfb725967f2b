"""What the orders and the jobs of identity work with."""

from dataclasses import dataclass

from courriels.remise import Remise
from events.service import Tools

from identity.connexion.codes import Codes
from identity.connexion.rapprochement import Rapprochements
from identity.connexion.sessions.cles import SigningKeys
from identity.connexion.sessions.registre import Registre
from identity.connexion.sessions.transactions import Transactions
from identity.dispositif.reprise import Dispositif
from identity.entreprises.annuaire import Annuaire
from identity.oauth.acces import AccesMachine


@dataclass(frozen=True, slots=True)
class Outils(Tools):
    """Besides the journal and the clock: what the sign-in keeps in its tables, and what writes to people.

    public_url : where links lead.   aide : address of the support, or nothing.   fuseau : IANA name.
    """

    registre: Registre
    transactions: Transactions
    keys: SigningKeys
    codes: Codes
    rapprochements: Rapprochements
    dispositif: Dispositif
    machines: AccesMachine
    annuaire: Annuaire
    courrier: Remise
    public_url: str
    aide: str
    fuseau: str
