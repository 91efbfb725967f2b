"""Les codes d'un lieu, ceux du standard national, et leurs libellés."""

from web import nomenclatures

from cartographie.domain.ouverture import EtatOuverture
from cartographie.domain.vocabulaire import (
    Dispositif,
    FormationLabel,
    Frais,
    Itinerance,
    JourDeSemaine,
    ModaliteAcces,
    ModaliteAccompagnement,
    PriseEnCharge,
    PublicSpecifique,
    Service,
    Typologie,
)

router = nomenclatures.router(
    "/lieux",
    {
        "services": Service,
        "typologie": Typologie,
        "itinerance": Itinerance,
        "publics_specifiquement_adresses": PublicSpecifique,
        "prise_en_charge_specifique": PriseEnCharge,
        "frais_a_charge": Frais,
        "dispositif_programmes_nationaux": Dispositif,
        "formations_labels": FormationLabel,
        "modalites_acces": ModaliteAcces,
        "modalites_accompagnement": ModaliteAccompagnement,
        "etat": EtatOuverture,
        "jour": JourDeSemaine,
    },
)
