"""Les codes d'un compte et d'un emploi, et leurs libellés."""

from tableurs import Format
from web import nomenclatures

from identity.domain.gestion import Etat
from identity.domain.vocabulaire import Droit, MotifFin, Role
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
    },
)
