"""Two accounts are one, or two again: whoever has the address of either is told, once for each address."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from courriels.message import Courriel
from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.courriels import comptes_rapproches, rapprochement_defait
from identity.courriels.envoi import Redaction, ecrire_a
from identity.courriels.textes import Cadre
from identity.domain.compte import COMPTE, EnInscription, Inscrit, Personne, Renvoye
from identity.domain.compte import State as Compte
from identity.domain.rapprochement import ANNULABLE, ComptesRapproches, RapprochementAnnule
from identity.domain.vocabulaire import CompteId, RapprochementId
from identity.outils import Outils


@dataclass(frozen=True, slots=True)
class DireRapprochement:
    """Écrire à l'adresse de ce compte, à moins qu'elle ne soit celle de l'autre.

    jusqu_au : quand il ne se défait plus ; absent, il est défait.
    """

    compte_id: CompteId
    autre: CompteId | None
    jusqu_au: dt.datetime | None


def key(event: ComptesRapproches | RapprochementAnnule) -> RapprochementId:
    return event.rapprochement_id


def react(row: None, event: ComptesRapproches | RapprochementAnnule) -> Then[None, DireRapprochement]:
    fait = isinstance(event, ComptesRapproches)
    jusqu_au = event.rapproches_le + ANNULABLE if fait else None
    garde = DireRapprochement(event.compte_id, None, jusqu_au)
    return Then(None, [Order(garde), Order(DireRapprochement(event.renvoye, event.compte_id, jusqu_au))])


async def perform(tools: Outils, asked: Asked[DireRapprochement]) -> None:
    order = asked.order
    personne = _personne((await tools.store.state(COMPTE(order.compte_id)))[0])
    if order.autre is not None:
        autre = _personne((await tools.store.state(COMPTE(order.autre)))[0])
        if personne is not None and autre is not None and personne.courriel == autre.courriel:
            return
    if personne is not None:
        await ecrire_a(tools, asked.id, personne, _redaction(order))


def _redaction(order: DireRapprochement) -> Redaction:
    if order.jusqu_au is None:
        return rapprochement_defait.rediger
    return partial(_rapproches, order.jusqu_au)


def _rapproches(jusqu_au: dt.datetime, prenom: str, cadre: Cadre) -> Courriel:
    return comptes_rapproches.rediger(prenom, jusqu_au, cadre)


def _personne(state: Compte) -> Personne | None:
    """Who has this account, forwards or not; nobody once it is closed or erased."""
    match state:
        case EnInscription() | Inscrit():
            return state.personne
        case Renvoye(avant):
            return avant.personne
        case _:
            return None
