"""A question that a service answers at once, over NATS request-reply: no fact, and nothing is kept."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel


class Erreur(BaseModel):
    """Ce qui est répondu quand la question ne se lit pas, ou quand le service ne peut pas répondre."""

    erreur: Literal["DemandeIllisible", "Indisponible"]


@dataclass(frozen=True, slots=True)
class Question[Q: BaseModel, R: BaseModel]:
    """asks, answers : the two messages, JSON.   Its subject, `<service>.<name>`, is no subject of a fact."""

    service: str
    name: str
    asks: type[Q]
    answers: type[R]

    @property
    def subject(self) -> str:
        return f"{self.service}.{self.name}"
