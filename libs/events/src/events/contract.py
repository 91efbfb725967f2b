"""What every public contract is: a frozen Pydantic model, named `<Event>V<n>`, without personal data."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict

from events.named import named


class Contract(BaseModel):
    """A fact that a service publishes. Carries identifiers, codes and counts, never a person's data.

    A contract that concerns a territory has a field `departement` (INSEE code or None): subscribers filter
    on it through the last token of the subject.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, event: object, **other: object) -> Self:
        """This contract, made of the event's fields of the same names: its own fields are the allow-list.

        other : fields that bear another name in the event.   A field found nowhere raises AttributeError,
        even when it has a default: a contract never says less than the event in silence.
        """
        return cls.model_validate(named(cls.model_fields, event, **other), from_attributes=True)

    @classmethod
    def event_name(cls) -> str:
        """`ActiviteEnregistreeV1` -> `ActiviteEnregistree`."""
        return re.sub(r"V\d+$", "", cls.__name__)

    @classmethod
    def version(cls) -> int:
        """`ActiviteEnregistreeV1` -> 1."""
        found = re.search(r"V(\d+)$", cls.__name__)
        if found is None:
            raise TypeError(f"{cls.__name__} : un contrat se nomme <Evenement>V<n>")
        return int(found[1])
