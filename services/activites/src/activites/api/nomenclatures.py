"""Les codes d'un compte rendu d'activité, et leurs libellés."""

from tableurs import Format
from web import nomenclatures

from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Genre,
    Materiel,
    NiveauAtelier,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.imports.colonnes import Champ

router = nomenclatures.router(
    "/activites",
    {
        "type": TypeActivite,
        "thematiques": Thematique,
        "thematiques_administratives": [t for t in Thematique if t in THEMATIQUES_ADMINISTRATIVES],
        "type_lieu": TypeLieu,
        "materiels": Materiel,
        "autonomie": Autonomie,
        "niveau": NiveauAtelier,
        "structure_de_redirection": StructureDeRedirection,
        "genre": Genre,
        "tranche_age": TrancheAge,
        "statut_social": StatutSocial,
        "format": Format,
        "colonnes_importees": Champ,
    },
)
