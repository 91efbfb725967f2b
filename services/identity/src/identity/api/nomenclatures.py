"""Les codes d'un compte et d'un emploi, et leurs libellés."""

from web import nomenclatures

from identity.domain.gestion import Etat
from identity.domain.vocabulaire import Droit, MotifFin, Role

router = nomenclatures.router(
    "/comptes",
    {
        "role": Role,
        "droit": Droit,
        "etat": Etat,
        "motif_fin": MotifFin,
    },
)
