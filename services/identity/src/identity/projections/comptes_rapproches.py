"""Quels comptes sont à une même personne : ce que l'un a déclaré se lit depuis l'autre."""

from web.rapproches import Rapproches

from identity.domain.rapprochement import ComptesRapproches, RapprochementAnnule
from identity.projections.tables import metadata

comptes_rapproches = Rapproches(metadata, ComptesRapproches, RapprochementAnnule)
