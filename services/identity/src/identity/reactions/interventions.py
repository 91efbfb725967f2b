"""An administrator acted on somebody's account: they are told, whoever they are."""

import datetime as dt
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from courriels.message import Courriel
from events.projection.executor import Asked
from events.projection.manager import Order, Then
from events.types import Public

from identity.courriels import compte_gere
from identity.courriels.envoi import ecrire
from identity.courriels.textes import Cadre
from identity.domain.acces import CompteSuspendu, DroitDonne, DroitRetire, SuspensionLevee
from identity.domain.intervention import Geste, InterventionFaite
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils

type Event = InterventionFaite | DroitDonne | DroitRetire | CompteSuspendu | SuspensionLevee

_NOUVELLE = dt.timedelta(days=7)
"""Plus ancien, c'est dans l'histoire du compte : un journal relu n'écrit pas à chacun."""
_GESTES = {
    Geste.EMPLOI_AJOUTE: "un emploi y a été ajouté",
    Geste.EMPLOI_CORRIGE: "un de vos emplois a été corrigé",
    Geste.EMPLOI_TERMINE: "la fin d’un de vos emplois a été enregistrée",
    Geste.EMPLOI_RETIRE: "un de vos emplois en a été retiré",
    Geste.IDENTITE_LIEE: "une façon de vous connecter par ProConnect y a été ajoutée",
    Geste.IDENTITE_RETIREE: "une façon de vous connecter par ProConnect en a été retirée",
    Geste.ROLES_CHANGES: "vos rôles ont changé",
    Geste.COMPTE_FERME: "il a été fermé",
    Geste.COMPTE_ROUVERT: "il a été rouvert",
}


@dataclass(frozen=True, slots=True)
class DireIntervention:
    """Écrire à la personne ce qui a été fait."""

    compte_id: CompteId
    ce_qui_est_fait: Public
    faite_le: dt.datetime


def key(event: Event) -> UUID:
    return event.compte_id


def react(row: None, event: Event) -> Then[None, DireIntervention]:
    phrase, quand = _dite(event)
    return Then(None, [Order(DireIntervention(event.compte_id, phrase, quand))])


async def perform(tools: Outils, asked: Asked[DireIntervention]) -> None:
    if tools.now() - asked.order.faite_le > _NOUVELLE:
        return

    def rediger(prenom: str, cadre: Cadre) -> Courriel:
        return compte_gere.rediger(prenom, asked.order.ce_qui_est_fait, cadre)

    await ecrire(tools, asked.id, asked.order.compte_id, rediger)


def _dite(event: Event) -> tuple[str, dt.datetime]:
    match event:
        case InterventionFaite():
            return _GESTES[event.geste], event.faite_le
        case DroitDonne():
            return "un droit de gestion de la plateforme vous a été donné", event.donne_le
        case DroitRetire():
            return "votre droit de gestion de la plateforme a été retiré", event.retire_le
        case CompteSuspendu():
            return "il est suspendu, vous ne pouvez plus vous connecter", event.suspendu_le
        case SuspensionLevee():
            return "sa suspension est levée, vous pouvez de nouveau vous connecter", event.levee_le
        case _:
            assert_never(event)
