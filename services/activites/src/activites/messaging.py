"""Ce que le service publie : ses trois contrats, sans texte libre ni personne."""

from typing import assert_never

from contracts.activites import ActiviteCorrigeeV1, ActiviteEnregistreeV1, ActiviteSupprimeeV1, ParticipantsV1
from events.contract import Contract
from events.types import Json

from activites.domain.activite import (
    ActiviteCorrigee,
    ActiviteDecrite,
    ActiviteEnregistree,
    ActiviteSupprimee,
    Event,
    TextesEffaces,
)
from activites.domain.contenu import Participants


def to_contract(event: Event) -> Contract | None:
    """The public form of an event. Texts are never published: nobody needs to know that they are gone."""
    match event:
        case ActiviteEnregistree():
            return ActiviteEnregistreeV1(**_decrite(event), enregistree_le=event.enregistree_le)
        case ActiviteCorrigee():
            return ActiviteCorrigeeV1(**_decrite(event), corrigee_le=event.corrigee_le)
        case ActiviteSupprimee():
            return ActiviteSupprimeeV1(
                activite_id=event.activite_id,
                mediateur_id=event.mediateur_id,
                compte_id=event.compte_id,
                departement=event.departement,
                supprimee_le=event.supprimee_le,
            )
        case TextesEffaces():
            return None
        case _:
            assert_never(event)


def _decrite(event: ActiviteDecrite) -> Json:
    # Named one by one: a new field of the event stays private until someone writes it here.
    return {
        "activite_id": event.activite_id,
        "mediateur_id": event.mediateur_id,
        "compte_id": event.compte_id,
        "type": event.type.value,
        "date": event.date,
        "duree_minutes": event.duree_minutes,
        "type_lieu": event.type_lieu,
        "lieu_id": event.lieu_id,
        "code_insee": event.code_insee,
        "departement": event.departement,
        "structure_employeuse_id": event.structure_employeuse_id,
        "thematiques": [t.value for t in event.thematiques],
        "materiels": [m.value for m in event.materiels],
        "autonomie": event.autonomie,
        "niveau": event.niveau,
        "oriente_vers_structure": event.oriente_vers_structure,
        "structure_de_redirection": event.structure_de_redirection,
        "participants": _participants(event.participants),
        "residence_code_insee": event.residence_code_insee,
        "accompagnements": event.accompagnements,
    }


def _participants(participants: Participants) -> ParticipantsV1:
    return ParticipantsV1(
        total=participants.total,
        deja_accompagnes=participants.deja_accompagnes,
        genres={code.value: n for code, n in participants.genres.items()},
        tranches_age={code.value: n for code, n in participants.tranches_age.items()},
        statuts={code.value: n for code, n in participants.statuts.items()},
    )
