"""Les codes d'un compte et d'un emploi, et leurs libellés."""

from tableurs import Format
from web import nomenclatures

from identity.connexion.rapprochement import Resultat
from identity.domain.gestion import Etat
from identity.domain.rapprochement import Origine
from identity.domain.vocabulaire import Competence, Droit, Montrable, MotifFin, Role
from identity.projections.rapprochements import EtatRapprochement
from identity.projections.utilisateurs import Fonction

router = nomenclatures.router(
    "/comptes",
    {
        "role": Role,
        "droit": Droit,
        "etat": Etat,
        "fonction": Fonction,
        "format": Format,
        "motif_fin": MotifFin,
        "origine_rapprochement": Origine,
        "etat_rapprochement": EtatRapprochement,
        "resultat_preuve": Resultat,
        "competence": Competence,
        "montrable": Montrable,
    },
)
