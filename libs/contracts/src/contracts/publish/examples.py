"""A believable message of each contract, always the same. Written once, then kept: old facts must be read."""

import datetime as dt
import enum
import types
from typing import Any, Literal, Union, get_args, get_origin
from uuid import NAMESPACE_URL, UUID, uuid5

from events.contract import Contract
from events.types import Json

from contracts.publish.catalogue import Model, Publication

_VALUES: dict[str, Any] = {
    "accompagnements": 1,
    "adresse": "4 rue du Collège",
    "autonomie": "partiellement_autonome",
    "choisi_le": "2026-03-02T08:41:07Z",
    "code_insee": "39300",
    "code_postal": "39000",
    "commune": "Lons-le-Saunier",
    "constate_le": "2027-03-02T00:05:00Z",
    "corrigee_le": "2026-03-11T07:58:20Z",
    "creee_le": "2026-03-03T09:15:00Z",
    "date": "2026-03-10",
    "date_maj": "2026-02-24",
    "debut": "2026-03-02",
    "declare_le": "2026-03-02T08:44:30Z",
    "deja_accompagnes": 0,
    "departement": "39",
    "depuis": "2026-03-04T10:02:11Z",
    "dispositifs": ["Conseillers numériques"],
    "duree_minutes": 60,
    "efface_le": "2027-04-12T09:30:00Z",
    "effacee_le": "2027-04-12T09:30:00Z",
    "enregistree_le": "2026-03-10T15:30:12Z",
    "fin": "2027-03-01",
    "fin_prevue": "2027-03-01",
    "genres": {"feminin": 1},
    "horaires": "Mo-Fr 09:00-12:00,14:00-17:00",
    "id_source": "mediatheque-lons",
    "latitude": 46.674,
    "longitude": 5.551,
    "materiels": ["ordinateur"],
    "niveau": None,
    "nom": "Médiathèque des Quatre C",
    "oriente_vers_structure": True,
    "ouvert_le": "2026-03-02T08:40:00Z",
    "parti_le": "2026-09-30T16:00:00Z",
    "residence_code_insee": "39362",
    "revoquee_le": "2026-03-10T18:01:44Z",
    "services": ["Aide aux démarches administratives", "Maîtrise des outils numériques du quotidien"],
    "siret": "13002526500013",
    "source": "mednum-bfc",
    "statuts": {"retraite": 1},
    "structure_de_redirection": "aide_sociale",
    "supprimee_le": "2026-03-12T12:20:05Z",
    "thematiques": ["navigation_sur_internet", "email"],
    "total": 1,
    "tranches_age": {"soixante_soixante_neuf": 1},
    "type_lieu": "lieu_activite",
}
_FOR_EVENT: dict[str, Json] = {
    "RoleChoisi": {"coordinateur_id": None},
    "RoleRetire": {"coordinateur_id": None},
    "EmploiDeclare": {"source": "declaration", "temporaire": False},
    "EmploiCorrige": {"source": "dispositif", "temporaire": False},
}


def example_of(publication: Publication) -> Json:
    """The message's data, as JSON, valid for the contract."""
    values = _fields(publication.contract) | _FOR_EVENT.get(publication.event, {})
    return publication.contract.model_validate(values).model_dump(mode="json")


def _fields(contract: Model) -> Json:
    return {
        name: _VALUES[name] if name in _VALUES else _value(name, field.annotation)
        for name, field in contract.model_fields.items()
    }


def _value(name: str, hint: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return args[0]
    if origin in (Union, types.UnionType):
        return _value(name, next(a for a in args if a is not types.NoneType))
    if origin in (list, tuple):
        return [_value(name, args[0])]
    if origin is dict:
        return {"code": 1}
    if isinstance(hint, type) and issubclass(hint, Contract):
        return _fields(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint)).value
    # The same field has the same identifier in every example: they tell one story.
    simple: dict[Any, Any] = {
        UUID: str(uuid5(NAMESPACE_URL, f"coop/exemples/{name}")),
        dt.datetime: "2026-03-10T15:30:12Z",
        dt.date: "2026-03-10",
        bool: True,
        int: 1,
        float: 1.5,
    }
    return simple.get(hint, name)
