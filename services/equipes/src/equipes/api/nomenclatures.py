"""Les codes d'une équipe, et leurs libellés."""

from web import nomenclatures

from equipes.policies import Place
from equipes.projections.membres import Statut
from equipes.projections.reconnaissances import DansLeDispositif
from equipes.projections.toutes import MaPlace

router = nomenclatures.router(
    "/equipes",
    {
        "statut": Statut,
        "dispositif": DansLeDispositif,
        "je_suis": Place,
        "place": MaPlace,
    },
)
