"""Les codes d'un compte et d'un emploi, et leurs libellés."""

from tableurs import Format
from web import nomenclatures

from identity.connexion.rapprochement import Resultat
from identity.dispositif.suivi import Issue
from identity.domain.gestion import Etat, PlaceAuDispositif
from identity.domain.intervention import Geste
from identity.domain.prise_de_poste import Avancement, Phase
from identity.domain.rapprochement import Obstacle, Origine
from identity.domain.reconnaissance import EtatDeReconnaissance
from identity.domain.vocabulaire import (
    Competence,
    Droit,
    Etape,
    EtapeDePriseDePoste,
    Montrable,
    MotifFin,
    MotifSuspensionClient,
    Portee,
    Profil,
    ReponseEmployeur,
    Role,
    SeuilDeFin,
    SourceDuFait,
    TypeContrat,
    Verification,
)
from identity.projections.rapprochements import EtatRapprochement
from identity.projections.utilisateurs import Fonction

router = nomenclatures.router(
    "/comptes",
    {
        "role": Role,
        "droit": Droit,
        "etat": Etat,
        "dispositif": PlaceAuDispositif,
        "geste": Geste,
        "fonction": Fonction,
        "format": Format,
        "motif_fin": MotifFin,
        "reponse_employeur": ReponseEmployeur,
        "origine_rapprochement": Origine,
        "obstacle_rapprochement": Obstacle,
        "etat_rapprochement": EtatRapprochement,
        "resultat_preuve": Resultat,
        "competence": Competence,
        "montrable": Montrable,
        "type_contrat": TypeContrat,
        "source": SourceDuFait,
        "alerte": SeuilDeFin,
        "reconnaissance": EtatDeReconnaissance,
        "issue": Issue,
        "etape": EtapeDePriseDePoste,
        "phase": Phase,
        "avancement": Avancement,
        "portee": Portee,
        "motif_suspension_client": MotifSuspensionClient,
        "profil": Profil,
        "etape_inscription": Etape,
        "verification": Verification,
    },
)
