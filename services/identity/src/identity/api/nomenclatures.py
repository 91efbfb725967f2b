"""Les codes d'un compte et d'un emploi, et leurs libellés."""

from web import nomenclatures

from identity.domain.vocabulaire import MotifFin, Role

router = nomenclatures.router(
    "/comptes",
    {
        "role": Role,
        "motif_fin": MotifFin,
    },
)
