"""What the orders and the jobs of activites work with."""

from dataclasses import dataclass

from events.service import Tools

from activites.rdv.ensemble import Rendezvous


@dataclass(frozen=True, slots=True)
class Outils(Tools):
    """Besides the journal and the clock: RDV Service Public, when the platform is linked to it."""

    rdv: Rendezvous | None = None
