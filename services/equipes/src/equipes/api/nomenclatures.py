"""Les codes d'une équipe, et leurs libellés."""

from web import nomenclatures

from equipes.policies import Place
from equipes.projections.membres import Statut

router = nomenclatures.router(
    "/equipes",
    {
        "statut": Statut,
        "je_suis": Place,
    },
)
