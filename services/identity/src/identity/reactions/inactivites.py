"""A year without signing in: the person is warned, then erased; their activities stay, without a name.

Signing in is what counts as contact: nothing is done here without it. Orders are set again at most once in
`CHAQUE`, so that a daily sign-in writes nothing; what is due then is so a year after the last one, or more.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from courriels.message import Courriel
from events.projection.executor import Asked
from events.projection.manager import Order, Then

from identity.courriels.envoi import ecrire
from identity.courriels.inactivite import rediger
from identity.courriels.textes import Cadre
from identity.domain import compte
from identity.domain.compte import COMPTE, CompteEfface, CompteFerme, CompteRenvoye
from identity.domain.session import SessionOuverte
from identity.domain.vocabulaire import CompteId
from identity.erasure import KIND, effacer
from identity.outils import Outils
from identity.projections import utilisateurs

CHAQUE = dt.timedelta(days=30)
UN_AN = dt.timedelta(days=365)
PREAVIS = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Suivi:
    """depuis : connexion dont datent les ordres."""

    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class Avertir:
    """Prévenir la personne que son compte sera effacé ce jour-là. depuis : connexion dont date l'ordre."""

    compte_id: CompteId
    depuis: dt.datetime
    effacement_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EffacerInactif:
    """Effacer la personne. depuis : connexion dont date l'ordre."""

    compte_id: CompteId
    depuis: dt.datetime


type Ordre = Avertir | EffacerInactif
type Fait = SessionOuverte | CompteFerme | CompteEfface | CompteRenvoye


def key(event: Fait) -> CompteId:
    return event.compte_id


def react(row: Suivi | None, event: Fait) -> Then[Suivi, Ordre]:
    if not isinstance(event, SessionOuverte):
        return Then(None)
    depuis = event.ouverte_le
    if row is not None and depuis < row.depuis + CHAQUE:
        return Then(row)
    effacement_le = depuis + CHAQUE + UN_AN
    avertir = Avertir(event.compte_id, depuis, effacement_le)
    effacer_alors = EffacerInactif(event.compte_id, depuis)
    return Then(
        Suivi(depuis),
        [Order(avertir, at=effacement_le - PREAVIS), Order(effacer_alors, at=effacement_le)],
    )


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    """Nothing when the person came back since: later orders say when."""
    order = asked.order
    state, _ = await tools.store.state(COMPTE(order.compte_id))
    if not isinstance(state, compte.EnInscription | compte.Inscrit) or await _revenue(tools, order):
        return
    if await tools.rapprochements.reserve(order.compte_id):
        return
    match order:
        case Avertir():
            await ecrire(tools, asked.id, order.compte_id, partial(_message, order.effacement_le))
        case EffacerInactif():
            await effacer(tools.store, KIND, order.compte_id, "inactivite", asked.context, tools.now())


async def _revenue(tools: Outils, order: Ordre) -> bool:
    async with tools.store.database.engine.connect() as connection:
        derniere = await connection.scalar(utilisateurs.derniere_connexion(order.compte_id))
    return derniere is None or derniere >= order.depuis + CHAQUE


def _message(effacement_le: dt.datetime, prenom: str, cadre: Cadre) -> Courriel:
    return rediger(prenom, effacement_le, cadre)
