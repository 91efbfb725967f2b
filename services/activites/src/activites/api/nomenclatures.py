"""Les codes d'un compte rendu d'activité, de médiation ou de coordination, et leurs libellés."""

from tableurs import Format
from web import nomenclatures

from activites.api.chiffres_exportes import Dessin
from activites.api.demandes import ConseillerNumeriqueAu, Depuis, Source
from activites.domain.coordination_vocabulaire import (
    EchelonTerritorial,
    Initiative,
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.rdv import EtatRdv, StatutRdv
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Genre,
    Materiel,
    NiveauAtelier,
    PorteeDeTag,
    StatutSocial,
    StructureDeRedirection,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.imports.colonnes import Champ
from activites.imports.fiches.colonnes import ChampDeFiche
from activites.statistiques.series import Comparaison, Pas

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
        "type_coordination": TypeCoordination,
        "type_animation": TypeAnimation,
        "initiative": Initiative,
        "thematiques_animation": ThematiqueAnimation,
        "type_evenement": TypeEvenement,
        "organisateurs": Organisateur,
        "type_partenaire": TypePartenaire,
        "echelon_territorial": EchelonTerritorial,
        "natures_partenariat": NaturePartenariat,
        "portee": PorteeDeTag,
        "statut_rdv": StatutRdv,
        "etat_rdv": EtatRdv,
        "pas": Pas,
        "comparer": Comparaison,
        "depuis": Depuis,
        "conseiller_numerique_au": ConseillerNumeriqueAu,
        "source": Source,
        "dessin": Dessin,
        "format": Format,
        "colonnes_importees": Champ,
        "colonnes_de_beneficiaires": ChampDeFiche,
    },
)
