"""Quels comptes sont à une même personne, d'après identity : ce que l'un a saisi se lit depuis l'autre."""

from contracts.identity import ComptesRapprochesV1, RapprochementAnnuleV1
from web.rapproches import Rapproches

from activites.projections.tables import metadata

comptes_rapproches = Rapproches(metadata, ComptesRapprochesV1, RapprochementAnnuleV1)
