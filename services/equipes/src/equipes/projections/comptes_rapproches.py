"""Quels comptes sont à une même personne, d'après identity : membre, ou coordonnant, une seule fois."""

from contracts.identity import ComptesRapprochesV1, RapprochementAnnuleV1
from web.rapproches import Rapproches

from equipes.projections.tables import metadata

comptes_rapproches = Rapproches(metadata, ComptesRapprochesV1, RapprochementAnnuleV1)
