"""What every public contract is: a frozen Pydantic model, named `<Event>V<n>`, without personal data."""

import re

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A fact that a service publishes. Carries identifiers, codes and counts, never a person's data.

    A contract that concerns a territory has a field `departement` (INSEE code or None): subscribers filter
    on it through the last token of the subject.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
