"""Ce que le service publie : ses quatre contrats, sans texte libre ni personne."""

from typing import assert_never

from contracts.activites import (
    ActiviteCorrigeeV1,
    ActiviteEnregistreeV1,
    ActiviteRestaureeV1,
    ActiviteSupprimeeV1,
)
from events.contract import Contract

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
        case TextesEffaces():
            return None
        case TagCree() | TagDecrit() | PorteeChangee() | TagFusionne() | TagAccueilli() | TagSupprime():
            return None
        case _:
            assert_never(event)
