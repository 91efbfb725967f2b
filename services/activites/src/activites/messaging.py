"""Ce que le service publie : ses quatre contrats, sans texte libre ni personne. D'un bénéficiaire, rien."""

from typing import assert_never

from contracts.activites import (
    ActiviteCorrigeeV1,
    ActiviteEnregistreeV1,
    ActiviteRestaureeV1,
    ActiviteSupprimeeV1,
)
from events.contract import Contract

from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    CoordonneesCorrigees,
    DoubleAccueilli,
    DoubleSepare,
    FusionAnnulee,
    NomCorrige,
    NotesCorrigees,
    SituationCorrigee,
    TextesApportes,
)
from activites.domain.coordination_faits import (
    CoordinationCorrigee,
    CoordinationEnregistree,
    CoordinationRestauree,
    CoordinationSupprimee,
    TextesDeCoordinationEffaces,
)
from activites.domain.evenements import Event
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    TextesEffaces,
)
from activites.domain.tag import (
    PorteeChangee,
    TagAccueilli,
    TagCree,
    TagDecrit,
    TagFusionne,
    TagSupprime,
)


def to_contract(event: Event) -> Contract | None:
    """The public form of an event. Neither texts nor tags are ever published, nor that they are gone."""
    match event:
        case ActiviteEnregistree():
            return ActiviteEnregistreeV1.of(event)
        case ActiviteCorrigee():
            return ActiviteCorrigeeV1.of(event)
        case ActiviteSupprimee():
            return ActiviteSupprimeeV1.of(event)
        case ActiviteRestauree():
            return ActiviteRestaureeV1.of(event)
        case TextesEffaces() | TextesDeCoordinationEffaces():
            return None
        case BeneficiaireEnregistre() | NomCorrige() | CoordonneesCorrigees():
            return None
        case SituationCorrigee() | NotesCorrigees() | BeneficiaireEfface():
            return None
        case BeneficiaireFusionne() | DoubleAccueilli() | FusionAnnulee() | DoubleSepare():
            return None
        case TextesApportes() | BeneficiairesDistingues():
            return None
        case (
            CoordinationEnregistree()
            | CoordinationCorrigee()
            | CoordinationSupprimee()
            | CoordinationRestauree()
        ):
            return None  # nobody else reads them yet
        case TagCree() | TagDecrit() | PorteeChangee() | TagFusionne() | TagAccueilli() | TagSupprime():
            return None
        case _:
            assert_never(event)
