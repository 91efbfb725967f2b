"""Whoever does not finish their inscription, or never uses their account: reminders, a warning, then the end.

One order at a time: each message sent is a fact, from which the next date follows. Days when the platform was
down so cost a message, never five at once, and nobody is erased less than 15 days after their warning.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import structlog
from courriels.message import Courriel
from events.projection.executor import Asked
from events.projection.guilt import Impossible
from events.projection.manager import Order, Then

from identity.connexion.sessions.jetons import load_titulaire
from identity.courriels import avertissement, bien_commencer, rappel_inscription, suppression
from identity.courriels.envoi import ecrire
from identity.courriels.textes import Cadre
from identity.domain.compte import CompteEfface, CompteOuvert, EnInscription, Inscrit, RoleChoisi
from identity.domain.inscription import INSCRIPTION, InscriptionValidee, NoterRappel, RappelEnvoye
from identity.domain.vocabulaire import CompteId, Droit, Rappel, Situation
from identity.erasure import KIND, effacer
from identity.outils import Outils
from identity.projections import comptes_actifs, roles_en_equipe

log = structlog.get_logger()

DELAIS: Mapping[Rappel, dt.timedelta] = {
    Rappel.J7: dt.timedelta(days=7),
    Rappel.J30: dt.timedelta(days=30),
    Rappel.J60: dt.timedelta(days=60),
    Rappel.AVERTISSEMENT: dt.timedelta(days=90),
}
_FIN = dt.timedelta(days=105)
_PREAVIS = dt.timedelta(days=15)
_MOTIF = "compte inutilisé"

type Event = CompteOuvert | RoleChoisi | InscriptionValidee | RappelEnvoye | CompteEfface


@dataclass(frozen=True, slots=True)
class Rappeler:
    """Écrire ce que la date demande, si le compte ne sert toujours pas."""

    compte_id: CompteId
    situation: Situation
    depuis: dt.datetime


@dataclass(frozen=True, slots=True)
class Expirer:
    """Supprimer le compte, s'il ne sert toujours pas."""

    compte_id: CompteId
    situation: Situation


type Ordre = Rappeler | Expirer


def key(event: Event) -> CompteId:
    return event.compte_id


def react(row: None, event: Event) -> Then[None, Ordre]:
    """Whatever happens withdraws what was waiting."""
    match event:
        case CompteOuvert():
            return _rappeler(event.compte_id, Situation.INSCRIPTION, event.ouvert_le, Rappel.J7)
        case InscriptionValidee():
            return _rappeler(event.compte_id, Situation.JAMAIS_ACTIF, event.validee_le, Rappel.J7)
        case RappelEnvoye(rappel=Rappel.AVERTISSEMENT):
            fin = _supprime_le(event.depuis, event.envoye_le)
            return Then(None, [Order(Expirer(event.compte_id, event.situation), at=fin)])
        case RappelEnvoye():
            suivant = list(Rappel)[list(Rappel).index(event.rappel) + 1]
            return _rappeler(event.compte_id, event.situation, event.depuis, suivant)
        case RoleChoisi() | CompteEfface():
            return Then(None)
        case _:
            assert_never(event)


def _rappeler(
    compte_id: CompteId, situation: Situation, depuis: dt.datetime, rappel: Rappel
) -> Then[None, Ordre]:
    return Then(None, [Order(Rappeler(compte_id, situation, depuis), at=depuis + DELAIS[rappel])])


def _supprime_le(depuis: dt.datetime, averti_le: dt.datetime) -> dt.datetime:
    return max(depuis + _FIN, averti_le + _PREAVIS)


async def perform(tools: Outils, asked: Asked[Ordre]) -> None:
    """The account itself says whether it still is of no use."""
    ordre = asked.order
    if not await _inutile(tools, ordre.compte_id, ordre.situation):
        return
    match ordre:
        case Rappeler():
            await _ecrire_et_noter(tools, asked, ordre)
        case Expirer(compte_id):
            try:
                await ecrire(tools, asked.id, compte_id, suppression.rediger)
            except Impossible as refused:
                # Warned already: a mailbox that has closed since keeps no data of theirs here.
                log.info("last_mail_refused", compte_id=str(compte_id), reason=refused.reason)
            await effacer(tools.store, KIND, compte_id, _MOTIF, asked.context, tools.now())
        case _:
            assert_never(ordre)


async def _ecrire_et_noter(tools: Outils, asked: Asked[Ordre], ordre: Rappeler) -> None:
    maintenant = tools.now()
    rappel = [r for r in Rappel if ordre.depuis + DELAIS[r] <= maintenant][-1]
    await ecrire(tools, asked.id, ordre.compte_id, partial(_rediger, ordre, rappel, maintenant))
    note = NoterRappel(ordre.compte_id, ordre.situation, rappel, ordre.depuis, maintenant)
    await tools.store.execute(INSCRIPTION(ordre.compte_id), note, asked.context)


def _rediger(ordre: Rappeler, rappel: Rappel, maintenant: dt.datetime, prenom: str, cadre: Cadre) -> Courriel:
    if rappel is Rappel.AVERTISSEMENT:
        fin = _supprime_le(ordre.depuis, maintenant)
        return avertissement.rediger(prenom, ordre.situation, fin, cadre)
    message = rappel_inscription if ordre.situation is Situation.INSCRIPTION else bien_commencer
    return message.rediger(prenom, rappel, cadre)


async def _inutile(tools: Outils, compte_id: CompteId, situation: Situation) -> bool:
    """Still in that situation, without an activity nor a team; nobody of the gestion, nor suspended by it."""
    state, acces = await load_titulaire(tools.store, compte_id)
    if acces.suspendu or acces.droit is not Droit.AUCUN:
        return False
    match state, situation:
        case EnInscription(), Situation.INSCRIPTION:
            roles = (None, None)
        case Inscrit(), Situation.JAMAIS_ACTIF:
            roles = (state.mediateur_id, state.coordinateur_id)
        case _:
            return False
    async with tools.store.database.engine.connect() as connection:
        actif = await connection.scalar(comptes_actifs.est_actif(compte_id))
        return not actif and not await connection.scalar(roles_en_equipe.en_equipe(*roles))
